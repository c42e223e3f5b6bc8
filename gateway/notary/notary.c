#include "gateway/notary/notary_ops.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/json.h"
#include "gateway/ipc/ipc.h"
#include "gateway/notary/files.h"
#include "gateway/notary/log.h"

enum { REQUEST_DEPTH = 8, THROTTLE_KEYS = 8192, SPARE_JOURNALS = 16 };

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

static enum err open_parts(struct notary *n)
{
	struct files_paths paths;
	enum err e = files_prepare(n->o.directory, &paths, &n->lock);

	if (!e)
		e = files_secret(&paths, n->key);
	if (!e)
		e = store_open(paths.database, &n->store);
	if (!e)
		e = journals_new(paths.journal, n->o.io, n->o.clock, n->o.seats + SPARE_JOURNALS, &n->journals);
	if (!e)
		e = passwords_new(&n->passwords);
	return e;
}

enum err notary_new(const struct notary_options *o, struct notary **out)
{
	struct notary *n = calloc(1, sizeof(*n));
	enum err e;

	*out = NULL;
	if (!n)
		return ERR_NOMEM;
	n->o = *o;
	n->lock = -1;
	n->last = &n->waiting;
	n->login_names = throttle_new(LOGIN_TRIES_MAX, LOGIN_WINDOW_MS, THROTTLE_KEYS);
	n->login_sources = throttle_new(LOGIN_TRIES_MAX, LOGIN_WINDOW_MS, THROTTLE_KEYS);
	n->code_sources = throttle_new(CODE_TRIES_MAX, CODE_WINDOW_MS, 2 * CODE_TRIES_ALL_MAX);
	n->code_all = throttle_new(CODE_TRIES_ALL_MAX, CODE_WINDOW_MS, 1);
	e = n->login_names && n->login_sources && n->code_sources && n->code_all ? OK : ERR_NOMEM;
	if (!e)
		e = sodium_init() < 0 ? ERR_CRYPTO : open_parts(n);
	if (e) {
		log_problem("start", NULL, n->store ? store_problem(n->store) : err_name(e));
		notary_free(n);
		return e;
	}
	*out = n;
	return OK;
}

void notary_free(struct notary *n)
{
	if (!n)
		return;
	passwords_free(n->passwords);
	notary_drop_tasks(n);
	journals_free(n->journals);
	store_close(n->store);
	throttle_free(n->login_names);
	throttle_free(n->login_sources);
	throttle_free(n->code_sources);
	throttle_free(n->code_all);
	files_unlock(n->lock);
	sodium_memzero(n->key, sizeof(n->key));
	free(n);
}

int notary_fd(const struct notary *n)
{
	return passwords_fd(n->passwords);
}

/* What can still be said when nothing else can be built. */
static void send_plain_error(struct notary *n, uint64_t connection)
{
	static const char text[] = "{\"error\":\"nomem\",\"id\":0,\"ok\":false}";

	n->o.send(n->o.send_arg, connection, text, sizeof(text) - 1);
}

void notary_answer(struct notary *n, uint64_t connection, uint64_t id, const char *word, cJSON *answer)
{
	cJSON *o = word || !answer ? cJSON_CreateObject() : answer;
	char *text = NULL;

	if (o != answer)
		cJSON_Delete(answer);
	if (o && add_number(o, "id", id) && add_item(o, "ok", cJSON_CreateBool(!word)) &&
			(!word || add_text(o, "error", word)) && !json_canonical(o, &text) &&
			strlen(text) <= IPC_MESSAGE_MAX)
		n->o.send(n->o.send_arg, connection, text, strlen(text));
	else
		send_plain_error(n, connection);
	if (text)
		sodium_memzero(text, strlen(text)); /* it may hold a code or a token */
	free(text);
	cJSON_Delete(o);
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
static const char *run(struct notary *n, enum caller from, cJSON *o, struct request *r, cJSON *answer)
{
	const struct operation *op = operation_of(json_string(o, "op"));
	const char *word;

	if (!op)
		return "op";
	r->op = op->op;
	cJSON_DeleteItemFromObjectCaseSensitive(o, "id");
	cJSON_DeleteItemFromObjectCaseSensitive(o, "op");
	r->fields = o;
	if (!(op->callers & from))
		word = "forbidden";
	else if (json_fields(o, op->fields))
		word = "malformed";
	else
		word = op->run(n, r, answer);
	if (word && word != NOTARY_LATER)
		log_refusal(r, word);
	return word;
}

void notary_handle(struct notary *n, enum caller from, uint64_t connection, const void *buf, size_t len)
{
	struct request r = { .connection = connection, .op = "?" };
	cJSON *answer = cJSON_CreateObject(), *o = NULL;
	const char *word = "malformed";

	if (!answer) {
		send_plain_error(n, connection);
		return;
	}
	if (len > IPC_MESSAGE_MAX || json_parse(buf, len, REQUEST_DEPTH, &o) || json_u64(o, "id", &r.id))
		log_problem("message", NULL, word);
	else
		word = run(n, from, o, &r, answer);
	if (word == NOTARY_LATER)
		cJSON_Delete(answer);
	else
		notary_answer(n, connection, r.id, word, answer);
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
	if (e == OK)
		return NULL;
	return e == ERR_NOMEM ? "nomem" : "evidence";
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
