/* The item `control`: while control was live, the recording ran (section 11.1; E8). */
#include <stdio.h>
#include <string.h>

#include "gateway/office/verify/inside.h"

/* A chunk is at most 2 s long: the one that an end cut short may be missing, and two clocks differ a little. Signed lines
 * that were on their way when the gateway told the end come within 10 s. */
enum { GRACE_MS = 2000, UNDERWAY_MS = 10000 };

/* What stands in the journal up to a line. */
struct watch {
	struct rights rights;
	bool is_open;         /* an interval has begun: at since_ms, wall clock of the grant */
	uint64_t since_ms;
	uint64_t recorded_ms; /* end of the last chunk */
	uint64_t total_ms;
	uint64_t over_ms; /* a line of the notary ended the interval here, no signed one */
};

static const struct chain_line *next_chunk(const struct verify *v, const struct chain_line *after)
{
	return chain_find(&v->journal, after ? (size_t)(after - v->journal.line) + 1 : 0, "chunk");
}

/* True if chunks that touch each other cover from..to; with `is_loss`, but for the time in which the gateway stood still. */
static bool is_recorded(const struct verify *v, uint64_t from, uint64_t to, bool is_loss)
{
	uint64_t covered = from;

	for (const struct chain_line *c = next_chunk(v, NULL); c && covered < to; c = next_chunk(v, c)) {
		uint64_t begin = canon_get_int(c->data, "from_ms"), end = canon_get_int(c->data, "to_ms");

		if (end <= covered)
			continue;
		if (begin >= to)
			break;
		if (begin > covered && !(is_loss && rights_is_accident(v, covered, begin)))
			return false;
		covered = end;
	}
	return covered >= to || (is_loss && rights_is_accident(v, covered, to));
}

static bool ends(struct verify *v, struct watch *w, uint64_t to, bool is_loss)
{
	uint64_t from = w->since_ms;

	w->is_open = false;
	if (to > from)
		w->total_ms += to - from;
	return to <= from + 2 * GRACE_MS || is_recorded(v, from + GRACE_MS, to - GRACE_MS, is_loss);
}

static bool has_acted(const struct agent_line *line)
{
	return canon_is(line->event, "counts") && (canon_get_int(line->object, "done_mouse") ||
			canon_get_int(line->object, "done_text") || canon_get_int(line->object, "done_key"));
}

static bool gives_control(const struct agent_line *line)
{
	struct canon cap;

	return canon_is(line->event, "grant") && canon_get(line->object, "cap", &cap) && canon_is(cap, "control");
}

static const char *on_signed(struct verify *v, struct watch *w, const struct agent_line *line)
{
	uint64_t now = v->journal.line[line->journal].wall_ms;
	const bool was_live = w->rights.is_control, was_paused = w->rights.is_paused;

	rights_follow(&w->rights, line);
	if (has_acted(line) && (!was_live || (!w->is_open && now > w->over_ms + UNDERWAY_MS)))
		return "le conseiller a agi alors que la prise en main n’était ni accordée ni enregistrée";
	if (was_live && !w->rights.is_control && w->is_open && !ends(v, w, now, rights_is_loss(line)))
		return "la prise en main a duré plus longtemps que l’enregistrement";
	if (w->is_open || !gives_control(line)) /* a second grant begins nothing */
		return NULL;
	if (was_paused)
		return "la prise en main a été accordée pendant une pause de l’enregistrement";
	w->since_ms = now;
	w->is_open = true;
	return NULL;
}

/* Lines of the notary behind which nobody can act, although no signed line says so. */
static bool is_over(const struct chain_line *line)
{
	return chain_is(line, "failed") || chain_is(line, "recover") || chain_is(line, "end");
}

static const char *on_line(struct verify *v, struct watch *w, size_t i, size_t *agent)
{
	const struct chain_line *line = &v->journal.line[i];

	if (chain_is(line, "chunk"))
		w->recorded_ms = canon_get_int(line->data, "to_ms");
	if (chain_is(line, "consent"))
		return on_signed(v, w, &v->agent[(*agent)++]);
	if (!is_over(line) || !w->is_open)
		return NULL;
	w->over_ms = line->wall_ms;
	return ends(v, w, w->recorded_ms, false) ? NULL : "la prise en main n’a pas été enregistrée jusqu’à la coupure";
}

enum err verify_control(struct verify *v)
{
	struct watch w = { 0 };
	size_t agent = 0;

	for (size_t i = 0; i < v->journal.count; i++) {
		const char *wrong = on_line(v, &w, i, &agent);

		if (wrong)
			return verify_fail_line(v, "journal.jsonl", i + 1, "%s", wrong);
	}
	if (w.is_open && !ends(v, &w, w.recorded_ms, false))
		return verify_fail(v, "journal.jsonl", "la prise en main n’a pas été enregistrée jusqu’à la fin");
	if (w.total_ms)
		verify_say(v, VERIFY_OK, "%llu min %02llu s, dans des morceaux qui se suivent", (unsigned long long)(w.total_ms / 60000),
				(unsigned long long)(w.total_ms / 1000 % 60));
	else
		verify_say(v, VERIFY_ABSENT, "le conseiller n’a jamais eu la main");
	return OK;
}
