#include "agent/crypto.h"

#include <mbedtls/ecdh.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/gcm.h>
#include <mbedtls/hkdf.h>
#include <mbedtls/pk.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/rsa.h>
#include <mbedtls/sha256.h>
#include <psa/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "agent/platform.h"

struct crypto_key {
	mbedtls_ecp_keypair pair;
	uint8_t point[CRYPTO_POINT_LEN];
};

int crypto_random(void *unused, unsigned char *out, size_t len)
{
	(void)unused;
	return platform_random(out, len) ? MBEDTLS_ERR_ECP_RANDOM_FAILED : 0;
}

enum err crypto_start(void)
{
	uint8_t probe;

	if (platform_random(&probe, sizeof(probe)))
		return ERR_IO;
	return psa_crypto_init() == PSA_SUCCESS ? OK : ERR_IO;
}

void crypto_wipe(void *secret, size_t len)
{
	mbedtls_platform_zeroize(secret, len);
}

enum err crypto_key_new(struct crypto_key **out)
{
	struct crypto_key *k = calloc(1, sizeof(*k));
	size_t len = 0;

	*out = NULL;
	if (!k)
		return ERR_NOMEM;
	mbedtls_ecp_keypair_init(&k->pair);
	if (mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, &k->pair, crypto_random, NULL) != 0)
		goto fail;
	if (mbedtls_ecp_point_write_binary(&k->pair.MBEDTLS_PRIVATE(grp),
			    &k->pair.MBEDTLS_PRIVATE(Q), MBEDTLS_ECP_PF_UNCOMPRESSED, &len,
			    k->point, sizeof(k->point)) != 0)
		goto fail;
	*out = k;
	return OK;
fail:
	crypto_key_free(k);
	return ERR_CRYPTO;
}

void crypto_key_free(struct crypto_key *k)
{
	if (!k)
		return;
	mbedtls_ecp_keypair_free(&k->pair);
	crypto_wipe(k, sizeof(*k));
	free(k);
}

const uint8_t *crypto_key_point(const struct crypto_key *k)
{
	return k->point;
}

static void sha256_of(const void *in, size_t len, uint8_t out[CRYPTO_HASH_LEN])
{
	struct crypto_part part = { in, len };

	crypto_sha256(&part, 1, out);
}

enum err crypto_sign(const struct crypto_key *k, const void *in, size_t len,
		uint8_t sig[CRYPTO_SIGNATURE_LEN])
{
	/* mbedTLS counts the group and the private number as changed; a copy keeps `k` const. */
	mbedtls_ecp_group grp;
	mbedtls_mpi r, s;
	uint8_t hash[CRYPTO_HASH_LEN];
	enum err e = ERR_CRYPTO;

	sha256_of(in, len, hash);
	mbedtls_ecp_group_init(&grp);
	mbedtls_mpi_init(&r);
	mbedtls_mpi_init(&s);
	if (mbedtls_ecp_group_load(&grp, MBEDTLS_ECP_DP_SECP256R1) == 0 &&
			mbedtls_ecdsa_sign(&grp, &r, &s, &k->pair.MBEDTLS_PRIVATE(d), hash,
					sizeof(hash), crypto_random, NULL) == 0 &&
			mbedtls_mpi_write_binary(&r, sig, 32) == 0 &&
			mbedtls_mpi_write_binary(&s, sig + 32, 32) == 0)
		e = OK;
	mbedtls_ecp_group_free(&grp);
	mbedtls_mpi_free(&r);
	mbedtls_mpi_free(&s);
	return e;
}

enum err crypto_verify_pem(
		const char *pem, const void *in, size_t len, const uint8_t *sig, size_t sig_len)
{
	mbedtls_pk_context pk;
	uint8_t hash[CRYPTO_HASH_LEN];
	enum err e = ERR_CRYPTO;

	sha256_of(in, len, hash);
	mbedtls_pk_init(&pk);
	if (mbedtls_pk_parse_public_key(&pk, (const uint8_t *)pem, strlen(pem) + 1) == 0 &&
			mbedtls_pk_verify(&pk, MBEDTLS_MD_SHA256, hash, sizeof(hash), sig,
					sig_len) == 0)
		e = OK;
	mbedtls_pk_free(&pk);
	return e;
}

