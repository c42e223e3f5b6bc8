#ifndef TRANSPARENCY_H
#define TRANSPARENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/notary/checkpoints.h"
#include "gateway/notary/clock.h"
#include "gateway/notary/journal_io.h"
#include "gateway/notary/log_index.h"
#include "gateway/notary/signer.h"

/**
 * transparency: the log of all sessions, log/entries.jsonl, whose tree is signed as checkpoints.
 *
 * An entry is durable before it is acknowledged. After a failed write or flush its descriptor is closed; the
 * next entry goes through a new one, behind the last that was acknowledged. What the newest checkpoint says
 * must be true of the file when it is opened.
 * Source: S29; docs/EVIDENCE.md 8.
 */
struct transparency; /* opaque; owned by the notary */

enum {
	CHECKPOINT_EVERY_MS = 60000,   /* those made of themselves are at least this far apart */
	LOG_SIZE_MAX = 1 << 30,        /* bytes of entries.jsonl when it is opened */
	INCLUSION_MAX = 16384,         /* bytes of inclusion.txt */
};

struct transparency_options {
	const char *folder; /* DIR, that has log/ below it */
	const char *name;
	const struct journal_io *io;
	const struct clock *clock;
	struct signer *signer;
};

/** inclusion.txt of a session, and the checkpoint that it leads to. */
struct transparency_inclusion {
	char *text; /* the caller's (free) */
	uint64_t size;
	bool is_stamped;
};

struct transparency_stats {
	uint64_t entries, checkpoints, waiting; /* waiting: checkpoints without a time-stamp */
	uint64_t oldest_waiting_ms;             /* wall_ms of the oldest of them, 0: none */
};

/**
 * Opens and recovers: what follows the last whole line that fits is saved in entries.dropped and cut off.
 * ERR_CRYPTO: the file contradicts its newest checkpoint, somebody has changed it; ERR_IO; ERR_NOMEM.
 */
enum err transparency_open(const struct transparency_options *o, struct transparency **out);
/** NULL is allowed. */
void transparency_close(struct transparency *t);

/**
 * One entry more, durable at OK.
 * ERR_FORBIDDEN: the session has this entry already, or was never opened; ERR_IO: not written; ERR_NOMEM.
 */
enum err transparency_append(struct transparency *t, enum log_event event, const char *session,
		const char hash[DIGEST_HEX + 1]);
/** The session has this entry. */
bool transparency_has(const struct transparency *t, enum log_event event, const char *session);
/** The sessions in the order in which they were opened, from i = 0; NULL: no more. */
const struct log_entries *transparency_session(const struct transparency *t, size_t i);

/** There is something new, and the last checkpoint is old enough. */
bool transparency_checkpoint_is_due(const struct transparency *t);
/** One of all entries so far, unless there is one already. ERR_IO, ERR_CRYPTO, ERR_NOMEM. */
enum err transparency_checkpoint(struct transparency *t);
/** ERR_FORBIDDEN: it is not sealed; else as transparency_checkpoint(), which it calls if none covers the seal. */
enum err transparency_inclusion(struct transparency *t, const char *session, struct transparency_inclusion *out);

struct checkpoints *transparency_checkpoints(struct transparency *t);
void transparency_stats(const struct transparency *t, struct transparency_stats *out);

#endif
