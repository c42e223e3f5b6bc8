#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "gateway/core/room_inside.h"

/* ---- consent lines ---- */

void room_line_free(struct waiting_line *l)
{
	if (l)
		free(l->payload);
	free(l);
}

static uint32_t number_or_zero(const cJSON *o, const char *name)
{
	uint64_t v = 0;

	return !json_u64(o, name, &v) && v <= UINT32_MAX ? (uint32_t)v : 0;
}

/* Session, number and hash must continue the chain; the event must be one of events.def. */
static enum err read_line(struct room *r, const cJSON *line, struct waiting_line *out)
{
	const char *session = json_string(line, "session"), *prev = json_string(line, "prev");
	const char *event = json_string(line, "event"), *why = json_string(line, "why");
	uint64_t n = 0;

	if (!session || !prev || !event || json_u64(line, "n", &n))
		return ERR_MALFORMED;
	if (strcmp(session, r->facts.id) != 0 || n != r->chain_n ||
			strcmp(prev, r->chain_head) != 0)
		return ERR_MALFORMED;
	if (!consent_kind_of(event, &out->event.kind))
		return ERR_MALFORMED;
	out->n = (uint32_t)n;
	out->event.cap = capability_of(json_string(line, "cap"));
	out->event.ask = number_or_zero(line, "ask");
	out->event.grant = number_or_zero(line, "grant");
	snprintf(out->why, sizeof(out->why), "%s", why ? why : "");
	return OK;
}

static void put_in_line(struct room *r, struct waiting_line *l)
{
	if (!r->waiting)
		r->waiting_last = &r->waiting;
	*r->waiting_last = l;
	r->waiting_last = &l->next;
	r->waiting_count++;
}

static bool takes_rights(enum consent_kind kind)
{
	return kind == CONSENT_LIMIT || kind == CONSENT_RELEASE || kind == CONSENT_SUSPEND ||
			kind == CONSENT_END;
}

/* A stored grant comes into force unless a later line, stored or not, has taken it away again. */
static void open_right(struct room *r, const struct consent_event *e)
{
	uint32_t grant[CAP_COUNT] = { 0 };

	if (consent_grant_of(r->verified, e->cap) != e->grant)
		return;
	for (enum capability cap = CAP_VIEW; cap < CAP_COUNT; cap++)
		grant[cap] = consent_grant_of(r->consent, cap);
	grant[e->cap] = e->grant;
	consent_restore(r->consent, grant, e->ask, e->grant, false);
}

/* Give late, take at once: what takes rights away counts before it is stored. */
static enum err accept_line(
		struct room *r, struct waiting_line *l, const char *text, const char *sig)
{
	enum err e;

	r->ports->sha256(r->ports->arg, text, strlen(text), r->chain_head);
	r->chain_n++;
	l->breaks_rules = consent_apply(r->verified, &l->event) != OK;
	if (takes_rights(l->event.kind)) {
		e = consent_apply(r->consent, &l->event);
		if (e)
			return ERR_MALFORMED;
	}
	e = r->ports->store_line(r->ports->arg, r, l->n, text, sig);
	if (e)
		return e;
	put_in_line(r, l);
	return OK;
}

static void send_receipt(struct room *r, uint32_t n, const char *hash)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddNumberToObject(o, "n", n);
	cJSON_AddStringToObject(o, "hash", hash);
	room_send_json(r, r->agent, KIND_RECEIPT, o);
}

/* Sent again because its receipt was lost: stored already, or on its way. */
static bool is_repeated(const struct room *r, const cJSON *line, uint32_t *n)
{
	*n = number_or_zero(line, "n");
	return cJSON_HasObjectItem(line, "n") && *n < r->chain_n;
}

static void repeat_receipt(struct room *r, uint32_t n, const char *text)
{
	char hash[65];

	for (const struct waiting_line *l = r->waiting; l; l = l->next)
		if (l->n == n)
			return;
	r->ports->sha256(r->ports->arg, text, strlen(text), hash);
	send_receipt(r, n, hash);
}

static enum err on_consent(struct room *r, const uint8_t *payload, size_t len, const cJSON *o)
{
	const char *text = json_string(o, "line"), *sig = json_string(o, "sig");
	struct waiting_line *l = NULL;
	cJSON *line = NULL;
	uint32_t n = 0;
	enum err e = json_fields(o, "line:s sig:s");

	if (!e && r->waiting_count >= ROOM_LINES_WAITING_MAX)
		e = ERR_IO;
	if (!e && !r->ports->verify(r->ports->arg, r->sign, text, strlen(text), sig))
		e = ERR_CRYPTO;
	if (!e)
		e = json_parse(text, strlen(text), 3, &line);
	if (!e && is_repeated(r, line, &n)) {
		repeat_receipt(r, n, text);
		cJSON_Delete(line);
		return OK;
	}
	if (!e) {
		l = calloc(1, sizeof(*l));
		e = l ? read_line(r, line, l) : ERR_NOMEM;
	}
	cJSON_Delete(line);
	if (!e) {
		l->payload = malloc(len);
		l->len = len;
		e = l->payload ? OK : ERR_NOMEM;
	}
	if (!e) {
		memcpy(l->payload, payload, len);
		e = accept_line(r, l, text, sig);
	}
	if (e)
		room_line_free(l);
	return e;
}

/* Remembers a line that was told; forgets the oldest beyond ROOM_LINES_TOLD_MAX. */
static void remember(struct room *r, struct waiting_line *l)
{
	l->next = NULL;
	if (!r->told)
		r->told_last = &r->told;
	*r->told_last = l;
	r->told_last = &l->next;
	if (++r->told_count > ROOM_LINES_TOLD_MAX) {
		struct waiting_line *oldest = r->told;

		r->told = oldest->next;
		r->told_count--;
		room_line_free(oldest);
	}
}

