#ifndef BYTES_H
#define BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * bytes: reading and writing of integers in network byte order, with a sticky error.
 *
 * A reader that runs past its end answers zeros from then on and remembers it; the caller checks
 * once, with bytes_done(), that nothing was missing and nothing is left over. Owns no memory.
 */
struct bytes {
	const uint8_t *at, *end;
	bool is_short; /* something was read past the end */
};

struct bytes bytes_of(const void *buf, size_t len);
uint8_t bytes_u8(struct bytes *b);
uint16_t bytes_u16(struct bytes *b);
uint32_t bytes_u32(struct bytes *b);
/** The next `len` bytes, or NULL past the end. */
const uint8_t *bytes_take(struct bytes *b, size_t len);
/** True if all was there and all was read: trailing bytes are an error. */
bool bytes_done(const struct bytes *b);

void put_u16(uint8_t out[2], uint16_t v);
void put_u32(uint8_t out[4], uint32_t v);
uint32_t get_u32(const uint8_t in[4]);

/** Lower-case hexadecimal digits of `len` bytes and a final 0: out holds 2 * len + 1. */
void hex_write(const void *in, size_t len, char *out);
/** Exactly `len` bytes out of 2 * len lower-case digits and nothing more. False: not that. */
bool hex_read(const char *in, void *out, size_t len);
/** True if s is `digits` lower-case hexadecimal digits: an identifier or a token. */
bool hex_is(const char *s, size_t digits);

#endif
