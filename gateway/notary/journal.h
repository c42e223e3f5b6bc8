#ifndef JOURNAL_H
#define JOURNAL_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/notary/clock.h"
#include "gateway/notary/consent_chain.h"
#include "gateway/notary/journal_io.h"

/**
 * journal: the evidence of one session, a file of canonical JSON lines that only grows.
 *
 * A line is {"boot_ms","data":{…},"event","n","p","session","wall_ms"}; `p` is the SHA-256 of the previous
 * line's bytes without its line feed. Written, flushed to the disk, and only then acknowledged. After one
 * failed write or flush the journal is broken: nothing is tried again on that descriptor.
 * Source: S19, S26, S29; docs/EVIDENCE.md.
 */
struct journal; /* opaque; owned by journals */

/** Where the journals of a notary live; kept by the caller while a journal is open. */
struct journal_place {
	const char *dir; /* DIR/journal */
	const struct journal_io *io;
	const struct clock *clock;
};

struct journal_receipt {
	uint64_t n;
	char hash[DIGEST_HEX + 1]; /* SHA-256 of the line's bytes */
};

enum { JOURNAL_EVENT_MAX = 32, JOURNAL_SIZE_MAX = 256 << 20 };

/**
 * Opens DIR/ID.jsonl and recovers it: what follows the last whole line that fits the chain is saved in
 * DIR/ID.dropped, cut off, and told by an event "recover" {"bytes","sha256"}. *out is NULL on error.
 *
 * @param may_create  false: a journal that does not exist is ERR_FORBIDDEN
 * @return OK; ERR_FORBIDDEN; ERR_NOMEM; ERR_IO: the session has no evidence, end it
 */
enum err journal_open(const struct journal_place *place, const char *session, bool may_create,
		struct journal **out);
/** Closes the file. NULL is allowed. */
void journal_close(struct journal *j);

/**
 * One line more, durable when OK comes back.
 * ERR_MALFORMED: data is no object or cannot be written canonically, nothing happened; ERR_NOMEM, the
 * same; ERR_IO: the journal is broken, from now on every append fails.
 */
enum err journal_append(struct journal *j, const char *event, const cJSON *data, struct journal_receipt *out);

/**
 * The agent's signed line, as event "consent" {"line","sig"}. A line sent again is acknowledged again and
 * stored once; out->n and out->hash are those of the consent line, as its receipt needs them.
 * Errors: those of consent_chain_next() and journal_append().
 */
enum err journal_append_consent(struct journal *j, const char *line, const char *sig, struct journal_receipt *out);

const char *journal_session(const struct journal *j);
bool journal_is_broken(const struct journal *j);
/** Lines so far. */
uint64_t journal_count(const struct journal *j);
const struct consent_chain *journal_consent(const struct journal *j);

#endif
