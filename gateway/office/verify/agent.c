/* The items `agent` and `heads`: what the customer's program signed (section 3). */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "gateway/office/verify/inside.h"

/* What a line says (docs/PROTOCOL.md 6.2), beside what all say; later versions may say more. */
static const struct {
	const char *event, *shape;
} events[] = {
	{ "open", "acceptance:s ceiling:a content_key:s key_check:s purpose:s sign:s terms:s" },
	{ "paired", "seq:i transcript:64 words:s" },
	{ "ask", "ask:i cap:s text:s" },
	{ "grant", "ask:i cap:s grant:i" },
	{ "refuse", "ask:i cap:s why:s" },
	{ "limit", "cap:s grant:i" },
	{ "release", "cap:s grant:i" },
	{ "suspend", "cap:s grant:i why:s" },
	{ "counts", "done_key:i done_mouse:i done_point:i done_text:i local:i refused:i" },
	{ "head", "gateway:s gateway_sig:s sent:i" },
	{ "pause", "who:s why:s" },
	{ "end", "why:s" },
};

static bool has_fields(const struct agent_line *line)
{
	if (!canon_holds(line->object, "boot_ms:i event:s n:i prev:s session:s wall_ms:i"))
		return false;
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		if (canon_is(line->event, events[i].event))
			return canon_holds(line->object, events[i].shape);
	}
	return true;
}

/* A line `consent` of the journal as a line of the agent; its text goes to `text`. */
static const char *read_consent(const struct chain_line *from, char *text, struct agent_line *line)
{
	char sig[PROOF_SIG_HEX + 1];
	struct canon value;

	if (!canon_has(from->data, "line:s sig:128"))
		return "cette ligne « consent » n’a pas les champs line et sig";
	(void)canon_get(from->data, "sig", &value);
	(void)canon_hex(value, PROOF_SIG_HEX, sig);
	(void)hex_read(sig, line->sig, PROOF_SIG_LEN);
	(void)canon_get(from->data, "line", &value);
	(void)canon_text(value, text, &line->len);
	line->at = text;
	line->object = (struct canon){ text, line->len };
	proof_sha256_hex(text, line->len, line->hash);
	if (!canon_check(text, line->len) || !canon_get(line->object, "event", &line->event))
		return "la ligne signée n’est pas en forme canonique";
	return has_fields(line) ? NULL : "la ligne signée n’a pas ses champs";
}

static const char *check_chain(const struct verify *v, const struct agent_line *line, size_t n)
{
	struct canon session, prev, number;
	uint64_t at;

	if (!canon_get(line->object, "session", &session) || !canon_is(session, v->result->session))
		return "la ligne signée est d’une autre assistance";
	if (!canon_get(line->object, "n", &number) || !canon_int(number, &at) || at != n)
		return "le numéro de la ligne signée n’est pas le suivant";
	if (!canon_get(line->object, "prev", &prev) || !canon_is(prev, v->agent_head))
		return "la ligne signée ne suit pas celle d’avant";
	if (canon_is(line->event, "open") != (n == 0))
		return "la première ligne signée, et elle seule, est « open »";
	return NULL;
}

static const char *check_line(struct verify *v, EVP_PKEY *key, size_t journal, char *text)
{
	struct agent_line *line = &v->agent[v->agent_count];
	const char *wrong = read_consent(&v->journal.line[journal], text, line);

	line->journal = journal;
	if (!wrong)
		wrong = check_chain(v, line, v->agent_count);
	if (!wrong && !proof_holds(key, line->at, line->len, line->sig))
		wrong = "la signature du programme du client ne tient pas";
	if (wrong)
		return wrong;
	memcpy(v->agent_head, line->hash, PROOF_HEX);
	v->agent_count++;
	return NULL;
}

static enum err check_lines(struct verify *v, EVP_PKEY *key, size_t first)
{
	char *text;
	const char *wrong;

	v->agent = calloc(v->journal.count, sizeof(*v->agent));
	v->texts = text = malloc(verify_file(v, "journal.jsonl")->len);
	if (!v->agent || !v->texts)
		return ERR_NOMEM;
	for (size_t i = 0; i < v->journal.count; i++) {
		if (!chain_is(&v->journal.line[i], "consent"))
			continue;
		wrong = i > first ? check_line(v, key, i, text) : "une ligne signée avant que le programme du client soit là";
		if (wrong)
			return verify_fail_line(v, "journal.jsonl", i + 1, "%s", wrong);
		text += v->agent[v->agent_count - 1].len;
	}
	return OK;
}

