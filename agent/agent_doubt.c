#include "agent/agent_state.h"

#include <string.h>

/* What protects the customer from somebody who only says that he is the bank: « Un doute ? » and « Qui a appelé ? ». */

/* ---- « Un doute ? » ---- */

static void record_doubt(struct agent *a, const char *what)
{
	const struct consent_event e = { CONSENT_DOUBT, CAP_NONE, 0, 0 };

	if (agent_record(a, &e, agent_string("what", what)))
		agent_end(a, "evidence");
}

/* First everything stands still on this computer; then it is told. */
static void freeze(struct agent *a)
{
	view_stop(a->view);
	hands_stop(a->hands);
	link_drop_bulk(a->link);
	agent_cancel_prompt(a, "doubt");
	agent_take_away(a, CONSENT_SUSPEND, CAP_VIEW, "doubt");
}

void agent_doubt(struct agent *a)
{
	if (a->is_over || a->is_doubting)
		return;
	a->is_doubting = true;
	a->doubt_ms = platform_boot_ms();
	freeze(a);
	face_set_doubting(a->face, true);
	if (a->chain && !a->is_over) {
		a->is_doubt_told = true;
		record_doubt(a, "raised");
	}
	agent_draw(a);
	agent_schedule(a);
}

void agent_fine(struct agent *a)
{
	bool is_told = a->is_doubt_told;

	if (a->is_over || !a->is_doubting || platform_boot_ms() - a->doubt_ms < AGENT_DOUBT_MS)
		return;
	a->is_doubting = a->is_doubt_told = false;
	face_set_doubting(a->face, false);
	if (is_told)
		record_doubt(a, "over");
	agent_draw(a);
	agent_schedule(a);
}

/* ---- « Qui a appelé ? » ---- */

const char *agent_caution(const struct agent *a, enum capability cap)
{
	if (a->is_doubting)
		return "doubt";
	if (a->held_ask)
		return "busy";
	return cap == CAP_CONTROL && a->caller == CALLER_OTHER ? "called" : NULL;
}

/* The advisor sees that a question is being answered, not which. */
static void notice(struct agent *a, const char *json)
{
	const struct outlet *out = &a->out;

	out->send(out->arg, KIND_NOTICE, 0, json, strlen(json));
}

void agent_ask_caller(struct agent *a, uint32_t ask)
{
	a->held_ask = ask;
	a->is_prompt_open = true;
	hands_on_prompt(a->hands, true);
	face_caller(a->face, ask);
	notice(a, "{\"what\":\"caller\",\"ms\":60000}");
	agent_draw(a);
}

static uint32_t let_go(struct agent *a)
{
	uint32_t ask = a->held_ask;

	a->held_ask = 0;
	agent_close_prompt(a);
	notice(a, "{\"what\":\"caller\",\"ms\":0}");
	return ask;
}

void agent_drop_caller(struct agent *a, const char *why)
{
	agent_refuse(a, let_go(a), CAP_CONTROL, why);
}

/* The words of the question stand in the line, so that the record says what he answered. */
static void record_caller(struct agent *a, const char *who)
{
	const struct consent_event e = { CONSENT_CALLER, CAP_NONE, 0, 0 };
	cJSON *o = agent_string("who", who);

	cJSON_AddStringToObject(o, "text", text_of(TEXT_CALLER));
	if (agent_record(a, &e, o))
		agent_end(a, "evidence");
}

void agent_on_caller(struct agent *a, enum platform_answer answer)
{
	if (answer == ANSWER_CLOSED || answer == ANSWER_SILENCE) {
		a->refused_ms[CAP_CONTROL] = platform_boot_ms();
		agent_drop_caller(a, answer == ANSWER_CLOSED ? "closed" : "silence");
	} else if (answer == ANSWER_ALLOW) {
		uint32_t ask = let_go(a);

		a->caller = CALLER_CUSTOMER;
		record_caller(a, "customer");
		if (!a->is_over)
			agent_on_ask(a, ask, CAP_CONTROL);
	} else {
		uint32_t ask = let_go(a);

		a->caller = CALLER_OTHER;
		face_set_called(a->face);
		record_caller(a, "other");
		if (!a->is_over)
			agent_refuse(a, ask, CAP_CONTROL, "called");
	}
	agent_draw(a);
}
