/* The items `journal` and `after`: chains of canonical lines (section 2). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/office/verify/inside.h"

static size_t count_lines(const struct verify_file *f)
{
	size_t n = 0;

	for (const uint8_t *p = f->at; (p = memchr(p, '\n', f->len - (size_t)(p - f->at))); p++)
		n++;
	return n;
}

/* Data of each event (2.2); later versions may say more, and another event may hold anything. */
static const struct {
	const char *event, *shape;
} events[] = {
	{ "session", "advisor:s ceiling:a purpose:s purpose_label:s" },
	{ "accepted", "acceptance:s articles:a at_ms:i lang:s private:o terms:s version:s" },
	{ "agent", "sign:s" },
	{ "key", "sha256:s" },
	{ "consent", "line:s sig:s" },
	{ "chunk", "bytes:i first_seq:i frames:i from_ms:i last_seq:i n:i sha256:s to_ms:i" },
	{ "end", "reason:s" },
};

static bool has_data(const struct chain_line *line)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		if (chain_is(line, events[i].event))
			return canon_holds(line->data, events[i].shape);
	}
	return true;
}

/* A line as such: its form, and what it says of itself. */
static const char *read_line(struct canon text, struct chain_line *line)
{
	struct canon o = text, wall;

	if (!canon_check(text.at, text.len))
		return "cette ligne n’est pas en forme canonique";
	if (!canon_has(o, "boot_ms:i data:o event:s n:i p:64 session:32 wall_ms:i"))
		return "cette ligne n’a pas les champs d’une ligne de journal";
	*line = (struct chain_line){ .at = text.at, .len = text.len };
	proof_sha256_hex(text.at, text.len, line->hash);
	(void)canon_get(o, "data", &line->data);
	(void)canon_get(o, "event", &line->event);
	(void)canon_get(o, "wall_ms", &wall);
	(void)canon_int(wall, &line->wall_ms);
	return has_data(line) ? NULL : "cette ligne n’a pas ses champs";
}

/* Its place: session, number, hash of the line before. */
static const char *check_place(const struct verify *v, struct canon o, size_t n, const char *p)
{
	struct canon session, link;

	(void)canon_get(o, "session", &session);
	(void)canon_get(o, "p", &link);
	if (!canon_is(session, v->result->session))
		return "cette ligne est d’une autre assistance";
	if (canon_get_int(o, "n") != n)
		return "le numéro de cette ligne n’est pas le suivant : une ligne manque, ou a changé de place";
	if (!canon_is(link, p))
		return "cette ligne ne suit pas celle d’avant : l’une des deux a été changée";
	return NULL;
}

static void take_session(struct verify *v, struct canon line)
{
	struct canon session;

	if (!v->result->session[0] && canon_get(line, "session", &session))
		(void)canon_hex(session, 32, v->result->session);
}

enum err chain_read(struct verify *v, const char *file, const char *p, struct chain *out)
{
	const struct verify_file *f = verify_file(v, file);
	const char *at = (const char *)f->at, *end = at + f->len, *wrong;
	struct canon text;
	size_t chunks = 0;

	*out = (struct chain){ 0 };
	if (f->len == 0 || f->len > VERIFY_FILE_MAX || end[-1] != '\n')
		return verify_fail(v, file, "ce fichier est vide, trop grand, ou sa dernière ligne est coupée");
	out->line = calloc(count_lines(f), sizeof(*out->line));
	if (!out->line)
		return ERR_NOMEM;
	for (; verify_take_line(&at, end, &text); out->count++) {
		struct chain_line *line = &out->line[out->count];

		wrong = read_line(text, line);
		if (!wrong) {
			take_session(v, text);
			wrong = check_place(v, text, out->count, out->count ? line[-1].hash : p);
		}
		if (wrong)
			return verify_fail_line(v, file, out->count + 1, "%s", wrong);
		line->chunks = chunks;
		chunks += chain_is(line, "chunk");
	}
	memcpy(out->head, out->line[out->count - 1].hash, PROOF_HEX);
	return OK;
}

void chain_done(struct chain *c)
{
	free(c->line);
}

bool chain_is(const struct chain_line *line, const char *event)
{
	return canon_is(line->event, event);
}

const struct chain_line *chain_find(const struct chain *c, size_t from, const char *event)
{
	for (size_t i = from; i < c->count; i++) {
		if (chain_is(&c->line[i], event))
			return &c->line[i];
	}
	return NULL;
}

const struct chain_line *chain_last(const struct chain *c, const char *event)
{
	for (size_t i = c->count; i > 0; i--) {
		if (chain_is(&c->line[i - 1], event))
			return &c->line[i - 1];
	}
	return NULL;
}

enum err verify_journal(struct verify *v)
{
	enum err e = chain_read(v, "journal.jsonl", verify_zeros, &v->journal);

	if (!e && (!chain_is(&v->journal.line[0], "session") || chain_find(&v->journal, 1, "session")))
		e = verify_fail_line(v, "journal.jsonl", 1, "la ligne « session » ne peut être que la première");
	if (!e)
		verify_say(v, VERIFY_OK, "%zu lignes, aucune ne manque", v->journal.count);
	return e;
}

enum err verify_after(struct verify *v)
{
	const struct verify_file *seal = verify_file(v, "seal.json");
	char hash[PROOF_HEX];
	struct chain after = { 0 };
	enum err e;

	if (!verify_file(v, "after.jsonl")) {
		verify_say(v, VERIFY_ABSENT, "rien n’a été noté après le scellé");
		return OK;
	}
	proof_sha256_hex(seal->at, seal->len, hash);
	e = chain_read(v, "after.jsonl", hash, &after);
	if (!e)
		verify_say(v, VERIFY_OK, "%zu lignes, à la suite du scellé%s", after.count,
				chain_find(&after, 0, "erased") ? " ; la clé a été effacée" : "");
	chain_done(&after);
	return e;
}
