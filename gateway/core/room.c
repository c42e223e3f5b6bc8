#include "gateway/core/room_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum err store_chunk(void *arg, const struct recorder_chunk *c, const uint8_t *frames)
{
	struct room *r = arg;

	return r->ports->store_chunk(r->ports->arg, r, c, frames);
}

struct room *room_new(const struct room_facts *facts, const struct ports *ports)
{
	struct room *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->facts = *facts;
	r->ports = ports;
	r->consent = consent_new(facts->ceiling);
	r->verified = consent_new(facts->ceiling);
	r->recorder = recorder_new(store_chunk, r);
	memset(r->chain_head, '0', sizeof(r->chain_head) - 1);
	if (!r->consent || !r->verified || !r->recorder || room_files_new(r)) {
		room_free(r);
		return NULL;
	}
	return r;
}

static void free_lines(struct waiting_line *l)
{
	while (l) {
		struct waiting_line *next = l->next;
		room_line_free(l);
		l = next;
	}
}

void room_free(struct room *r)
{
	if (!r)
		return;
	free_lines(r->waiting);
	free_lines(r->told);
	consent_free(r->consent);
	consent_free(r->verified);
	recorder_free(r->recorder);
	room_files_free(r);
	free(r);
}

struct room_facts *room_facts(struct room *r)
{
	return &r->facts;
}

enum phase room_phase(const struct room *r)
{
	return r->phase;
}

bool room_is_empty(const struct room *r)
{
	return !r->agent && !r->viewer;
}

bool room_has_link(const struct room *r, const void *link)
{
	return link && (r->agent == link || r->viewer == link);
}

void room_restore(struct room *r, const char *sign, uint32_t next_n, const char head[65],
		const uint32_t grant[CAP_COUNT], uint32_t last_ask, uint32_t last_grant,
		bool is_ended)
{
	snprintf(r->sign, sizeof(r->sign), "%s", sign);
	snprintf(r->chain_head, sizeof(r->chain_head), "%s", head);
	r->chain_n = next_n;
	consent_restore(r->consent, grant, last_ask, last_grant, is_ended);
	consent_restore(r->verified, grant, last_ask, last_grant, is_ended);
	if (is_ended)
		r->phase = PHASE_ENDED;
	else if (next_n > 0) /* it had begun: both have WIRE_RESUME_MS to come back */
		r->lost_ms = r->ports->now_ms(r->ports->arg);
}

void room_restore_ask(struct room *r, uint32_t ask, enum capability cap)
{
	consent_restore_pending(r->verified, ask, cap, false);
}

/* ---- the recording ---- */

void room_record(struct room *r)
{
	if (!r->is_paused && !r->is_closed && consent_grant_of(r->consent, CAP_VIEW))
		recorder_start(r->recorder, r->ports->now_ms(r->ports->arg));
}

void room_restore_recording(
		struct room *r, uint32_t chunks, uint64_t to_ms, uint32_t last_seq, bool is_paused)
{
	recorder_restore(r->recorder, chunks, to_ms, last_seq);
	r->is_paused = is_paused;
	consent_restore_pending(r->verified, 0, CAP_NONE, is_paused);
	room_record(r);
}

/* Full means: the agent is not read until the notary has caught up; nothing is dropped. */
static void press_back(struct room *r)
{
	bool is_full = recorder_is_full(r->recorder);

	if (!r->agent || r->is_holding == is_full)
		return;
	r->is_holding = is_full;
	r->ports->hold(r->ports->arg, r->agent, is_full);
}

void room_recorded(struct room *r, enum err e)
{
	if (e)
		room_close_all(r, "evidence");
	else
		press_back(r);
}

void room_on_chunk(struct room *r, uint32_t n, bool is_stored)
{
	if (!r->is_closed)
		room_recorded(r, is_stored ? recorder_stored(r->recorder, n) : ERR_IO);
}

void room_on_full(struct room *r)
{
	room_flush(r);
	room_close_all(r, "evidence");
}

void room_flush(struct room *r)
{
	if (!r->is_closed)
		room_recorded(r, recorder_stop(r->recorder, r->ports->now_ms(r->ports->arg)));
}

void room_notary_away(struct room *r)
{
	if (recorder_is_on(r->recorder))
		room_close_all(r, "evidence");
}

/* ---- sending ---- */

enum err room_send(struct room *r, void *link, uint8_t kind, const void *payload, size_t len)
{
	uint8_t *out;
	const struct frame f = { .kind = kind, .len = (uint32_t)len };
	enum err e;

