#include "gateway/live/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/json.h"
#include "gateway/live/advisor_auth.h"
#include "gateway/http/form.h"
#include "gateway/live/peer_link.h"

typedef void signed_in_fn(struct request *r, const struct advisor *who);

/* Reads a JSON body with exactly these fields. NULL: answered 400. */
static cJSON *body_of(struct request *r, const char *fields)
{
	cJSON *o = NULL;

	if (json_parse(r->body.at ? r->body.at : "", r->body.len, 2, &o) ||
			json_fields(o, fields)) {
		cJSON_Delete(o);
		request_answer_error(r, 400, "malformed");
		return NULL;
	}
	return o;
}

struct signed_in {
	struct request *request;
	signed_in_fn *then;
};

static void on_advisor(void *arg, const struct advisor *who)
{
	struct signed_in *s = arg;
	struct request *r = s->request;
	signed_in_fn *then = s->then;

	free(s);
	if (request_answered(r))
		return;
	if (who)
		then(r, who);
	else
		request_answer_error(r, r->live->notary ? 401 : 503,
				r->live->notary ? "refused" : "notary");
}

/* Calls `then` for a signed-in advisor, answers 401 otherwise. */
static void with_advisor(struct request *r, signed_in_fn *then)
{
	char cookie[80];
	struct signed_in *s;

	if (!form_cookie(r->cookies, ADVISOR_COOKIE, cookie, sizeof(cookie))) {
		request_answer_error(r, 401, "refused");
		return;
	}
	s = calloc(1, sizeof(*s));
	if (!s) {
		request_answer_error(r, 503, "busy");
		return;
	}
	*s = (struct signed_in){ r, then };
	r->waiting++;
	advisor_of_cookie(r->live, cookie, on_advisor, s);
}

/* ---- signing in and out ---- */

static void on_login(void *arg, const cJSON *answer)
{
	struct request *r = arg;
	struct answer a = { .status = 200, .type = "application/json" };
	char cookie[256];
	cJSON *o;
	char *text;

	if (request_answered(r))
		return;
	if (!live_is_ok(answer)) {
		const char *word = live_error(answer);
		unsigned status = strcmp(word, "refused") == 0   ? 401
				: strcmp(word, "throttled") == 0 ? 429
								 : 503;

		request_answer_error(r, status, word);
		return;
	}
	snprintf(cookie, sizeof(cookie),
			ADVISOR_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict",
			json_string(answer, "login"));
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "name", json_string(answer, "name"));
	cJSON_AddStringToObject(o, "display", json_string(answer, "display"));
	text = cJSON_PrintUnformatted(o);
	text_add(&r->out, text ? text : "{}");
	free(text);
	cJSON_Delete(o);
	a.cookie = cookie;
	request_answer(r, &a);
}

void api_login(struct request *r)
{
	cJSON *o = body_of(r, "name:s password:s");

	if (!o)
		return;
	cJSON_AddStringToObject(o, "source", r->address);
	request_ask(r, "login", o, on_login);
}

static void on_logout(void *arg, const cJSON *answer)
{
	struct request *r = arg;
	const struct answer a = { .status = 200,
		.type = "application/json",
		.cookie = ADVISOR_COOKIE
		"=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0" };

	(void)answer;
	if (request_answered(r))
		return;
	text_add(&r->out, "{}");
	request_answer(r, &a);
}

void api_logout(struct request *r)
{
	char cookie[80];
	cJSON *o = cJSON_CreateObject();

	if (!form_cookie(r->cookies, ADVISOR_COOKIE, cookie, sizeof(cookie)))
		cookie[0] = '\0';
	cJSON_AddStringToObject(o, "login", cookie);
	viewer_links_signed_out(r->live, cookie);
	request_ask(r, "login_end", o, on_logout);
}

/* ---- who am I, and what may I do ---- */

static cJSON *ceiling_of(unsigned ceiling)
{
	cJSON *list = cJSON_CreateArray();

	for (enum capability cap = CAP_VIEW; cap <= CAP_FILES; cap++)
		if (ceiling & CAP_BIT(cap))
			cJSON_AddItemToArray(list, cJSON_CreateString(ceiling_word(cap)));
	return list;
}

static void answer_me(struct request *r, const struct advisor *who)
{
	const struct live_config *c = &r->live->config;
	cJSON *o = cJSON_CreateObject(), *list;

	cJSON_AddStringToObject(o, "name", who->name);
	cJSON_AddStringToObject(o, "display", who->display);
	cJSON_AddStringToObject(o, "bank", c->bank);
	list = cJSON_AddArrayToObject(o, "purposes");
	for (size_t i = 0; i < c->purpose_count; i++) {
		cJSON *p = cJSON_CreateObject();

		cJSON_AddStringToObject(p, "id", c->purposes[i].id);
		cJSON_AddStringToObject(p, "label", c->purposes[i].label);
		cJSON_AddStringToObject(p, "label_en", c->purposes[i].label_en);
		cJSON_AddItemToObject(p, "ceiling", ceiling_of(c->purposes[i].ceiling));
		cJSON_AddItemToArray(list, p);
	}
	request_answer_json(r, 200, o);
}

