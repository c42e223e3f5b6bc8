#include "gateway/notary/p256.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdint.h>
#include <string.h>

#include "common/bytes.h"

enum { POINT_LEN = 65, NUMBER_LEN = 32 };

static EVP_PKEY *key_of(uint8_t point[POINT_LEN])
{
	char group[] = "prime256v1";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, POINT_LEN),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	if (c && EVP_PKEY_fromdata_init(c) == 1)
		EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, (OSSL_PARAM *)params);
	EVP_PKEY_CTX_free(c);
	return key;
}

/* r || s into the DER that OpenSSL verifies; *der is the caller's (OPENSSL_free). */
static int der_of(const uint8_t raw[2 * NUMBER_LEN], unsigned char **der)
{
	BIGNUM *r = BN_bin2bn(raw, NUMBER_LEN, NULL), *s = BN_bin2bn(raw + NUMBER_LEN, NUMBER_LEN, NULL);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int len = 0;

	*der = NULL;
	if (r && s && sig && ECDSA_SIG_set0(sig, r, s) == 1) {
		r = s = NULL; /* they are the signature's now */
		len = i2d_ECDSA_SIG(sig, der);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(sig);
	return len;
}

bool p256_holds(const char *sign, const void *text, size_t len, const char *sig)
{
	uint8_t point[POINT_LEN], raw[2 * NUMBER_LEN];
	EVP_MD_CTX *c = NULL;
	EVP_PKEY *key = NULL;
	unsigned char *der = NULL;
	int der_len = 0;
	bool is_good = false;

	if (hex_is(sign, 2 * POINT_LEN) && hex_is(sig, 4 * NUMBER_LEN) && hex_read(sign, point, sizeof(point)) &&
			hex_read(sig, raw, sizeof(raw))) {
		key = key_of(point);
		der_len = der_of(raw, &der);
		c = EVP_MD_CTX_new();
	}
	if (key && c && der_len > 0 && EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, key) == 1)
		is_good = EVP_DigestVerify(c, der, (size_t)der_len, text, len) == 1;
	EVP_MD_CTX_free(c);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	return is_good;
}