/* `agent`, agent.pub and line 0 are one key. */
static enum err check_key(struct verify *v, const char *sign, const uint8_t point[PROOF_POINT_LEN])
{
	const struct verify_file *pub = verify_file(v, "agent.pub");
	char pem[PROOF_PEM_MAX];
	struct canon value;
	size_t len = proof_pem(point, pem);

	if (!pub || pub->len != len || memcmp(pub->at, pem, len) != 0)
		return verify_fail(v, "agent.pub", "ce n’est pas la clé que la ligne « agent » du journal nomme");
	if (v->agent_count && (!canon_get(v->agent[0].object, "sign", &value) || !canon_is(value, sign)))
		return verify_fail_line(v, "journal.jsonl", v->agent[0].journal + 1,
				"la ligne « open » nomme une autre clé que la ligne « agent »");
	return OK;
}

/* A copy of the line in grants/, and its signature. */
static enum err check_copy(struct verify *v, size_t n)
{
	const struct agent_line *line = &v->agent[n];
	char name[VERIFY_PLACE_MAX];
	uint8_t der[PROOF_DER_MAX];
	const struct verify_file *f;
	size_t len;

	snprintf(name, sizeof(name), "grants/%04zu.txt", n);
	f = verify_file(v, name);
	if (!f || f->len != line->len || memcmp(f->at, line->at, f->len) != 0)
		return verify_fail(v, name, "ce n’est pas la ligne %zu que le programme du client a signée", n);
	snprintf(name, sizeof(name), "grants/%04zu.sig", n);
	f = verify_file(v, name);
	len = proof_der(line->sig, der);
	if (!f || f->len != len || memcmp(f->at, der, len) != 0)
		return verify_fail(v, name, "ce n’est pas la signature de la ligne %zu", n);
	return OK;
}

/* Which lines have a copy: all but `counts`, and of `head` the last one. */
static bool has_copy(const struct verify *v, size_t n)
{
	if (canon_is(v->agent[n].event, "counts"))
		return false;
	if (!canon_is(v->agent[n].event, "head"))
		return true;
	for (size_t i = n + 1; i < v->agent_count; i++) {
		if (canon_is(v->agent[i].event, "head"))
			return false;
	}
	return true;
}

static enum err check_copies(struct verify *v)
{
	size_t n;
	enum err e = OK;

	for (n = 0; n < v->agent_count && !e; n++) {
		if (!has_copy(v, n))
			continue;
		e = check_copy(v, n);
	}
	for (size_t i = 0; i < v->count && !e; i++) {
		const char *name = v->files[i].name;

		if (strncmp(name, "grants/", 7) != 0)
			continue;
		n = strtoul(name + 7, NULL, 10);
		if (n >= v->agent_count || !has_copy(v, n))
			e = verify_fail(v, name, "aucune ligne signée n’a ce numéro, ou elle n’a pas de copie");
	}
	return e;
}

/* Nobody came: nothing of an agent may be there. */
static enum err check_nobody(struct verify *v)
{
	const struct chain_line *consent = chain_find(&v->journal, 0, "consent");

	if (consent)
		return verify_fail_line(v, "journal.jsonl", (size_t)(consent - v->journal.line) + 1,
				"une ligne signée, mais aucune ligne « agent » ne dit par quelle clé");
	if (verify_file(v, "agent.pub"))
		return verify_fail(v, "agent.pub", "une clé, mais aucune ligne « agent » au journal");
	verify_say(v, VERIFY_ABSENT, "le programme du client n’est jamais venu");
	return check_copies(v);
}

enum err verify_agent(struct verify *v)
{
	const struct chain_line *agent = chain_last(&v->journal, "agent"), *first = chain_find(&v->journal, 0, "consent");
	uint8_t point[PROOF_POINT_LEN];
	char sign[PROOF_POINT_HEX + 1];
	size_t number = agent ? (size_t)(agent - v->journal.line) : 0;
	struct canon value;
	EVP_PKEY *key = NULL;
	enum err e;

