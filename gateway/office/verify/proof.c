#include "gateway/office/verify/proof.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ts.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "guichet/wire.h"

void proof_sha256(const void *at, size_t len, uint8_t out[PROOF_HASH_LEN])
{
	SHA256(at, len, out);
}

void proof_sha256_hex(const void *at, size_t len, char out[PROOF_HEX])
{
	uint8_t hash[PROOF_HASH_LEN];

	proof_sha256(at, len, hash);
	hex_write(hash, sizeof(hash), out);
}

EVP_PKEY *proof_key(const uint8_t point[PROOF_POINT_LEN])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	char curve[] = "prime256v1";
	EVP_PKEY *key = NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point, PROOF_POINT_LEN),
		OSSL_PARAM_construct_end(),
	};

	if (!ctx || point[0] != 4 || EVP_PKEY_fromdata_init(ctx) <= 0 ||
			EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return key;
}

/* An unsigned INTEGER of 32 bytes, as short as DER wants it; the bytes written. */
static size_t put_integer(const uint8_t in[32], uint8_t *out)
{
	size_t skip = 0, pad;

	while (skip < 31 && in[skip] == 0)
		skip++;
	pad = in[skip] & 0x80 ? 1 : 0;
	out[0] = 2;
	out[1] = (uint8_t)(32 - skip + pad);
	out[2] = 0;
	memcpy(out + 2 + pad, in + skip, 32 - skip);
	return 2 + pad + 32 - skip;
}

size_t proof_der(const uint8_t sig[PROOF_SIG_LEN], uint8_t out[PROOF_DER_MAX])
{
	size_t len = put_integer(sig, out + 2);

	len += put_integer(sig + 32, out + 2 + len);
	out[0] = 0x30;
	out[1] = (uint8_t)len;
	return 2 + len;
}

bool proof_holds(EVP_PKEY *key, const void *at, size_t len, const uint8_t sig[PROOF_SIG_LEN])
{
	uint8_t der[PROOF_DER_MAX], hash[PROOF_HASH_LEN];
	size_t der_len = proof_der(sig, der);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool holds;

	proof_sha256(at, len, hash);
	holds = ctx && EVP_PKEY_verify_init(ctx) > 0 && EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) > 0 &&
			EVP_PKEY_verify(ctx, der, der_len, hash, sizeof(hash)) == 1;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return holds;
}

size_t proof_pem(const uint8_t point[PROOF_POINT_LEN], char out[PROOF_PEM_MAX])
{
	/* SubjectPublicKeyInfo: id-ecPublicKey, prime256v1, BIT STRING of the point */
	static const uint8_t prefix[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
		0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 };
	uint8_t der[sizeof(prefix) + PROOF_POINT_LEN];
	unsigned char text[129];
	int len;

	memcpy(der, prefix, sizeof(prefix));
	memcpy(der + sizeof(prefix), point, PROOF_POINT_LEN);
	(void)EVP_EncodeBlock(text, der, sizeof(der)); /* 124 digits: a line of 64 and one of 60 */
	len = snprintf(out, PROOF_PEM_MAX, "-----BEGIN PUBLIC KEY-----\n%.64s\n%s\n-----END PUBLIC KEY-----\n", text, text + 64);
	return (size_t)len;
}

/* True if the structure is written as DER has it: what nothing signs must not be free to vary either. */
static bool is_same_der(unsigned char *der, int der_len, const uint8_t *at, size_t len)
{
	bool is_same = der && der_len > 0 && (size_t)der_len == len && memcmp(der, at, len) == 0;

	OPENSSL_free(der);
	return is_same;
}

/* True if it is the certificate's issuer, byte for byte: OpenSSL alone would overlook case and blanks. */
static bool is_issuer_of(const X509_NAME *name, X509 *cert)
{
	const unsigned char *named = NULL, *own = NULL;
	size_t named_len = 0, own_len = 0;

	return X509_NAME_get0_der(name, &named, &named_len) == 1 &&
			X509_NAME_get0_der(X509_get_issuer_name(cert), &own, &own_len) == 1 && named_len == own_len &&
			memcmp(named, own, own_len) == 0;
}

