#include "agent/agent_state.h"

#include <stdlib.h>
#include <string.h>

/* Makes what is seen and done follow from what is allowed; called after every change. */
static void follow_consent(struct agent *a)
{
	if (!consent_grant_of(a->consent, CAP_VIEW)) {
		view_stop(a->view);
		link_drop_bulk(a->link);
		agent_rewind_files(a);
	}
	if (!consent_grant_of(a->consent, CAP_CONTROL)) {
		a->control_ms = 0;
		agent_cancel_delete(a, "cancelled");
	}
	if (!consent_grant_of(a->consent, CAP_CONTROL) || !consent_grant_of(a->consent, CAP_POINT))
		hands_stop(a->hands);
	agent_draw(a);
}

static enum err send_line(struct agent *a, const struct chain_line *l)
{
	char *text = chain_message(l);
	enum err e;

	if (!text)
		return ERR_NOMEM;
	e = agent_send(a, KIND_CONSENT, text, strlen(text));
	free(text);
	return e;
}

enum err agent_record(struct agent *a, const struct consent_event *e, cJSON *fields)
{
	const struct chain_line *l;
	enum err err = OK;

	if (e->kind != CONSENT_GRANT)
		err = consent_apply(a->consent, e);
	if (err) {
		cJSON_Delete(fields);
		return err;
	}
	err = chain_append(a->chain, e, fields, &l);
	if (err)
		return err;
	if (link_is_open(a->link))
		send_line(a, l); /* a line that cannot go now goes after the link is back */
	return OK;
}

enum err agent_resend_lines(struct agent *a)
{
	enum err e = agent_send_key(a);

	for (const struct chain_line *l = chain_unstored(a->chain); l && !e; l = l->next)
		e = send_line(a, l);
	return e;
}

cJSON *agent_string(const char *name, const char *value)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, name, value);
	return o;
}

void agent_refuse(struct agent *a, uint32_t ask, enum capability cap, const char *why)
{
	const struct consent_event e = { CONSENT_REFUSE, cap, ask, 0 };

	if (agent_record(a, &e, agent_string("why", why)))
		agent_end(a, "evidence");
}

enum err agent_on_ask(struct agent *a, uint32_t ask, enum capability cap)
{
	const char *why = consent_ask_refusal(a->consent, cap, ask);
	const struct consent_event e = { CONSENT_ASK, cap, ask, 0 };
	uint64_t refused = a->refused_ms[cap];

	if (!why)
		why = agent_caution(a, cap);
	if (!why && a->del.state != DELETE_NONE)
		why = "busy";
	if (!why && cap == CAP_CONTROL && (a->pause.why || a->pause.is_secret))
		why = "pause"; /* nobody acts while nothing is recorded, or a password is typed */
	if (!why && agent_file_is_asked(a))
		why = "busy"; /* one question at a time */
	if (!why && refused && platform_boot_ms() - refused < AGENT_ASK_PAUSE_MS)
		why = "busy";
	if (why && platform_boot_ms() - a->told_refusal_ms < AGENT_REFUSAL_MS) {
		hands_count_refused(a->hands); /* a flood is counted, not told one by one */
		return OK;
	}
	if (why) {
		a->told_refusal_ms = platform_boot_ms();
		agent_refuse(a, ask, cap, why);
		return OK;
	}
	if (cap == CAP_CONTROL && a->caller == CALLER_UNKNOWN) {
		agent_ask_caller(a, ask);
		return OK;
	}
	a->is_prompt_open = true;
	hands_on_prompt(a->hands, true);
	if (agent_record(a, &e, agent_string("text", face_prompt(a->face, ask, cap))))
		agent_end(a, "evidence");
	else
		agent_draw(a);
	return OK;
}

void agent_close_prompt(struct agent *a)
{
	platform_prompt_close(a->platform);
	a->is_prompt_open = false;
	hands_on_prompt(a->hands, false);
}

void agent_on_answer(struct agent *a, uint32_t ask, enum platform_answer answer)
{
	static const char *const why[] = { [ANSWER_ALLOW] = "",
		[ANSWER_REFUSE] = "click",
		[ANSWER_CLOSED] = "closed",
		[ANSWER_SILENCE] = "silence" };
	enum capability cap;

	if (!a->is_over && a->held_ask && a->held_ask == ask) {
		agent_on_caller(a, answer);
		return;
	}
	if (a->is_over || !a->is_prompt_open || consent_pending(a->consent, &cap) != ask)
		return;
	agent_close_prompt(a);
	if (answer == ANSWER_ALLOW) {
		struct consent_event e = { CONSENT_GRANT, cap, ask,
			consent_next_grant(a->consent) };

		if (agent_record(a, &e, NULL))
			agent_end(a, "evidence");
	} else {
		a->refused_ms[cap] = platform_boot_ms();
		agent_refuse(a, ask, cap, why[answer]);
	}
	if (!a->is_over)
		agent_draw(a);
}

