#ifndef CTL_RSA_H
#define CTL_RSA_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * ctl_rsa: the bank's evidence key, which opens the keys of the recordings (docs/EVIDENCE.md 5).
 *
 * It is made and used on a computer without network; nothing of it is known to the programs of the gateway but
 * the public half. Files are made with O_EXCL: nothing is ever written over.
 */
enum {
	RSA_BITS = 3072,
	RSA_WRAPPED_MAX = 512,  /* bytes of a wrapped key: RSA 4,096 */
	CONTENT_KEY_LEN = 32,
	FINGERPRINT_HEX = 64,
};

/**
 * Makes evidence.key (PKCS#8, AES-256 under the passphrase), evidence.pub (public half) and evidence.pem
 * (self-signed certificate, for those who want one) in `dir`, which is made if it is not there.
 * `fingerprint` becomes the SHA-256 of the public half (DER, SubjectPublicKeyInfo).
 * ERR_FORBIDDEN: one of the files is there; ERR_IO (errno); ERR_CRYPTO; ERR_NOMEM.
 */
enum err ctl_rsa_make(const char *dir, const char *passphrase, char fingerprint[FINGERPRINT_HEX + 1]);

/** The private key of a file; the caller's (EVP_PKEY_free). ERR_IO (errno); ERR_CRYPTO: wrong passphrase, or no RSA of 3,072 bits at least. */
enum err ctl_rsa_private(const char *path, const char *passphrase, EVP_PKEY **out);
/** The public key of a PEM file, of a certificate in it too. Errors as above. */
enum err ctl_rsa_public(const char *path, EVP_PKEY **out);
/** SHA-256 of the public half. */
enum err ctl_rsa_fingerprint(const EVP_PKEY *key, char out[FINGERPRINT_HEX + 1]);

/** RSA-OAEP, SHA-256 for hash and mask, no label. ERR_CRYPTO: not wrapped for this key. */
enum err ctl_rsa_unwrap(EVP_PKEY *key, const uint8_t *wrapped, size_t len, uint8_t out[CONTENT_KEY_LEN]);
enum err ctl_rsa_wrap(EVP_PKEY *recipient, const uint8_t content[CONTENT_KEY_LEN], uint8_t out[RSA_WRAPPED_MAX],
		size_t *len);

#endif
