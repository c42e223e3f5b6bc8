#include "agent/pace.h"

#include <string.h>

static uint64_t later_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* 1.25 round trips of what the link carries. */
static uint64_t bytes_max(const struct pace *p)
{
	uint64_t carried = (uint64_t)p->rate * p->round_trip_ms;

	return later_of(PACE_BYTES_LEAST, carried + carried / 4);
}

bool pace_has_room(const struct pace *p)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < p->count; i++)
		bytes += p->flight[i].bytes;
	return p->count == 0 || (p->count < PACE_IN_FLIGHT && bytes < bytes_max(p));
}

uint64_t pace_due(const struct pace *p, uint64_t damaged_ms, bool is_large, bool is_hidden)
{
	uint64_t gap = is_hidden ? PACE_HIDDEN_MS : is_large ? PACE_LARGE_MS : PACE_FRAME_MS;

	gap = later_of(gap, p->encode_ms + p->encode_ms / 2);
	return later_of(damaged_ms + PACE_REST_MS, p->sent_ms + gap);
}

void pace_sent(struct pace *p, uint32_t number, uint32_t bytes, uint32_t encode_ms, uint64_t now_ms)
{
	p->flight[p->count].number = number;
	p->flight[p->count].bytes = bytes;
	p->flight[p->count++].sent_ms = now_ms;
	p->encode_ms = encode_ms;
	p->sent_ms = now_ms;
}

/* From small updates, whose own length is no time. A shorter round trip is believed at once, a longer one slowly. */
static void learn_round_trip(struct pace *p, uint64_t trip_ms)
{
	uint32_t trip = (uint32_t)(trip_ms > UINT16_MAX ? UINT16_MAX : later_of(trip_ms, 1));

	p->round_trip_ms = !p->round_trip_ms || trip < p->round_trip_ms ? trip : (7 * p->round_trip_ms + trip) / 8;
}

/* From large ones, and the time in which the link carried nothing else; two that came at once say nothing. */
static void learn_rate(struct pace *p, uint32_t bytes, uint64_t busy_ms)
{
	uint64_t rate = busy_ms ? bytes / busy_ms : p->rate;

	p->rate = (uint32_t)(p->rate ? (3 * (uint64_t)p->rate + rate) / 4 : rate);
}

enum err pace_acked(struct pace *p, uint32_t number, uint64_t now_ms)
{
	if (p->count == 0 || number < p->flight[0].number)
		return OK;
	if (number != p->flight[0].number)
		return ERR_MALFORMED;
	if (p->flight[0].bytes < PACE_SAMPLE_LEAST)
		learn_round_trip(p, now_ms - p->flight[0].sent_ms);
	else
		learn_rate(p, p->flight[0].bytes, now_ms - later_of(p->flight[0].sent_ms, p->acked_ms));
	p->acked_ms = now_ms;
	p->count--;
	memmove(p->flight, p->flight + 1, p->count * sizeof(p->flight[0]));
	return OK;
}

void pace_forget(struct pace *p)
{
	p->count = 0;
}
