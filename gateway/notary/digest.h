#ifndef DIGEST_H
#define DIGEST_H

#include <stddef.h>
#include <stdint.h>

/**
 * digest: SHA-256, HMAC-SHA-256 and random tokens, all as lower-case hexadecimal text. Pure but for the
 * random numbers, which are the operating system's.
 */
enum {
	DIGEST_HEX = 64,     /* digits of a SHA-256 or an HMAC-SHA-256 */
	DIGEST_KEY_LEN = 32, /* bytes of the HMAC's key */
	TOKEN_HEX = 32,      /* digits of an identifier or a token of 128 bits */
	LOGIN_HEX = 64,      /* digits of a login's token, 256 bits */
	CODE_DIGITS = 9,     /* decimal digits of a join code */
};

/** "000…0": what stands where there is no hash yet. */
extern const char digest_zeros[DIGEST_HEX + 1];

void digest_sha256(const void *buf, size_t len, char out[DIGEST_HEX + 1]);
void digest_hmac(const uint8_t key[DIGEST_KEY_LEN], const void *buf, size_t len, char out[DIGEST_HEX + 1]);
/** Whether two digests are the same, in a time that does not depend on it. */
int digest_is_same(const char a[DIGEST_HEX + 1], const char b[DIGEST_HEX + 1]);
/** `digits` random hexadecimal digits, an even number of at most LOGIN_HEX; out holds digits + 1. */
void digest_token(size_t digits, char *out);
/** A code: CODE_DIGITS decimal digits, each of the 10^9 equally likely. */
void digest_code(char out[CODE_DIGITS + 1]);

#endif
