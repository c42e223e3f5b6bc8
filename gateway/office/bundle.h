#ifndef BUNDLE_H
#define BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * bundle: writes the evidence of one session as a zip (docs/EVIDENCE.md section 10; S28).
 *
 * Stored, sorted by name, all times 1980-01-01: the same evidence gives the same bytes. It is written front to back,
 * so that the descriptor may be a pipe or a socket. Each file is read twice, once for its hash and once to be copied:
 * memory is a table of the names and the agent's signed lines, whatever the recording weighs. Files that are made
 * here: agent.pub, grants/, SHA256SUMS, and content.key if it is given.
 *
 * libzip is not used: it cannot write to what cannot seek, and its bytes change with its version.
 */
enum {
	BUNDLE_NAME_MAX = 64,            /* bytes of a name, with its final 0 */
	BUNDLE_FILES_MAX = 65000,        /* a zip without zip64 holds 65,535 */
	BUNDLE_MADE_MAX = 64 << 20,      /* bytes of all that is made here */
	BUNDLE_TROUBLE_MAX = 160,        /* bytes of a French sentence, with its final 0 */
};
/** Bytes of a whole zip: its offsets have 32 bits. */
#define BUNDLE_SIZE_MAX UINT64_C(4294900000)

/** Takes one name that the source has; any error is passed on. */
typedef enum err bundle_name_fn(void *arg, const char *name);

/**
 * Where the files come from: the notary's answers, or a folder (bundle_folder.h). Names are those of section 10; what
 * the bundle makes itself need not be there and is not asked for.
 */
struct bundle_source {
	void *arg;
	/** Every name, in any order, each once. */
	enum err (*list)(void *arg, bundle_name_fn *take, void *taker);
	/** A descriptor at the file's first byte, in *fd, which the bundle closes. Asked twice for each name. */
	enum err (*open)(void *arg, const char *name, int *fd);
};

struct bundle_options {
	const char *content_key; /* 64 lower-case digits, or NULL: the bank's version, which opens nothing */
	/** Called now and then with bytes written and bytes in all; may be NULL. An error ends the writing. */
	enum err (*progress)(void *arg, uint64_t done, uint64_t total);
	void *progress_arg;
};

/**
 * Writes the whole bundle.
 *
 * @param fd       open for writing; stays open; what was written before an error is no bundle
 * @param o        NULL: no content key, no progress
 * @param trouble  on an error a French sentence for people
 * @return OK; ERR_MALFORMED: the source holds what no bundle may hold, or too much; ERR_IO: reading, writing, or a file
 *         that changed between its two readings; ERR_NOMEM; what the source or `progress` returned
 */
enum err bundle_write(const struct bundle_source *source, const struct bundle_options *o, int fd,
		char trouble[BUNDLE_TROUBLE_MAX]);

#endif
