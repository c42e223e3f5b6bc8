#include "agent/agent_state.h"

/*
 * Nothing is deleted unless the customer says so (S24): Suppr, whatever its modifiers, is held back,
 * the customer reads a question, and his physical click is good for that one press. Give late: the key
 * is pressed when the line that allows it is stored. Until then nothing else of the advisor is done, so
 * what is deleted is what was selected when he asked, unless the customer himself selected something else.
 */

static void record(struct agent *a, const char *step, const char *why)
{
	const struct consent_event e = { CONSENT_DELETE, CAP_CONTROL, 0, a->del.grant };
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "step", step);
	cJSON_AddNumberToObject(o, "number", a->del.number);
	cJSON_AddNumberToObject(o, "modifiers", a->del.modifiers);
	cJSON_AddStringToObject(o, "text", a->del.text);
	cJSON_AddStringToObject(o, "why", why);
	if (agent_record(a, &e, o))
		agent_end(a, "evidence");
}

/* Whatever came of it, the advisor's hand is free again. */
static void forget(struct agent *a)
{
	a->del.state = DELETE_NONE;
	if (a->is_prompt_open)
		agent_close_prompt(a);
	else
		hands_on_prompt(a->hands, false);
}

void agent_on_delete(void *arg, uint32_t grant, uint8_t modifiers)
{
	struct agent *a = arg;
	uint64_t now = platform_boot_ms();

	if (a->is_over || a->is_prompt_open || a->del.state != DELETE_NONE ||
			(a->del.refused_ms && now - a->del.refused_ms < AGENT_ASK_PAUSE_MS)) {
		hands_count_refused(a->hands); /* a key that is held asks once */
		return;
	}
	a->del.state = DELETE_ASKED;
	a->del.number++;
	a->del.grant = grant;
	a->del.modifiers = modifiers;
	a->is_prompt_open = true;
	hands_on_prompt(a->hands, true);
	a->del.text = face_prompt_delete(a->face);
	record(a, "asked", "key");
}

void agent_on_delete_answer(struct agent *a, enum platform_answer answer)
{
	static const char *const why[] = { [ANSWER_ALLOW] = "",
		[ANSWER_REFUSE] = "click",
		[ANSWER_CLOSED] = "closed",
		[ANSWER_SILENCE] = "silence" };

	if (a->is_over || a->del.state != DELETE_ASKED)
		return;
	if (answer != ANSWER_ALLOW) {
		a->del.refused_ms = platform_boot_ms();
		agent_cancel_delete(a, why[answer]);
		return;
	}
	agent_close_prompt(a);
	hands_on_prompt(a->hands, true); /* nothing comes between the answer and the key */
	a->del.state = DELETE_ALLOWED;
	a->del.line = chain_count(a->chain);
	record(a, "allowed", "click");
}

void agent_cancel_delete(struct agent *a, const char *why)
{
	if (a->is_over || a->del.state == DELETE_NONE)
		return;
	forget(a);
	record(a, "refused", why);
}

void agent_on_delete_stored(struct agent *a, uint32_t n)
{
	if (a->del.state != DELETE_ALLOWED || a->del.line != n)
		return;
	a->del.state = DELETE_STORED;
	a->del.until_ms = platform_boot_ms() + AGENT_DELETE_FOCUS_MS;
	agent_tick_delete(a, platform_boot_ms());
}

uint64_t agent_tick_delete(struct agent *a, uint64_t boot_ms)
{
	enum { LOOK_MS = 50 };
	enum err e;

	if (a->is_over || a->del.state != DELETE_STORED)
		return 0;
	e = hands_delete(a->hands, a->del.grant, a->del.modifiers);
	if (e == ERR_AGAIN && boot_ms < a->del.until_ms)
		return boot_ms + LOOK_MS;
	if (e)
		agent_cancel_delete(a, "focus");
	else
		forget(a);
	return 0;
}
