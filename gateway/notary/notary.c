#include "gateway/notary/notary_ops.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/json.h"
#include "gateway/ipc/ipc.h"
#include "gateway/notary/log.h"

enum {
	REQUEST_DEPTH = 8,
	THROTTLE_KEYS = 8192,
	SPARE_JOURNALS = 16,
	AFTER_JOURNALS = 16,
	TICK_WAIT_MS = 1000,
};

/* The callers as requests.def writes them. */
enum { LIVE = CALLER_LIVE, CTL = CALLER_CTL, OFFICE = CALLER_OFFICE };

static const struct operation {
	const char *op;
	unsigned callers;
	const char *fields;
	request_fn *run;
} operations[] = {
#define REQUEST(name, callers, fields) { #name, callers, fields, on_##name },
#include "gateway/ipc/requests.def"
#undef REQUEST
};

const char NOTARY_LATER[] = "later";

/* The log of all sessions and its time-stamps; then what a crash has left unsealed. */
static enum err open_log(struct notary *n, const char *directory)
{
	const struct transparency_options log = {
		.folder = directory, .name = n->o.log_name, .io = n->o.io, .clock = n->o.clock, .signer = n->o.signer,
	};
	struct stamps_options stamps = { .stamper = n->o.stamper, .clock = n->o.clock, .alarm_ms = n->o.stamp_alarm_ms };
	enum err e = transparency_open(&log, &n->log);

	if (e)
		return e;
	stamps.checkpoints = transparency_checkpoints(n->log);
	n->stamps = stamps.stamper ? stamps_new(&stamps) : NULL;
	return stamps.stamper && !n->stamps ? ERR_NOMEM : seal_find_unsealed(n);
}

static enum err open_parts(struct notary *n)
{
	enum err e = files_prepare(n->o.directory, &n->paths, &n->lock);

	if (!e)
		e = files_secret(&n->paths, n->key);
	if (!e)
		e = store_open(n->paths.database, &n->store);
	if (!e)
		e = reserve_new(n->o.io, n->paths.directory, n->o.reserve_bytes, &n->reserve);
	if (!e)
		(void)reserve_take(n->reserve); /* without it no session begins */
	if (!e)
		e = journals_new(n->paths.sessions, n->o.io, n->o.clock, n->o.seats + SPARE_JOURNALS, &n->journals);
	if (!e)
		e = journals_new_after(n->paths.sessions, n->o.io, n->o.clock, AFTER_JOURNALS, &n->after);
	if (!e)
		e = passwords_new(&n->passwords);
	if (e)
		return e;
	return open_log(n, n->paths.directory);
}

enum err notary_new(const struct notary_options *o, struct notary **out)
{
	struct notary *n = calloc(1, sizeof(*n));
	enum err e = OK;

	*out = NULL;
	if (!n)
		return ERR_NOMEM;
	n->o = *o;
	n->lock = -1;
	n->last = &n->waiting;
	for (int p = 0; p < STORE_PEOPLE; p++) {
		n->login_names[p] = throttle_new(LOGIN_TRIES_MAX, LOGIN_WINDOW_MS, THROTTLE_KEYS);
		n->login_sources[p] = throttle_new(LOGIN_TRIES_MAX, LOGIN_WINDOW_MS, THROTTLE_KEYS);
		if (!n->login_names[p] || !n->login_sources[p])
			e = ERR_NOMEM;
	}
	n->code_sources = throttle_new(CODE_TRIES_MAX, CODE_WINDOW_MS, 2 * CODE_TRIES_ALL_MAX);
	n->code_all = throttle_new(CODE_TRIES_ALL_MAX, CODE_WINDOW_MS, 1);
	if (!n->code_sources || !n->code_all)
		e = ERR_NOMEM;
	if (!e)
		e = sodium_init() < 0 ? ERR_CRYPTO : open_parts(n);
	if (e) {
		log_problem("start", NULL, n->store ? store_problem(n->store) : err_name(e));
		notary_free(n);
		return e;
	}
	settle_all(n);
	*out = n;
	return OK;
}

void notary_free(struct notary *n)
{
	if (!n)
		return;
	passwords_free(n->passwords);
	notary_drop_tasks(n);
	seal_drop_tasks(n);
	stamps_free(n->stamps);
	transparency_close(n->log);
	journals_free(n->journals);
	journals_free(n->after);
	reserve_free(n->reserve);
	store_close(n->store);
	for (int p = 0; p < STORE_PEOPLE; p++) {
		throttle_free(n->login_names[p]);
		throttle_free(n->login_sources[p]);
	}
	throttle_free(n->code_sources);
	throttle_free(n->code_all);
	files_unlock(n->lock);
	sodium_memzero(n->key, sizeof(n->key));
	free(n);
}

void notary_tick(struct notary *n)
{
	uint64_t now_ms = clock_boot_ms(n->o.clock);

	seal_tick(n);
	if (n->tick_ms && now_ms < n->tick_ms + TICK_MS)
		return;
	n->tick_ms = now_ms;
	settle_all(n);
	retention_tick(n);
}

int notary_wait_ms(const struct notary *n)
{
	return seal_is_due(n) ? 0 : TICK_WAIT_MS;
}

int notary_fd(const struct notary *n)
{
	return passwords_fd(n->passwords);
}

