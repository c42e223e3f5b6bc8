#include "gateway/notary/merkle.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS = 48, FIRST_ROOM = 64 };

struct hash {
	uint8_t byte[MERKLE_HASH];
};

/* Hashes of the whole subtrees of 2^k leaves, k being the level, from the left. */
struct level {
	struct hash *hash;
	uint64_t count, room;
};

struct merkle {
	struct level level[LEVELS];
};

struct merkle *merkle_new(void)
{
	return calloc(1, sizeof(struct merkle));
}

void merkle_free(struct merkle *m)
{
	if (!m)
		return;
	for (size_t k = 0; k < LEVELS; k++)
		free(m->level[k].hash);
	free(m);
}

static void hash_of(uint8_t prefix, const void *a, size_t a_len, const void *b, size_t b_len, struct hash *out)
{
	crypto_hash_sha256_state s;

	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, &prefix, 1);
	crypto_hash_sha256_update(&s, a, a_len);
	crypto_hash_sha256_update(&s, b, b_len);
	crypto_hash_sha256_final(&s, out->byte);
}

static void node_of(const struct hash *left, const struct hash *right, struct hash *out)
{
	hash_of(1, left, sizeof(*left), right, sizeof(*right), out);
}

static enum err make_room(struct level *l)
{
	uint64_t room = l->room ? 2 * l->room : FIRST_ROOM;
	struct hash *grown;

	if (l->count < l->room)
		return OK;
	grown = realloc(l->hash, room * sizeof(*grown));
	if (!grown)
		return ERR_NOMEM;
	l->hash = grown;
	l->room = room;
	return OK;
}

/* The levels that a leaf more completes a subtree of. */
static size_t levels_touched(uint64_t size)
{
	size_t k = 1;

	for (uint64_t n = size; n & 1; n >>= 1)
		k++;
	return k;
}

enum err merkle_add(struct merkle *m, const void *leaf, size_t len)
{
	size_t touched = levels_touched(m->level[0].count);
	struct hash h;

	if (touched > LEVELS)
		return ERR_NOMEM;
	for (size_t k = 0; k < touched; k++)
		if (make_room(&m->level[k]))
			return ERR_NOMEM;
	hash_of(0, leaf, len, "", 0, &h);
	for (size_t k = 0; k < touched; k++) {
		struct level *l = &m->level[k];

		l->hash[l->count++] = h;
		if (k + 1 < touched)
			node_of(&l->hash[l->count - 2], &l->hash[l->count - 1], &h);
	}
	return OK;
}

uint64_t merkle_size(const struct merkle *m)
{
	return m->level[0].count;
}

/* Level of the largest whole subtree of fewer than `size` leaves, which is at least 2 (RFC 9162: k = 2^level). */
static size_t level_below(uint64_t size)
{
	size_t k = 0;

	while ((uint64_t)2 << k < size)
		k++;
	return k;
}

/* Hash of the leaves [from, from + size); every such range that comes up begins at a multiple of its subtrees. */
static void range_hash(const struct merkle *m, uint64_t from, uint64_t size, struct hash *out)
{
	struct hash right;
	size_t k;

	if ((size & (size - 1)) == 0) {
		for (k = 0; (uint64_t)1 << k < size; k++)
			;
		*out = m->level[k].hash[from >> k];
		return;
	}
	k = level_below(size);
	range_hash(m, from + ((uint64_t)1 << k), size - ((uint64_t)1 << k), &right);
	node_of(&m->level[k].hash[from >> k], &right, out);
}

enum err merkle_root(const struct merkle *m, uint64_t size, uint8_t out[MERKLE_HASH])
{
	struct hash h;

	memset(out, 0, MERKLE_HASH);
	if (size > merkle_size(m))
		return ERR_MALFORMED;
	if (size == 0)
		crypto_hash_sha256(h.byte, (const unsigned char *)"", 0);
	else
		range_hash(m, 0, size, &h);
	memcpy(out, h.byte, MERKLE_HASH);
	return OK;
}

enum err merkle_path(const struct merkle *m, uint64_t index, uint64_t size,
		struct merkle_step out[MERKLE_PATH_MAX], size_t *count)
{
	struct merkle_step down[MERKLE_PATH_MAX];
	uint64_t from = 0;
	size_t n = 0;

	*count = 0;
	if (size > merkle_size(m) || index >= size)
		return ERR_MALFORMED;
	while (size > 1) {
		uint64_t half = (uint64_t)1 << level_below(size);
		bool is_left = index >= from + half; /* of the sibling */
		struct hash h;

		range_hash(m, is_left ? from : from + half, is_left ? half : size - half, &h);
		down[n].is_left = is_left;
		memcpy(down[n++].hash, h.byte, MERKLE_HASH);
		from += is_left ? half : 0;
		size = is_left ? size - half : half;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = down[n - 1 - i];
	*count = n;
	return OK;
}
