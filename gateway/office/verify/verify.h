#ifndef VERIFY_H
#define VERIFY_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * verify: is a bundle what it says? docs/EVIDENCE.md section 11; S29.
 *
 * Pure but for libcrypto: the bundle is a table of named byte ranges that the caller holds in memory (source.h
 * reads one from a zip or a folder). Every byte of it is a stranger's. Items are checked in the order of items.def;
 * the first that does not hold is named and ends the check.
 */
enum verify_item {
#define ITEM(name, word, what) VERIFY_##name,
#include "gateway/office/verify/items.def"
#undef ITEM
	VERIFY_ITEMS
};

/** What became of an item. */
enum verify_state {
	VERIFY_NOT_REACHED, /* an item before it failed */
	VERIFY_OK,
	VERIFY_WAITING,     /* nothing is wrong, but something is still to come: the time stamp */
	VERIFY_ABSENT,      /* nothing there to check: erased, withheld, or it never happened */
	VERIFY_FAILED,
};

enum {
	VERIFY_PLACE_MAX = 96,     /* bytes of a place, with its final 0: "journal.jsonl:12", "chunks/000003" */
	VERIFY_SENTENCE_MAX = 256, /* bytes of a French sentence, with its final 0 */
	VERIFY_FILE_MAX = 1 << 28, /* bytes of a file that is read line by line; more is refused */
};

/** One file of a bundle; the bytes are the caller's. */
struct verify_file {
	const char *name;
	const uint8_t *at;
	size_t len;
};

/** Roots that the checker trusts, PEM; NULL: those that came with the bundle. */
struct verify_options {
	const uint8_t *root, *tsa;
	size_t root_len, tsa_len;
};

struct verify_line {
	enum verify_state state;
	char what[VERIFY_SENTENCE_MAX];
};

struct verify_result {
	enum verify_item failed; /* VERIFY_ITEMS: nothing failed */
	char place[VERIFY_PLACE_MAX];
	char session[33];        /* "" before the journal was read */
	char root_sha256[65], tsa_sha256[65]; /* of root.crt and tsa.crt as they came; "" if they did not */
	struct verify_line line[VERIFY_ITEMS];
};

/**
 * Checks a bundle.
 *
 * @param files  in any order; names may be anything
 * @param count  at most 1,000,000
 * @param o      NULL: no roots from elsewhere
 * @return OK and the whole result, whatever it says; ERR_NOMEM
 */
enum err verify_bundle(const struct verify_file *files, size_t count, const struct verify_options *o,
		struct verify_result *out);

/** "files", "journal", ... */
const char *verify_item_word(enum verify_item item);
/** What the item looks at, in French. */
const char *verify_item_what(enum verify_item item);

#endif
