#ifndef TRAILER_H
#define TRAILER_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * trailer: what the gateway appends to the agent's executable when it serves it (docs/PROTOCOL.md
 * 9).
 *
 * The signed bank profile, its signature, and the one-use join ticket, then their lengths (4 bytes
 * each) and an 8-byte mark. The executable itself stays as it was built and can be compared with
 * it.
 */
struct trailer {
	const uint8_t *profile, *signature, *ticket; /* point into the image */
	size_t profile_len, signature_len, ticket_len;
};

enum { TRAILER_PART_MAX = 65536, TRAILER_TICKET_LEN = 32 };

/** Finds the trailer at the end of an image. ERR_MALFORMED: there is none, or its lengths are
 * wrong. */
enum err trailer_find(const uint8_t *image, size_t len, struct trailer *out);

/** Bytes of trailer for these parts, malloc'ed into *out. */
enum err trailer_make(const struct trailer *t, uint8_t **out, size_t *len);

#endif
