#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "gateway/http/form.h"
#include "gateway/office/office_api.h"

/* Words of the notary that are not 409, "not in this state". */
static const struct {
	const char *word;
	unsigned status;
} statuses[] = {
	{ "refused", 401 },   { "login", 401 },   { "forbidden", 403 }, { "role", 403 }, { "session", 404 },
	{ "name", 404 },      { "file", 404 },    { "throttled", 429 }, { "busy", 503 }, { "notary", 503 },
	{ "store", 503 },     { "evidence", 503 }, { "nomem", 503 },    { "malformed", 400 },
	{ "log", 503 },       { "bundle", 503 },    { "ground", 400 },    { "text", 400 },
};

static unsigned status_of(const char *word)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (strcmp(statuses[i].word, word) == 0)
			return statuses[i].status;
	return 409;
}

cJSON *api_who(const struct request *r)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "who", r->who.login);
	return o;
}

cJSON *api_who_session(const struct request *r)
{
	cJSON *o = api_who(r);

	cJSON_AddStringToObject(o, "session", r->id);
	return o;
}

/* A word of the notary's as one of ours, which lives for ever: the answer it stands in is freed. */
static const char *keep_word(const char *word)
{
	static const char *const others[] = { "open", "same", "hold", "asked", "erased", "begin" };

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (strcmp(statuses[i].word, word) == 0)
			return statuses[i].word;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i], word) == 0)
			return others[i];
	return "other";
}

cJSON *api_ask_quietly(struct office *o, const char *op, cJSON *fields, int timeout_ms, int *fd, const char **word)
{
	cJSON *answer = NULL;
	const char *refusal;
	enum err e = notary_pool_ask(o->notary, op, fields, timeout_ms, &answer, fd);

	*word = NULL;
	if (e) {
		fprintf(stderr, "guichet-office: %s: %s\n", op, err_name(e));
		*word = e == ERR_NOMEM ? "busy" : "notary";
		return NULL;
	}
	if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "ok")))
		return answer;
	refusal = json_string(answer, "error");
	*word = keep_word(refusal ? refusal : "other");
	cJSON_Delete(answer);
	return NULL;
}

cJSON *api_ask(struct request *r, const char *op, cJSON *fields, int timeout_ms, int *fd)
{
	const char *word;
	cJSON *answer = api_ask_quietly(r->office, op, fields, timeout_ms, fd, &word);

	if (!answer)
		api_refuse(r, word);
	return answer;
}

void api_refuse(struct request *r, const char *word)
{
	answer_error(r, status_of(word), word);
}

cJSON *api_body(struct request *r, const char *fields)
{
	cJSON *o = NULL;

	if (json_parse(r->body.at ? r->body.at : "", r->body.len, 2, &o) == OK && json_fields(o, fields) == OK)
		return o;
	cJSON_Delete(o);
	answer_error(r, 400, "malformed");
	return NULL;
}

void api_pass(struct request *r, cJSON *answer)
{
	if (!answer)
		return;
	cJSON_DeleteItemFromObjectCaseSensitive(answer, "id");
	cJSON_DeleteItemFromObjectCaseSensitive(answer, "ok");
	answer_json(r, 200, answer);
}

/* A value that cannot be read must not become "any". */
static bool is_given(const char *query, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = query; at; at = strchr(at, '&'), at = at ? at + 1 : NULL)
		if (strncmp(at, name, len) == 0 && at[len] == '=' && at[len + 1] != '\0' && at[len + 1] != '&')
			return true;
	return false;
}

/* Absent or empty is "any"; a number that is none is the caller's mistake. */
static bool take_number(struct request *r, const char *name, uint64_t preset, uint64_t max, cJSON *fields)
{
	char text[24], *end;
	uint64_t v = preset;

	if (is_given(r->query, name)) {
		if (!form_value(r->query, name, text, sizeof(text)) || text[strspn(text, "0123456789")] != '\0' || strlen(text) > 16)
			return false;
		v = strtoull(text, &end, 10);
		if (v > max)
			return false;
	}
	cJSON_AddNumberToObject(fields, name, (double)v);
	return true;
}

static bool take_text(struct request *r, const char *name, cJSON *fields)
{
	char value[129] = "";

	if (is_given(r->query, name) && !form_value(r->query, name, value, sizeof(value)))
		return false;
	cJSON_AddStringToObject(fields, name, value);
	return true;
}

bool api_filter(struct request *r, cJSON *fields)
{
	const uint64_t far = (uint64_t)JSON_INTEGER_MAX;

	if (take_text(r, "customer", fields) && take_text(r, "advisor", fields) && take_text(r, "purpose", fields) &&
			take_text(r, "outcome", fields) && take_number(r, "from_ms", 0, far, fields) &&
			take_number(r, "to_ms", far, far, fields))
		return true;
	answer_error(r, 400, "malformed");
	return false;
}

bool api_page(struct request *r, cJSON *fields)
{
	if (take_text(r, "before", fields) && take_number(r, "limit", 25, 50, fields))
		return true;
	answer_error(r, 400, "malformed");
	return false;
}

bool api_take_export(struct request *r)
{
	if (atomic_fetch_add(&r->office->exports, 1) < OFFICE_EXPORTS_MAX)
		return true;
	api_end_export(r->office);
	answer_error(r, 503, "busy");
	return false;
}

void api_end_export(struct office *o)
{
	atomic_fetch_sub(&o->exports, 1);
}
