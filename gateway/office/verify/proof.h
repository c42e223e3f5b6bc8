#ifndef PROOF_H
#define PROOF_H

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * proof: the few things of libcrypto that the format needs, each a call that says yes or no.
 *
 * P-256, SHA-256, AES-256-GCM, CMS (CAdES-BES), RFC 3161. No state; what is returned belongs to the caller.
 */
enum {
	PROOF_HASH_LEN = 32,
	PROOF_HEX = 65,           /* 64 digits and a 0 */
	PROOF_POINT_LEN = 65,     /* an uncompressed P-256 point */
	PROOF_POINT_HEX = 130,    /* its digits */
	PROOF_SIG_LEN = 64,       /* r || s */
	PROOF_SIG_HEX = 128,
	PROOF_DER_MAX = 72,       /* an ECDSA P-256 signature in DER */
	PROOF_PEM_MAX = 200,      /* the PEM of a P-256 key, with a final 0 */
	PROOF_KEY_LEN = 32,       /* the content key, and that of an agreement */
	PROOF_TIME_MAX = 32,      /* a time in words, with a final 0 */
};

void proof_sha256(const void *at, size_t len, uint8_t out[PROOF_HASH_LEN]);
void proof_sha256_hex(const void *at, size_t len, char out[PROOF_HEX]);

/** The key of a point; NULL if it is none of the curve. */
EVP_PKEY *proof_key(const uint8_t point[PROOF_POINT_LEN]);
/** True if sig is r || s of an ECDSA P-256 signature with SHA-256 over the bytes. */
bool proof_holds(EVP_PKEY *key, const void *at, size_t len, const uint8_t sig[PROOF_SIG_LEN]);
/** r || s in DER; the bytes written. */
size_t proof_der(const uint8_t sig[PROOF_SIG_LEN], uint8_t out[PROOF_DER_MAX]);
/** What `openssl pkey -pubin` prints of the point; the bytes written, without the final 0. */
size_t proof_pem(const uint8_t point[PROOF_POINT_LEN], char out[PROOF_PEM_MAX]);

/** A CMS structure that is exactly `len` bytes; NULL if it is none. */
CMS_ContentInfo *proof_cms(const uint8_t *at, size_t len);
/** Key of the one certificate that signed it, believed by nobody yet; NULL if there is none, or not P-256. */
EVP_PKEY *proof_cms_key(CMS_ContentInfo *cms);
/** Certificates in a PEM file, as roots and nothing else trusted; NULL if it holds none. */
X509_STORE *proof_roots(const uint8_t *at, size_t len);
/**
 * True if it is a detached CAdES-BES signature over the bytes by a certificate of the roots, all of them valid at the
 * time that the signature itself gives. Whether that is true is what the time stamp proves.
 */
bool proof_cms_holds(CMS_ContentInfo *cms, const void *at, size_t len, X509_STORE *roots);

/**
 * True if it is a granted RFC 3161 response with a token over SHA-256 of the bytes, by an authority of the roots whose
 * certificates were valid at the time that it gives, which `when` gets in words (UTC).
 */
bool proof_stamp_holds(const uint8_t *tsr, size_t tsr_len, const void *at, size_t len, X509_STORE *roots,
		char when[PROOF_TIME_MAX]);

/** True if a certificate in the token has this key: nobody stamps what he sealed himself. */
bool proof_stamp_is_by(const uint8_t *tsr, size_t tsr_len, EVP_PKEY *key);

/** Key of the frames of one agreement (section 5), out of the content key and the transcript. False: out of memory. */
bool proof_agreement_key(const uint8_t content_key[PROOF_KEY_LEN], const uint8_t transcript[PROOF_HASH_LEN],
		uint8_t out[PROOF_KEY_LEN]);
/** True if the frame opens: 16 bytes of header, ciphertext, tag (docs/PROTOCOL.md 5.3); nothing is kept of it. */
bool proof_opens(EVP_CIPHER_CTX *ctx, const uint8_t key[PROOF_KEY_LEN], uint32_t seq, const uint8_t *frame, size_t len,
		uint8_t *room);

#endif
