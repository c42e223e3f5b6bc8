#ifndef ALERT_H
#define ALERT_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * alert: the signed call to the bank's webhook when a customer has a doubt (S30; docs/EVIDENCE.md 13).
 *
 * Signs a body and posts it once; waits, up to ALERT_SECONDS. Of the answer it reads the status line and nothing
 * else. Knows no session and no file.
 */
enum {
	ALERT_BODY_MAX = 4096,
	ALERT_SECRET_MIN = 32, /* bytes; less is no secret */
	ALERT_SECRET_MAX = 256,
	ALERT_SIGNATURE = 65, /* 64 hexadecimal digits and a final 0 */
	ALERT_SECONDS = 10,
};

/** HMAC-SHA-256 of the body. ERR_CRYPTO: it could not be computed. */
enum err alert_sign(const void *secret, size_t secret_len, const void *body, size_t len, char out[ALERT_SIGNATURE]);

/**
 * POSTs the JSON `body` with the header `X-Guichet-Signature: sha256=SIGNATURE`. `url` is https, or http to this
 * computer; `ca` is the PEM file of the only authorities, NULL: those of the computer. Redirects are not followed.
 *
 * @return OK: a status 200 to 299; ERR_MALFORMED: no such URL; ERR_CRYPTO: `ca` cannot be used; ERR_FORBIDDEN:
 *         another status; ERR_IO: nobody there, or not whom the certificate should name
 */
enum err alert_post(const char *url, const char *ca, const void *body, size_t len, const char *signature);

#endif
