#ifndef OSSL_H
#define OSSL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * ossl: the cryptography of docs/PROTOCOL.md once more with OpenSSL, so that the agent's mbedTLS is not
 * checked against itself. Everything aborts on trouble.
 */
struct evp_pkey_st;

void ossl_sha256(const void *in, size_t len, uint8_t out[32]);
/** A salt of NULL is absent, which RFC 5869 calls 32 zero bytes. */
void ossl_hkdf(const uint8_t *ikm, size_t ikm_len, const uint8_t *salt, size_t salt_len, const char *info, uint8_t *out,
		size_t len);
/** AES-256-GCM; false if the tag does not hold. */
bool ossl_open(const uint8_t key[32], const uint8_t nonce[12], const uint8_t aad[16], const uint8_t *in, size_t len,
		uint8_t *out);
void ossl_seal(const uint8_t key[32], const uint8_t nonce[12], const uint8_t aad[16], const void *in, size_t len,
		uint8_t *out);
/** New P-256 key (EVP_PKEY_free) and its uncompressed point. */
struct evp_pkey_st *ossl_key(uint8_t point[65]);
void ossl_ecdh(struct evp_pkey_st *key, const uint8_t peer[65], uint8_t z[32]);
/** ECDSA over SHA-256, signature r || s. */
bool ossl_verify(const uint8_t point[65], const void *in, size_t len, const uint8_t sig[64]);
/** DER signature over SHA-256; its length. */
size_t ossl_sign(struct evp_pkey_st *key, const void *in, size_t len, uint8_t *sig, size_t size);
/** The same as r || s. */
void ossl_sign_raw(struct evp_pkey_st *key, const void *in, size_t len, uint8_t sig[64]);
/** PEM of the public half; free() it. */
char *ossl_pem(struct evp_pkey_st *key);

#endif