static bool is_of(CMS_SignerInfo *signer, X509 *cert)
{
	X509_NAME *issuer = NULL;

	return CMS_SignerInfo_cert_cmp(signer, cert) == 0 && CMS_SignerInfo_get0_signer_id(signer, NULL, &issuer, NULL) == 1 &&
			(!issuer || is_issuer_of(issuer, cert));
}

/* The certificate that the signer names, which must be with the signature; the caller frees it. NULL if there is none. */
static X509 *signer_cert(CMS_ContentInfo *cms)
{
	CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	STACK_OF(X509) *certs = CMS_get1_certs(cms);
	X509 *found = NULL;

	for (int i = 0; i < sk_X509_num(certs) && !found; i++) {
		X509 *cert = sk_X509_value(certs, i);

		if (is_of(signer, cert) && X509_up_ref(cert) == 1)
			found = cert;
	}
	sk_X509_pop_free(certs, X509_free);
	return found;
}

/* One signature over something outside, of the type data, with the signer's certificate. */
static bool is_seal_like(CMS_ContentInfo *cms)
{
	bool is_like = OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed && CMS_is_detached(cms) &&
			OBJ_obj2nid(CMS_get0_eContentType(cms)) == NID_pkcs7_data && sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms)) == 1;
	X509 *cert = is_like ? signer_cert(cms) : NULL;

	X509_free(cert);
	return cert;
}

CMS_ContentInfo *proof_cms(const uint8_t *at, size_t len)
{
	BIO *bio = BIO_new_mem_buf(at, (int)len);
	CMS_ContentInfo *cms = bio && len < INT32_MAX ? d2i_CMS_bio(bio, NULL) : NULL;
	unsigned char *der = NULL;
	int der_len = cms && is_seal_like(cms) ? i2d_CMS_ContentInfo(cms, &der) : -1;

	if (!is_same_der(der, der_len, at, len)) {
		CMS_ContentInfo_free(cms);
		cms = NULL;
	}
	BIO_free(bio);
	ERR_clear_error();
	return cms;
}

/* The key if it is of P-256, else NULL. */
static EVP_PKEY *only_p256(EVP_PKEY *key)
{
	char curve[16];

	if (key && EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL) == 1 && strcmp(curve, "prime256v1") == 0)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

EVP_PKEY *proof_cms_key(CMS_ContentInfo *cms)
{
	X509 *cert = signer_cert(cms);
	EVP_PKEY *key = cert ? only_p256(X509_get_pubkey(cert)) : NULL;

	X509_free(cert);
	ERR_clear_error();
	return key;
}

X509_STORE *proof_roots(const uint8_t *at, size_t len)
{
	BIO *bio = len < INT32_MAX ? BIO_new_mem_buf(at, (int)len) : NULL;
	X509_STORE *store = X509_STORE_new();
	X509 *cert;
	int count = 0;

	while (bio && store && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		count += X509_STORE_add_cert(store, cert) == 1;
		X509_free(cert);
	}
	BIO_free(bio);
	ERR_clear_error();
	if (count > 0)
		return store;
	X509_STORE_free(store);
	return NULL;
}

/* `at` becomes the time at which certificates must have been valid. */
static bool set_time(X509_STORE *roots, const ASN1_TIME *at)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days, seconds;
	bool done = at && epoch && ASN1_TIME_diff(&days, &seconds, epoch, at) == 1;

	if (done)
		X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(roots), (time_t)days * 86400 + seconds);
	ASN1_TIME_free(epoch);
	return done;
}

/* The signed attribute signing-time; NULL if there is none. */
static const ASN1_TIME *signing_time(CMS_ContentInfo *cms)
{
	CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	int i = CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1);
	X509_ATTRIBUTE *attribute = i < 0 ? NULL : CMS_signed_get_attr(signer, i);
	const ASN1_TYPE *value = attribute ? X509_ATTRIBUTE_get0_type(attribute, 0) : NULL;

	if (!value || (value->type != V_ASN1_UTCTIME && value->type != V_ASN1_GENERALIZEDTIME))
		return NULL;
	return value->value.asn1_string;
}

