#ifndef NOTARY_H
#define NOTARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/notary/clock.h"
#include "gateway/notary/journal_io.h"
#include "gateway/notary/signer.h"
#include "gateway/notary/stamps.h"

/**
 * notary: answers the requests of gateway/ipc/requests.def. It is the only writer of journals and store.
 *
 * It knows no socket: a message comes in through notary_handle(), its answer goes out through `send`, at
 * once or, for what needs a password, later. One thread calls all of it.
 * Source: S1, S4, S5, S7, S19, S26; docs/ARCHITECTURE.md "The notary".
 */
struct notary; /* opaque */

/** Who sends a request, by the socket that it came through. */
enum caller { CALLER_LIVE = 1 << 0, CALLER_CTL = 1 << 1, CALLER_OFFICE = 1 << 2 };

/** Limits that are rules, not configuration. All times in milliseconds; a limit reached is a limit passed. */
enum {
	CODE_LIFE_MS = 600000,
	LINK_LIFE_MS = 600000,
	TICKET_LIFE_MS = 600000,
	TICKETS_MAX = 5,            /* of each kind an acceptance */
	LOGIN_IDLE_MS = 1800000,
	LOGIN_LIFE_MS = 36000000,
	LOGIN_TRIES_MAX = 5,        /* wrong ones, a name and a source */
	LOGIN_WINDOW_MS = 300000,
	LOGIN_QUEUE_MAX = 8,        /* passwords waiting to be checked */
	CODE_TRIES_MAX = 5,         /* wrong ones, a source */
	CODE_TRIES_ALL_MAX = 60,    /* wrong ones, all sources together */
	CODE_WINDOW_MS = 600000,
	TRAILING_MS = 60000,        /* after the end the agent's last lines may still come in */
	SEATS_MAX = 1000,
	OPENING_MS = 900000,        /* after evidence_begin */
	SEARCH_MAX = 50,            /* sessions in one answer */
	RETENTION_BATCH = 8,        /* sessions erased in one go: journals wait for it */
	TICK_MS = 60000,            /* what was interrupted is tried again, what is due is erased */
};

/** How long what kind of session is kept, in days; 0: for ever (S33). */
struct notary_retention {
	unsigned proof_days, quality_days, unused_days;
	int is_auto; /* without being asked */
};

enum { RETENTION_PROOF_DAYS = 3650, RETENTION_QUALITY_DAYS = 365, RETENTION_UNUSED_DAYS = 30,
	RETENTION_DAYS_MAX = 36500 };

/**
 * Takes an answer of `len` bytes of JSON for the connection that asked; it may be gone by now. `fd` is a
 * descriptor that goes with it, -1 for none; the callee closes it.
 */
typedef void notary_send_fn(void *arg, uint64_t connection, const char *text, size_t len, int fd);

/**
 * Checks an agent's signature (r || s, hexadecimal) of a consent line by the key `sign` before it is stored; false
 * refuses it. guichet-live has checked it already; who took live over has not.
 */
typedef bool notary_verify_fn(void *arg, const char *sign, const char *line, const char *sig);

struct notary_options {
	const char *directory;       /* made if it does not exist; one notary at a time */
	unsigned seats;              /* sessions open at once, 1..SEATS_MAX */
	struct notary_retention retention;
	uint64_t reserve_bytes;      /* of the disk, for the last lines when it is full; 0: none */
	const struct clock *clock;
	const struct journal_io *io;
	struct signer *signer;       /* of seals, checkpoints and heads; the caller's, must outlive it */
	const char *root, *tsa;      /* PEM files that go with every bundle; NULL or "": none */
	const char *log_name;        /* of the transparency log, on its checkpoints */
	const struct stamper *stamper; /* asks the time-stamp authority; NULL: there is none */
	uint64_t stamp_alarm_ms;     /* a checkpoint waits for too long */
	notary_send_fn *send;
	void *send_arg;
	notary_verify_fn *verify;    /* NULL: every line is refused */
	void *verify_arg;
};

/** Opens what lies in the directory. ERR_IO: it cannot be used or is in use; the reason is in the log. */
enum err notary_new(const struct notary_options *o, struct notary **out);
/** NULL is allowed. */
void notary_free(struct notary *n);

/**
 * One message, whatever its bytes. Every message has exactly one answer. `fd`: the descriptor that came with
 * it, -1 for none; it is closed here.
 */
void notary_handle(struct notary *n, enum caller from, uint64_t connection, const void *buf, size_t len, int fd);
/** What is done without being asked: seals, checkpoints, time-stamps. To be called each second or sooner. */
void notary_tick(struct notary *n);
/** Milliseconds that may pass until the next notary_tick(). */
int notary_wait_ms(const struct notary *n);

/** Seals and time-stamps in numbers, for /ready and /metrics. */
struct notary_seal_stats {
	uint64_t unsealed, seals_failed; /* sessions that have ended and wait for their seal; that failed at least once */
	uint64_t log_entries, checkpoints, unstamped;
	uint64_t unstamped_oldest_ms;    /* age of the oldest checkpoint without a time-stamp, 0: none */
	uint64_t stamp_failures;         /* since the last time-stamp */
	uint64_t certificate_ends_ms;    /* wall clock */
	int is_stamping;                 /* there is an authority */
	int is_stamp_alarm;
};
void notary_seal_stats(const struct notary *n, struct notary_seal_stats *out);

/** Readable when a password has been checked; then call notary_ready(). */
int notary_fd(const struct notary *n);
void notary_ready(struct notary *n);

#endif