void room_tell_lines(struct room *r)
{
	for (const struct waiting_line *l = r->told; l; l = l->next)
		room_send(r, r->viewer, KIND_CONSENT, l->payload, l->len);
}

void room_on_stored(struct room *r, uint32_t n, const char *hash)
{
	struct waiting_line *l = r->waiting;

	if (!l || l->n != n)
		return;
	if (!hash) { /* no evidence, no assistance */
		room_close_all(r, "evidence");
		return;
	}
	r->waiting = l->next;
	r->waiting_count--;
	if (l->breaks_rules) {
		/* signed and stored, but against the rules: our agent does not do that */
		room_line_free(l);
		room_close_all(r, "gateway");
		return;
	}
	if (l->event.kind == CONSENT_GRANT)
		open_right(r, &l->event);
	send_receipt(r, n, hash);
	room_send(r, r->viewer, KIND_CONSENT, l->payload, l->len);
	remember(r, l);
	if (l->event.kind == CONSENT_END)
		room_close_all(r, l->why[0] ? l->why : "customer");
}

/* ---- frames ---- */

static enum err count_refused(struct room *r, enum side from)
{
	if (from == SIDE_AGENT)
		r->refused_agent++;
	else
		r->refused_viewer++;
	return OK;
}

/* Asking is journaled, so it is rationed: more than ROOM_ASKS in ROOM_ASKS_MS are counted and
 * dropped. */
static bool asks_too_often(struct room *r, uint8_t kind)
{
	uint64_t now = r->ports->now_ms(r->ports->arg);

	if (kind != KIND_ASK)
		return false;
	if (now - r->asks_since_ms >= ROOM_ASKS_MS) {
		r->asks_since_ms = now;
		r->asks = 0;
	}
	return ++r->asks > ROOM_ASKS;
}

static void journal_ask(struct room *r, const struct rule *rule, const uint8_t *payload, size_t len)
{
	char data[WIRE_JSON_MAX];

	if (rule->id != KIND_ASK || len >= sizeof(data))
		return;
	memcpy(data, payload, len);
	data[len] = '\0';
	r->ports->journal(r->ports->arg, r, "asked", data);
}

static enum err check_json(const struct rule *rule, const uint8_t *payload, size_t len, cJSON **o)
{
	*o = NULL;
	return rule->form == FORM_JSON ? json_parse(payload, len, 4, o) : OK;
}

/* The viewer has no agent to talk to, or the agent no viewer: dropped, not an offence. */
static enum err forward(struct room *r, enum side from, const struct rule *rule,
		const struct frame *f, const uint8_t *bytes)
{
	void *to = from == SIDE_AGENT ? r->viewer : r->agent;

	if (!to)
		return OK;
	return r->ports->send(r->ports->arg, to, bytes, WIRE_HEADER_LEN + f->len,
			rule->form == FORM_SEALED);
}

static void follow_pairing(struct room *r, uint8_t kind)
{
	if (kind == KIND_PAIR_START || kind == KIND_PAIR_RESUME)
		session_next(r->phase, EV_PEER_LOST, &r->phase);
	if (kind == KIND_PAIR_SECRET || kind == KIND_PAIR_RESUMED)
		session_next(r->phase, EV_PAIRED, &r->phase);
}

/* The advisor ends: forwarded, and if the agent is not there or does not answer, ended here as
 * well. */
static enum err on_end(struct room *r, const struct rule *rule, const struct frame *f,
		const uint8_t *bytes)
{
	if (!r->agent) {
		room_close_all(r, "advisor");
		return OK;
	}
	if (!r->ending_ms)
		r->ending_ms = r->ports->now_ms(r->ports->arg);
	return forward(r, SIDE_VIEWER, rule, f, bytes);
}

static enum err deliver(struct room *r, enum side from, const struct rule *rule,
		const struct frame *f, const uint8_t *bytes)
{
	const uint8_t *payload = bytes + WIRE_HEADER_LEN;
	cJSON *o;
	enum err e = check_json(rule, payload, f->len, &o);

	if (e)
		return e;
	if (rule->id == KIND_CONSENT)
		e = on_consent(r, payload, f->len, o);
	else if (rule->id == KIND_END)
		e = on_end(r, rule, f, bytes);
	else if (rule->id == KIND_LINK_PONG)
		e = OK;
	else {
		enum phase before = r->phase;

		journal_ask(r, rule, payload, f->len);
		e = forward(r, from, rule, f, bytes);
		follow_pairing(r, rule->id);
		if (r->phase != before)
			room_tell_viewer(r);
	}
	cJSON_Delete(o);
	return e;
}

enum err room_on_frame(struct room *r, void *link, const struct frame *f, const uint8_t *bytes)
{
	const struct gate_frame g = frame_for_gate(f);
	enum side from = link == r->agent ? SIDE_AGENT : SIDE_VIEWER;
	const struct rule *rule;
	enum err e;

	if (!room_has_link(r, link))
		return ERR_FORBIDDEN;
	e = gate_check(r->consent, r->phase, from, &g, &rule);
	if (e == ERR_FORBIDDEN || (!e && asks_too_often(r, f->kind)))
		return count_refused(r, from);
	if (!e)
		e = deliver(r, from, rule, f, bytes);
	if (e == ERR_CRYPTO || (e == ERR_IO && rule && rule->id == KIND_CONSENT)) {
		room_close_all(r, e == ERR_IO ? "evidence" : "gateway");
		return OK;
	}
	return e;
}
