#ifndef NOTARY_AFTER_H
#define NOTARY_AFTER_H

#include "gateway/notary/after.h"
#include "gateway/notary/notary_ops.h"

/** notary_after: what notary_after.c and notary_erase.c share. Nobody else includes this. */

/** What after.jsonl says now. NULL; "open": not sealed; "evidence", "nomem". */
const char *after_state(struct notary *n, const char *session, struct after *out);
/** The field `ground`. NULL or "ground": missing, empty or too long. */
const char *take_ground(const struct request *r, char out[AFTER_GROUND]);
/** Marks the row: what after.jsonl says may be newer, until settle_copy(). */
const char *begin_unsettled(struct notary *n, const char *session);
const char *settle_copy(struct notary *n, const char *session, const struct after *a);

#endif