/* A grant whose receipt is on its way counts: what is typed would be written after it. */
static bool may_soon_act(const struct agent *a)
{
	for (const struct chain_line *l = chain_unstored(a->chain); l; l = l->next)
		if (l->event.kind == CONSENT_GRANT && l->event.cap == CAP_CONTROL)
			return true;
	return consent_grant_of(a->consent, CAP_CONTROL);
}

bool agent_record_typed(struct agent *a, uint32_t ask)
{
	const struct consent_event e = { CONSENT_TYPED, CAP_NONE, 0, 0 };
	uint32_t file = agent_file_of_prompt(ask);
	cJSON *o;

	if (a->is_over || !a->consent || may_soon_act(a))
		return false;
	o = agent_string("what", file ? "file" : a->held_ask == ask ? "caller" : "right");
	cJSON_AddNumberToObject(o, "question", file ? file : ask);
	if (agent_record(a, &e, o) && !a->is_over)
		agent_end(a, "evidence");
	return !a->is_over;
}

/* A click whose receipt has not come: the right is born and suspended in one breath, never live. */
static bool suspend_unborn(struct agent *a, uint32_t ask, const char *why)
{
	for (const struct chain_line *l = chain_unstored(a->chain); l; l = l->next) {
		if (l->event.kind != CONSENT_GRANT || l->event.ask != ask)
			continue;
		if (consent_apply(a->consent, &l->event) == OK)
			agent_take_away(a, CONSENT_SUSPEND, l->event.cap, why);
		return true;
	}
	return false;
}

void agent_cancel_prompt(struct agent *a, const char *why)
{
	enum capability cap;
	uint32_t ask;

	if (!a->consent)
		return;
	if (a->held_ask)
		agent_drop_caller(a, why);
	agent_cancel_delete(a, why);
	ask = consent_pending(a->consent, &cap);
	if (a->is_prompt_open)
		agent_close_prompt(a);
	if (ask && !suspend_unborn(a, ask, why))
		agent_refuse(a, ask, cap, why);
}

void agent_take_away(struct agent *a, enum consent_kind how, enum capability cap, const char *why)
{
	struct consent_event e = { how, cap, 0, 0 };

	if (a->is_over || !a->consent)
		return;
	e.grant = consent_grant_of(a->consent, cap);
	if (!e.grant)
		return;
	if (a->is_prompt_open && cap == CAP_VIEW)
		agent_cancel_prompt(a, "cancelled");
	agent_record_counts(a);
	if (agent_record(a, &e, why ? agent_string("why", why) : NULL))
		agent_end(a, "evidence");
	else
		follow_consent(a);
}

enum err agent_on_receipt(struct agent *a, uint32_t n)
{
	const struct chain_line *l;
	enum err e = chain_receipt(a->chain, n, &l);

	if (e)
		return ERR_MALFORMED;
	if (a->is_over) {
		if (l->event.kind == CONSENT_END)
			a->farewell_ms = platform_boot_ms();
		return OK;
	}
	if (l->event.kind == CONSENT_DELETE)
		agent_on_delete_stored(a, n);
	if (l->event.kind == CONSENT_RESUME)
		view_on_key_frame(a->view); /* what is recorded from here on stands alone */
	if (l->event.kind != CONSENT_GRANT)
		return OK;
	if (consent_apply(a->consent,
			    &l->event)) { /* cancelled meanwhile: the right was never born */
		consent_skip_grant(a->consent, l->event.grant);
		return OK;
	}
	if (l->event.cap == CAP_CONTROL) {
		a->control_ms = platform_boot_ms();
		face_set_expired(a->face, false);
	}
	if (l->event.cap == CAP_VIEW && a->phase == PHASE_LIVE &&
			view_start(a->view, l->event.grant))
		agent_take_away(a, CONSENT_LIMIT, CAP_VIEW, NULL);
	agent_pause_on_view(a);
	agent_draw(a);
	return OK;
}

uint64_t agent_tick_control(struct agent *a, uint64_t boot_ms)
{
	if (!a->control_ms || a->is_over)
		return 0;
	if (boot_ms < a->control_ms + AGENT_CONTROL_MS)
		return a->control_ms + AGENT_CONTROL_MS;
	face_set_expired(a->face, true);
	agent_take_away(a, CONSENT_SUSPEND, CAP_CONTROL, "expired");
	return 0;
}

void agent_record_counts(struct agent *a)
{
	const struct consent_event e = { CONSENT_COUNTS, CAP_NONE, 0, 0 };
	struct hands_counts n;
	cJSON *o;

	if (!hands_take_counts(a->hands, &n))
		return;
	o = cJSON_CreateObject();
	cJSON_AddNumberToObject(o, "done_mouse", n.mouse);
	cJSON_AddNumberToObject(o, "done_text", n.text);
	cJSON_AddNumberToObject(o, "done_key", n.key);
	cJSON_AddNumberToObject(o, "done_point", n.point);
	cJSON_AddNumberToObject(o, "refused", n.refused);
	cJSON_AddNumberToObject(o, "local", n.local);
	cJSON_AddNumberToObject(o, "own_mouse", n.own_mouse);
	cJSON_AddNumberToObject(o, "own_key", n.own_key);
	if (agent_record(a, &e, o) && !a->is_over)
		agent_end(a, "evidence");
}
