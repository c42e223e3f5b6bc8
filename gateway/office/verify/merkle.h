#ifndef MERKLE_H
#define MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * merkle: the path from an entry of the log up to its root (RFC 9162 section 2.1.3.2). Pure.
 */
enum { MERKLE_HASH_LEN = 32 };

/** A fold under way. index and last say on which side the sibling must stand. */
struct merkle {
	uint8_t hash[MERKLE_HASH_LEN];
	uint64_t index, last; /* of this level */
};

/** Begins with the leaf: entry `index` of `size`. False if there is no such entry. */
bool merkle_begin(struct merkle *m, const void *entry, size_t len, uint64_t index, uint64_t size);
/** One step up. False if a sibling cannot stand on that side here: the path is not one of this entry. */
bool merkle_step(struct merkle *m, bool is_left, const uint8_t sibling[MERKLE_HASH_LEN]);
/** True if the top is reached and is `root`. */
bool merkle_ends(const struct merkle *m, const uint8_t root[MERKLE_HASH_LEN]);

#endif
