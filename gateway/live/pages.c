#include "gateway/live/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/json.h"
#include "common/trailer.h"
#include "gateway/http/form.h"
#include "gateway/live/page_render.h"

#define ACCEPTANCE_COOKIE "__Host-guichet-acceptation"

static void trouble(struct request *r)
{
	render_message(r, 503, page_lang(r), PAGE_TROUBLE_TITLE, PAGE_TROUBLE);
}

static void show_terms(struct request *r, enum page_text notice)
{
	char link[40];

	if (!form_value(r->query, "lien", link, sizeof(link)) || !hex_is(link, 32))
		link[0] = '\0';
	render_terms(r, 200, page_lang(r), notice, link);
}

void page_terms(struct request *r)
{
	show_terms(r, strcmp(r->path, "/programme") == 0 ? PAGE_LINK_DEAD : PAGE_TEXT_COUNT);
}

void page_not_found(struct request *r)
{
	render_message(r, 404, page_lang(r), PAGE_NOT_FOUND_TITLE, PAGE_NOT_FOUND);
}

void page_health(struct request *r)
{
	const struct answer a = { .status = r->live->notary ? 200 : 503,
		.type = "text/plain; charset=utf-8" };

	text_add(&r->out, r->live->notary ? "ok\n" : "notaire absent\n");
	request_answer(r, &a);
}

/* ---- accepting ---- */

static const char *suite_of(const struct request *r)
{
	return page_lang(r) ? "suite?lang=en" : "suite";
}

/* The next page says that the bank's link leads nowhere any more, and asks for a code. */
static const char *suite_of_dead_link(const struct request *r)
{
	return page_lang(r) ? "suite?lang=en&lien=perime" : "suite?lien=perime";
}

static bool came_by_link(const struct request *r)
{
	char link[64];

	return r->body.at && form_value(r->body.at, "lien", link, sizeof(link)) && hex_is(link, 32);
}

static void on_joined_room(void *arg, struct room *room, const cJSON *facts)
{
	struct request *r = arg;

	(void)facts;
	if (room)
		room_tell_viewer(room); /* terms accepted, code used: the advisor sees it at once */
	if (!request_answered(r))
		request_redirect(r, suite_of(r), r->state);
}

static void on_accepted(void *arg, const cJSON *answer)
{
	struct request *r = arg;
	const char *session = json_string(answer, "session");
	char *cookie = NULL;

	if (request_answered(r))
		return;
	if (!live_is_ok(answer) ||
			asprintf(&cookie,
					ACCEPTANCE_COOKIE "=%s; Path=/; Secure; HttpOnly; "
							  "SameSite=Strict; Max-Age=3600",
					json_string(answer, "acceptance")) < 0) {
		trouble(r);
		return;
	}
	r->state = cookie;
	if (session && session[0]) { /* by the bank's link: joined already */
		r->waiting++;
		rooms_load(r->live, session, on_joined_room, r);
	} else {
		request_redirect(r, came_by_link(r) ? suite_of_dead_link(r) : suite_of(r), cookie);
	}
}

static void on_refusal_stored(void *arg, const cJSON *answer)
{
	struct request *r = arg;

	(void)answer; /* nothing depends on it: a refusal is respected even when it cannot be noted
		       */
	if (request_answered(r))
		return;
	render_message(r, 200, page_lang(r), PAGE_REFUSED_TITLE, PAGE_REFUSED);
}

static cJSON *record_of(
		struct request *r, const struct terms *terms, const char *button, const char *link)
{
	cJSON *o = cJSON_CreateObject(), *articles;

	cJSON_AddStringToObject(o, "version", terms->version);
	cJSON_AddStringToObject(o, "lang", terms->lang);
	cJSON_AddStringToObject(o, "terms", terms->hash);
	articles = cJSON_AddArrayToObject(o, "articles");
	for (size_t i = 0; i < TERMS_ARTICLES; i++)
		cJSON_AddItemToArray(articles, cJSON_CreateString(terms->article[i].hash));
	cJSON_AddStringToObject(o, "button", button);
	cJSON_AddStringToObject(o, "ip", r->address);
	cJSON_AddStringToObject(o, "user_agent", r->user_agent);
	if (r->customer[0])
		cJSON_AddStringToObject(o, "customer", r->customer);
	if (*link)
		cJSON_AddStringToObject(o, "link", link);
	return o;
}

