#include "gateway/stamp/stamp.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <stdbool.h>
#include <stdlib.h>

enum { NONCE_LEN = 8 };

struct stamp {
	TS_REQ *request;
	uint8_t *der;
	int der_len;
};

void stamp_free(struct stamp *s)
{
	if (!s)
		return;
	TS_REQ_free(s->request);
	OPENSSL_free(s->der);
	free(s);
}

static bool set_imprint(TS_REQ *r, const uint8_t digest[STAMP_DIGEST])
{
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algorithm = X509_ALGOR_new();
	bool is_set = imprint && algorithm &&
		      X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) &&
		      TS_MSG_IMPRINT_set_algo(imprint, algorithm) &&
		      TS_MSG_IMPRINT_set_msg(imprint, (unsigned char *)digest, STAMP_DIGEST) &&
		      TS_REQ_set_msg_imprint(r, imprint);

	X509_ALGOR_free(algorithm);
	TS_MSG_IMPRINT_free(imprint);
	return is_set;
}

static bool set_nonce(TS_REQ *r)
{
	uint8_t random[NONCE_LEN];
	BIGNUM *number = NULL;
	ASN1_INTEGER *nonce = NULL;
	bool is_set = RAND_bytes(random, sizeof(random)) == 1;

	random[0] |= 0x40; /* never shorter, never negative */
	random[0] &= 0x7f;
	if (is_set)
		number = BN_bin2bn(random, sizeof(random), NULL);
	if (number)
		nonce = BN_to_ASN1_INTEGER(number, NULL);
	is_set = nonce && TS_REQ_set_nonce(r, nonce);
	ASN1_INTEGER_free(nonce);
	BN_free(number);
	return is_set;
}

enum err stamp_new(const uint8_t digest[STAMP_DIGEST], struct stamp **out)
{
	struct stamp *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (!s)
		return ERR_NOMEM;
	s->request = TS_REQ_new();
	if (s->request && TS_REQ_set_version(s->request, 1) && set_imprint(s->request, digest) &&
			set_nonce(s->request) && TS_REQ_set_cert_req(s->request, 1))
		s->der_len = i2d_TS_REQ(s->request, &s->der);
	if (s->der_len <= 0) {
		stamp_free(s);
		return ERR_CRYPTO;
	}
	*out = s;
	return OK;
}

const uint8_t *stamp_request(const struct stamp *s, size_t *len)
{
	*len = (size_t)s->der_len;
	return s->der;
}

static X509_STORE *roots_of(const char *ca)
{
	X509_STORE *store = X509_STORE_new();

	if (store && X509_STORE_load_file(store, ca))
		return store;
	X509_STORE_free(store);
	return NULL;
}

/* Version, imprint and nonce are those of the request, the signature leads to a root; TS_VERIFY_CTX owns the store. */
static bool verifies(const struct stamp *s, X509_STORE *roots, TS_RESP *response)
{
	TS_VERIFY_CTX *check = TS_REQ_to_TS_VERIFY_CTX(s->request, NULL);
	bool holds;

	if (!check) {
		X509_STORE_free(roots);
		return false;
	}
	TS_VERIFY_CTX_set_store(check, roots);
	TS_VERIFY_CTX_add_flags(check, TS_VFY_SIGNATURE);
	holds = TS_RESP_verify_response(check, response) == 1;
	TS_VERIFY_CTX_free(check);
	return holds;
}

static bool is_granted(TS_RESP *response)
{
	long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response)));

	return status == TS_STATUS_GRANTED || status == TS_STATUS_GRANTED_WITH_MODS;
}

enum err stamp_check(const struct stamp *s, const char *ca, const uint8_t *answer, size_t len)
{
	const uint8_t *end = answer;
	TS_RESP *response = len <= STAMP_ANSWER_MAX ? d2i_TS_RESP(NULL, &end, (long)len) : NULL;
	X509_STORE *roots;
	enum err e = OK;

	if (!response || end != answer + len)
		e = ERR_MALFORMED;
	else if (!is_granted(response))
		e = ERR_FORBIDDEN;
	if (!e) {
		roots = roots_of(ca);
		e = !roots ? ERR_IO : verifies(s, roots, response) ? OK : ERR_CRYPTO;
	}
	TS_RESP_free(response);
	ERR_clear_error();
	return e;
}
