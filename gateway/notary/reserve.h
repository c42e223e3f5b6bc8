#ifndef RESERVE_H
#define RESERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/notary/journal_io.h"

/**
 * reserve: space of the disk that is taken beforehand, so that a full disk can still be told of (S26;
 * docs/EVIDENCE.md 2.4): `failed`, `end` and the seal of each session that it ends.
 */
struct reserve; /* opaque; owned by the notary */

/** DIR/reserve of `bytes`, 0: none is kept. The paths are copied, `io` must outlive it. ERR_NOMEM. */
enum err reserve_new(const struct journal_io *io, const char *dir, uint64_t bytes, struct reserve **out);
/** The file stays. NULL is allowed. */
void reserve_free(struct reserve *r);
/** True while the space is taken, or none is wanted. */
bool reserve_is_whole(const struct reserve *r);
/**
 * Takes the space if it is not taken. Once it was given back, only when twice of it is free: what it was
 * given back for may still be written. False: there is no room, begin nothing.
 */
bool reserve_take(struct reserve *r);
/** Gives the space back, for the last lines. */
void reserve_give(struct reserve *r);

#endif
