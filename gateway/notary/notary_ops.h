#ifndef NOTARY_OPS_H
#define NOTARY_OPS_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "gateway/notary/digest.h"
#include "gateway/notary/journals.h"
#include "gateway/notary/notary.h"
#include "gateway/notary/passwords.h"
#include "gateway/notary/throttle.h"
#include "gateway/store/store.h"

/** notary_ops: what the notary_*.c files share. Nobody else includes this. */

/** A login or a new advisor that waits for its password's check. */
struct password_task {
	struct password_task *next;
	uint64_t connection, id; /* where the answer goes */
	char name[STORE_NAME], display[STORE_TEXT], source[STORE_NAME];
	struct passwords_job job;
};

struct notary {
	struct notary_options o;
	int lock; /* descriptor of DIR/lock */
	uint8_t key[DIGEST_KEY_LEN]; /* of the codes' HMAC */
	struct store *store;
	struct journals *journals;
	struct throttle *login_names, *login_sources, *code_sources, *code_all;
	struct passwords *passwords;
	struct password_task *running, *waiting, **last;
	size_t waiting_count;
};

struct request {
	uint64_t connection, id;
	const char *op;
	const cJSON *fields;
};

/**
 * One function a request. The fields are there and of their kind.
 *
 * @param answer  takes the fields of the answer
 * @return NULL: done; the word of an error; or NOTARY_LATER: notary_answer() will be called
 */
typedef const char *request_fn(struct notary *n, const struct request *r, cJSON *answer);

#define REQUEST(name, callers, fields) request_fn on_##name;
#include "gateway/ipc/requests.def"
#undef REQUEST

extern const char NOTARY_LATER[];

/** Sends {"id","ok",…}; `word` NULL for ok. Takes ownership of `answer`, NULL for an empty one. */
void notary_answer(struct notary *n, uint64_t connection, uint64_t id, const char *word, cJSON *answer);
/** Begins the next password check if none runs (notary_people.c). */
void notary_next_task(struct notary *n);
/** Frees what still waits for a password. */
void notary_drop_tasks(struct notary *n);

/** Word of an error of the store: NULL for OK, "store", "nomem". */
const char *word_of(enum err e);
/** Commits if `word` is NULL, else undoes; the word of the answer. */
const char *finish(struct notary *n, const char *word);
/** Appends to the session's journal; takes ownership of `data`. NULL, "evidence", "nomem". */
const char *journal_event(struct notary *n, const char *session, const char *event, cJSON *data);

/** Copies a field that is clean text of at most room - 1 bytes. False: it is not. */
bool take_text(const struct request *r, const char *name, char *out, size_t room);
/** Copies a field of exactly `digits` hexadecimal digits. */
bool take_hex(const struct request *r, const char *name, char *out, size_t digits);
/** SHA-256 of a token field of `digits` hexadecimal digits. */
bool take_token(const struct request *r, const char *name, size_t digits, char hash[DIGEST_HEX + 1]);

bool add_text(cJSON *o, const char *name, const char *value);
bool add_number(cJSON *o, const char *name, uint64_t value);
/** Adds `value`, whatever it is, taking ownership; false if it or memory is missing. */
bool add_item(cJSON *o, const char *name, cJSON *value);
/** The capabilities of a ceiling, as words. */
cJSON *ceiling_words(unsigned ceiling);

/** The session's row if it is open: NULL; else "session", "ended" or word_of(). */
const char *open_session(struct notary *n, const char *id, struct store_session *out);
/** Makes the session's one code; earlier ones are killed (notary_doors.c). Inside store_begin(). */
const char *new_code(struct notary *n, const char *session, cJSON *answer);
/** Binds, kills codes and links, writes "accepted" into the journal (notary_doors.c). Inside store_begin(). */
const char *bind_acceptance(struct notary *n, const struct store_session *se, const struct store_acceptance *a);

static inline uint64_t wall_ms(const struct notary *n)
{
	return clock_wall_ms(n->o.clock);
}

#endif
