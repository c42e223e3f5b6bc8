#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * store: what the notary has to find again: people, logins, acceptances, sessions, codes, links, tickets.
 *
 * Neutral to the engine behind it (SQLite: store_sqlite*.c). It holds rows and makes no decision: no clock,
 * no random number, no password, no token. Tokens come as SHA-256, codes as HMAC, in 64 hexadecimal digits.
 * One writer. Each change is durable when OK comes back, or at store_commit() inside store_begin().
 * Every function may answer ERR_IO (disk, corruption) or ERR_NOMEM; others are named. Texts must fit their
 * field; the caller has checked them. Source: S1, S4, S7, S33.
 */
struct store; /* opaque */

enum {
	STORE_ID = 32 + 1,    /* identifier, hexadecimal */
	STORE_HASH = 64 + 1,  /* SHA-256 or HMAC, hexadecimal */
	STORE_SIGN = 130 + 1, /* P-256 point, hexadecimal */
	STORE_NAME = 64 + 1,  /* name of an advisor, a purpose, a version, an address */
	STORE_WORD = 32 + 1,  /* a word of a closed list */
	STORE_TEXT = 256 + 1, /* a name or a label for people, bytes of UTF-8 */
	STORE_USER_AGENT = 1024 + 1,
	STORE_ARTICLES = 8192 + 1,
	STORE_PASSWORD = 128 + 1, /* argon2id string */
};

/** Two lists of people with their own logins: nobody of the one can come in as one of the other (S4, S28). */
enum store_people { STORE_ADVISORS, STORE_OFFICERS, STORE_PEOPLE };

struct store_person {
	char name[STORE_NAME], display[STORE_TEXT], password[STORE_PASSWORD];
	char role[STORE_WORD]; /* of an officer; "" of an advisor */
	bool is_disabled;
};

struct store_login {
	char hash[STORE_HASH], name[STORE_NAME];
	uint64_t created_ms, used_ms;
};

/** One act of acceptance (S1). */
struct store_acceptance {
	char id[STORE_ID];
	uint64_t at_ms;
	char version[STORE_NAME], lang[STORE_WORD], terms[STORE_HASH];
	char articles[STORE_ARTICLES]; /* canonical JSON: list of SHA-256 */
	char button[STORE_WORD], ip[STORE_NAME], user_agent[STORE_USER_AGENT], customer[STORE_TEXT];
	char session[STORE_ID]; /* "" until it is bound */
};

struct store_session {
	char id[STORE_ID], advisor[STORE_NAME], display[STORE_TEXT];
	char purpose[STORE_NAME], label[STORE_TEXT];
	unsigned ceiling; /* set of CAP_BIT() */
	bool is_ended;
	uint64_t started_ms, ended_ms; /* 0: not yet */
	char reason[STORE_WORD], acceptance[STORE_ID], sign[STORE_SIGN], resume[STORE_HASH]; /* "": not yet */
	char class[STORE_WORD];        /* proof, quality, unused; "" while it is open */
	bool has_hold;                 /* a copy of what after.jsonl says, good while it is not unsettled */
	bool is_unsettled;
	uint64_t erased_ms;            /* 0: not */
};

/** Which sessions; "" or 0 lets all through. */
struct store_filter {
	char customer[STORE_TEXT], advisor[STORE_NAME]; /* the whole reference; the beginning of a name */
	char purpose[STORE_NAME], reason[STORE_WORD];
	uint64_t from_ms, to_ms;             /* started then, both included; to_ms 0: until now */
	uint64_t before_ms, before_row;      /* only what is older than this place; before_ms 0: from the newest on */
};

struct store_found {
	char id[STORE_ID], advisor[STORE_NAME], display[STORE_TEXT], purpose[STORE_NAME], label[STORE_TEXT];
	char reason[STORE_WORD], class[STORE_WORD], customer[STORE_TEXT];
	bool is_ended, has_hold;
	uint64_t started_ms, ended_ms, erased_ms, row;
};

struct store_totals {
	uint64_t sessions, ended, held, erased, unsettled;
};

struct store_code {
	char mac[STORE_HASH], session[STORE_ID];
	uint64_t expires_ms;
};

struct store_ticket {
	char hash[STORE_HASH], kind[STORE_WORD], acceptance[STORE_ID], session[STORE_ID];
	uint64_t expires_ms;
};

/** Opens or makes the database at `path` and brings its schema up to date. ERR_IO. */
enum err store_open(const char *path, struct store **out);
/** What was begun and not committed is undone. NULL is allowed. */
void store_close(struct store *s);
/** Why the last call failed, for the log; never contents. */
const char *store_problem(const struct store *s);

/** Several changes as one. Not nested. */
enum err store_begin(struct store *s);
enum err store_commit(struct store *s);
/** Undoes what was begun; without a store_begin() it does nothing. */
void store_rollback(struct store *s);

/** ERR_FORBIDDEN: the name is taken. */
enum err store_person_add(struct store *s, enum store_people p, const struct store_person *a, uint64_t now_ms);
/** ERR_FORBIDDEN: nobody of that name. */
enum err store_person_get(struct store *s, enum store_people p, const char *name, struct store_person *out);
/** Disabled: all logins of that name end with it, inside store_begin(). ERR_FORBIDDEN: nobody of that name. */
enum err store_person_disable(struct store *s, enum store_people p, const char *name, bool is_disabled);
/** By name, those that come after `after`, at most `max` of them into out[]. */
enum err store_person_list(struct store *s, enum store_people p, const char *after, struct store_person *out,
		size_t max, size_t *count);