	memcpy(v->agent_head, verify_zeros, PROOF_HEX);
	if (!agent)
		return check_nobody(v);
	if (canon_get(agent->data, "sign", &value) && canon_hex(value, PROOF_POINT_HEX, sign) &&
			hex_read(sign, point, sizeof(point)))
		key = proof_key(point);
	if (!key)
		return verify_fail_line(v, "journal.jsonl", number + 1, "la ligne « agent » ne donne pas une clé");
	if (first && first < agent && chain_find(&v->journal, 0, "agent") < first)
		e = verify_fail_line(v, "journal.jsonl", number + 1, "une ligne « agent » après la première ligne signée");
	else
		e = check_lines(v, key, number);
	EVP_PKEY_free(key);
	if (!e)
		e = check_key(v, sign, point);
	if (!e)
		e = check_copies(v);
	if (!e)
		verify_say(v, VERIFY_OK, "%zu lignes signées, chaque signature tient", v->agent_count);
	return e;
}

/* The text of a head against the journal before line `place`. */
static const char *check_head_text(const struct verify *v, struct canon text, size_t place)
{
	const struct chain *j = &v->journal;
	struct canon session, head;
	uint64_t n;

	if (!canon_check(text.at, text.len) || !canon_has(text, "chunks:i head:64 n:i session:32 wall_ms:i"))
		return "la tête du notaire n’a pas la forme d’une tête";
	(void)canon_get(text, "session", &session);
	(void)canon_get(text, "head", &head);
	n = canon_get_int(text, "n");
	if (!canon_is(session, v->result->session))
		return "la tête est d’une autre assistance";
	if (n == 0 || n > place || !canon_is(head, j->line[n - 1].hash))
		return "la tête n’est pas celle que le journal avait alors";
	if (canon_get_int(text, "chunks") != j->line[n - 1].chunks + chain_is(&j->line[n - 1], "chunk"))
		return "la tête compte d’autres morceaux que le journal";
	return NULL;
}

static const char *check_head(const struct verify *v, struct agent_line *line, EVP_PKEY *key, char *room)
{
	char hex[PROOF_SIG_HEX + 1];
	uint8_t sig[PROOF_SIG_LEN];
	struct canon value, text = { room, 0 };
	const char *wrong;

	if (!canon_get(line->object, "gateway", &value) || !canon_text(value, room, &text.len))
		return "cette ligne « head » ne contient pas la tête du notaire";
	wrong = check_head_text(v, text, line->journal);
	if (wrong)
		return wrong;
	if (!canon_get(line->object, "gateway_sig", &value) || !canon_hex(value, PROOF_SIG_HEX, hex) || !hex_read(hex, sig, sizeof(sig)) ||
			!proof_holds(key, text.at, text.len, sig))
		return "la signature du notaire sous cette tête ne tient pas";
	line->head_ms = canon_get_int(text, "wall_ms");
	return NULL;
}

CMS_ContentInfo *verify_seal_cms(struct verify *v)
{
	const struct verify_file *f = verify_file(v, "seal.p7s");

	if (!v->seal)
		v->seal = proof_cms(f->at, f->len);
	return v->seal;
}

/* A seal.p7s without a key is no signature at all: that is what does not hold, not the heads. */
static enum err fail_without_key(struct verify *v)
{
	v->result->line[v->item].state = VERIFY_NOT_REACHED;
	v->item = VERIFY_SIGNATURE;
	return verify_fail(v, "seal.p7s", "ce n’est pas une signature CMS faite avec une clé P-256");
}

static enum err check_heads(struct verify *v, EVP_PKEY *key, char *room, size_t *heads)
{
	for (size_t i = 0; i < v->agent_count; i++) {
		const char *wrong;

		if (!canon_is(v->agent[i].event, "head"))
			continue;
		if (!key)
			return fail_without_key(v);
		wrong = check_head(v, &v->agent[i], key, room);
		if (wrong)
			return verify_fail_line(v, "journal.jsonl", v->agent[i].journal + 1, "%s", wrong);
		++*heads;
	}
	return OK;
}

enum err verify_heads(struct verify *v)
{
	CMS_ContentInfo *cms = verify_seal_cms(v);
	EVP_PKEY *key = cms ? proof_cms_key(cms) : NULL;
	char *room = malloc(CANON_LINE_MAX);
	size_t heads = 0;
	enum err e = room ? check_heads(v, key, room, &heads) : ERR_NOMEM;

	EVP_PKEY_free(key);
	free(room);
	if (!e && heads)
		verify_say(v, VERIFY_OK, "%zu fois, les deux côtés ont signé la même chose", heads);
	else if (!e)
		verify_say(v, VERIFY_ABSENT, "l’assistance n’a pas duré jusqu’à la première tête");
	return e;
}
