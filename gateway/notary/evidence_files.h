#ifndef EVIDENCE_FILES_H
#define EVIDENCE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * evidence_files: the files of a session that may be handed out, by their names in a bundle, and nothing else.
 *
 * A name is one of a table, or chunks/ and six digits: whatever a caller sends, no part of it becomes part of a
 * path but those digits. Files are opened for reading, step by step, and no link is followed.
 * Source: S28; docs/EVIDENCE.md 1, 10.
 */

/** What somebody opens a session for; each is written down as what it is. */
enum evidence_use { USE_PAGE = 1 << 0, USE_REPLAY = 1 << 1, USE_BANK = 1 << 2, USE_CUSTOMER = 1 << 3 };

/** Where a name's file lies. */
enum evidence_place {
	PLACE_SESSION,    /* sessions/ID/NAME */
	PLACE_CHUNK,      /* sessions/ID/chunks/NNNNNN */
	PLACE_TERMS,      /* terms/SHA256.txt */
	PLACE_CHECKPOINT, /* log/checkpoints/SIZE + suffix */
	PLACE_ROOT,       /* the configuration says where */
	PLACE_TSA,
};

struct evidence_file {
	const char *name;           /* as in a bundle; "chunks/" for a chunk */
	enum evidence_place place;
	unsigned uses;              /* set of enum evidence_use */
	bool is_secret;             /* an erasure destroys it */
	const char *suffix;         /* of a checkpoint's file */
};

enum { EVIDENCE_CHUNK_MAX = 999999 };

/** The row of a name; *chunk is the number of a chunk, 1…EVIDENCE_CHUNK_MAX, else 0. NULL: no such name. */
const struct evidence_file *evidence_file_of(const char *name, uint32_t *chunk);
/** The rows but that of the chunks, from i = 0; NULL: no more. */
const struct evidence_file *evidence_file_at(size_t i);
/** The use of a word: "page", "replay", "bank", "customer"; 0: none of them. */
unsigned evidence_use_of(const char *word);

/**
 * Opens a regular file below `root` for reading: every step but the last is a folder, none of them a link.
 * ERR_FORBIDDEN: it is not there; ERR_IO: something else stands there.
 */
enum err evidence_open(const char *root, const char *const *steps, size_t count, int *fd, uint64_t *bytes);

/** The same of a file that the configuration names. */
enum err evidence_open_path(const char *path, int *fd, uint64_t *bytes);

#endif
