#ifndef STORED_H
#define STORED_H

#include <stddef.h>

#include "common/err.h"
#include "gateway/notary/durable.h"

/** stored: files as a whole, read back, or named once somebody else has filled them; through the calls of journal_io. */

/** "DIR/NAME" into out. ERR_IO: too long. */
enum err stored_path(const char *dir, const char *name, char out[DURABLE_PATH]);
/**
 * The whole file; *buf is the caller's (free), NULL on error, and has a final 0 after its *len bytes.
 * ERR_FORBIDDEN: there is none; ERR_MALFORMED: more than `max` bytes; ERR_NOMEM; ERR_IO.
 */
enum err stored_read(const struct journal_io *io, const char *dir, const char *name, size_t max, char **buf,
		size_t *len);
/** The same of an open file, from its beginning. */
enum err stored_read_fd(const struct journal_io *io, int fd, size_t max, char **buf, size_t *len);
/** DIR/NAME.new, whose bytes were written through `fd`, is flushed and becomes DIR/NAME, durable at OK. */
enum err stored_name(const struct journal_io *io, const char *dir, const char *name, int fd);

#endif
