#ifndef P256_H
#define P256_H

#include <stdbool.h>
#include <stddef.h>

/**
 * p256: whether an ECDSA signature holds (P-256, SHA-256), keys and signatures in hexadecimal as on the wire. The
 * notary verifies with it what the agents signed, and finds its own heads again (S16; docs/EVIDENCE.md 3). No state.
 */

/**
 * True if `sig` (r || s, 128 lower-case digits) is a signature of the `len` bytes of `text` by the key whose
 * uncompressed point is `sign` (130 digits). False also if one of them is no such thing, and without memory.
 */
bool p256_holds(const char *sign, const void *text, size_t len, const char *sig);

#endif
