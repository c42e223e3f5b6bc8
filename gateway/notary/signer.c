#include "gateway/notary/signer.h"

#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/bytes.h"
#include "gateway/notary/signer_key.h"

enum { POINT_LEN = 65, HALF_LEN = 32, SIGNATURE_ROOM = 128 };

struct signer {
	struct signer_token *token; /* NULL: the key came from a file */
	EVP_PKEY *key;
	X509 *certificate;
	STACK_OF(X509) *between; /* certificates between ours and the root */
	uint64_t not_after_ms;
	char public_hex[2 * POINT_LEN + 1];
};

void signer_close(struct signer *s)
{
	if (!s)
		return;
	EVP_PKEY_free(s->key);
	X509_free(s->certificate);
	sk_X509_pop_free(s->between, X509_free);
	signer_token_close(s->token);
	free(s);
}

uint64_t signer_not_after_ms(const struct signer *s)
{
	return s->not_after_ms;
}

const char *signer_public_hex(const struct signer *s)
{
	return s->public_hex;
}

/* The certificates of a PEM file, in their order; NULL: none, too many, or something else. */
static STACK_OF(X509) *read_certificates(const char *path)
{
	BIO *in = BIO_new_file(path, "r");
	STACK_OF(X509) *all = sk_X509_new_null();
	X509 *one;

	while (in && all && sk_X509_num(all) < SIGNER_CHAIN_MAX && (one = PEM_read_bio_X509(in, NULL, NULL, NULL)))
		if (!sk_X509_push(all, one))
			X509_free(one);
	BIO_free(in);
	ERR_clear_error();
	if (sk_X509_num(all) > 0)
		return all;
	sk_X509_free(all);
	return NULL;
}

static bool read_public(struct signer *s)
{
	uint8_t point[POINT_LEN];
	char group[32];
	size_t len;

	/* The certificate's key: a token's private key does not tell its point the same way. */
	EVP_PKEY *key = X509_get0_pubkey(s->certificate);

	if (!EVP_PKEY_get_group_name(key, group, sizeof(group), &len) || strcmp(group, "prime256v1") != 0 ||
			!EVP_PKEY_get_octet_string_param(key, "encoded-pub-key", point, sizeof(point), &len) ||
			len != POINT_LEN)
		return false;
	hex_write(point, sizeof(point), s->public_hex);
	return true;
}

static bool read_end(struct signer *s)
{
	struct tm t;
	time_t end;

	if (!ASN1_TIME_to_tm(X509_get0_notAfter(s->certificate), &t))
		return false;
	end = timegm(&t);
	s->not_after_ms = end > 0 ? (uint64_t)end * 1000 : 0;
	return true;
}

static bool is_valid_at(const struct signer *s, uint64_t now_ms)
{
	time_t now = (time_t)(now_ms / 1000);

	return X509_cmp_time(X509_get0_notBefore(s->certificate), &now) < 0 &&
	       X509_cmp_time(X509_get0_notAfter(s->certificate), &now) > 0;
}

static bool leads_to(const struct signer *s, STACK_OF(X509) *roots, uint64_t now_ms)
{
	X509_STORE_CTX *check = X509_STORE_CTX_new();
	bool holds = check && X509_STORE_CTX_init(check, NULL, s->certificate, s->between);

	if (holds) {
		X509_STORE_CTX_set0_trusted_stack(check, roots);
		X509_STORE_CTX_set_time(check, 0, (time_t)(now_ms / 1000));
		holds = X509_verify_cert(check) == 1;
	}
	X509_STORE_CTX_free(check);
	ERR_clear_error();
	return holds;
}

static const char *check_certificate(struct signer *s, uint64_t now_ms)
{
	if (!read_public(s) || !read_end(s))
		return "is not for a P-256 key";
	if (EVP_PKEY_eq(X509_get0_pubkey(s->certificate), s->key) != 1)
		return "is not that of sign_key";
	if (!(X509_get_extension_flags(s->certificate) & EXFLAG_KUSAGE) ||
			!(X509_get_key_usage(s->certificate) & KU_DIGITAL_SIGNATURE))
		return "does not allow digitalSignature";
	if (X509_get_extension_flags(s->certificate) & EXFLAG_CA)
		return "is that of an authority";
	return is_valid_at(s, now_ms) ? NULL : "is not valid today";
}

static enum err open_certificate(struct signer *s, const struct signer_options *o, uint64_t now_ms,
		signer_problem_fn *problem, void *arg)
{
	STACK_OF(X509) *roots;
	const char *why;
	bool leads;

	s->between = read_certificates(o->certificate);
	if (!s->between) {
		problem(arg, "sign_certificate", "is no file of certificates in PEM");
		return ERR_CRYPTO;
	}
	s->certificate = sk_X509_shift(s->between);
	why = check_certificate(s, now_ms);
	if (why) {
		problem(arg, "sign_certificate", why);
		return ERR_CRYPTO;
	}
	roots = read_certificates(o->root);
	leads = roots && leads_to(s, roots, now_ms);
	if (!leads)
		problem(arg, "sign_root", roots ? "is not the root of sign_certificate" : "is no certificate in PEM");
	sk_X509_pop_free(roots, X509_free);
	return leads ? OK : ERR_CRYPTO;
}

