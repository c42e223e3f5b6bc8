#ifndef FILE_KIND_H
#define FILE_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * file_kind: which kinds of files there are to exchange, told by the end of the name and by the bytes (S20).
 *
 * Only what stands in its table can be allowed by a configuration; programs, scripts, archives and
 * documents with macros do not. Pure: reads memory, opens nothing. Each number it reads is bounded by the
 * length. Source: docs/PROTOCOL.md 10.1.
 */

/** True if a configuration may name it: "pdf", "docx". */
bool file_kind_is_known(const char *extension);
/** True if `list`, words with a space between them, names the kind of `name`. */
bool file_kind_is_allowed(const char *list, const char *name);
/** True if these bytes are what the end of `name` says. */
bool file_kind_fits(const char *name, const uint8_t *bytes, size_t len);

#endif
