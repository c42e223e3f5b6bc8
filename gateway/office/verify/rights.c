/* What the agent's signed lines say of its rights, and what may interrupt the recording (sections 6 and 11). */
#include "gateway/office/verify/inside.h"

enum {
	LATE_MS = 5000,  /* lines that were stored before the gateway stood still: it holds frames for up to 3 s */
	EARLY_MS = 2000, /* and those that wait for it */
};

static bool has(const struct agent_line *line, const char *name, const char *text)
{
	struct canon value;

	return canon_get(line->object, name, &value) && canon_is(value, text);
}

static bool takes(const struct agent_line *line)
{
	return canon_is(line->event, "limit") || canon_is(line->event, "release") || canon_is(line->event, "suspend");
}

void rights_follow(struct rights *r, const struct agent_line *line)
{
	const bool gives = canon_is(line->event, "grant");

	if ((gives || takes(line)) && has(line, "cap", "view"))
		r->is_view = gives;
	if ((gives || takes(line)) && has(line, "cap", "control"))
		r->is_control = gives;
	if (canon_is(line->event, "pause") || canon_is(line->event, "resume"))
		r->is_paused = canon_is(line->event, "pause");
	if (canon_is(line->event, "end"))
		r->is_view = false;
	if (rights_stops(line) || canon_is(line->event, "paired"))
		r->is_control = false;
}

bool rights_stops(const struct agent_line *line)
{
	return canon_is(line->event, "pause") || canon_is(line->event, "end") || (takes(line) && has(line, "cap", "view"));
}

bool rights_is_loss(const struct agent_line *line)
{
	return canon_is(line->event, "suspend") && has(line, "cap", "control") && has(line, "why", "lost");
}

bool rights_breaks(const struct rights *before, const struct chain_line *line, const struct agent_line *said)
{
	if (said)
		return rights_stops(said) || rights_is_loss(said) || canon_is(said->event, "paired") ||
				canon_is(said->event, "resume") || (canon_is(said->event, "grant") && has(said, "cap", "view"));
	return !before->is_control && (chain_is(line, "joined") || chain_is(line, "left") || chain_is(line, "recover") ||
			chain_is(line, "failed"));
}

bool rights_is_accident(const struct verify *v, uint64_t from_ms, uint64_t to_ms)
{
	for (size_t i = 0; i < v->agent_count; i++) {
		const uint64_t times[] = { v->journal.line[v->agent[i].journal].wall_ms, v->agent[i].head_ms };

		for (size_t k = 0; k < 2; k++) {
			if (times[k] > from_ms + LATE_MS && times[k] + EARLY_MS < to_ms)
				return false;
		}
	}
	return true;
}
