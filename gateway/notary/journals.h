#ifndef JOURNALS_H
#define JOURNALS_H

#include "gateway/notary/journal.h"

/**
 * journals: the journals of all sessions, of which a bounded number is open.
 *
 * One that is used again is opened again, which reads and checks it whole. A broken one stays broken until
 * the process ends. Pointers that come from here are good until the next call.
 */
struct journals; /* opaque; owned by the notary */

/** @param max_open files at once, at least 1; `io` and `clock` are the caller's and must outlive it. */
enum err journals_new(const char *dir, const struct journal_io *io, const struct clock *clock, size_t max_open,
		struct journals **out);
/**
 * The same for after.jsonl, whose line 0 follows seal.json (docs/EVIDENCE.md 9): journals_get() of a session that
 * is not sealed is ERR_FORBIDDEN.
 */
enum err journals_new_after(const char *dir, const struct journal_io *io, const struct clock *clock, size_t max_open,
		struct journals **out);
/** Closes every file. NULL is allowed. */
void journals_free(struct journals *js);

/**
 * The journal of a session (32 hexadecimal digits).
 * ERR_FORBIDDEN: there is none and it may not be made; ERR_NOMEM; ERR_IO: broken, now or before.
 */
enum err journals_get(struct journals *js, const char *session, bool may_create, struct journal **out);

/**
 * Opens a broken journal anew, once in the life of the process: its end is still to be told. Errors: those of
 * journals_get(). One that is not broken is as it was.
 */
enum err journals_reopen(struct journals *js, const char *session, struct journal **out);
/** journals_get() and journal_append(); makes the file if there is none. */
enum err journals_append(struct journals *js, const char *session, const char *event, const cJSON *data,
		struct journal_receipt *out);

/** Closes the session's file if it is open; a broken one may then be opened anew. */
void journals_forget(struct journals *js, const char *session);

/** Files that are open now. */
size_t journals_open_count(const struct journals *js);
/** Journals that could not be opened or written since the process began. */
size_t journals_broken_count(const struct journals *js);

#endif
