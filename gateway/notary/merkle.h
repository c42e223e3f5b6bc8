#ifndef MERKLE_H
#define MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * merkle: the hash tree of a log that only grows, root and inclusion paths of each size it ever had.
 *
 * Leaf = SHA-256(00 || bytes), node = SHA-256(01 || left || right). All whole subtrees are kept, 64 bytes a
 * leaf, so that an answer costs O(log² n). Pure: no file, no clock.
 * Source: RFC 9162 section 2.1; docs/EVIDENCE.md 8.2.
 */
struct merkle; /* opaque; owned by the log */

enum { MERKLE_HASH = 32, MERKLE_PATH_MAX = 64 };

/** One step up the tree. */
struct merkle_step {
	bool is_left; /* the sibling stands on the left */
	uint8_t hash[MERKLE_HASH];
};

/** NULL if out of memory. */
struct merkle *merkle_new(void);
/** NULL is allowed. */
void merkle_free(struct merkle *m);
/** One leaf more. ERR_NOMEM: nothing changed. */
enum err merkle_add(struct merkle *m, const void *leaf, size_t len);
/** Leaves so far. */
uint64_t merkle_size(const struct merkle *m);
/** Root of the tree of the first `size` leaves; that of none is SHA-256 of nothing. ERR_MALFORMED: never had that size. */
enum err merkle_root(const struct merkle *m, uint64_t size, uint8_t out[MERKLE_HASH]);
/**
 * The way from leaf `index` to the root of the first `size` leaves, the lowest step first.
 * ERR_MALFORMED: no such leaf or size.
 */
enum err merkle_path(const struct merkle *m, uint64_t index, uint64_t size,
		struct merkle_step out[MERKLE_PATH_MAX], size_t *count);

#endif