	if (!link)
		return OK;
	out = malloc(WIRE_HEADER_LEN + len);
	if (!out)
		return ERR_NOMEM;
	frame_write_header(&f, out);
	memcpy(out + WIRE_HEADER_LEN, payload, len);
	e = r->ports->send(r->ports->arg, link, out, WIRE_HEADER_LEN + len, false);
	free(out);
	return e;
}

enum err room_send_json(struct room *r, void *link, uint8_t kind, cJSON *o)
{
	char *text = o ? cJSON_PrintUnformatted(o) : NULL;
	enum err e = text ? room_send(r, link, kind, text, strlen(text)) : ERR_NOMEM;

	free(text);
	cJSON_Delete(o);
	return e;
}

static cJSON *ceiling_list(unsigned ceiling)
{
	cJSON *list = cJSON_CreateArray();

	for (enum capability cap = CAP_VIEW; cap <= CAP_FILES; cap++)
		if (ceiling & CAP_BIT(cap))
			cJSON_AddItemToArray(list, cJSON_CreateString(ceiling_word(cap)));
	return list;
}

void room_tell_viewer(struct room *r)
{
	const struct room_facts *f = &r->facts;
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "session", f->id);
	cJSON_AddStringToObject(o, "phase", phase_name(r->phase));
	cJSON_AddStringToObject(o, "advisor", f->advisor_display);
	cJSON_AddStringToObject(o, "purpose", f->purpose);
	cJSON_AddItemToObject(o, "ceiling", ceiling_list(f->ceiling));
	cJSON_AddNumberToObject(o, "started_ms", (double)f->started_ms);
	cJSON_AddStringToObject(o, "code", r->phase == PHASE_OPENING ? f->code : "");
	cJSON_AddNumberToObject(o, "code_expires_ms", (double)f->code_expires_ms);
	cJSON_AddNumberToObject(o, "accepted_ms", (double)f->accepted_ms);
	cJSON_AddStringToObject(o, "terms", f->terms);
	cJSON_AddStringToObject(o, "lang", f->lang);
	cJSON_AddStringToObject(o, "reason", r->end_reason);
	room_send_json(r, r->viewer, KIND_SESSION, o);
}

static void tell_agent_state(struct room *r)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddBoolToObject(o, "present", r->agent != NULL);
	cJSON_AddStringToObject(o, "transport", r->agent ? r->transport : "");
	cJSON_AddStringToObject(o, "os", r->os);
	cJSON_AddStringToObject(o, "sign", r->sign);
	room_send_json(r, r->viewer, KIND_AGENT_STATE, o);
}

static void tell_viewer_state(struct room *r)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddBoolToObject(o, "present", r->viewer != NULL);
	room_send_json(r, r->agent, KIND_VIEWER_STATE, o);
}

static void send_welcome(struct room *r, const char *resume)
{
	const struct room_facts *f = &r->facts;
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "session", f->id);
	cJSON_AddStringToObject(o, "resume", resume);
	cJSON_AddStringToObject(o, "advisor", f->advisor_display);
	cJSON_AddStringToObject(o, "purpose", f->purpose);
	cJSON_AddStringToObject(o, "purpose_label", f->purpose_label);
	cJSON_AddItemToObject(o, "ceiling", ceiling_list(f->ceiling));
	cJSON_AddNumberToObject(o, "accepted_ms", (double)f->accepted_ms);
	cJSON_AddStringToObject(o, "terms", f->terms);
	cJSON_AddStringToObject(o, "acceptance", f->acceptance);
	room_send_json(r, r->agent, KIND_WELCOME, o);
}

/* ---- coming and going ---- */

static void note_presence(struct room *r, const char *event, const char *who, const char *how)
{
	char data[128];

	snprintf(data, sizeof(data), "{\"how\":\"%s\",\"who\":\"%s\"}", how, who);
	r->ports->journal(r->ports->arg, r, event, data);
}

static void look_for_loss(struct room *r)
{
	bool has_begun = r->phase != PHASE_OPENING || r->chain_n > 0;
	bool is_missing = has_begun && (!r->agent || !r->viewer);

	if (!is_missing)
		r->lost_ms = 0;
	else if (!r->lost_ms)
		r->lost_ms = r->ports->now_ms(r->ports->arg);
}

