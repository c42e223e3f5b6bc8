#include "gateway/core/recorder.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"

/* A chunk that the notary has not answered. */
struct sent {
	uint32_t n;
	unsigned tick; /* when it was sent */
	size_t len;
};

struct recorder {
	recorder_store_fn *store;
	void *arg;
	bool is_on, is_mute, is_full;
	struct recorder_chunk now; /* the one that is being collected */
	uint8_t *buf;              /* its frames, `room` bytes; NULL while none came */
	size_t room;
	uint32_t last_seq; /* highest counter taken */
	unsigned tick, begun_tick; /* of now, and when the chunk began */
	struct sent sent[RECORDER_SENT_MAX]; /* the oldest first */
	size_t sent_count, sent_bytes;
};

struct recorder *recorder_new(recorder_store_fn *store, void *arg)
{
	struct recorder *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->store = store;
	r->arg = arg;
	r->now.n = 1;
	return r;
}

static void forget_buffer(struct recorder *r)
{
	free(r->buf);
	r->buf = NULL;
	r->room = 0;
}

void recorder_free(struct recorder *r)
{
	if (r)
		forget_buffer(r);
	free(r);
}

void recorder_restore(struct recorder *r, uint32_t chunks, uint64_t to_ms, uint32_t last_seq)
{
	r->now = (struct recorder_chunk){ .n = chunks + 1, .from_ms = to_ms, .to_ms = to_ms };
	r->last_seq = last_seq;
}

/* Clocks may be set back: what is recorded never goes back. */
static uint64_t not_before(uint64_t now_ms, uint64_t floor_ms)
{
	return now_ms > floor_ms ? now_ms : floor_ms;
}

void recorder_start(struct recorder *r, uint64_t now_ms)
{
	r->is_mute = false;
	if (r->is_on)
		return;
	r->is_on = true;
	r->begun_tick = r->tick;
	r->now.from_ms = not_before(now_ms, r->now.from_ms);
}

void recorder_mute(struct recorder *r)
{
	r->is_mute = true;
}

bool recorder_is_on(const struct recorder *r)
{
	return r->is_on;
}

bool recorder_is_full(const struct recorder *r)
{
	return r->is_full;
}

static enum err remember(struct recorder *r)
{
	if (r->sent_count == RECORDER_SENT_MAX)
		return ERR_IO;
	r->sent[r->sent_count++] = (struct sent){ r->now.n, r->tick, r->now.len };
	r->sent_bytes += r->now.len;
	if (r->sent_bytes >= RECORDER_FULL_BYTES)
		r->is_full = true;
	return OK;
}

/* Hands the chunk out, as ending at `to_ms`; the next one begins there. */
static enum err cut(struct recorder *r, uint64_t to_ms)
{
	enum err e = remember(r);

	if (e)
		return e;
	r->now.to_ms = to_ms;
	e = r->store(r->arg, &r->now, r->buf);
	if (r->now.frames == 0)
		forget_buffer(r); /* a screen at rest costs nothing */
	r->now = (struct recorder_chunk){ .n = r->now.n + 1, .from_ms = to_ms };
	r->begun_tick = r->tick;
	return e;
}

/* Cuts what has reached its time. Frames stand in their first RECORDER_CHUNK_MS, so there it may end. */
static enum err cut_old(struct recorder *r, uint64_t now_ms, uint64_t frames_ms, uint64_t empty_ms)
{
	uint64_t age_ms = now_ms - r->now.from_ms;

	if (r->now.frames && age_ms >= frames_ms)
		return cut(r, age_ms > RECORDER_CHUNK_MS ? r->now.from_ms + RECORDER_CHUNK_MS : now_ms);
	if (!r->now.frames && age_ms >= empty_ms)
		return cut(r, now_ms);
	return OK;
}

static enum err make_room(struct recorder *r, size_t more)
{
	size_t room = r->room ? r->room : 16384;
	uint8_t *grown;

	while (room < r->now.len + more)
		room *= 2;
	if (room == r->room)
		return OK;
	grown = realloc(r->buf, room);
	if (!grown)
		return ERR_NOMEM;
	r->buf = grown;
	r->room = room;
	return OK;
}

static enum err add_frame(struct recorder *r, uint64_t now_ms, const struct frame *f, const uint8_t *bytes)
{
	size_t len = WIRE_HEADER_LEN + f->len;
	enum err e = make_room(r, RECORDER_FRAME_HEAD + len);

	if (e)
		return e;
	put_u32(r->buf + r->now.len, (uint32_t)(now_ms - r->now.from_ms));
	memcpy(r->buf + r->now.len + RECORDER_FRAME_HEAD, bytes, len);
	r->now.len += RECORDER_FRAME_HEAD + len;
	if (r->now.frames++ == 0)
		r->now.first_seq = f->seq;
	r->now.last_seq = r->last_seq = f->seq;
	return OK;
}

enum err recorder_take(struct recorder *r, uint64_t now_ms, const struct frame *f, const uint8_t *bytes)
{
	enum err e;

	if (!r->is_on || r->is_mute)
		return OK;
	if (f->seq <= r->last_seq)
		return ERR_MALFORMED;
	now_ms = not_before(now_ms, r->now.from_ms);
	e = cut_old(r, now_ms, RECORDER_CHUNK_MS, RECORDER_CHUNK_MS);
	if (!e) /* what is left of a long silence */
		e = cut_old(r, now_ms, RECORDER_CHUNK_MS, RECORDER_CHUNK_MS);
	if (!e)
		e = add_frame(r, now_ms, f, bytes);
	if (!e && r->now.len >= RECORDER_CHUNK_BYTES)
		e = cut(r, now_ms);
	return e;
}

enum err recorder_stop(struct recorder *r, uint64_t now_ms)
{
	enum err e = OK;

	if (!r->is_on)
		return OK;
	now_ms = not_before(now_ms, r->now.from_ms);
	if (r->now.frames)
		e = cut_old(r, now_ms, 0, RECORDER_EMPTY_MS);
	if (!e && now_ms > r->now.from_ms)
		e = cut(r, now_ms);
	r->is_on = false;
	forget_buffer(r);
	return e;
}

/* A clock that was set back stands still for the recording: then the seconds count. */
static bool is_overdue(const struct recorder *r)
{
	unsigned most_ms = r->now.frames ? RECORDER_CHUNK_MS : RECORDER_EMPTY_MS;

	return (r->tick - r->begun_tick) * 1000 > most_ms;
}

enum err recorder_tick(struct recorder *r, uint64_t now_ms)
{
	enum err e;

	r->tick++;
	if (r->sent_count && r->tick - r->sent[0].tick > RECORDER_ANSWER_TICKS)
		return ERR_IO;
	if (!r->is_on)
		return OK;
	now_ms = not_before(now_ms, r->now.from_ms);
	e = cut_old(r, now_ms, RECORDER_CUT_MS, RECORDER_EMPTY_MS);
	return !e && is_overdue(r) ? cut(r, now_ms) : e;
}

enum err recorder_stored(struct recorder *r, uint32_t n)
{
	if (!r->sent_count || r->sent[0].n != n)
		return ERR_IO;
	r->sent_bytes -= r->sent[0].len;
	memmove(r->sent, r->sent + 1, --r->sent_count * sizeof(*r->sent));
	if (r->sent_bytes <= RECORDER_GOOD_BYTES)
		r->is_full = false;
	return OK;
}
