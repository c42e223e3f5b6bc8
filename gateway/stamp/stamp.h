#ifndef STAMP_H
#define STAMP_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * stamp: an RFC 3161 request for one SHA-256, and the verdict on what came back. Knows no network.
 *
 * It reads the authority's CMS; that is why it is part of a small program of its own, and not of the notary.
 * Source: S29; docs/EVIDENCE.md 8.3; RFC 3161 sections 2.4 and 2.2.
 */
struct stamp; /* opaque: one request */

enum { STAMP_DIGEST = 32, STAMP_ANSWER_MAX = 1 << 16 };

/** A request with a random nonce, that asks for the certificates. ERR_NOMEM, ERR_CRYPTO: no random numbers. */
enum err stamp_new(const uint8_t digest[STAMP_DIGEST], struct stamp **out);
/** NULL is allowed. */
void stamp_free(struct stamp *s);
/** Its DER; owned by `s`. */
const uint8_t *stamp_request(const struct stamp *s, size_t *len);
/**
 * The answer is an RFC 3161 response, granted, to this very request, by an authority of the PEM file `ca`.
 * ERR_MALFORMED: no response, or bytes are left over; ERR_FORBIDDEN: the authority refuses; ERR_CRYPTO: its
 * signature, certificate, digest or nonce does not hold; ERR_IO: `ca` cannot be read.
 */
enum err stamp_check(const struct stamp *s, const char *ca, const uint8_t *answer, size_t len);

#endif
