#ifndef EVIDENCE_KEY_H
#define EVIDENCE_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * evidence_key: the bank's private evidence key, for as long as it takes to open one session's content key.
 *
 * RSA of 3,072 or 4,096 bits, a PEM file with a passphrase. It is read where an officer has it, not on the
 * gateway. Source: docs/EVIDENCE.md 5.
 */
enum { EVIDENCE_KEY_HEX = 64, EVIDENCE_WRAPPED_MAX = 512 };

/**
 * Opens key.wrapped: the content key in 64 lower-case digits.
 *
 * @param passphrase  of the file; "" if it has none
 * @return OK; ERR_IO: the file cannot be read; ERR_CRYPTO: wrong passphrase, no such key, or it is not the one that
 *         the session was wrapped for
 */
enum err evidence_key_unwrap(const char *path, const char *passphrase, const uint8_t *wrapped, size_t len,
		char out[EVIDENCE_KEY_HEX + 1]);

#endif