static bool holds(mbedtls_ecp_keypair *k, const uint8_t hash[CRYPTO_HASH_LEN],
		const uint8_t sig[CRYPTO_SIGNATURE_LEN])
{
	mbedtls_mpi r, s;
	bool is_good;

	mbedtls_mpi_init(&r);
	mbedtls_mpi_init(&s);
	is_good = k->MBEDTLS_PRIVATE(grp).id == MBEDTLS_ECP_DP_SECP256R1 &&
			mbedtls_mpi_read_binary(&r, sig, 32) == 0 &&
			mbedtls_mpi_read_binary(&s, sig + 32, 32) == 0 &&
			mbedtls_ecdsa_verify(&k->MBEDTLS_PRIVATE(grp), hash, CRYPTO_HASH_LEN,
					&k->MBEDTLS_PRIVATE(Q), &r, &s) == 0;
	mbedtls_mpi_free(&r);
	mbedtls_mpi_free(&s);
	return is_good;
}

enum err crypto_verify_raw(
		const char *pem, const void *in, size_t len, const uint8_t sig[CRYPTO_SIGNATURE_LEN])
{
	mbedtls_pk_context pk;
	uint8_t hash[CRYPTO_HASH_LEN];
	enum err e = ERR_CRYPTO;

	sha256_of(in, len, hash);
	mbedtls_pk_init(&pk);
	if (mbedtls_pk_parse_public_key(&pk, (const uint8_t *)pem, strlen(pem) + 1) == 0 &&
			mbedtls_pk_can_do(&pk, MBEDTLS_PK_ECDSA) &&
			holds(mbedtls_pk_ec(pk), hash, sig))
		e = OK;
	mbedtls_pk_free(&pk);
	return e;
}

enum err crypto_ecdh(const struct crypto_key *k, const uint8_t peer[CRYPTO_POINT_LEN],
		uint8_t z[CRYPTO_KEY_LEN])
{
	mbedtls_ecp_group grp;
	mbedtls_ecp_point q;
	mbedtls_mpi shared;
	enum err e = ERR_CRYPTO;

	mbedtls_ecp_group_init(&grp);
	mbedtls_ecp_point_init(&q);
	mbedtls_mpi_init(&shared);
	if (mbedtls_ecp_group_load(&grp, MBEDTLS_ECP_DP_SECP256R1) == 0 &&
			mbedtls_ecp_point_read_binary(&grp, &q, peer, CRYPTO_POINT_LEN) == 0 &&
			mbedtls_ecp_check_pubkey(&grp, &q) == 0 &&
			mbedtls_ecdh_compute_shared(&grp, &shared, &q, &k->pair.MBEDTLS_PRIVATE(d),
					crypto_random, NULL) == 0 &&
			mbedtls_mpi_write_binary(&shared, z, CRYPTO_KEY_LEN) == 0)
		e = OK;
	mbedtls_ecp_group_free(&grp);
	mbedtls_ecp_point_free(&q);
	mbedtls_mpi_free(&shared);
	return e;
}

void crypto_sha256(const struct crypto_part *part, size_t count, uint8_t out[CRYPTO_HASH_LEN])
{
	mbedtls_sha256_context c;

	mbedtls_sha256_init(&c);
	mbedtls_sha256_starts(&c, 0);
	for (size_t i = 0; i < count; i++)
		mbedtls_sha256_update(&c, part[i].at, part[i].len);
	mbedtls_sha256_finish(&c, out);
	mbedtls_sha256_free(&c);
}

struct crypto_hash {
	mbedtls_sha256_context c;
};

struct crypto_hash *crypto_hash_new(void)
{
	struct crypto_hash *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	mbedtls_sha256_init(&h->c);
	mbedtls_sha256_starts(&h->c, 0);
	return h;
}

