#ifndef SIGNER_H
#define SIGNER_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * signer: the notary's signing key, in a PEM file or in a PKCS#11 token, and its certificate.
 *
 * P-256 and SHA-256 only. It produces signatures and CMS; it parses no CMS, its own neither. The key of a
 * token never leaves it. Source: S29; docs/EVIDENCE.md 3 "Heads", 7.
 */
struct signer; /* opaque; owned by main, used by one thread */

enum { SIGNER_RAW_HEX = 128, SIGNER_CHAIN_MAX = 8, SIGNER_FILE_MAX = 1 << 16 };

struct signer_options {
	const char *key;         /* path of a PEM file, or "pkcs11:…" (RFC 7512) */
	const char *module;      /* path of the token's PKCS#11 module; "": the one that p11-kit finds */
	const char *pin_file;    /* its first line: PIN of the token or passphrase of the file; "": none */
	const char *certificate; /* PEM: the key's certificate, then those between it and the root */
	const char *root;        /* PEM: the root that everybody checks against */
};

/** `option` of the configuration does not hold, and why; never a PIN. */
typedef void signer_problem_fn(void *arg, const char *option, const char *why);

/**
 * Opens key and certificate and tries them: the key is P-256 and signs; the certificate is that key's, valid
 * at now_ms (UTC), for digitalSignature, and leads to the root.
 * ERR_CRYPTO: they are not fit, `problem` has been told; ERR_NOMEM.
 */
enum err signer_open(const struct signer_options *o, uint64_t now_ms, signer_problem_fn *problem, void *arg,
		struct signer **out);
/** NULL is allowed. */
void signer_close(struct signer *s);

/** When the certificate ends, milliseconds since 1970, UTC. */
uint64_t signer_not_after_ms(const struct signer *s);
/** The public key as 130 hexadecimal digits, as a bank profile has it (`seal`). */
const char *signer_public_hex(const struct signer *s);

/** ECDSA over SHA-256 of buf: r || s in hexadecimal. ERR_CRYPTO: the token is away. */
enum err signer_raw(struct signer *s, const void *buf, size_t len, char out[SIGNER_RAW_HEX + 1]);
/**
 * Detached CMS over buf, DER, CAdES-BES: content-type, message-digest, signing-time (now_ms),
 * signing-certificate-v2; the certificates are inside. *der is the caller's (free), NULL on error.
 * ERR_CRYPTO: the token is away, or the certificate is not valid at now_ms; ERR_NOMEM.
 */
enum err signer_cms(struct signer *s, const void *buf, size_t len, uint64_t now_ms, uint8_t **der, size_t *der_len);

#endif
