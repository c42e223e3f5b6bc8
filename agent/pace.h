#ifndef AGENT_PACE_H
#define AGENT_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * pace: when the next update of the picture may go (docs/PICTURE.md 1.2).
 *
 * Newest wins: at most PACE_IN_FLIGHT updates are unacknowledged, and no second one while more bytes are on their way than
 * the link carries in a round trip; damage merges meanwhile. Knows no clock: times are given, in milliseconds of the boot clock.
 */
enum {
	PACE_IN_FLIGHT = 2,
	PACE_BYTES_LEAST = 32768, /* so many may always be on their way */
	PACE_SAMPLE_LEAST = 4096, /* smaller updates tell the round trip, others the link's rate */
	PACE_REST_MS = 1,         /* wait for more damage after the first */
	PACE_FRAME_MS = 16,       /* shortest time between two updates */
	PACE_LARGE_MS = 33,       /* before one of more than a quarter of the screen */
	PACE_HIDDEN_MS = 200,     /* while the viewer's page is hidden */
};

/** All zero: nothing was sent yet. Fields are of pace.c alone. */
struct pace {
	struct {
		uint32_t number, bytes;
		uint64_t sent_ms;
	} flight[PACE_IN_FLIGHT];
	size_t count;
	uint64_t sent_ms, acked_ms;
	uint32_t encode_ms;         /* of the last update */
	uint32_t rate, round_trip_ms; /* bytes a millisecond; 0: not measured */
};

/** True if one more update may be on its way. */
bool pace_has_room(const struct pace *p);
/** The time at which an update of damage that began at `damaged_ms` is due. */
uint64_t pace_due(const struct pace *p, uint64_t damaged_ms, bool is_large, bool is_hidden);
/** An update went. pace_has_room() said yes. */
void pace_sent(struct pace *p, uint32_t number, uint32_t bytes, uint32_t encode_ms, uint64_t now_ms);
/**
 * The viewer has painted an update. An older number than those on their way is OK and ignored; ERR_MALFORMED: one that
 * is not the oldest on its way.
 */
enum err pace_acked(struct pace *p, uint32_t number, uint64_t now_ms);
/** What was on its way will not be acknowledged. What was learnt of the link stays. */
void pace_forget(struct pace *p);

#endif
