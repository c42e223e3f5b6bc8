#ifndef CRASH_DISK_H
#define CRASH_DISK_H

#include <stddef.h>

#include "gateway/notary/journal_io.h"

/**
 * crash_disk: writes down every change that a test makes to a folder through its journal_io, and makes the
 * folder that a crash after the first k of them would leave (E2).
 */
struct crash_disk; /* opaque; owned by the test */

/** What of the changes that were not flushed reached the disk. */
enum crash_kind {
	CRASH_KILL,       /* all: the process died, the computer did not */
	CRASH_NOTHING,    /* nothing: names and bytes are those of the last flush */
	CRASH_NAMES_ONLY, /* new names, but not the bytes behind them */
	CRASH_TORN,       /* half of the bytes that were not flushed, no new names */
	CRASH_KINDS,
};

/** `folder` must exist and be empty. */
struct crash_disk *crash_disk_new(const char *folder);
void crash_disk_free(struct crash_disk *d);
/** The calls to hand in; good as long as `d` is. */
struct journal_io crash_disk_io(struct crash_disk *d);
/** Changes so far. */
size_t crash_disk_count(const struct crash_disk *d);
/** Makes in `target`, an empty folder, what is left after the first `count` changes. */
void crash_disk_make(const struct crash_disk *d, size_t count, enum crash_kind kind, const char *target);

#endif
