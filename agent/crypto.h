#ifndef AGENT_CRYPTO_H
#define AGENT_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * crypto: the agent's cryptography, the only file but tls.c that knows mbedTLS.
 *
 * P-256, SHA-256, HKDF, AES-256-GCM and RSA-OAEP as docs/PROTOCOL.md sections 5 and 6 use them.
 * Random numbers come from platform_random().
 */
enum {
	CRYPTO_POINT_LEN = 65, /* uncompressed P-256 point */
	CRYPTO_HASH_LEN = 32,
	CRYPTO_KEY_LEN = 32,
	CRYPTO_SIGNATURE_LEN = 64, /* r || s */
	CRYPTO_NONCE_LEN = 12,
	CRYPTO_TAG_LEN = 16,
};

struct crypto_key; /* a P-256 key pair; owns its memory, wiped when freed */

struct crypto_hash; /* SHA-256 under way */

/** A piece of a message to be hashed. */
struct crypto_part {
	const void *at;
	size_t len;
};

/** Call once, before anything else. ERR_IO: the system has no randomness. */
enum err crypto_start(void);

enum err crypto_key_new(struct crypto_key **out);
/** Wipes and frees. NULL is allowed. */
void crypto_key_free(struct crypto_key *k);
/** The public point, CRYPTO_POINT_LEN bytes, valid as long as the key. */
const uint8_t *crypto_key_point(const struct crypto_key *k);

/** ECDSA over SHA-256 of `in`. */
enum err crypto_sign(const struct crypto_key *k, const void *in, size_t len,
		uint8_t sig[CRYPTO_SIGNATURE_LEN]);
/** Checks a DER signature over SHA-256 of `in` against a PEM public key. ERR_CRYPTO: it does not
 * hold. */
enum err crypto_verify_pem(
		const char *pem, const void *in, size_t len, const uint8_t *sig, size_t sig_len);
/** The same for a P-256 key and a signature r || s. */
enum err crypto_verify_raw(
		const char *pem, const void *in, size_t len, const uint8_t sig[CRYPTO_SIGNATURE_LEN]);
/** x coordinate of the shared point. ERR_CRYPTO: `peer` is not a point of the curve. */
enum err crypto_ecdh(const struct crypto_key *k, const uint8_t peer[CRYPTO_POINT_LEN],
		uint8_t z[CRYPTO_KEY_LEN]);

void crypto_sha256(const struct crypto_part *part, size_t count, uint8_t out[CRYPTO_HASH_LEN]);
/** SHA-256 of something that comes piece by piece. NULL if out of memory. */
struct crypto_hash *crypto_hash_new(void);
void crypto_hash_add(struct crypto_hash *h, const void *in, size_t len);
/** Of all that was added; the hash is freed. */
void crypto_hash_done(struct crypto_hash *h, uint8_t out[CRYPTO_HASH_LEN]);
/** Forgets it. NULL is allowed. */
void crypto_hash_free(struct crypto_hash *h);
/** HKDF-SHA-256. A NULL salt stands for 32 zero bytes. */
enum err crypto_hkdf(const uint8_t *ikm, size_t ikm_len, const uint8_t *salt, size_t salt_len,
		const char *info, uint8_t *out, size_t len);

/** AES-256-GCM: `out` holds len + CRYPTO_TAG_LEN bytes. */
enum err crypto_seal(const uint8_t key[CRYPTO_KEY_LEN], const uint8_t nonce[CRYPTO_NONCE_LEN],
		const void *aad, size_t aad_len, const void *in, size_t len, uint8_t *out);
/** `len` counts the tag; `out` holds len - CRYPTO_TAG_LEN. ERR_CRYPTO: the tag does not hold. */
enum err crypto_open(const uint8_t key[CRYPTO_KEY_LEN], const uint8_t nonce[CRYPTO_NONCE_LEN],
		const void *aad, size_t aad_len, const uint8_t *in, size_t len, uint8_t *out);

/** RSA-OAEP (SHA-256) to a PEM public key; *out_len at most `size`. */
enum err crypto_wrap(const char *pem, const void *in, size_t len, uint8_t *out, size_t size,
		size_t *out_len);

/** mbedTLS's random callback over platform_random(), for tls.c. */
int crypto_random(void *unused, unsigned char *out, size_t len);
/** Overwrites a secret; never optimised away. */
void crypto_wipe(void *secret, size_t len);

#endif
