#ifndef NOTARY_OPS_H
#define NOTARY_OPS_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "gateway/notary/digest.h"
#include "gateway/notary/files.h"
#include "gateway/notary/journals.h"
#include "gateway/notary/notary.h"
#include "gateway/notary/passwords.h"
#include "gateway/notary/reserve.h"
#include "gateway/notary/stamps.h"
#include "gateway/notary/throttle.h"
#include "gateway/notary/transparency.h"
#include "gateway/store/store.h"

/** notary_ops: what the notary_*.c files share. Nobody else includes this. */

/** A login or a new account that waits for its password's check. */
struct password_task {
	struct password_task *next;
	uint64_t connection, id; /* where the answer goes */
	enum store_people people;
	char name[STORE_NAME], display[STORE_TEXT], role[STORE_WORD], source[STORE_NAME];
	struct passwords_job job;
};

/** What an officer may do; an operator at guichetctl may do both. */
enum role { ROLE_COMPLIANCE = 1 << 0, ROLE_OPERATOR = 1 << 1 };

/** Who does something to the evidence, as after.jsonl names him: "n.petit", "ctl:root". */
struct who {
	char by[STORE_NAME + 4];
	unsigned role;
};

enum { OPENINGS_MAX = 256 };

/** Somebody's access to one session's files, written down in after.jsonl before it began (notary_access.c). */
struct opening {
	char by[STORE_NAME + 4], session[STORE_ID];
	unsigned use;        /* bit of enum evidence_use; 0: free */
	uint64_t until_ms;   /* boot clock */
	uint64_t chunks, checkpoint;
};

/** Evidence that could not be written, until its session's end is told (notary_failure.c). */
struct failure {
	char session[STORE_ID]; /* "": none */
	const char *what;       /* "space": the disk is full, "disk": anything else */
	char where[32];         /* the file */
};

/** A session that has ended and is not sealed. */
struct seal_task {
	struct seal_task *next;
	char session[TOKEN_HEX + 1];
	uint64_t due_ms; /* wall clock */
	bool has_failed;
};

struct notary {
	struct notary_options o;
	int lock; /* descriptor of DIR/lock */
	uint8_t key[DIGEST_KEY_LEN]; /* of the codes' HMAC */
	struct store *store;
	struct journals *journals, *after;
	struct opening opening[OPENINGS_MAX];
	uint64_t tick_ms; /* boot clock of the last one that did something; 0: none */
	struct throttle *login_names[STORE_PEOPLE], *login_sources[STORE_PEOPLE], *code_sources, *code_all;
	struct files_paths paths;
	struct reserve *reserve;
	struct failure failure;
	struct passwords *passwords;
	struct password_task *running, *waiting, **last;
	size_t waiting_count;
	struct transparency *log;
	struct stamps *stamps; /* NULL: no time-stamp authority */
	struct seal_task *seals;
	uint64_t checkpoint_next_ms; /* boot clock: not before, after a failure; 0: none failed */
};

struct request {
	uint64_t connection, id;
	enum caller from;
	const char *op;
	const cJSON *fields;
	int fd;         /* came with the request, -1: none; closed when the request has been run */
	int *answer_fd; /* what an operation stores here goes with its answer and is closed then */
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

/** The session's journal. NULL, "session", "evidence", "nomem". */
const char *get_journal(struct notary *n, const char *session, struct journal **out);
/** Word of an error of the session's journal: NULL for OK; ERR_IO fails the session's evidence. */
const char *word_of_journal(struct notary *n, const char *session, enum err e);
/**
 * "evidence": a file of the session (`where`) could not be written, errno says why. The session ends once the
 * operation is over.
 */
const char *no_evidence(struct notary *n, const char *session, const char *where);
/** Tells and ends the session of a failure, if there was one. Outside of store_begin(). */
void settle_failure(struct notary *n);
/** Ends the session in the store, whatever became of its journal: without evidence it must not go on. */
enum err end_in_store(struct notary *n, const char *session, const char *reason);
/** Whether a line that an agent signed is one, and is true of its session: NULL, "malformed", "key", "open", "head". */
const char *judge_line(const struct notary *n, struct journal *j, const char *line);
/** Adds "full" when the session should end, as its evidence is nearly as much as it may be. False: out of memory. */
bool add_full(cJSON *answer, const struct journal *j);
/** The row of a session that the agent's lines may still be written for: open, or ended a short while ago. */
const char *writable_session(struct notary *n, const char *id, struct store_session *out);
/** True if the text with this hash is kept (notary_recording.c). */
bool terms_are_known(struct notary *n, const char hash[DIGEST_HEX + 1]);

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

/** The officer of `who` (OFFICE: his login; CTL: a name). NULL; "login"; "role": he has none of `roles`; "malformed". */
const char *take_who(struct notary *n, const struct request *r, unsigned roles, struct who *out);

/** Sets the class of a session that has ended: proof, quality or unused (notary_after.c). */
const char *settle_class(struct notary *n, const struct store_session *se);
/** seal.json exists (notary_after.c). */
bool has_seal(const struct notary *n, const char *session);
/** take_who(), the session of the request, and that it is sealed: "session", "open" (notary_after.c). */
const char *take_sealed(struct notary *n, const struct request *r, unsigned roles, struct who *who,
		struct store_session *se);
/** One line more in after.jsonl; takes ownership of `data`. NULL, "open", "evidence", "nomem". */
const char *after_event(struct notary *n, const char *session, const char *event, cJSON *data);
/** {"by":…} and, if `name` is not NULL, one text more; NULL: out of memory. */
cJSON *after_data(const struct who *who, const char *name, const char *value);
/** Finishes what a crash or a full disk has interrupted (notary_erase.c). */
void settle_all(struct notary *n);
/** Erases what its period is over, a few at a time, if the configuration says so (notary_erase.c). */
void retention_tick(struct notary *n);
/* notary_seal.c */
/** The session will be sealed at `due_ms` (wall clock) or soon after; the earlier time counts. NULL, "nomem". */
const char *seal_at(struct notary *n, const char *session, uint64_t due_ms);
/** The same for a session that has ended: at once if nothing can follow, else when its time is up. */
const char *seal_when_complete(struct notary *n, const struct store_session *se);
/** At the start: what has ended and is not sealed. */
enum err seal_find_unsealed(struct notary *n);
/** A consent line was stored, or acknowledged again. */
void seal_note_consent(struct notary *n, struct journal *j, const struct store_session *se, const char *line);
/** Seals one session that is due; checkpoints; time-stamps. */
void seal_tick(struct notary *n);
bool seal_is_due(const struct notary *n);
void seal_drop_tasks(struct notary *n);

static inline uint64_t wall_ms(const struct notary *n)
{
	return clock_wall_ms(n->o.clock);
}

#endif