/* What can still be said when nothing else can be built. */
static void send_plain_error(struct notary *n, uint64_t connection)
{
	static const char text[] = "{\"error\":\"nomem\",\"id\":0,\"ok\":false}";

	n->o.send(n->o.send_arg, connection, text, sizeof(text) - 1, -1);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* notary_answer() with a descriptor, which goes only with an answer that could be written. */
static void answer_with(struct notary *n, uint64_t connection, uint64_t id, const char *word, cJSON *answer, int fd)
{
	cJSON *o = word || !answer ? cJSON_CreateObject() : answer;
	char *text = NULL;

	if (o != answer)
		cJSON_Delete(answer);
	if (o && add_number(o, "id", id) && add_item(o, "ok", cJSON_CreateBool(!word)) &&
			(!word || add_text(o, "error", word)) && !json_canonical(o, &text) &&
			strlen(text) <= IPC_MESSAGE_MAX)
		n->o.send(n->o.send_arg, connection, text, strlen(text), fd);
	else {
		send_plain_error(n, connection);
		close_fd(fd);
	}
	if (text)
		sodium_memzero(text, strlen(text)); /* it may hold a code or a token */
	free(text);
	cJSON_Delete(o);
}

void notary_answer(struct notary *n, uint64_t connection, uint64_t id, const char *word, cJSON *answer)
{
	answer_with(n, connection, id, word, answer, -1);
}

static const struct operation *operation_of(const char *op)
{
	for (size_t i = 0; op && i < sizeof(operations) / sizeof(*operations); i++)
		if (strcmp(operations[i].op, op) == 0)
			return &operations[i];
	return NULL;
}

static void log_refusal(const struct request *r, const char *word)
{
	const char *session = json_string(r->fields, "session");

	log_problem(r->op, session && hex_is(session, TOKEN_HEX) ? session : NULL, word);
}

/* `o` without "id" and "op" are the fields. */
static const char *run(struct notary *n, cJSON *o, struct request *r, cJSON *answer)
{
	const struct operation *op = operation_of(json_string(o, "op"));
	const char *word;

	if (!op)
		return "op";
	r->op = op->op;
	cJSON_DeleteItemFromObjectCaseSensitive(o, "id");
	cJSON_DeleteItemFromObjectCaseSensitive(o, "op");
	r->fields = o;
	if (!(op->callers & r->from))
		word = "forbidden";
	else if (json_fields(o, op->fields))
		word = "malformed";
	else
		word = op->run(n, r, answer);
	settle_failure(n);
	if (word && word != NOTARY_LATER)
		log_refusal(r, word);
	return word;
}

void notary_handle(struct notary *n, enum caller from, uint64_t connection, const void *buf, size_t len, int fd)
{
	int answer_fd = -1;
	struct request r = { .connection = connection, .from = from, .op = "?", .fd = fd, .answer_fd = &answer_fd };
	cJSON *answer = cJSON_CreateObject(), *o = NULL;
	const char *word = "malformed";

	if (!answer) {
		send_plain_error(n, connection);
		close_fd(fd);
		return;
	}
	if (len > IPC_MESSAGE_MAX || json_parse(buf, len, REQUEST_DEPTH, &o) || json_u64(o, "id", &r.id))
		log_problem("message", NULL, word);
	else
		word = run(n, o, &r, answer);
	if (word == NOTARY_LATER)
		cJSON_Delete(answer);
	else
		answer_with(n, connection, r.id, word, answer, answer_fd);
	close_fd(fd);
	cJSON_Delete(o);
}

const char *word_of(enum err e)
{
	if (e == OK)
		return NULL;
	return e == ERR_NOMEM ? "nomem" : "store";
}

const char *finish(struct notary *n, const char *word)
{
	if (word) {
		store_rollback(n->store);
		return word;
	}
	return word_of(store_commit(n->store));
}

const char *journal_event(struct notary *n, const char *session, const char *event, cJSON *data)
{
	struct journal_receipt receipt;
	enum err e = data ? journals_append(n->journals, session, event, data, &receipt) : ERR_NOMEM;

	cJSON_Delete(data);
	return word_of_journal(n, session, e);
}

const char *get_journal(struct notary *n, const char *session, struct journal **out)
{
	enum err e = journals_get(n->journals, session, false, out);

	return e == ERR_FORBIDDEN ? "session" : word_of_journal(n, session, e);
}

const char *word_of_journal(struct notary *n, const char *session, enum err e)
{
	switch (e) {
	case OK:
		return NULL;
	case ERR_NOMEM:
		return "nomem";
	case ERR_MALFORMED:
		return "malformed";
	case ERR_FORBIDDEN:
		return "chain";
	case ERR_AGAIN:
		return "full";
	case ERR_IO:
	case ERR_CRYPTO:
		break;
	}
	return no_evidence(n, session, "journal.jsonl");
}

bool take_text(const struct request *r, const char *name, char *out, size_t room)
{
	const char *s = json_string(r->fields, name);
	size_t len = s ? strlen(s) : room;

	out[0] = '\0';
	if (len >= room)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	memcpy(out, s, len + 1);
	return true;
}

bool take_hex(const struct request *r, const char *name, char *out, size_t digits)
{
	const char *s = json_string(r->fields, name);

	out[0] = '\0';
	if (!s || !hex_is(s, digits))
		return false;
	memcpy(out, s, digits + 1);
	return true;
}

bool take_token(const struct request *r, const char *name, size_t digits, char hash[DIGEST_HEX + 1])
{
	const char *s = json_string(r->fields, name);

	hash[0] = '\0';
	if (!s || !hex_is(s, digits))
		return false;
	digest_sha256(s, digits, hash);
	return true;
}

bool add_text(cJSON *o, const char *name, const char *value)
{
	return cJSON_AddStringToObject(o, name, value) != NULL;
}

bool add_number(cJSON *o, const char *name, uint64_t value)
{
	return cJSON_AddNumberToObject(o, name, (double)value) != NULL;
}

bool add_item(cJSON *o, const char *name, cJSON *value)
{
	if (value && cJSON_AddItemToObject(o, name, value))
		return true;
	cJSON_Delete(value);
	return false;
}