/* True if the signer's certificate is not itself one of the roots: a root issues, it does not sign evidence. */
static bool is_issued(CMS_ContentInfo *cms, X509_STORE *roots)
{
	CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(roots);

	for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
		X509 *root = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));

		if (root && CMS_SignerInfo_cert_cmp(signer, root) == 0)
			return false;
	}
	return true;
}

static bool has_no_parameter(const X509_ALGOR *algorithm)
{
	int type = V_ASN1_UNDEF;

	X509_ALGOR_get0(NULL, &type, NULL, algorithm);
	return type == V_ASN1_UNDEF || type == V_ASN1_NULL;
}

/* True if the signature's algorithm is the one with which it was verified: nothing signs its name (RFC 5652, 5.3). */
static bool is_named_right(const X509_ALGOR *digest, const X509_ALGOR *signature, const EVP_PKEY *key)
{
	const ASN1_OBJECT *hash = NULL, *named = NULL;
	int named_hash, named_key, nid;

	X509_ALGOR_get0(&hash, NULL, NULL, digest);
	X509_ALGOR_get0(&named, NULL, NULL, signature);
	nid = OBJ_obj2nid(named);
	if (!has_no_parameter(digest))
		return false;
	if (nid == NID_rsaEncryption || nid == NID_rsassaPss)
		return (nid == NID_rsassaPss || has_no_parameter(signature)) && (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"));
	return has_no_parameter(signature) && OBJ_find_sigid_algs(nid, &named_hash, &named_key) == 1 && named_hash == OBJ_obj2nid(hash) &&
			EVP_PKEY_is_a(key, named_key == NID_X9_62_id_ecPublicKey ? "EC" : "RSA");
}

static bool is_cms_named_right(CMS_ContentInfo *cms)
{
	EVP_PKEY *key = NULL;
	X509_ALGOR *digest = NULL, *signature = NULL;

	CMS_SignerInfo_get0_algs(sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0), &key, NULL, &digest, &signature);
	return key && is_named_right(digest, signature, key);
}

bool proof_cms_holds(CMS_ContentInfo *cms, const void *at, size_t len, X509_STORE *roots)
{
	BIO *bio = len < INT32_MAX ? BIO_new_mem_buf(at, (int)len) : NULL;
	bool holds = bio && is_issued(cms, roots) && set_time(roots, signing_time(cms)) &&
			CMS_verify(cms, NULL, roots, bio, NULL, CMS_BINARY | CMS_CADES) == 1 && is_cms_named_right(cms);

	BIO_free(bio);
	ERR_clear_error();
	return holds;
}

static bool is_over_sha256(TS_TST_INFO *info)
{
	X509_ALGOR *algorithm = info ? TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(info)) : NULL;
	const ASN1_OBJECT *oid = NULL;

	if (algorithm)
		X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
	return oid && OBJ_obj2nid(oid) == NID_sha256;
}

/* True if what a token says without signing it is said in the one way: algorithms as in RFC 5754, the signer. */
static bool is_plain(const PKCS7 *token)
{
	const PKCS7_SIGNER_INFO *signer = sk_PKCS7_SIGNER_INFO_value(token->d.sign->signer_info, 0);
	X509 *cert = signer ? X509_find_by_issuer_and_serial(token->d.sign->cert, signer->issuer_and_serial->issuer,
							signer->issuer_and_serial->serial) : NULL;

	for (int i = 0; i < sk_X509_ALGOR_num(token->d.sign->md_algs); i++) {
		if (!has_no_parameter(sk_X509_ALGOR_value(token->d.sign->md_algs, i)))
			return false;
	}
	return cert && is_issuer_of(signer->issuer_and_serial->issuer, cert) &&
			is_named_right(signer->digest_alg, signer->digest_enc_alg, X509_get0_pubkey(cert));
}

/* The response's token; NULL if there is none. */
static PKCS7 *token_of(TS_RESP *resp)
{
	PKCS7 *token = resp ? TS_RESP_get_token(resp) : NULL;

	return token && PKCS7_type_is_signed(token) ? token : NULL;
}

