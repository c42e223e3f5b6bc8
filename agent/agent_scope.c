#include "agent/agent_state.h"

#include <string.h>

/*
 * What is shown: the whole screen, or one window that the customer chose (S17, S23). Less can be shown at any time; more
 * only by a new question: before the whole screen is shown again the view is taken back, and a question that stands open
 * is closed, since its words are about one window.
 */

static void record(struct agent *a, const char *what)
{
	const struct consent_event e = { CONSENT_SCOPE, CAP_NONE, 0, 0 };
	cJSON *o = agent_string("what", what);

	cJSON_AddStringToObject(o, "title", a->scope);
	if (agent_record(a, &e, o))
		agent_end(a, "evidence");
	if (a->is_over)
		return;
	face_set_scope(a->face, a->scope);
	agent_draw(a);
}

static void show_all(struct agent *a)
{
	enum capability pending;

	agent_take_away(a, CONSENT_LIMIT, CAP_VIEW, NULL);
	if (!a->is_over && consent_pending(a->consent, &pending) && pending == CAP_VIEW)
		agent_cancel_prompt(a, "cancelled");
	if (a->is_over)
		return;
	platform_show_all(a->platform);
	a->scope[0] = '\0';
	record(a, "screen");
}

void agent_on_scope(struct agent *a)
{
	if (a->is_over || a->is_doubting || !a->consent)
		return;
	if (a->scope[0])
		show_all(a);
	else
		face_choose(a->face);
}

void agent_on_chosen(struct agent *a, const char *title)
{
	if (a->is_over || !title)
		return;
	file_name_clean(title, strlen(title), a->scope);
	record(a, "window");
}