enum err room_agent_joined(struct room *r, void *link, const char *sign, const char *os,
		const char *transport, const char *resume)
{
	if (r->phase == PHASE_ENDED || (r->sign[0] && strcmp(r->sign, sign) != 0))
		return ERR_FORBIDDEN;
	if (r->agent) { /* the old link is dead without our knowing: its owner proved who he is */
		void *old = r->agent;
		r->agent = NULL;
		r->ports->close(r->ports->arg, old, "busy");
	}
	if (session_next(r->phase, EV_AGENT, &r->phase))
		return ERR_FORBIDDEN;
	r->agent = link;
	r->is_holding = false;
	press_back(r);
	snprintf(r->sign, sizeof(r->sign), "%s", sign);
	snprintf(r->os, sizeof(r->os), "%s", os);
	snprintf(r->transport, sizeof(r->transport), "%s", transport);
	send_welcome(r, resume);
	tell_viewer_state(r);
	room_tell_viewer(r);
	tell_agent_state(r);
	note_presence(r, "joined", "agent", transport);
	room_files_joined(r, SIDE_AGENT);
	look_for_loss(r);
	return OK;
}

enum err room_viewer_joined(struct room *r, void *link)
{
	if (r->viewer) {
		void *old = r->viewer;
		r->viewer = NULL;
		r->ports->close(r->ports->arg, old, "busy");
	}
	r->viewer = link;
	if (r->phase == PHASE_LIVE)
		session_next(r->phase, EV_PEER_LOST, &r->phase);
	room_tell_viewer(r);
	tell_agent_state(r);
	room_tell_lines(r);
	tell_viewer_state(r);
	note_presence(r, "joined", "viewer", "web");
	room_files_joined(r, SIDE_VIEWER);
	look_for_loss(r);
	return OK;
}

void room_left(struct room *r, void *link)
{
	bool was_agent = link == r->agent;

	if (!room_has_link(r, link))
		return;
	if (was_agent)
		r->agent = NULL;
	else
		r->viewer = NULL;
	session_next(r->phase, EV_PEER_LOST, &r->phase);
	if (was_agent)
		tell_agent_state(r);
	else
		tell_viewer_state(r);
	note_presence(r, "left", was_agent ? "agent" : "viewer", "lost");
	look_for_loss(r);
}

/* ---- the end ---- */

void room_close_all(struct room *r, const char *reason)
{
	struct consent_event end = { CONSENT_END, CAP_NONE, 0, 0 };
	void *agent = r->agent, *viewer = r->viewer;

	if (r->is_closed)
		return;
	r->is_closed = true;
	room_files_stop(r, "end");
	if (strcmp(reason, "evidence") != 0) /* the last chunk, before the end is told */
		(void)recorder_stop(r->recorder, r->ports->now_ms(r->ports->arg));
	consent_apply(r->consent, &end);
	r->phase = PHASE_ENDED;
	snprintf(r->end_reason, sizeof(r->end_reason), "%s", reason);
	room_tell_viewer(r);
	r->ports->ended(r->ports->arg, r, reason);
	r->agent = r->viewer = NULL;
	if (agent)
		r->ports->close(r->ports->arg, agent,
				strcmp(reason, "evidence") == 0 ? "evidence" : "ended");
	if (viewer)
		r->ports->close(r->ports->arg, viewer, "ended");
}

void room_end(struct room *r, const char *reason)
{
	room_close_all(r, reason);
}

/* ---- time ---- */

static void report_refused(struct room *r)
{
	char data[96];

	if (!r->refused_viewer && !r->refused_agent)
		return;
	snprintf(data, sizeof(data), "{\"agent\":%u,\"viewer\":%u}", r->refused_agent,
			r->refused_viewer);
	r->refused_agent = r->refused_viewer = 0;
	r->ports->journal(r->ports->arg, r, "refused", data);
}

void room_tick(struct room *r)
{
	uint64_t now = r->ports->now_ms(r->ports->arg);

	report_refused(r);
	room_files_tick(r);
	if (!r->is_closed)
		room_recorded(r, recorder_tick(r->recorder, now));
	room_tick_heads(r, now);
	if (r->phase != PHASE_ENDED && r->lost_ms && now >= r->lost_ms + WIRE_RESUME_MS)
		room_close_all(r, "lost");
	if (r->phase == PHASE_OPENING && r->chain_n == 0 &&
			now >= r->facts.started_ms + ROOM_WAIT_MS)
		room_close_all(r, "lost");
	if (r->phase != PHASE_ENDED && r->ending_ms && now >= r->ending_ms + ROOM_END_MS)
		room_close_all(r, "advisor");
}
