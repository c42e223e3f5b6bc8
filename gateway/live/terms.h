#ifndef TERMS_H
#define TERMS_H

#include <stddef.h>

#include "common/err.h"

/**
 * terms: the versioned terms of use, read from their text file (docs/PROTOCOL.md section 9.1; S1,
 * S3).
 *
 * Hashes are SHA-256 in hexadecimal: one of the whole file's bytes, one of each article's bytes
 * (title line to the line before the next title). Owns its strings.
 */
enum {
	TERMS_ARTICLES = 7,
	TERMS_LEN_MAX = 48 << 10, /* bytes: the notary keeps the text, and takes it in one message */
};

struct terms_article {
	char *title, *body; /* body: paragraphs separated by empty lines, list items begin with "- "
			     */
	char hash[65];
};

struct terms {
	char *version, *lang, *title, *banner, *note; /* note: "" in the binding text */
	char *text; /* the whole file, which contains no 0 */
	char hash[65];
	struct terms_article article[TERMS_ARTICLES];
};

/** Reads a file. ERR_MALFORMED and a sentence with the line in `trouble` if it is not as it must
 * be. */
enum err terms_read(const char *path, struct terms *out, char *trouble, size_t size);
/** The same from memory. */
enum err terms_parse(const char *text, size_t len, struct terms *out, char *trouble, size_t size);
void terms_done(struct terms *t);

#endif