enum err store_login_add(struct store *s, enum store_people p, const struct store_login *l);
/** ERR_FORBIDDEN: no such login. */
enum err store_login_get(struct store *s, enum store_people p, const char *hash, struct store_login *out);
enum err store_login_touch(struct store *s, enum store_people p, const char *hash, uint64_t used_ms);
enum err store_login_end(struct store *s, enum store_people p, const char *hash);
/** Forgets logins that began or were used last at these times or before. */
enum err store_logins_purge(struct store *s, enum store_people p, uint64_t created_ms, uint64_t used_ms);

/** In two statements: inside store_begin(), or alone. */
enum err store_acceptance_add(struct store *s, const struct store_acceptance *a);
/** ERR_FORBIDDEN: no such acceptance. */
enum err store_acceptance_get(struct store *s, const char *id, struct store_acceptance *out);

enum err store_session_add(struct store *s, const struct store_session *se);
/** ERR_FORBIDDEN: no such session. */
enum err store_session_get(struct store *s, const char *id, struct store_session *out);
/** The newest of an advisor first, at most `max` of them into out[]. */
enum err store_session_list(struct store *s, const char *advisor, struct store_session *out, size_t max,
		size_t *count);
/** Sessions that have not ended, the oldest first, at most `max` of them into ids[]. */
enum err store_session_open_ids(struct store *s, char (*ids)[STORE_ID], size_t max, size_t *count);
/** Seats taken: sessions that have not ended. */
enum err store_session_open_count(struct store *s, uint64_t *count);
/** Binds session and acceptance to each other, inside store_begin(). ERR_FORBIDDEN: one of them is bound, or the session has ended. */
enum err store_session_bind(struct store *s, const char *session, const char *acceptance);
/** ERR_FORBIDDEN: the session has ended. */
enum err store_session_agent(struct store *s, const char *session, const char *sign, const char *resume);
/** Ends it and burns its codes, links and tickets, inside store_begin(). ERR_FORBIDDEN: it has ended before. */
enum err store_session_end(struct store *s, const char *session, const char *reason, uint64_t now_ms);

/** The class of a session that has ended. */
enum err store_session_class(struct store *s, const char *session, const char *class);

/** What after.jsonl says may be newer than the row from now on, whatever happens to this process. */
enum err store_session_unsettle(struct store *s, const char *session);
/** The row says what after.jsonl says. */
enum err store_session_settle(struct store *s, const char *session, bool has_hold, uint64_t erased_ms);
enum err store_session_unsettled_ids(struct store *s, char (*ids)[STORE_ID], size_t max, size_t *count);
/** Of a class, ended before that time, without hold, not erased: how many; and the oldest `max` of them. */
enum err store_session_due(struct store *s, const char *class, uint64_t before_ms, char (*ids)[STORE_ID], size_t max,
		size_t *count, uint64_t *total);
enum err store_session_totals(struct store *s, struct store_totals *out);
/** The newest first, at most `max` of them into out[]. */
enum err store_session_search(struct store *s, const struct store_filter *f, struct store_found *out, size_t max,
		size_t *count);

/** Overwrites what names a person in an acceptance: it reads as "" from now on. */
enum err store_acceptance_erase(struct store *s, const char *id);
/** Acceptances of before that time that never came to a session: how many; and the oldest `max` of them. */
enum err store_acceptance_unbound(struct store *s, uint64_t before_ms, char (*ids)[STORE_ID], size_t max,
		size_t *count, uint64_t *total);
/** Erases and forgets one that is unbound, inside store_begin(). */
enum err store_acceptance_drop(struct store *s, const char *id);
/** Makes sure that no file of the store holds what was overwritten. Outside of store_begin(). */
enum err store_scrub(struct store *s);

/** False ends the walk. */
typedef bool store_code_fn(void *arg, const struct store_code *code);

enum err store_code_add(struct store *s, const struct store_code *c);
/** Every code that has not expired at now_ms. */
enum err store_codes_live(struct store *s, uint64_t now_ms, store_code_fn *fn, void *arg);
/** When the session's live code expires; 0: it has none. */
enum err store_code_expiry(struct store *s, const char *session, uint64_t now_ms, uint64_t *expires_ms);
/** Forgets the session's codes: the used one, and with it the others. */
enum err store_codes_burn(struct store *s, const char *session);

enum err store_link_add(struct store *s, const char *hash, const char *session, uint64_t expires_ms);
/** The link's session. ERR_FORBIDDEN: no such link, or it has expired at now_ms. */
enum err store_link_get(struct store *s, const char *hash, uint64_t now_ms, char session[STORE_ID]);
enum err store_links_burn(struct store *s, const char *session);

enum err store_ticket_add(struct store *s, const struct store_ticket *t);
/** Tickets of that kind ever made for the acceptance, while its session lives. */
enum err store_ticket_count(struct store *s, const char *kind, const char *acceptance, uint64_t *count);
/** Uses it up, inside store_begin(). ERR_FORBIDDEN: unknown, of another kind, used or expired at now_ms. */
enum err store_ticket_take(struct store *s, const char *kind, const char *hash, uint64_t now_ms,
		struct store_ticket *out);

#endif
