#ifndef SEAL_H
#define SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/notary/consent_chain.h"
#include "gateway/notary/digest.h"
#include "gateway/notary/journal_io.h"
#include "gateway/notary/signer.h"

/**
 * seal: the last word on one session, seal.json and seal.p7s, from its journal's bytes alone.
 *
 * It decides nothing: when to seal is the notary's (notary_seal.c). Done twice, interrupted anywhere, it
 * ends with the same seal.json. Source: S29; docs/EVIDENCE.md 6.4, 7.
 */
enum { SEAL_REASON_MAX = 32, SEAL_FILE_MAX = 4096 };

/** What the journal says of itself; seal.json without its build and time. */
struct seal_facts {
	uint64_t journal_lines, agent_lines, chunks;
	char journal[DIGEST_HEX + 1], journal_head[DIGEST_HEX + 1]; /* of the file; of its last line */
	char agent_head[DIGEST_HEX + 1], recording[DIGEST_HEX + 1];
	char key[DIGEST_HEX + 1];                                  /* "" if there is none */
	char reason[SEAL_REASON_MAX + 1];                          /* "" if no `end` line is there */
};

/**
 * Reads a whole journal of `len` bytes. Pure. Lines are those that journal_scan has accepted; their chain is
 * walked again. `consent` is what the agent's lines add up to.
 * ERR_MALFORMED: a line does not follow the one before, or a line of the recording or the key makes no sense.
 */
enum err seal_read(const char *session, const char *buf, size_t len, const struct consent_chain *consent,
		struct seal_facts *out);

struct seal_place {
	const char *folder; /* the session's own */
	const char *session;
	const struct journal_io *io;
	struct signer *signer;
	uint64_t wall_ms;
};

/**
 * seal.json, then seal.p7s, durable in this order; those that are there already stay. `hash` becomes the
 * SHA-256 of the file seal.json.
 * ERR_MALFORMED: a seal.json is there that says something else; ERR_IO; ERR_CRYPTO; ERR_NOMEM.
 */
enum err seal_write(const struct seal_place *p, const struct seal_facts *f, char hash[DIGEST_HEX + 1]);

#endif