/* A key that cannot sign must be found at the start, not at the first seal. */
static bool can_sign(struct signer *s)
{
	static const char text[] = "guichet-notary";
	char hex[SIGNER_RAW_HEX + 1];

	return signer_raw(s, text, sizeof(text) - 1, hex) == OK;
}

enum err signer_open(const struct signer_options *o, uint64_t now_ms, signer_problem_fn *problem, void *arg,
		struct signer **out)
{
	struct signer *s = calloc(1, sizeof(*s));
	enum err e;

	*out = NULL;
	if (!s)
		return ERR_NOMEM;
	e = signer_key_open(o, problem, arg, &s->token, &s->key);
	if (!e)
		e = open_certificate(s, o, now_ms, problem, arg);
	if (!e && !can_sign(s)) {
		problem(arg, "sign_key", "does not sign");
		e = ERR_CRYPTO;
	}
	ERR_clear_error();
	if (e) {
		signer_close(s);
		return e;
	}
	*out = s;
	return OK;
}

/* DER to r || s. The DER is our own, made a moment ago. */
static bool to_raw(const uint8_t *der, size_t len, char out[SIGNER_RAW_HEX + 1])
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	uint8_t raw[2 * HALF_LEN];
	bool is_done = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, HALF_LEN) == HALF_LEN &&
		       BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + HALF_LEN, HALF_LEN) == HALF_LEN;

	ECDSA_SIG_free(sig);
	if (is_done)
		hex_write(raw, sizeof(raw), out);
	return is_done;
}

/* Nothing leaves that the certificate's key does not verify: a token may answer nonsense. */
static bool verifies(const struct signer *s, const void *buf, size_t len, const uint8_t *der, size_t der_len)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool holds = md && EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, X509_get0_pubkey(s->certificate)) == 1 &&
		     EVP_DigestVerify(md, der, der_len, buf, len) == 1;

	EVP_MD_CTX_free(md);
	return holds;
}

enum err signer_raw(struct signer *s, const void *buf, size_t len, char out[SIGNER_RAW_HEX + 1])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t der[SIGNATURE_ROOM];
	size_t der_len = sizeof(der);
	bool is_done;

	out[0] = '\0';
	if (!md)
		return ERR_NOMEM;
	is_done = EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, s->key) == 1 &&
		  EVP_DigestSign(md, der, &der_len, buf, len) == 1 && verifies(s, buf, len, der, der_len) &&
		  to_raw(der, der_len, out);
	EVP_MD_CTX_free(md);
	ERR_clear_error();
	return is_done ? OK : ERR_CRYPTO;
}

static bool add_signer(struct signer *s, CMS_ContentInfo *cms, uint64_t now_ms)
{
	const unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_CADES | CMS_NOSMIMECAP | CMS_PARTIAL;
	CMS_SignerInfo *si = CMS_add1_signer(cms, s->certificate, s->key, EVP_sha256(), flags);
	ASN1_TIME *at = ASN1_TIME_set(NULL, (time_t)(now_ms / 1000));
	bool is_done = si && at &&
		       CMS_signed_add1_attr_by_NID(si, NID_pkcs9_signingTime, at->type, at, -1) == 1;

	ASN1_TIME_free(at);
	for (int i = 0; is_done && i < sk_X509_num(s->between); i++)
		is_done = CMS_add1_cert(cms, sk_X509_value(s->between, i)) == 1;
	return is_done;
}

static bool make_cms(struct signer *s, const void *buf, size_t len, uint64_t now_ms, uint8_t **out, int *out_len)
{
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_DETACHED | CMS_BINARY);
	BIO *data = BIO_new_mem_buf(buf, (int)len);
	bool is_done = cms && data && add_signer(s, cms, now_ms) &&
		       CMS_final(cms, data, NULL, CMS_DETACHED | CMS_BINARY) == 1;

	*out_len = is_done ? i2d_CMS_ContentInfo(cms, out) : -1;
	BIO_free(data);
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return *out_len > 0;
}

enum err signer_cms(struct signer *s, const void *buf, size_t len, uint64_t now_ms, uint8_t **der, size_t *der_len)
{
	uint8_t *made = NULL;
	int made_len;

	*der = NULL;
	*der_len = 0;
	if (len > SIGNER_FILE_MAX)
		return ERR_MALFORMED;
	if (!is_valid_at(s, now_ms) || !make_cms(s, buf, len, now_ms, &made, &made_len))
		return ERR_CRYPTO;
	*der = malloc((size_t)made_len);
	if (*der) {
		memcpy(*der, made, (size_t)made_len);
		*der_len = (size_t)made_len;
	}
	OPENSSL_free(made);
	return *der ? OK : ERR_NOMEM;
}
