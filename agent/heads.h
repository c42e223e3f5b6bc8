#ifndef AGENT_HEADS_H
#define AGENT_HEADS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/crypto.h"
#include "common/err.h"

/**
 * heads: what the bank's notary has signed about its journal (docs/EVIDENCE.md section 3, S26).
 *
 * While the screen can be seen, the agent wants a new signed head every few seconds; without one the
 * evidence is not known to grow, and the session ends. A head must be signed with the key of the
 * bank's profile, be about this session, and go forward. Plain data.
 */
enum {
	HEADS_TEXT_MAX = 512,    /* bytes of a head */
	HEADS_SILENCE_MS = 20000 /* longest time without a new one while the view is granted */
};

struct heads {
	uint64_t n, chunks;                     /* of the last one; n is 0 before the first */
	char text[HEADS_TEXT_MAX + 1];          /* as it was signed */
	char sig[2 * CRYPTO_SIGNATURE_LEN + 1]; /* hex */
	uint64_t since_ms; /* boot clock: from when silence counts, 0: it does not count now */
};

/**
 * Takes a head. `stored` is the number of our lines that the gateway has acknowledged: its journal
 * holds at least those.
 *
 * @return OK: a new one, kept; ERR_AGAIN: the last one once more, which proves nothing new;
 *         ERR_CRYPTO: not signed by `seal_pem`; ERR_MALFORMED: no head of this session, or it goes
 *         back
 */
enum err heads_take(struct heads *h, const char *seal_pem, const char *session, uint32_t stored,
		const char *text, const char *sig);

/** Silence counts from now on if `is_live`; without a break it goes on counting. */
void heads_watch(struct heads *h, bool is_live, uint64_t boot_ms);
/** A new head came. */
void heads_heard(struct heads *h, uint64_t boot_ms);
/** Boot time at which the silence has lasted too long, 0: it does not count. */
uint64_t heads_due(const struct heads *h);

#endif
