/* The item `recording`: every chunk, its line of the journal, and nothing between or beside them (section 6). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "gateway/office/verify/frames.h"
#include "gateway/office/verify/inside.h"

enum {
	SLACK_MS = 2000,   /* by how much times of lines and of the recording may differ */
	STORED_MS = 5000,  /* longest time that a line takes to be stored: the recording runs until then */
	RETURN_MS = 65000, /* a lost side comes back within 60 s, or the session ends */
	STEP_MS = 5000,    /* of the time between two signed lines counts at most so much: the link may have stood still */
	STILL_MS = 10000,  /* a frame that is on its way arrives… */
	LATE_MS = 60000,   /* …and at most so much later, however slow the link */
};

/* What the chunks before this one leave behind. */
struct walk {
	size_t n;
	uint64_t to_ms, recorded_ms, bytes;
	uint32_t seq;
	uint64_t framed_ms; /* from_ms of the last chunk with frames */
};

static bool says(const struct chain_line *line, const char *name, uint64_t value)
{
	return canon_get_int(line->data, name) == value;
}

/* True if the line says that the agent's link, or the gateway or notary themselves, were interrupted. */
static bool is_interruption(const struct rights *before, const struct chain_line *line, const struct agent_line *said)
{
	struct canon who;

	if (said)
		return rights_is_loss(said);
	if (chain_is(line, "end") || chain_is(line, "failed"))
		return true;
	if (before->is_control || !(chain_is(line, "joined") || chain_is(line, "left")))
		return !before->is_control && chain_is(line, "recover");
	return canon_get(line->data, "who", &who) && canon_is(who, "agent");
}

/* True if something happened that explains why nothing was recorded between two moments. */
static bool is_explained(const struct verify *v, uint64_t from_ms, uint64_t to_ms)
{
	struct rights rights = { 0 };
	size_t agent = 0;

	for (size_t i = 0; i < v->journal.count; i++) {
		const struct chain_line *line = &v->journal.line[i];
		const struct agent_line *said = chain_is(line, "consent") ? &v->agent[agent++] : NULL;

		if (said && rights_stops(said) && line->wall_ms + STORED_MS >= from_ms && line->wall_ms <= from_ms + SLACK_MS)
			return true;
		if (line->wall_ms + SLACK_MS >= from_ms && line->wall_ms <= to_ms + RETURN_MS && is_interruption(&rights, line, said) &&
				rights_is_accident(v, from_ms, line->wall_ms > to_ms ? line->wall_ms : to_ms))
			return true;
		if (said)
			rights_follow(&rights, said);
	}
	return false;
}

/* True if frames may have been lost between two moments. */
static bool is_broken(const struct verify *v, uint64_t from_ms, uint64_t to_ms)
{
	struct rights rights = { 0 };
	size_t agent = 0;

	for (size_t i = 0; i < v->journal.count; i++) {
		const struct chain_line *line = &v->journal.line[i];
		const struct agent_line *said = chain_is(line, "consent") ? &v->agent[agent++] : NULL;

		if (line->wall_ms + SLACK_MS >= from_ms && line->wall_ms <= to_ms + SLACK_MS && rights_breaks(&rights, line, said))
			return true;
		if (said)
			rights_follow(&rights, said);
	}
	return false;
}

/* Counters are whole but where frames may have been lost. */
static const char *check_counters(const struct verify *v, const struct chain_line *line, const struct chunk *c, struct walk *w, uint32_t before)
{
	uint64_t first = canon_get_int(line->data, "first_seq"), last = canon_get_int(line->data, "last_seq");

	if (c->frames == 0)
		return NULL;
	if ((first != (uint64_t)before + 1 || last - first + 1 != c->frames) && !is_broken(v, w->framed_ms, c->to_ms))
		return "il manque des images, et rien de signé ne dit pourquoi";
	w->framed_ms = c->from_ms;
	return NULL;
}

/* The header against the line of the journal and the chunk before. */
static const char *check_header(const struct verify *v, const struct chain_line *line, const struct chunk *c, const struct walk *w)
{
	char session[33];

	hex_write(c->session, 16, session);
	if (strcmp(session, v->result->session) != 0)
		return "ce morceau est d’une autre assistance";
	if (c->number != w->n || !says(line, "n", w->n))
		return "ce morceau n’a pas le numéro suivant";
	if (!says(line, "from_ms", c->from_ms) || !says(line, "to_ms", c->to_ms) || !says(line, "frames", c->frames))
		return "l’en-tête de ce morceau et le journal se contredisent";
	if (c->from_ms < w->to_ms || c->to_ms < c->from_ms)
		return "ce morceau commence avant la fin du précédent";
	if (w->n > 1 && c->from_ms > w->to_ms && !is_explained(v, w->to_ms, c->from_ms))
		return "entre le morceau précédent et celui-ci, rien n’explique que l’enregistrement se soit arrêté";
	return NULL;
}

static const char *check_frames(const struct chain_line *line, struct chunk *c, uint32_t *seq)
{
	struct chunk_frame f;
	uint32_t count = 0, first = 0, last = 0, after_ms = 0;

	while (chunk_next(c, &f)) {
		if (f.seq <= *seq)
			return "les compteurs des images ne montent pas";
		if (f.after_ms > c->to_ms - c->from_ms || f.after_ms < after_ms)
			return "une image n’est pas à sa place dans le temps";
		after_ms = f.after_ms;
		first = count++ ? first : f.seq;
		*seq = last = f.seq;
	}
	if (!chunk_is_done(c) || count != c->frames)
		return "ce morceau ne contient pas les images qu’il annonce";
	if (!says(line, "first_seq", first) || !says(line, "last_seq", last))
		return "le journal donne d’autres compteurs que ce morceau";
	return NULL;
}

