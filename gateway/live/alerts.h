#ifndef ALERTS_H
#define ALERTS_H

#include "gateway/core/room.h"

/**
 * alerts: tells the bank at once when a customer has a doubt (S30; docs/EVIDENCE.md 13).
 *
 * A queue of signed calls to the webhook of the configuration, made by guichet-alert, one process at a time: the
 * loop never waits, holds no secret and reads nothing of what the webhook answers. What became of a call goes into
 * the session's journal. Without `alert_url` nothing happens.
 */
struct live;
struct alerts; /* opaque */

enum {
	ALERTS_MAX = 64,  /* calls that wait; one more is journaled as failed at once */
	ALERTS_TRIES = 5, /* of one call: at once, then after 5 s, 30 s, 2 min, 10 min */
};

/** NULL: out of memory. Borrows `l`. */
struct alerts *alerts_new(struct live *l);
/** Forgets the calls that wait; one that runs goes on by itself. NULL is allowed. */
void alerts_free(struct alerts *a);
/** `what`: `doubt` or `called`. */
void alerts_send(struct alerts *a, const struct room_facts *facts, const char *what);
/** A second has passed. */
void alerts_tick(struct alerts *a);

#endif
