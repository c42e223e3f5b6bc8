#ifndef CONSENT_CHAIN_H
#define CONSENT_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/consent.h"
#include "common/err.h"
#include "gateway/notary/digest.h"
#include "guichet/evidence.h"

/**
 * consent_chain: what the agent's signed lines of one session add up to (docs/PROTOCOL.md section 6.2).
 *
 * Pure logic, plain data. guichet-live has judged a line before it comes here; who took live over has not, so each new
 * line is judged again, by the same rules: its form, its place in the chain, what consent_apply() says. The signature,
 * and what a line says of the session or of the journal, are the notary's to check (notary_lines.c).
 */
struct consent_chain {
	uint64_t next_n;
	char head[DIGEST_HEX + 1];  /* SHA-256 of the last line; zeros before line 0 */
	uint64_t bytes;             /* of all lines */
	uint64_t head_n;            /* lines of the last head of the journal that the agent signed, 0: none yet */
	struct consent state;
};

enum { CONSENT_SIG_HEX = 128 };

void consent_chain_init(struct consent_chain *c);

/**
 * The chain with one more line, in *next; `c` is unchanged, so that the caller can store the line first.
 *
 * @return OK; ERR_MALFORMED: not a line that an agent may sign; ERR_FORBIDDEN: of another session, not the next line
 *         of the chain, or the rules have no such step; ERR_AGAIN: the session has as many lines as it may have
 */
enum err consent_chain_next(const struct consent_chain *c, const char *session, const char *line,
		struct consent_chain *next);
/**
 * Takes up a line that was stored already: only its place in the chain is judged, so that rules which became stricter
 * make no evidence unreadable.
 */
enum err consent_chain_take(struct consent_chain *c, const char *session, const char *line);

/** True if `line` is the very line that was stored last: it was sent again because a receipt got lost. */
bool consent_chain_is_last(const struct consent_chain *c, const char *line);
/** True when the session should end because it has nearly as many lines as it may have. */
bool consent_chain_is_full(const struct consent_chain *c);

#endif