void crypto_hash_add(struct crypto_hash *h, const void *in, size_t len)
{
	mbedtls_sha256_update(&h->c, in, len);
}

void crypto_hash_done(struct crypto_hash *h, uint8_t out[CRYPTO_HASH_LEN])
{
	mbedtls_sha256_finish(&h->c, out);
	crypto_hash_free(h);
}

void crypto_hash_free(struct crypto_hash *h)
{
	if (h)
		mbedtls_sha256_free(&h->c);
	free(h);
}

enum err crypto_hkdf(const uint8_t *ikm, size_t ikm_len, const uint8_t *salt, size_t salt_len,
		const char *info, uint8_t *out, size_t len)
{
	static const uint8_t zeros[CRYPTO_HASH_LEN];

	if (!salt) {
		salt = zeros;
		salt_len = sizeof(zeros);
	}
	return mbedtls_hkdf(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), salt, salt_len, ikm,
			       ikm_len, (const uint8_t *)info, strlen(info), out, len) == 0
			? OK
			: ERR_CRYPTO;
}

enum err crypto_seal(const uint8_t key[CRYPTO_KEY_LEN], const uint8_t nonce[CRYPTO_NONCE_LEN],
		const void *aad, size_t aad_len, const void *in, size_t len, uint8_t *out)
{
	mbedtls_gcm_context g;
	enum err e = ERR_CRYPTO;

	mbedtls_gcm_init(&g);
	if (mbedtls_gcm_setkey(&g, MBEDTLS_CIPHER_ID_AES, key, 8 * CRYPTO_KEY_LEN) == 0 &&
			mbedtls_gcm_crypt_and_tag(&g, MBEDTLS_GCM_ENCRYPT, len, nonce,
					CRYPTO_NONCE_LEN, aad, aad_len, in, out, CRYPTO_TAG_LEN,
					out + len) == 0)
		e = OK;
	mbedtls_gcm_free(&g);
	return e;
}

enum err crypto_open(const uint8_t key[CRYPTO_KEY_LEN], const uint8_t nonce[CRYPTO_NONCE_LEN],
		const void *aad, size_t aad_len, const uint8_t *in, size_t len, uint8_t *out)
{
	mbedtls_gcm_context g;
	enum err e = ERR_CRYPTO;

	if (len < CRYPTO_TAG_LEN)
		return ERR_CRYPTO;
	len -= CRYPTO_TAG_LEN;
	mbedtls_gcm_init(&g);
	if (mbedtls_gcm_setkey(&g, MBEDTLS_CIPHER_ID_AES, key, 8 * CRYPTO_KEY_LEN) == 0 &&
			mbedtls_gcm_auth_decrypt(&g, len, nonce, CRYPTO_NONCE_LEN, aad, aad_len,
					in + len, CRYPTO_TAG_LEN, in, out) == 0)
		e = OK;
	mbedtls_gcm_free(&g);
	return e;
}

enum err crypto_wrap(const char *pem, const void *in, size_t len, uint8_t *out, size_t size,
		size_t *out_len)
{
	mbedtls_pk_context pk;
	enum err e = ERR_CRYPTO;

	*out_len = 0;
	mbedtls_pk_init(&pk);
	if (mbedtls_pk_parse_public_key(&pk, (const uint8_t *)pem, strlen(pem) + 1) == 0 &&
			mbedtls_pk_get_type(&pk) == MBEDTLS_PK_RSA &&
			mbedtls_pk_get_len(&pk) <= size) {
		mbedtls_rsa_context *rsa = mbedtls_pk_rsa(pk);
		if (mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA256) == 0 &&
				mbedtls_rsa_rsaes_oaep_encrypt(rsa, crypto_random, NULL, NULL, 0,
						len, in, out) == 0) {
			*out_len = mbedtls_pk_get_len(&pk);
			e = OK;
		}
	}
	mbedtls_pk_free(&pk);
	return e;
}
