#ifndef JOURNAL_H
#define JOURNAL_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/notary/clock.h"
#include "gateway/notary/consent_chain.h"
#include "gateway/notary/journal_io.h"
#include "gateway/notary/journal_marks.h"
#include "gateway/notary/journal_scan.h"

/**
 * journal: the evidence of one session, a file of canonical JSON lines that only grows.
 *
 * A line is {"boot_ms","data":{…},"event","n","p","session","wall_ms"}; `p` is the SHA-256 of the previous
 * line's bytes without its line feed. Written, flushed to the disk, and only then acknowledged. After one
 * failed write or flush the journal is broken: nothing is tried again on that descriptor.
 * Source: S19, S26, S29; docs/EVIDENCE.md 2.
 */
struct journal; /* opaque; owned by journals */

/** Where the journals of a notary live; kept by the caller while a journal is open. */
struct journal_place {
	const char *dir;  /* DIR/sessions: a folder a session below it */
	const char *name; /* "journal", "after" */
	const char *follows; /* file of the session's folder whose SHA-256 is `p` of line 0; NULL: zeros */
	const char *seal; /* file of the session's folder that, once there, closes the journal for ever; NULL: none */
	const struct journal_io *io;
	const struct clock *clock;
};

struct journal_receipt {
	uint64_t n;
	char hash[DIGEST_HEX + 1]; /* SHA-256 of the line's bytes */
};

enum { JOURNAL_EVENT_MAX = 32, JOURNAL_SIZE_MAX = 256 << 20 };

/**
 * Opens DIR/ID/NAME.jsonl and recovers it: what follows the last whole line that fits the chain is saved in
 * NAME.dropped, cut off, and told by an event "recover" {"bytes","sha256"}. Files that no line speaks of yet
 * (a chunk, key.wrapped, private.jsonl: they are durable before their line) are removed. *out is NULL on error.
 *
 * A sealed one is only read: nothing is cut off, and each append is ERR_FORBIDDEN.
 *
 * @param may_create  false: a journal that does not exist is ERR_FORBIDDEN
 * @return OK; ERR_FORBIDDEN: also if what it follows does not exist; ERR_NOMEM; ERR_IO: the session has no
 *         evidence, end it
 */
enum err journal_open(const struct journal_place *place, const char *session, bool may_create,
		struct journal **out);
/** Closes the file. NULL is allowed. */
void journal_close(struct journal *j);

/**
 * One line more, durable when OK comes back.
 * ERR_MALFORMED: data is no object or cannot be written canonically, nothing happened; ERR_NOMEM and
 * ERR_FORBIDDEN (journal_chain_event), the same; ERR_IO: the journal is broken, from now on every append fails.
 */
enum err journal_append(struct journal *j, const char *event, const cJSON *data, struct journal_receipt *out);

/**
 * The agent's signed line, as event "consent" {"line","sig"}. A line sent again is acknowledged again and
 * stored once; out->n and out->hash are those of the consent line, as its receipt needs them.
 * Errors: those of consent_chain_next() and journal_append().
 */
enum err journal_append_consent(struct journal *j, const char *line, const char *sig, struct journal_receipt *out);

/**
 * A file of the session beside the journal, durable when OK comes back: FOLDER/NAME in it, FOLDER "" for none.
 * Whole or not at all if `is_whole`. ERR_IO (errno): it is not to be built on.
 */
enum err journal_store_file(struct journal *j, const char *folder, const char *name, const void *buf, size_t len,
		bool is_whole);

const char *journal_session(const struct journal *j);
bool journal_is_broken(const struct journal *j);
bool journal_is_sealed(const struct journal *j);
/** Lines so far. */
uint64_t journal_count(const struct journal *j);
/** SHA-256 of the last line; zeros if there is none. */
const char *journal_head(const struct journal *j);
/** Lines of the head that was signed last (EVIDENCE 3 "Heads"); 0 when the journal was opened. For the notary to keep. */
uint64_t journal_signed(const struct journal *j);
void journal_set_signed(struct journal *j, uint64_t lines);
/** Remembers that the journal was as it is now: its head is being signed. */
void journal_mark(struct journal *j);
/** Whether the journal once was so. What was not marked lately is looked up in the file, JOURNAL_MARKS times at most. */
bool journal_was(struct journal *j, const struct journal_mark *mark);
/** The whole file as it is now; *buf is the caller's (free). ERR_IO, ERR_NOMEM. */
enum err journal_read(struct journal *j, char **buf, size_t *len);
const struct consent_chain *journal_consent(const struct journal *j);
/** What all lines so far add up to. */
const struct journal_chain *journal_chain(const struct journal *j);

#endif
