#ifndef CONSENT_CHAIN_H
#define CONSENT_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/notary/digest.h"
#include "guichet/capability.h"

/**
 * consent_chain: what the agent's signed lines of one session add up to (docs/PROTOCOL.md section 6.2).
 *
 * Pure logic, plain data. Legality and signatures are checked by guichet-live before a line comes here;
 * the notary makes sure that the chain has no gap and can be read again by a gateway that starts anew.
 */
struct consent_chain {
	uint64_t next_n;
	char head[DIGEST_HEX + 1];  /* SHA-256 of the last line; zeros before line 0 */
	uint32_t grant[CAP_COUNT];  /* number of the live grant, 0: none */
	uint32_t last_ask, last_grant;
	bool is_ended;              /* an "end" line was stored */
};

enum { CONSENT_LINE_MAX = 8192, CONSENT_SIG_HEX = 128 };

void consent_chain_init(struct consent_chain *c);

/**
 * The chain with one more line, in *next; `c` is unchanged, so that the caller can store the line first.
 *
 * @return OK; ERR_MALFORMED: not strict JSON or not a consent line; ERR_FORBIDDEN: of another session, or
 *         not the next line of the chain
 */
enum err consent_chain_next(const struct consent_chain *c, const char *session, const char *line,
		struct consent_chain *next);

/** True if `line` is the very line that was stored last: it was sent again because a receipt got lost. */
bool consent_chain_is_last(const struct consent_chain *c, const char *line);

#endif
