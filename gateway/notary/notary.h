#ifndef NOTARY_H
#define NOTARY_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/notary/clock.h"
#include "gateway/notary/journal_io.h"

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
};

/** Takes an answer of `len` bytes of JSON for the connection that asked; it may be gone by now. */
typedef void notary_send_fn(void *arg, uint64_t connection, const char *text, size_t len);

/**
 * Checks an agent's signature of a consent line before it is stored; 0 refuses it. guichet-live has checked it
 * already, so NULL is allowed.
 */
typedef int notary_verify_fn(void *arg, const char *sign, const char *line, const char *sig);

struct notary_options {
	const char *directory;       /* made if it does not exist; one notary at a time */
	unsigned seats;              /* sessions open at once, 1..SEATS_MAX */
	const struct clock *clock;
	const struct journal_io *io;
	notary_send_fn *send;
	void *send_arg;
	notary_verify_fn *verify;    /* or NULL */
	void *verify_arg;
};

/** Opens what lies in the directory. ERR_IO: it cannot be used or is in use; the reason is in the log. */
enum err notary_new(const struct notary_options *o, struct notary **out);
/** NULL is allowed. */
void notary_free(struct notary *n);

/** One message, whatever its bytes. Every message has exactly one answer. */
void notary_handle(struct notary *n, enum caller from, uint64_t connection, const void *buf, size_t len);
/** Readable when a password has been checked; then call notary_ready(). */
int notary_fd(const struct notary *n);
void notary_ready(struct notary *n);

#endif
