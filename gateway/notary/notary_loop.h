#ifndef NOTARY_LOOP_H
#define NOTARY_LOOP_H

#include <signal.h>
#include <sys/types.h>

#include "common/err.h"
#include "gateway/notary/notary.h"

/**
 * notary_loop: the sockets of the notary. Who may connect is decided by the kernel's word (SO_PEERCRED).
 *
 * A connection whose answers are not fetched is not read any further, so it holds at most the answers of
 * what it has asked; the others go on.
 */
struct notary_loop; /* opaque */

enum { LOOP_CONNECTIONS_MAX = 64 };

/** A descriptor that becomes readable when notary_tick() has something to do, -1: none now. Asked each turn. */
typedef int notary_wake_fn(void *arg);

struct notary_loop_options {
	const char *socket, *ctl_socket; /* ctl_socket: NULL or "" for none */
	uid_t live_uid;                  /* besides the own user and root, on `socket` only */
	const char *office_socket;       /* NULL or "" for none */
	uid_t office_uid;                /* the same on `office_socket` only */
	notary_wake_fn *wake;            /* or NULL */
	void *wake_arg;
};

/** Listens. ERR_IO: a socket cannot be made, or somebody listens there. */
enum err notary_loop_open(const struct notary_loop_options *o, struct notary_loop **out);
/** Closes every connection and removes the sockets. NULL is allowed. */
void notary_loop_close(struct notary_loop *l);
/** The notary's `send`, with the loop as its argument. */
notary_send_fn notary_loop_send;
/** Serves until *stop is set by a signal that is blocked outside of `wait_mask`. ERR_IO: poll failed. */
enum err notary_loop_run(struct notary_loop *l, struct notary *n, const volatile sig_atomic_t *stop,
		const sigset_t *wait_mask);

#endif
