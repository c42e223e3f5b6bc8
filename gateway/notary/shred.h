#ifndef SHRED_H
#define SHRED_H

#include "common/err.h"
#include "gateway/notary/journal_io.h"

/**
 * shred: a small file whose bytes are not to be found any more: overwritten, flushed, cut to nothing, unlinked.
 *
 * On a disk that writes elsewhere than it wrote before (copies of a file system, flash) the old blocks may outlive
 * it: the disk below has to be encrypted if that counts. Source: S33; docs/EVIDENCE.md 9.
 */

/**
 * FOLDER/NAME. One that is not there is well, so that an interrupted shredding can be done again. The folder's
 * entry is not flushed: call shred_done() after the last one.
 * ERR_IO: it may still be readable, errno says why.
 */
enum err shred_file(const struct journal_io *io, const char *folder, const char *name);
/** Makes the removals in a folder durable. ERR_IO. */
enum err shred_done(const struct journal_io *io, const char *folder);

#endif
