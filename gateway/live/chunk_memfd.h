#ifndef CHUNK_MEMFD_H
#define CHUNK_MEMFD_H

#include <stddef.h>
#include <stdint.h>

/**
 * chunk_memfd: the bytes of a chunk on their way to the notary, in memory that nobody can change any
 * more (memfd_create, F_SEAL_*): only a descriptor travels over the socket.
 */

/** A sealed descriptor, the caller's to close; -1 and errno: no memory or no descriptor. */
int chunk_memfd(const uint8_t *bytes, size_t len);

#endif
