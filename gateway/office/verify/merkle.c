#include "gateway/office/verify/merkle.h"

#include <openssl/evp.h>
#include <string.h>

static void hash_parts(uint8_t prefix, const void *a, size_t a_len, const void *b, size_t b_len, uint8_t out[MERKLE_HASH_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool done = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 && EVP_DigestUpdate(ctx, &prefix, 1) == 1 &&
			EVP_DigestUpdate(ctx, a, a_len) == 1 && EVP_DigestUpdate(ctx, b, b_len) == 1 &&
			EVP_DigestFinal_ex(ctx, out, NULL) == 1;

	EVP_MD_CTX_free(ctx);
	if (!done)
		memset(out, 0, MERKLE_HASH_LEN); /* out of memory: no root is zeros, so the path does not hold */
}

bool merkle_begin(struct merkle *m, const void *entry, size_t len, uint64_t index, uint64_t size)
{
	*m = (struct merkle){ .index = index, .last = size - 1 };
	hash_parts(0, entry, len, "", 0, m->hash);
	return size > 0 && index < size;
}

/* A node without a sibling on its right goes up as it is. */
static void skip_lonely(struct merkle *m)
{
	while (m->index == m->last && m->last > 0 && (m->index & 1) == 0) {
		m->index >>= 1;
		m->last >>= 1;
	}
}

bool merkle_step(struct merkle *m, bool is_left, const uint8_t sibling[MERKLE_HASH_LEN])
{
	skip_lonely(m);
	if (m->last == 0 || is_left != ((m->index & 1) == 1))
		return false;
	if (is_left)
		hash_parts(1, sibling, MERKLE_HASH_LEN, m->hash, MERKLE_HASH_LEN, m->hash);
	else
		hash_parts(1, m->hash, MERKLE_HASH_LEN, sibling, MERKLE_HASH_LEN, m->hash);
	m->index >>= 1;
	m->last >>= 1;
	return true;
}

bool merkle_ends(const struct merkle *m, const uint8_t root[MERKLE_HASH_LEN])
{
	struct merkle top = *m;

	skip_lonely(&top);
	return top.last == 0 && memcmp(m->hash, root, MERKLE_HASH_LEN) == 0;
}
