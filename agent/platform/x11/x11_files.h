#ifndef X11_FILES_H
#define X11_FILES_H

#include "agent/platform.h"

/**
 * x11_files: the files of one session on the customer's disk (S20, S21).
 *
 * What is received stands nowhere until it is whole: a file without a name (O_TMPFILE), linked into the session's
 * own folder at the end, so that nothing half-written is left over, whoever is killed when. Where a file system has
 * no such files, one that is named ".guichet-part". Everything is done relative to open folders, never through a
 * link, never over something that is there.
 */
struct x11_files;

struct x11_files *x11_files_new(void);
/** Removes the session's folder if nothing stands in it. NULL is allowed. */
void x11_files_free(struct x11_files *s);
/** As platform_file_new(). */
enum err x11_files_begin(struct x11_files *s, const char *folder, const char *name, uint64_t size,
		struct platform_file **out);
/** The same below this folder instead of the system's, for tests. */
struct x11_files *x11_files_below(const char *downloads);
/** Opens a file that was chosen, for reading. ERR_IO: no plain file, or it cannot be read. */
enum err x11_files_open(const char *path, struct platform_file **out, uint64_t *size);

#endif
