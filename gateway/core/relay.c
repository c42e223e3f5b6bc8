#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/consent_line.h"
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

void room_note_refused(struct room *r, uint32_t n, const char *why)
{
	char data[64];

	snprintf(data, sizeof(data), "{\"n\":%u,\"why\":\"%s\"}", n, why);
	r->ports->journal(r->ports->arg, r, "refused_line", data);
}

/* Signed, but not to be stored: our agent does not do that. The session ends. */
static enum err refuse(struct room *r, const char *why, enum err e)
{
	room_note_refused(r, r->chain_n, why);
	return e;
}

/* What a line of the customer's says that his bank should know at once. */
static const char *alert_of(const struct waiting_line *l, const cJSON *line)
{
	const char *what = json_string(line, "what"), *who = json_string(line, "who");

	if (l->event.kind == CONSENT_DOUBT && what && strcmp(what, "raised") == 0)
		return "doubt";
	return l->event.kind == CONSENT_CALLER && who && strcmp(who, "other") == 0 ? "called" : NULL;
}

/* Session, number and hash must continue the chain; the rest is consent_line's. */
static enum err read_line(struct room *r, const char *text, const cJSON *line, struct waiting_line *out)
{
	const char *session = json_string(line, "session"), *prev = json_string(line, "prev");
	const char *why = json_string(line, "why");
	uint64_t n = 0;
	cJSON *strict;
	enum err e;

	if (!session || !prev || json_u64(line, "n", &n) || strcmp(session, r->facts.id) != 0 ||
			n != r->chain_n || strcmp(prev, r->chain_head) != 0)
		return ERR_MALFORMED;
	e = consent_line_read(text, strlen(text), &strict, &out->event);
	cJSON_Delete(strict);
	if (e == ERR_MALFORMED)
		return refuse(r, "form", ERR_FORBIDDEN);
	if (e)
		return e;
	if (n >= EVIDENCE_LINES_MAX)
		return refuse(r, "full", ERR_IO);
	if (out->event.kind == CONSENT_OPEN && !room_is_key_named(r, line))
		return refuse(r, "key", ERR_IO); /* what is recorded could never be read */
	out->n = (uint32_t)n;
	snprintf(out->why, sizeof(out->why), "%s", why ? why : "");
	out->alert = alert_of(out, line);
	return room_read_file(line, out);
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
	if (e->cap == CAP_CONTROL && (r->is_paused || r->pause_n))
		return; /* nobody acts while nothing is recorded */
	for (enum capability cap = CAP_VIEW; cap < CAP_COUNT; cap++)
		grant[cap] = consent_grant_of(r->consent, cap);
	grant[e->cap] = e->grant;
	consent_restore(r->consent, grant, e->ask, e->grant, false);
}

/* Nothing that is sent from here on is stored, and nobody acts, whatever line comes next. */
static void take_pause(struct room *r, uint32_t n)
{
	const struct consent_event none = { CONSENT_SUSPEND, CAP_CONTROL, 0, 0 };

	r->pause_n = n + 1;
	recorder_mute(r->recorder);
	if (consent_grant_of(r->consent, CAP_CONTROL))
		consent_apply(r->consent, &none);
}

/* Give late, take at once: what takes rights away counts before it is stored. */
static enum err accept_line(
		struct room *r, struct waiting_line *l, const char *text, const char *sig)
{
	enum err e;

	if (consent_apply(r->verified, &l->event))
		return refuse(r, "rules", ERR_FORBIDDEN);
	r->ports->sha256(r->ports->arg, text, strlen(text), r->chain_head);
	r->chain_n++;
	if (l->event.kind == CONSENT_PAUSE)
		take_pause(r, l->n);
	if (takes_rights(l->event.kind)) {
		e = consent_apply(r->consent, &l->event);
		if (e)
			return ERR_MALFORMED;
	}
	room_file_verified(r, l);
	if (l->event.kind == CONSENT_END && r->viewer)
		r->ports->drop_sealed(r->ports->arg, r->viewer);
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
	enum err e = OK;

