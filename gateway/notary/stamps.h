#ifndef STAMPS_H
#define STAMPS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/notary/checkpoints.h"
#include "gateway/notary/clock.h"

/**
 * stamps: the queue of checkpoints that wait for a time-stamp, the oldest first.
 *
 * It never waits: a stamper does the asking elsewhere, one checkpoint at a time. While the authority is away
 * the pauses between two tries grow; nothing leaves the queue but with its time-stamp. The queue itself is
 * the files: a checkpoint without .tsr waits, whoever starts the notary anew.
 * Source: S29; docs/EVIDENCE.md 8.5.
 */
struct stamps; /* opaque; owned by the notary */

enum {
	STAMP_LIFE_MS = 90000,      /* one try may take; then it is ended */
	STAMP_PAUSE_MS = 5000,      /* after the first failure; doubled by each further one */
	STAMP_PAUSE_MAX_MS = 600000,
};

enum stamp_state { STAMP_RUNNING, STAMP_DONE, STAMP_FAILED };

/** Asks the authority; its calls do not wait. A test hands in its own. */
struct stamper {
	void *arg;
	/** Begins to ask for `digest` (64 digits); the answer, whole and verified, will stand in `out`. ERR_IO. */
	enum err (*start)(void *arg, const char *digest, int out);
	/** How it goes. After DONE or FAILED nothing runs. */
	enum stamp_state (*poll)(void *arg);
	/** Ends what runs; nothing may run. */
	void (*stop)(void *arg);
};

struct stamps_options {
	const struct stamper *stamper;
	const struct clock *clock;
	struct checkpoints *checkpoints;
	uint64_t alarm_ms; /* age of the oldest at which the alarm begins */
};

struct stamps_stats {
	uint64_t oldest_age_ms; /* 0: none waits */
	uint64_t failures;      /* since the last success */
	bool is_alarm;
};

/** NULL if out of memory. */
struct stamps *stamps_new(const struct stamps_options *o);
/** Ends what runs. NULL is allowed. */
void stamps_free(struct stamps *s);
/** Takes what is finished, begins what is due, watches the age. To be called each second. */
void stamps_tick(struct stamps *s);
void stamps_stats(const struct stamps *s, struct stamps_stats *out);

#endif