/* The token's time, in words and as that at which certificates must have been valid. */
static bool take_time(X509_STORE *roots, const TS_TST_INFO *info, char when[PROOF_TIME_MAX])
{
	const ASN1_GENERALIZEDTIME *at = TS_TST_INFO_get_time(info);
	struct tm tm;

	return set_time(roots, at) && ASN1_TIME_to_tm(at, &tm) == 1 && strftime(when, PROOF_TIME_MAX, "%Y-%m-%d %H:%M:%S UTC", &tm) > 0;
}

bool proof_stamp_holds(const uint8_t *tsr, size_t tsr_len, const void *at, size_t len, X509_STORE *roots,
		char when[PROOF_TIME_MAX])
{
	const unsigned char *p = tsr;
	TS_RESP *resp = tsr_len < INT32_MAX ? d2i_TS_RESP(NULL, &p, (long)tsr_len) : NULL;
	TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
	BIO *bio = len < INT32_MAX ? BIO_new_mem_buf(at, (int)len) : NULL;
	TS_TST_INFO *info = resp ? TS_RESP_get_tst_info(resp) : NULL;
	PKCS7 *token = token_of(resp);
	unsigned char *der = NULL;
	int der_len = resp ? i2d_TS_RESP(resp, &der) : -1;
	bool holds = is_same_der(der, der_len, tsr, tsr_len) && token && is_plain(token) && ctx && bio && is_over_sha256(info) && take_time(roots, info, when);

	if (holds) {
		(void)TS_VERIFY_CTX_set_flags(ctx, TS_VFY_VERSION | TS_VFY_DATA | TS_VFY_SIGNATURE);
		(void)TS_VERIFY_CTX_set_data(ctx, bio); /* owns both from here on */
		(void)X509_STORE_up_ref(roots);
		(void)TS_VERIFY_CTX_set_store(ctx, roots);
		bio = NULL;
		holds = TS_RESP_verify_response(ctx, resp) == 1;
	}
	BIO_free(bio);
	TS_VERIFY_CTX_free(ctx);
	TS_RESP_free(resp);
	ERR_clear_error();
	return holds;
}

bool proof_stamp_is_by(const uint8_t *tsr, size_t tsr_len, EVP_PKEY *key)
{
	const unsigned char *p = tsr;
	TS_RESP *resp = tsr_len < INT32_MAX ? d2i_TS_RESP(NULL, &p, (long)tsr_len) : NULL;
	PKCS7 *token = token_of(resp);
	STACK_OF(X509) *certs = token ? token->d.sign->cert : NULL;
	bool is_by = false;

	for (int i = 0; i < sk_X509_num(certs); i++)
		is_by = is_by || EVP_PKEY_eq(X509_get0_pubkey(sk_X509_value(certs, i)), key) == 1;
	TS_RESP_free(resp);
	ERR_clear_error();
	return is_by;
}

bool proof_agreement_key(const uint8_t content_key[PROOF_KEY_LEN], const uint8_t transcript[PROOF_HASH_LEN],
		uint8_t out[PROOF_KEY_LEN])
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	char digest[] = "SHA256", info[] = "guichet/1 agent to viewer";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)content_key, PROOF_KEY_LEN),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)transcript, PROOF_HASH_LEN),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, sizeof(info) - 1),
		OSSL_PARAM_construct_end(),
	};
	bool done = ctx && EVP_KDF_derive(ctx, out, PROOF_KEY_LEN, params) == 1;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return done;
}

bool proof_opens(EVP_CIPHER_CTX *ctx, const uint8_t key[PROOF_KEY_LEN], uint32_t seq, const uint8_t *frame, size_t len,
		uint8_t *room)
{
	uint8_t nonce[12] = { 'A', '>', 'V' };
	size_t text = len - WIRE_HEADER_LEN - WIRE_TAG_LEN;
	int n;

	put_u32(nonce + 8, seq);
	return EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
			EVP_DecryptUpdate(ctx, NULL, &n, frame, WIRE_HEADER_LEN) == 1 &&
			EVP_DecryptUpdate(ctx, room, &n, frame + WIRE_HEADER_LEN, (int)text) == 1 &&
			EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, WIRE_TAG_LEN,
					(void *)(uintptr_t)(frame + len - WIRE_TAG_LEN)) == 1 &&
			EVP_DecryptFinal_ex(ctx, room, &n) == 1;
}
