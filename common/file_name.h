#ifndef FILE_NAME_H
#define FILE_NAME_H

#include <stdbool.h>
#include <stddef.h>

/**
 * file_name: any bytes that somebody calls the name of a file, made into a name that is one (S20).
 *
 * The one place for it, compiled into gateway and agent; the same bytes give the same name there. What
 * comes out is UTF-8, has no separator, no drive, no device of Windows, no control character and nothing
 * that turns the direction of writing or cannot be seen, and neither begins with a dot or a dash nor ends
 * with a dot or a space. It is never empty. Knows no file. Source: docs/PROTOCOL.md 10.1.
 */
enum {
	FILE_NAME_MAX = 120, /* bytes */
	FILE_NAME_SIZE = FILE_NAME_MAX + 1,
	FILE_EXTENSION_MAX = 12, /* bytes behind the last dot that are kept of a long name */
};

/** The clean name of `len` bytes; total: there is one for any bytes. Of a clean name: itself. */
void file_name_clean(const void *in, size_t len, char out[FILE_NAME_SIZE]);
/** True if it is what file_name_clean() makes of it. */
bool file_name_is_clean(const char *name);
/** What stands behind the last dot, in lower case; "" if there is nothing, or something long. */
void file_name_extension(const char *name, char out[FILE_EXTENSION_MAX + 1]);

#endif