void api_me(struct request *r)
{
	with_advisor(r, answer_me);
}

/* ---- sessions ---- */

/* Passes the notary's answer on: without "id" and "ok", or as an error. */
static void on_notary(void *arg, const cJSON *answer)
{
	struct request *r = arg;
	cJSON *o;

	if (request_answered(r))
		return;
	if (!live_is_ok(answer)) {
		const char *word = live_error(answer);

		request_answer_error(r,
				strcmp(word, "full") == 0 || strcmp(word, "notary") == 0 ? 503
											 : 409,
				word);
		return;
	}
	o = cJSON_Duplicate(answer, 1);
	cJSON_DeleteItemFromObjectCaseSensitive(o, "id");
	cJSON_DeleteItemFromObjectCaseSensitive(o, "ok");
	request_answer_json(r, 200, o);
}

static void list_sessions(struct request *r, const struct advisor *who)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "advisor", who->name);
	request_ask(r, "session_list", o, on_notary);
}

void api_sessions(struct request *r)
{
	with_advisor(r, list_sessions);
}

static void new_session(struct request *r, const struct advisor *who)
{
	cJSON *body = body_of(r, "purpose:s"), *o;
	const struct purpose *p;

	if (!body)
		return;
	p = live_config_purpose(&r->live->config, json_string(body, "purpose"));
	cJSON_Delete(body);
	if (!p) {
		request_answer_error(r, 400, "purpose");
		return;
	}
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "advisor", who->name);
	cJSON_AddStringToObject(o, "purpose", p->id);
	cJSON_AddStringToObject(o, "purpose_label", p->label);
	cJSON_AddItemToObject(o, "ceiling", ceiling_of(p->ceiling));
	request_ask(r, "session_new", o, on_notary);
}

void api_session_new(struct request *r)
{
	with_advisor(r, new_session);
}

/* The session's number out of "/conseiller/api/sessions/ID/…". */
static bool session_of(const struct request *r, char out[33])
{
	const char *at = r->path + sizeof("/conseiller/api/sessions/") - 1;

	if (strcspn(at, "/") != 32)
		return false;
	memcpy(out, at, 32);
	out[32] = '\0';
	return hex_is(out, 32);
}

/* Asks the notary about a session of this advisor: `op` takes session and advisor. */
static void ask_of_session(
		struct request *r, const struct advisor *who, const char *op, notary_answer_fn *fn)
{
	char session[33];
	cJSON *o;

	if (!session_of(r, session)) {
		request_answer_error(r, 404, "session");
		return;
	}
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "session", session);
	cJSON_AddStringToObject(o, "advisor", who->name);
	request_ask(r, op, o, fn);
}

static void renew_code(struct request *r, const struct advisor *who)
{
	ask_of_session(r, who, "code_new", on_notary);
}

void api_session_code(struct request *r)
{
	with_advisor(r, renew_code);
}

/* The whole address, for the bank's own page or secure mail: the customer types nothing (S4). */
static void on_link(void *arg, const cJSON *answer)
{
	struct request *r = arg;
	char url[600];
	cJSON *o;

	if (!live_is_ok(answer)) {
		on_notary(arg, answer);
		return;
	}
	if (request_answered(r))
		return;
	snprintf(url, sizeof(url), "%s?lien=%s", r->live->config.public_url,
			json_string(answer, "link"));
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "url", url);
	cJSON_AddItemToObject(o, "expires_ms",
			cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(answer, "expires_ms"), 0));
	request_answer_json(r, 200, o);
}

static void new_link(struct request *r, const struct advisor *who)
{
	ask_of_session(r, who, "link_new", on_link);
}

void api_session_link(struct request *r)
{
	with_advisor(r, new_link);
}

struct ending {
	struct request *request;
	char advisor[65];
};

static void end_room(void *arg, struct room *room, const cJSON *facts)
{
	struct ending *e = arg;
	struct request *r = e->request;
	const char *owner = json_string(facts, "advisor");
	bool is_his = room && owner && strcmp(owner, e->advisor) == 0;

	free(e);
	if (is_his)
		room_end(room, "advisor");
	if (request_answered(r))
		return;
	if (is_his)
		request_answer_json(r, 200, cJSON_CreateObject());
	else
		request_answer_error(r, 404, "session");
}

static void end_session(struct request *r, const struct advisor *who)
{
	struct ending *e = calloc(1, sizeof(*e));
	char session[33];

	if (!e || !session_of(r, session)) {
		free(e);
		request_answer_error(r, 404, "session");
		return;
	}
	e->request = r;
	memcpy(e->advisor, who->name, sizeof(e->advisor));
	r->waiting++;
	rooms_load(r->live, session, end_room, e);
}

void api_session_end(struct request *r)
{
	with_advisor(r, end_session);
}
