#ifndef DURABLE_H
#define DURABLE_H

#include "common/err.h"
#include "gateway/notary/journal_io.h"

/**
 * durable: files that are on the disk, names included, when OK comes back; through the calls of journal_io.
 *
 * Nothing is tried a second time: after ERR_IO (errno says why) the bytes are in an unknown state and the
 * caller must not build on them. Source: docs/EVIDENCE.md 2.1, 2.4, 6.3.
 */
enum { DURABLE_PATH = 4096 };

/** The whole buffer, not flushed. */
enum err durable_write(const struct journal_io *io, int fd, const void *buf, size_t len);
/** Flushes the names in a folder. */
enum err durable_sync_folder(const struct journal_io *io, const char *path);
/** Makes PARENT/NAME if it is not there and flushes PARENT. */
enum err durable_folder(const struct journal_io *io, const char *parent, const char *name);
/** FOLDER/NAME with exactly these bytes; after a crash it may hold anything. */
enum err durable_file(const struct journal_io *io, const char *folder, const char *name, const void *buf, size_t len);
/** The same, whole or not at all: FOLDER/NAME.new is renamed once its bytes are flushed. */
enum err durable_replace(const struct journal_io *io, const char *folder, const char *name, const void *buf, size_t len);
/** Removes FOLDER/NAME; one that is not there is well. Not flushed: a crash may bring it back. */
enum err durable_remove(const struct journal_io *io, const char *folder, const char *name);

#endif
