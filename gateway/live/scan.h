#ifndef SCAN_H
#define SCAN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * scan: what clamd says of a file: its INSTREAM command over a Unix socket.
 *
 * Blocks: for a thread of its own. Fails closed: whatever is not a clear "OK" is a refusal.
 */

/**
 * @param fd      read from the beginning, `size` bytes
 * @param ms      longest time for all of it
 * @param is_off  gives up soon after it becomes true
 * @return NULL: clean. "infected", "size" (more than clamd takes), "scanner" (away, or no answer that can be
 *         understood), "late"
 */
const char *scan_clamd(const char *path, int fd, size_t size, unsigned ms, const atomic_bool *is_off);

#endif
