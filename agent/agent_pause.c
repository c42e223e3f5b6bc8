#include "agent/agent_state.h"

/*
 * The pause of the recording: nothing is kept, nobody acts (S23, S25; docs/PROTOCOL.md 6.6). The advisor asks for one
 * before a card number or a one-time code is read out; a password the customer types makes one by itself. Each has its
 * own reason and its own end: the line `pause` names the one that came first, and when that is over while the other
 * stands, the lines say so.
 */

static const char password[] = "password";

static bool is_typing_secret(const struct agent *a)
{
	return a->pause.is_secret && !a->pause.is_spent && a->consent && consent_grant_of(a->consent, CAP_VIEW);
}

static void begin(struct agent *a, const char *why)
{
	const struct consent_event e = { CONSENT_PAUSE, CAP_NONE, 0, 0 };
	enum capability pending;
	cJSON *o;

	a->pause.why = why; /* from here on an ask for control is refused */
	a->pause.since_ms = platform_boot_ms();
	if (a->held_ask || (consent_pending(a->consent, &pending) && pending == CAP_CONTROL))
		agent_cancel_prompt(a, "pause");
	agent_take_away(a, CONSENT_SUSPEND, CAP_CONTROL, "pause");
	if (a->is_over)
		return;
	o = agent_string("who", why == password ? "customer" : "advisor");
	cJSON_AddStringToObject(o, "why", why);
	if (agent_record(a, &e, o))
		agent_end(a, "evidence");
	face_set_mark(a->face, why == password ? TEXT_SECRET_MARK : TEXT_PAUSED_MARK);
}

static void finish(struct agent *a)
{
	const struct consent_event e = { CONSENT_RESUME, CAP_NONE, 0, 0 };

	a->pause.why = NULL;
	face_set_mark(a->face, TEXT_RECORDED_MARK);
	if (agent_record(a, &e, NULL))
		agent_end(a, "evidence");
}

/* Makes what is kept follow from who wants nothing to be. */
static void follow(struct agent *a)
{
	const char *why = a->pause.asked ? a->pause.asked : is_typing_secret(a) ? password : NULL;

	if (a->is_over || (a->pause.why && (a->pause.why == password ? is_typing_secret(a) : a->pause.asked != NULL)) ||
			(!a->pause.why && !why))
		return;
	if (a->pause.why)
		finish(a);
	if (why && !a->is_over)
		begin(a, why);
	agent_draw(a);
}

void agent_pause(struct agent *a, const char *why)
{
	a->pause.asked = why;
	follow(a);
}

void agent_resume(struct agent *a)
{
	a->pause.asked = NULL;
	follow(a);
}

void agent_on_secret(struct agent *a, bool is_secret)
{
	a->pause.left_ms = 0;
	if (is_secret) {
		a->pause.is_spent = a->pause.is_spent && a->pause.is_secret;
		a->pause.is_secret = true;
		follow(a);
	} else if (a->pause.is_secret) {
		a->pause.left_ms = platform_boot_ms();
	}
}

void agent_pause_on_view(struct agent *a)
{
	follow(a);
}

uint64_t agent_tick_pause(struct agent *a, uint64_t boot_ms)
{
	struct agent_pause *p = &a->pause;

	if (p->left_ms && boot_ms >= p->left_ms + AGENT_SECRET_MS) {
		p->left_ms = 0;
		p->is_secret = false;
		follow(a);
	}
	if (p->why && boot_ms >= p->since_ms + AGENT_PAUSE_MS) {
		if (p->why == password)
			p->is_spent = true;
		else
			p->asked = NULL;
		follow(a);
	}
	return sooner(p->left_ms ? p->left_ms + AGENT_SECRET_MS : 0, p->why ? p->since_ms + AGENT_PAUSE_MS : 0);
}