static const char *check_chunk(const struct verify *v, const struct chain_line *line, const struct verify_file *f, struct walk *w)
{
	char hash[PROOF_HEX];
	struct canon said;
	const uint32_t before = w->seq;
	struct chunk c;
	const char *wrong;

	if (!f)
		return "ce morceau manque";
	if (!canon_has(line->data, "bytes:i first_seq:i frames:i from_ms:i last_seq:i n:i sha256:64 to_ms:i"))
		return "la ligne « chunk » du journal n’a pas ses champs";
	proof_sha256_hex(f->at, f->len, hash);
	(void)canon_get(line->data, "sha256", &said);
	if (!canon_is(said, hash) || !says(line, "bytes", f->len))
		return "ce morceau n’est pas celui que le journal a noté";
	if (!chunk_open(&c, f->at, f->len))
		return "ce fichier n’est pas un morceau d’enregistrement";
	wrong = check_header(v, line, &c, w);
	if (!wrong)
		wrong = check_frames(line, &c, &w->seq);
	if (!wrong)
		wrong = check_counters(v, line, &c, w, before);
	w->to_ms = c.to_ms;
	w->recorded_ms += c.to_ms - c.from_ms;
	w->bytes += f->len;
	return wrong;
}

/* A file that no line of the journal names. */
static enum err find_left_over(struct verify *v, size_t lines)
{
	for (size_t i = 0; i < v->count; i++) {
		const char *name = v->files[i].name;

		if (strncmp(name, "chunks/", 7) == 0 && strtoul(name + 7, NULL, 10) > lines)
			return verify_fail(v, name, "le journal ne connaît pas ce morceau");
	}
	return OK;
}

/* What the agent says that it has sealed, against what is stored (11 `recording`). */
struct sent {
	struct rights rights;
	bool is_away;      /* frames may be lost until one is stored again */
	uint64_t broke_ms; /* when that began */
	uint64_t seq;      /* highest counter stored */
	uint64_t excused;  /* a counter up to this one is not asked for */
	bool is_new;       /* control was granted: the next head says from where on everything counts */
	uint64_t due, still_ms, late_ms; /* a counter that is to come, 0: none; for how long it has not */
	uint64_t line_ms;  /* the last signed line */
};

static void sent_chunk(struct sent *s, const struct chain_line *line)
{
	uint64_t last = canon_get_int(line->data, "last_seq");

	if (!last)
		return;
	if (canon_get_int(line->data, "from_ms") >= s->broke_ms)
		s->is_away = false;
	s->still_ms = 0;
	s->seq = last;
	if (s->seq >= s->due)
		s->due = 0;
}

static void sent_head(struct sent *s, uint64_t sent)
{
	if (s->is_away || s->is_new || !s->rights.is_view || s->rights.is_paused) {
		s->excused = sent;
		s->is_new = false;
	} else if (!s->due && sent > s->excused && sent > s->seq) {
		s->due = sent;
		s->still_ms = s->late_ms = 0;
	}
}

/* False if a frame that was sealed never came. */
static bool sent_line(struct sent *s, const struct chain_line *line, const struct agent_line *said)
{
	const bool had_control = s->rights.is_control;
	uint64_t step = line->wall_ms > s->line_ms ? line->wall_ms - s->line_ms : 0;

	step = step < STEP_MS ? step : STEP_MS;
	if (chain_is(line, "chunk"))
		sent_chunk(s, line);
	if (rights_breaks(&s->rights, line, said)) {
		s->due = 0;
		s->is_away = true;
		s->broke_ms = line->wall_ms;
	}
	if (!said)
		return true;
	s->line_ms = line->wall_ms;
	s->still_ms += step;
	s->late_ms += step;
	if (s->due && (s->still_ms > STILL_MS || s->late_ms > LATE_MS))
		return false;
	rights_follow(&s->rights, said);
	if (s->rights.is_control && !had_control) {
		s->is_away = false;
		s->is_new = true;
	}
	if (canon_is(said->event, "head"))
		sent_head(s, canon_get_int(said->object, "sent"));
	return true;
}

static enum err check_sent(struct verify *v)
{
	struct sent s = { .is_away = true };
	size_t agent = 0;

	for (size_t i = 0; i < v->journal.count; i++) {
		const struct chain_line *line = &v->journal.line[i];

		if (!sent_line(&s, line, chain_is(line, "consent") ? &v->agent[agent++] : NULL))
			return verify_fail_line(v, "journal.jsonl", i + 1,
					"le programme du client a envoyé l’image %llu, et rien ne dit pourquoi elle manque", (unsigned long long)s.due);
	}
	return OK;
}

enum err verify_recording(struct verify *v)
{
	struct walk w = { 0 };
	char name[VERIFY_PLACE_MAX];
	enum err e;

	for (const struct chain_line *line = chain_find(&v->journal, 0, "chunk"); line;
			line = chain_find(&v->journal, (size_t)(line - v->journal.line) + 1, "chunk")) {
		const char *wrong;

		snprintf(name, sizeof(name), "chunks/%06zu", ++w.n);
		wrong = check_chunk(v, line, verify_file(v, name), &w);
		if (wrong)
			return verify_fail(v, name, "%s", wrong);
	}
	e = find_left_over(v, w.n);
	if (!e)
		e = check_sent(v);
	if (!e && w.n)
		verify_say(v, VERIFY_OK, "%zu morceaux, %llu min %02llu s, aucun ne manque", w.n,
				(unsigned long long)(w.recorded_ms / 60000), (unsigned long long)(w.recorded_ms / 1000 % 60));
	else if (!e)
		verify_say(v, VERIFY_ABSENT, "l’écran n’a jamais été montré");
	return e;
}
