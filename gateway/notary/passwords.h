#ifndef PASSWORDS_H
#define PASSWORDS_H

#include <stdbool.h>

#include "common/err.h"

/**
 * passwords: argon2id in a thread of its own, one job at a time, so that the journal never waits for it.
 *
 * The notary's loop watches passwords_fd() for reading and then calls passwords_take(). All functions are
 * called from that one loop.
 */
struct passwords; /* opaque */

enum { PASSWORD_MIN = 8, PASSWORD_MAX = 128, PASSWORD_HASH = 128 + 1 };

struct passwords_job {
	bool is_new;                   /* true: make the hash; false: check against it */
	char password[PASSWORD_MAX + 1];
	char hash[PASSWORD_HASH];
	bool is_good;                  /* out: made, or it fits */
};

/** Starts the thread. ERR_NOMEM, ERR_IO. */
enum err passwords_new(struct passwords **out);
/** Waits for the present job and ends the thread. NULL is allowed. */
void passwords_free(struct passwords *p);
/** Readable when a job is done. */
int passwords_fd(const struct passwords *p);
bool passwords_is_idle(struct passwords *p);
/** Begins a job; only while idle. The job is copied. */
void passwords_start(struct passwords *p, const struct passwords_job *job);
/** True: *out is the job that was started, done, and the thread is idle again. */
bool passwords_take(struct passwords *p, struct passwords_job *out);
/** A hash that no password fits, for names that do not exist: they must cost the same time. */
const char *passwords_dummy(const struct passwords *p);

#endif
