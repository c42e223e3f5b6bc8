#ifndef JOURNAL_SCAN_H
#define JOURNAL_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/notary/consent_chain.h"
#include "gateway/notary/recording.h"

/**
 * journal_scan: how far the bytes of a journal's file hold together. Pure: no file, no clock.
 * Source: docs/EVIDENCE.md.
 */
enum { JOURNAL_WORD = 64 + 1, JOURNAL_SIGN = 130 + 1 };

struct journal_chain {
	uint64_t next_n;
	char head[DIGEST_HEX + 1];     /* SHA-256 of the last line; zeros before line 0 */
	struct consent_chain consent;  /* what the lines of event "consent" add up to */
	struct recording recording;    /* …those of event "chunk" */
	char key[DIGEST_HEX + 1];      /* SHA-256 of key.wrapped, as the line "key" says; "": none yet */
	uint64_t bytes;                /* of the file */
	/* What the agent's line 0 must say: of the lines "session", "accepted", and the last "agent" before line 0; "": none. */
	char purpose[JOURNAL_WORD], acceptance[TOKEN_HEX + 1], version[JOURNAL_WORD], sign[JOURNAL_SIGN];
	bool is_accepted, is_failed, is_ended; /* there is a line "accepted", "failed", "end" */
};

void journal_chain_init(struct journal_chain *c);
/**
 * Takes up what an event means for the chain, before its line is written; "consent" apart.
 * ERR_MALFORMED: not the data of such an event; ERR_FORBIDDEN: it does not follow from what is there.
 */
enum err journal_chain_event(struct journal_chain *c, const char *event, const cJSON *data);
/** One line of `len` bytes, without its line feed, is now the last. Leaves the consent chain alone. */
void journal_chain_advance(struct journal_chain *c, const char *line, size_t len);

/**
 * Takes up every whole line that is canonical, of this session and fits the chain, until one is not.
 *
 * @param good  out: bytes up to there, line feeds included; len if all is well
 * @return OK; ERR_NOMEM
 */
enum err journal_scan(struct journal_chain *c, const char *session, const char *buf, size_t len, size_t *good);

#endif