void page_accept(struct request *r)
{
	const struct terms *terms = &r->live->terms[page_lang(r)];
	char button[16], hash[65], link[40];
	const char *body = r->body.at;

	if (!body || !form_value(body, "bouton", button, sizeof(button)) ||
			!form_value(body, "empreinte", hash, sizeof(hash))) {
		show_terms(r, PAGE_TEXT_COUNT);
		return;
	}
	if (!form_value(body, "lien", link, sizeof(link)) || !hex_is(link, 32))
		link[0] = '\0';
	if (strcmp(hash, terms->hash) != 0)
		show_terms(r, PAGE_STALE);
	else if (strcmp(button, "accepter") == 0)
		request_ask(r, "acceptance_add", record_of(r, terms, button, link), on_accepted);
	else
		request_ask(r, "acceptance_add", record_of(r, terms, "refuser", ""),
				on_refusal_stored);
}

/* ---- what comes next ---- */

static bool acceptance_of(const struct request *r, char out[33])
{
	return form_cookie(r->cookies, ACCEPTANCE_COOKIE, out, 33) && hex_is(out, 32);
}

/* S6: the one table of computers the program runs on. */
static bool has_program(const char *user_agent)
{
	return strstr(user_agent, "Linux") && !strstr(user_agent, "Android");
}

struct helper {
	char advisor[128], purpose[128];
};

static void on_ticket(void *arg, const cJSON *answer)
{
	struct request *r = arg;
	struct helper *h = r->state;

	if (request_answered(r))
		return;
	if (!answer)
		trouble(r);
	else
		render_program(r, page_lang(r), h->advisor, h->purpose,
				live_is_ok(answer) ? json_string(answer, "ticket") : NULL,
				PAGE_PROGRAM_OFTEN);
}

static void offer_program(struct request *r, const char *acceptance)
{
	struct helper *h = r->state;
	cJSON *o;

	if (!has_program(r->user_agent)) {
		render_program(r, page_lang(r), h->advisor, h->purpose, NULL, PAGE_PROGRAM_NO);
		return;
	}
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "kind", "download");
	cJSON_AddStringToObject(o, "acceptance", acceptance);
	request_ask(r, "ticket_new", o, on_ticket);
}

static bool is_link_dead(const struct request *r)
{
	char word[16];

	return form_value(r->query, "lien", word, sizeof(word)) && strcmp(word, "perime") == 0;
}

static void on_acceptance(void *arg, const cJSON *answer)
{
	struct request *r = arg;
	const char *advisor = json_string(answer, "display"),
		   *purpose = json_string(answer, "purpose_label");
	char acceptance[33];

	if (request_answered(r))
		return;
	if (!answer) {
		trouble(r);
	} else if (!live_is_ok(answer) || !acceptance_of(r, acceptance)) {
		show_terms(r, PAGE_TEXT_COUNT);
	} else if (!json_string(answer, "session")[0]) {
		render_code(r, page_lang(r), is_link_dead(r) ? PAGE_CODE_NO_LINK : PAGE_TEXT_COUNT);
	} else if (strcmp(json_string(answer, "state"), "open") != 0) {
		render_message(r, 200, page_lang(r), PAGE_OVER_TITLE, PAGE_OVER);
	} else {
		struct helper *h = calloc(1, sizeof(*h));

		if (!h) {
			trouble(r);
			return;
		}
		snprintf(h->advisor, sizeof(h->advisor), "%s", advisor ? advisor : "");
		snprintf(h->purpose, sizeof(h->purpose), "%s", purpose ? purpose : "");
		r->state = h;
		offer_program(r, acceptance);
	}
}

void page_next(struct request *r)
{
	char acceptance[33];
	cJSON *o;

	if (!acceptance_of(r, acceptance)) {
		show_terms(r, PAGE_TEXT_COUNT);
		return;
	}
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "acceptance", acceptance);
	request_ask(r, "acceptance_get", o, on_acceptance);
}

/* ---- the code ---- */

