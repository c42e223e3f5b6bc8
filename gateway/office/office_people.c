#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "common/json.h"
#include "gateway/http/form.h"
#include "gateway/office/office_api.h"

/*
 * __Host-: from this host alone, over TLS, for every path. Strict: no other site's link or form brings it along.
 * How long it is good for the notary decides.
 */
#define COOKIE "__Host-guichet-bureau"
#define COOKIE_ATTRIBUTES "; Path=/; Secure; HttpOnly; SameSite=Strict"

static enum role role_of(const char *word)
{
	if (word && strcmp(word, "compliance") == 0)
		return ROLE_COMPLIANCE;
	return word && strcmp(word, "operator") == 0 ? ROLE_OPERATOR : ROLE_NONE;
}

static bool login_of(const struct request *r, char out[LOGIN_DIGITS + 1])
{
	char value[LOGIN_DIGITS + 2];

	out[0] = '\0';
	if (!form_cookie(r->cookies, COOKIE, value, sizeof(value)) || !hex_is(value, LOGIN_DIGITS))
		return false;
	memcpy(out, value, LOGIN_DIGITS + 1);
	return true;
}

static bool take(const cJSON *answer, const char *name, char *out, size_t size)
{
	const char *s = json_string(answer, name);

	return s && snprintf(out, size, "%s", s) < (int)size;
}

bool officer_of_request(struct request *r)
{
	cJSON *o, *answer;
	bool is_whole;

	if (!login_of(r, r->who.login)) {
		answer_error(r, 401, "refused");
		return false;
	}
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "login", r->who.login);
	answer = api_ask(r, "officer_get", o, OFFICE_ANSWER_MS, NULL);
	if (!answer)
		return false;
	r->who.role = role_of(json_string(answer, "role"));
	is_whole = take(answer, "name", r->who.name, sizeof(r->who.name)) &&
		   take(answer, "display", r->who.display, sizeof(r->who.display));
	cJSON_Delete(answer);
	if (!is_whole || r->who.role == ROLE_NONE)
		answer_error(r, 403, "role");
	return is_whole && r->who.role != ROLE_NONE;
}

/* What the page needs to know about the one who looks at it. */
static cJSON *person(const struct request *r, const char *name, const char *display, const char *role)
{
	const struct office_config *c = &r->office->config;
	cJSON *o = cJSON_CreateObject(), *list;

	cJSON_AddStringToObject(o, "name", name);
	cJSON_AddStringToObject(o, "display", display);
	cJSON_AddStringToObject(o, "role", role);
	cJSON_AddStringToObject(o, "bank", c->bank);
	list = cJSON_AddArrayToObject(o, "purposes");
	for (size_t i = 0; i < c->purpose_count; i++) {
		cJSON *p = cJSON_CreateObject();

		cJSON_AddStringToObject(p, "id", c->purposes[i].id);
		cJSON_AddStringToObject(p, "label", c->purposes[i].label);
		cJSON_AddStringToObject(p, "label_en", c->purposes[i].label_en);
		cJSON_AddItemToArray(list, p);
	}
	return o;
}

void api_login(struct request *r)
{
	cJSON *o = api_body(r, "name:s password:s"), *answer;
	const char *login;

	if (!o)
		return;
	cJSON_AddStringToObject(o, "source", r->address);
	answer = api_ask(r, "officer_login", o, OFFICE_LOGIN_MS, NULL);
	if (!answer)
		return;
	login = json_string(answer, "login");
	if (!login || !hex_is(login, LOGIN_DIGITS) || !json_string(answer, "name") || !json_string(answer, "display") ||
			role_of(json_string(answer, "role")) == ROLE_NONE) {
		answer_error(r, 503, "notary");
	} else {
		snprintf(r->answer.cookie, sizeof(r->answer.cookie), COOKIE "=%s" COOKIE_ATTRIBUTES, login);
		answer_json(r, 200, person(r, json_string(answer, "name"), json_string(answer, "display"),
						    json_string(answer, "role")));
	}
	cJSON_Delete(answer);
}

void api_logout(struct request *r)
{
	char login[LOGIN_DIGITS + 1];
	cJSON *o = api_body(r, "");

	if (!o)
		return;
	snprintf(r->answer.cookie, sizeof(r->answer.cookie), COOKIE "=" COOKIE_ATTRIBUTES "; Max-Age=0");
	if (login_of(r, login)) {
		const char *word;

		cJSON_AddStringToObject(o, "login", login);
		cJSON_Delete(api_ask_quietly(r->office, "officer_end", o, OFFICE_ANSWER_MS, NULL, &word));
		if (word && strcmp(word, "notary") == 0) {
			answer_error(r, 503, word);
			return;
		}
	} else {
		cJSON_Delete(o);
	}
	answer_json(r, 200, cJSON_CreateObject());
}

void api_me(struct request *r)
{
	answer_json(r, 200, person(r, r->who.name, r->who.display,
					    r->who.role == ROLE_OPERATOR ? "operator" : "compliance"));
}
