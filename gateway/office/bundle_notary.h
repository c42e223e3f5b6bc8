#ifndef BUNDLE_NOTARY_H
#define BUNDLE_NOTARY_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "gateway/office/bundle.h"

/**
 * bundle_notary: a source of a bundle whose files the notary hands out, one descriptor at a time. The export is in
 * after.jsonl before the first of them is asked for (docs/EVIDENCE.md 9).
 *
 * Knows no socket: `ask` is guichet-office's pool or guichetctl's one connection.
 */

/**
 * Asks the notary; takes ownership of `fields`. *answer is the caller's; *fd the descriptor that came with it, or -1.
 * On an error *word, if the notary gave one, lives as long as the program; else "notary".
 */
typedef enum err bundle_ask_fn(void *arg, const char *op, cJSON *fields, cJSON **answer, int *fd, const char **word);

struct bundle_notary {
	bundle_ask_fn *ask;
	void *arg;
	const char *who, *session; /* the caller's: a login or a name; 32 digits */
	const char *reader;        /* folder of LISEZMOI.txt, lecteur.html and VERIFIER.sh */
	/* its own */
	cJSON *files;              /* names but those of the chunks */
	uint64_t chunks;
	int inclusion;             /* inclusion.txt in memory; -1: none */
	const char *word;          /* why the last call failed, or NULL */
};

/**
 * Begins the export for `audience`, "bank" or "customer": it is written down, and the proof of inclusion made. Fill
 * the first fields before. On an error b->word says why; bundle_notary_done() after either.
 */
enum err bundle_notary_begin(struct bundle_notary *b, const char *audience);
void bundle_notary_done(struct bundle_notary *b);

/** The source over *b, which must outlive it. */
struct bundle_source bundle_notary_source(struct bundle_notary *b);

#endif
