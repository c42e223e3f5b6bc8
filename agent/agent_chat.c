#include "agent/agent_state.h"

#include <string.h>

/*
 * Messages both ways (docs/PROTOCOL.md 7.7). Each is shown and recorded, or it is neither: what the customer writes is
 * sealed for viewer and record alike, and what the advisor writes is echoed so once it has been shown.
 */

enum { WHO_CUSTOMER = 1, WHO_ADVISOR = 2 };

static bool is_allowed(const struct agent *a)
{
	return !a->is_over && a->phase == PHASE_LIVE && !a->pause.why && a->consent &&
			consent_grant_of(a->consent, CAP_VIEW);
}

static bool is_too_often(struct agent_rate *r, uint64_t now_ms)
{
	if (now_ms - r->since_ms >= AGENT_CHAT_MS) {
		r->since_ms = now_ms;
		r->count = 0;
	}
	return ++r->count > AGENT_CHAT_MAX;
}

static enum err send_shown(struct agent *a, uint8_t who, const void *text, size_t len)
{
	uint8_t out[1 + TEXT_MESSAGE_MAX];

	out[0] = who;
	memcpy(out + 1, text, len);
	return a->out.send(a->out.arg, KIND_CHAT, consent_grant_of(a->consent, CAP_VIEW), out, 1 + len);
}

static void record_length(struct agent *a, const char *who, size_t points)
{
	const struct consent_event e = { CONSENT_CHAT, CAP_NONE, 0, 0 };
	cJSON *o = agent_string("who", who);

	cJSON_AddNumberToObject(o, "length", (double)points);
	if (agent_record(a, &e, o))
		agent_end(a, "evidence");
}

enum err agent_on_chat(struct agent *a, const uint8_t *text, size_t len)
{
	char copy[TEXT_MESSAGE_MAX + 1];
	size_t points = text_message(text, len);

	if (!points)
		return ERR_MALFORMED;
	if (!is_allowed(a) || is_too_often(&a->heard, platform_boot_ms())) {
		hands_count_refused(a->hands);
		return OK;
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	face_chat_add(a->face, false, copy);
	if (send_shown(a, WHO_ADVISOR, text, len))
		return OK; /* the link is gone: so is the right to go on */
	record_length(a, "advisor", points);
	return OK;
}

bool agent_say(struct agent *a, const char *text)
{
	size_t len = strlen(text), points = text_message(text, len);

	if (!points || !is_allowed(a) || is_too_often(&a->said, platform_boot_ms()) || send_shown(a, WHO_CUSTOMER, text, len))
		return false;
	face_chat_add(a->face, true, text);
	record_length(a, "customer", points);
	agent_schedule(a);
	return true;
}

void agent_draw_chat(struct agent *a)
{
	face_chat(a->face, is_allowed(a), a->is_over || a->is_doubting);
}