static void on_code(void *arg, const cJSON *answer)
{
	struct request *r = arg;

	if (request_answered(r))
		return;
	if (!answer) {
		trouble(r);
	} else if (!live_is_ok(answer)) {
		render_code(r, page_lang(r), PAGE_CODE_BAD);
	} else {
		r->waiting++;
		rooms_load(r->live, json_string(answer, "session"), on_joined_room, r);
	}
}

/* Digits only; spaces, dots and dashes that people type are left out. False: something else, or
 * not 9. */
static bool read_code(const char *in, char out[10])
{
	size_t n = 0;

	for (; *in; in++) {
		if (strchr(" .-", *in))
			continue;
		if (*in < '0' || *in > '9' || n == 9)
			return false;
		out[n++] = *in;
	}
	out[n] = '\0';
	return n == 9;
}

void page_code(struct request *r)
{
	char acceptance[33], typed[64], code[10];
	cJSON *o;

	if (!acceptance_of(r, acceptance)) {
		show_terms(r, PAGE_TEXT_COUNT);
		return;
	}
	if (!r->body.at || !form_value(r->body.at, "code", typed, sizeof(typed)) ||
			!read_code(typed, code)) {
		render_code(r, page_lang(r), PAGE_CODE_FORM);
		return;
	}
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "code", code);
	cJSON_AddStringToObject(o, "acceptance", acceptance);
	cJSON_AddStringToObject(o, "source", r->address);
	request_ask(r, "code_use", o, on_code);
}

/* ---- the program ---- */

static void send_program(struct request *r, const char *ticket)
{
	const struct live *l = r->live;
	const struct trailer t = { l->profile, l->signature, (const uint8_t *)ticket,
		l->profile_len, l->signature_len, TRAILER_TICKET_LEN };
	const struct answer a = { .status = 200,
		.type = "application/octet-stream",
		.disposition = "attachment; filename=\"Guichet-Assistance\"" };
	uint8_t *tail = NULL, *whole = NULL;
	size_t len = 0;

	if (trailer_make(&t, &tail, &len) == OK)
		whole = malloc(l->agent_len + len);
	if (!whole) {
		free(tail);
		trouble(r);
		return;
	}
	memcpy(whole, l->agent, l->agent_len);
	memcpy(whole + l->agent_len, tail, len);
	free(tail);
	request_answer_bytes(r, &a, whole, l->agent_len + len, whole);
}

static void on_join_ticket(void *arg, const cJSON *answer)
{
	struct request *r = arg;
	const char *ticket = live_is_ok(answer) ? json_string(answer, "ticket") : NULL;

	if (request_answered(r))
		return;
	if (ticket && hex_is(ticket, TRAILER_TICKET_LEN))
		send_program(r, ticket);
	else
		show_terms(r, PAGE_LINK_DEAD);
}

/* The terms may have changed since they were accepted: then they must be accepted again (S1). */
static bool is_of_these_terms(const struct live *l, const cJSON *answer)
{
	const char *hash = json_string(answer, "terms");

	for (size_t i = 0; hash && i < LIVE_LANGUAGES; i++)
		if (strcmp(hash, l->terms[i].hash) == 0)
			return true;
	return false;
}

static void on_download(void *arg, const cJSON *answer)
{
	struct request *r = arg;
	cJSON *o;

	if (request_answered(r))
		return;
	if (!live_is_ok(answer) || !is_of_these_terms(r->live, answer)) {
		show_terms(r, answer && live_is_ok(answer) ? PAGE_STALE : PAGE_LINK_DEAD);
		return;
	}
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "kind", "join");
	cJSON_AddStringToObject(o, "acceptance", json_string(answer, "acceptance"));
	request_ask(r, "ticket_new", o, on_join_ticket);
}

void page_program(struct request *r)
{
	const char *ticket = r->path + sizeof("/programme/") - 1;
	cJSON *o;

	if (!hex_is(ticket, 32) || strcmp(r->method, "GET") != 0) {
		show_terms(r, PAGE_LINK_DEAD);
		return;
	}
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "kind", "download");
	cJSON_AddStringToObject(o, "ticket", ticket);
	request_ask(r, "ticket_use", o, on_download);
}
