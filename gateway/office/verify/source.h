#ifndef SOURCE_H
#define SOURCE_H

#include <stddef.h>

#include "common/err.h"
#include "gateway/office/verify/verify.h"

/**
 * source: a bundle on disk, a zip or a folder, as the table that verify_bundle() takes.
 *
 * Files are mapped, not read. A folder is followed one level (chunks/, grants/); links, special files and other folders
 * are errors; .DS_Store, Thumbs.db and desktop.ini in folders are passed over.
 */
struct source; /* opaque; owns the table and the mappings */

/**
 * Opens a zip or a folder.
 *
 * @param trouble  on an error a French sentence
 * @return OK; ERR_IO: cannot be read; ERR_MALFORMED: no such zip; ERR_NOMEM
 */
enum err source_open(const char *path, struct source **out, char trouble[VERIFY_SENTENCE_MAX]);
void source_close(struct source *s);

const struct verify_file *source_files(const struct source *s, size_t *count);

#endif
