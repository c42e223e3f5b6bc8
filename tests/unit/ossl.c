#include "ossl.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

static void must(int ok)
{
	if (ok <= 0)
		abort();
}

void ossl_sha256(const void *in, size_t len, uint8_t out[32])
{
	must(EVP_Digest(in, len, out, NULL, EVP_sha256(), NULL));
}

void ossl_hkdf(const uint8_t *ikm, size_t ikm_len, const uint8_t *salt, size_t salt_len, const char *info, uint8_t *out,
		size_t len)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);

	must(EVP_PKEY_derive_init(c));
	must(EVP_PKEY_CTX_set_hkdf_md(c, EVP_sha256()));
	if (salt)
		must(EVP_PKEY_CTX_set1_hkdf_salt(c, salt, (int)salt_len));
	must(EVP_PKEY_CTX_set1_hkdf_key(c, ikm, (int)ikm_len));
	must(EVP_PKEY_CTX_add1_hkdf_info(c, (const uint8_t *)info, (int)strlen(info)));
	must(EVP_PKEY_derive(c, out, &len));
	EVP_PKEY_CTX_free(c);
}

bool ossl_open(const uint8_t key[32], const uint8_t nonce[12], const uint8_t aad[16], const uint8_t *in, size_t len,
		uint8_t *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t tag[16];
	int n;
	bool is_good;

	memcpy(tag, in + len - 16, 16);
	must(EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce));
	must(EVP_DecryptUpdate(c, NULL, &n, aad, 16));
	must(EVP_DecryptUpdate(c, out, &n, in, (int)len - 16));
	must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, 16, tag));
	is_good = EVP_DecryptFinal_ex(c, out + len - 16, &n) == 1;
	EVP_CIPHER_CTX_free(c);
	return is_good;
}

void ossl_seal(const uint8_t key[32], const uint8_t nonce[12], const uint8_t aad[16], const void *in, size_t len,
		uint8_t *out)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;

	must(EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce));
	must(EVP_EncryptUpdate(c, NULL, &n, aad, 16));
	must(EVP_EncryptUpdate(c, out, &n, in, (int)len));
	must(EVP_EncryptFinal_ex(c, out + len, &n));
	must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, out + len));
	EVP_CIPHER_CTX_free(c);
}

EVP_PKEY *ossl_key(uint8_t point[65])
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	size_t len;

	must(key != NULL);
	must(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, 65, &len));
	must(len == 65);
	return key;
}

static EVP_PKEY *key_of(const uint8_t point[65])
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	char group[] = "P-256";
	uint8_t copy[65];
	OSSL_PARAM params[] = { OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 5),
				OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy, 65), OSSL_PARAM_END };
	EVP_PKEY *key = NULL;

	memcpy(copy, point, 65);
	must(EVP_PKEY_fromdata_init(c));
	must(EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, params));
	EVP_PKEY_CTX_free(c);
	return key;
}

void ossl_ecdh(EVP_PKEY *key, const uint8_t peer[65], uint8_t z[32])
{
	EVP_PKEY *other = key_of(peer);
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
	size_t len = 32;

	must(EVP_PKEY_derive_init(c));
	must(EVP_PKEY_derive_set_peer(c, other));
	must(EVP_PKEY_derive(c, z, &len));
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(other);
}

bool ossl_verify(const uint8_t point[65], const void *in, size_t len, const uint8_t sig[64])
{
	ECDSA_SIG *s = ECDSA_SIG_new();
	EVP_PKEY *key = key_of(point);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	uint8_t *der = NULL;
	int n;
	bool is_good;

	must(ECDSA_SIG_set0(s, BN_bin2bn(sig, 32, NULL), BN_bin2bn(sig + 32, 32, NULL)));
	n = i2d_ECDSA_SIG(s, &der);
	must(n);
	must(EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, key));
	is_good = EVP_DigestVerify(c, der, (size_t)n, in, len) == 1;
	OPENSSL_free(der);
	ECDSA_SIG_free(s);
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(key);
	return is_good;
}

size_t ossl_sign(EVP_PKEY *key, const void *in, size_t len, uint8_t *sig, size_t size)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	must(EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, key));
	must(EVP_DigestSign(c, sig, &size, in, len));
	EVP_MD_CTX_free(c);
	return size;
}

void ossl_sign_raw(EVP_PKEY *key, const void *in, size_t len, uint8_t sig[64])
{
	uint8_t der[128];
	const uint8_t *at = der;
	ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &at, (long)ossl_sign(key, in, len, der, sizeof(der)));

	must(s != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(s), sig, 32) == 32 &&
			BN_bn2binpad(ECDSA_SIG_get0_s(s), sig + 32, 32) == 32);
	ECDSA_SIG_free(s);
}

char *ossl_pem(EVP_PKEY *key)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *at, *out;
	long n;

	must(PEM_write_bio_PUBKEY(b, key));
	n = BIO_get_mem_data(b, &at);
	out = strndup(at, (size_t)n);
	BIO_free(b);
	return out;
}