	if (r->waiting_count >= ROOM_LINES_WAITING_MAX)
		e = ERR_IO;
	if (!e && !r->ports->verify(r->ports->arg, r->sign, text, strlen(text), sig))
		e = refuse(r, "signature", ERR_CRYPTO);
	if (!e)
		e = json_parse(text, strlen(text), 3, &line);
	if (!e && is_repeated(r, line, &n)) {
		repeat_receipt(r, n, text);
		cJSON_Delete(line);
		return OK;
	}
	if (!e) {
		l = calloc(1, sizeof(*l));
		e = l ? read_line(r, text, line, l) : ERR_NOMEM;
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

/*
 * The recording follows the lines that are stored: it begins with the first grant of the view and its
 * last chunk ends behind the line that takes the view away or pauses, so that no right is ever in
 * force outside of a chunk.
 */
static void follow_recording(struct room *r, const struct waiting_line *l)
{
	if (l->event.kind == CONSENT_GRANT)
		open_right(r, &l->event);
	if (l->event.kind == CONSENT_PAUSE)
		r->is_paused = true;
	if (l->event.kind == CONSENT_RESUME && r->pause_n <= l->n) { /* no later pause is on its way */
		r->is_paused = false;
		r->pause_n = 0;
	}
	if (r->is_paused || (takes_rights(l->event.kind) && l->event.cap == CAP_VIEW))
		room_recorded(r, recorder_stop(r->recorder, r->ports->now_ms(r->ports->arg)));
	else
		room_record(r);
}

void room_on_stored(struct room *r, uint32_t n, const char *hash)
{
	struct waiting_line *l = r->waiting;

	if (!l || l->n != n)
		return;
	if (!hash) { /* no evidence, no assistance */
		room_note_refused(r, n, "notary");
		room_close_all(r, "evidence");
		return;
	}
	r->waiting = l->next;
	r->waiting_count--;
	follow_recording(r, l);
	if (r->is_closed) {
		room_line_free(l);
		return;
	}
	room_file_stored(r, l);
	r->has_news |= l->event.kind != CONSENT_HEAD;
	send_receipt(r, n, hash);
	room_send(r, r->viewer, KIND_CONSENT, l->payload, l->len);
	if (l->alert)
		r->ports->alert(r->ports->arg, r, l->alert);
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

/* Asking and noting are journaled, so they are rationed: more than ROOM_ASKS in ROOM_ASKS_MS are counted and
 * dropped. */
static bool asks_too_often(struct room *r, uint8_t kind)
{
	uint64_t now = r->ports->now_ms(r->ports->arg);

	if (kind != KIND_ASK && kind != KIND_FILE_OFFER && kind != KIND_FILE_ASK && kind != KIND_NOTE)
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

/* No control character, and nothing that turns the direction of writing. */
static bool is_plain(const char *text)
{
	for (const uint8_t *c = (const uint8_t *)text; *c; c++) {
		bool is_c1 = c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f;
		bool is_turn = c[0] == 0xe2 && ((c[1] == 0x80 && c[2] >= 0xaa && c[2] <= 0xae) ||
				(c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9));

		if (c[0] < ' ' || c[0] == 0x7f || is_c1 || is_turn)
			return false;
	}
	return true;
}

/* What the advisor wrote down, for the journal alone: one line of plain text (6.8). */
static enum err on_note(struct room *r, const uint8_t *payload, size_t len, const cJSON *o)
{
	const char *text = json_string(o, "text");
	char data[WIRE_JSON_MAX];

	if (!text || !text[0] || strlen(text) > ROOM_NOTE_MAX || len >= sizeof(data))
		return ERR_MALFORMED;
	if (!is_plain(text))
		return ERR_MALFORMED;
	memcpy(data, payload, len);
	data[len] = '\0';
	r->ports->journal(r->ports->arg, r, "note", data);
	return OK;
}

/* An ask counts from 1, a capability is one of three. */
static bool has_good_values(const cJSON *o)
{
	uint64_t ask = 1;
	const char *cap = json_string(o, "cap");

	if (cJSON_GetObjectItemCaseSensitive(o, "ask") && json_u64(o, "ask", &ask))
		return false;
	return ask >= 1 && ask <= UINT32_MAX && (!cap || capability_of(cap) != CAP_NONE);
}

/* Whoever sends it is malformed himself: it is not passed on for the other side to stumble over. */
static enum err check_json(const struct rule *rule, const uint8_t *payload, size_t len, cJSON **o)
{
	enum err e;

	*o = NULL;
	if (rule->form != FORM_JSON)
		return OK;
	e = json_parse(payload, len, 4, o);
	if (!e)
		e = json_fields(*o, rule->fields);
	if (!e && !has_good_values(*o))
		e = ERR_MALFORMED;
	if (e) {
		cJSON_Delete(*o);
		*o = NULL;
	}
	return e;
}

/* The tee: what the agent sends to the viewer sealed, as it is (docs/EVIDENCE.md 6.2). */
static enum err record(struct room *r, const struct frame *f, const uint8_t *bytes)
{
	enum err e;

	if (f->kind != KIND_PICTURE && f->kind != KIND_CURSOR && f->kind != KIND_SCREENS &&
			f->kind != KIND_NOTICE && f->kind != KIND_CHAT)
		return OK;
	e = recorder_take(r->recorder, r->ports->now_ms(r->ports->arg), f, bytes);
	if (e != ERR_MALFORMED)
		room_recorded(r, e);
	return e == ERR_MALFORMED ? e : OK;
}

/* The viewer has no agent to talk to, or the agent no viewer: dropped, not an offence. */
static enum err forward(struct room *r, enum side from, const struct rule *rule,
		const struct frame *f, const uint8_t *bytes)
{
	enum err e = from == SIDE_AGENT ? record(r, f, bytes) : OK;
	void *to = from == SIDE_AGENT ? r->viewer : r->agent;

	if (e || !to) /* ended for want of evidence: nobody is there any more */
		return e;
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
	else if (rule->id == KIND_EVIDENCE_KEY)
		e = room_take_key(r, o);
	else if (rule->id == KIND_END)
		e = on_end(r, rule, f, bytes);
	else if (rule->id == KIND_NOTE)
		e = on_note(r, payload, f->len, o);
	else if (rule->id == KIND_LINK_PONG)
		e = OK;
	else if (room_is_about_files(rule->id))
		e = room_on_file(r, from, rule->id, payload, f->len, o);
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

/* What cannot be proved, or is signed and against the rules, ends more than a link. */
static bool ends_session(enum err e, const struct rule *rule)
{
	if (!rule || (rule->id != KIND_CONSENT && rule->id != KIND_EVIDENCE_KEY))
		return e == ERR_CRYPTO;
	return e == ERR_CRYPTO || e == ERR_IO || e == ERR_FORBIDDEN;
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
	if (ends_session(e, rule)) {
		room_close_all(r, e == ERR_IO ? "evidence" : "gateway");
		return OK;
	}
	return e;
}
