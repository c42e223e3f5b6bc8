#ifndef SHA256_H
#define SHA256_H

#include <stddef.h>

/** SHA-256 of `len` bytes in 64 lower-case hexadecimal digits and a final 0. */
void sha256_hex(const void *in, size_t len, char out[65]);

#endif
