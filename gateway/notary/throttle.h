#ifndef THROTTLE_H
#define THROTTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * throttle: counts failures by a key (a name, an address) and says when there were too many.
 *
 * A key's window begins with its first failure and lasts window_ms; in it `limit` failures are let through
 * and then nothing until it is over. Memory is bounded: past `capacity` keys the oldest window makes room.
 * Pure: times come from the caller, of a clock that never goes back. Source: S4 (codes), docs/ARCHITECTURE.md "The notary".
 */
struct throttle; /* opaque */

enum { THROTTLE_KEY_MAX = 64 }; /* bytes of a key that count */

/** NULL if out of memory. */
struct throttle *throttle_new(unsigned limit, uint64_t window_ms, size_t capacity);
/** NULL is allowed. */
void throttle_free(struct throttle *t);
/** True while another try with `key` may be made. */
bool throttle_allows(const struct throttle *t, const char *key, uint64_t now_ms);
/** A try with `key` was made and failed. */
void throttle_fail(struct throttle *t, const char *key, uint64_t now_ms);

#endif
