#ifndef JOURNAL_SCAN_H
#define JOURNAL_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/notary/consent_chain.h"

/**
 * journal_scan: how far the bytes of a journal's file hold together. Pure: no file, no clock.
 * Source: docs/EVIDENCE.md.
 */
struct journal_chain {
	uint64_t next_n;
	char head[DIGEST_HEX + 1];     /* SHA-256 of the last line; zeros before line 0 */
	struct consent_chain consent;  /* what the lines of event "consent" add up to */
};

void journal_chain_init(struct journal_chain *c);
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
