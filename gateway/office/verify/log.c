/* The item `log`: the session stands in the bank's log, once opened and once sealed (section 8). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "gateway/office/verify/inside.h"
#include "gateway/office/verify/merkle.h"
#include "gateway/office/verify/signed.h"

enum { NUMBER_DIGITS = 16, NAME_MAX_LEN = 64 };

struct checkpoint {
	uint64_t size;
	uint8_t root[MERKLE_HASH_LEN];
};

/* inclusion.txt, line by line. */
struct path {
	const char *at, *end;
	struct canon line;
	size_t number; /* of the line, from 1 */
	bool is_over;  /* there is no such line */
};

static bool is_text(struct canon line, const char *text)
{
	return line.len == strlen(text) && memcmp(line.at, text, line.len) == 0;
}

/* A decimal number without leading zeros. */
static bool read_number(struct canon text, uint64_t *out)
{
	*out = 0;
	if (text.len == 0 || text.len > NUMBER_DIGITS || (text.at[0] == '0' && text.len > 1))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		*out = *out * 10 + (uint64_t)(text.at[i] - '0');
	}
	return true;
}

static bool read_hash(struct canon text, uint8_t out[MERKLE_HASH_LEN])
{
	char digits[PROOF_HEX];

	if (text.len != 64)
		return false;
	memcpy(digits, text.at, 64);
	digits[64] = '\0';
	return hex_read(digits, out, MERKLE_HASH_LEN);
}

/* Five lines and nothing more. */
static bool read_checkpoint(const struct verify_file *f, struct checkpoint *out)
{
	const char *at = (const char *)f->at, *end = at + f->len;
	struct canon line[5];
	uint64_t wall_ms;

	for (size_t i = 0; i < 5; i++) {
		if (!verify_take_line(&at, end, &line[i]))
			return false;
	}
	return at == end && is_text(line[0], "guichet-log 1") && line[1].len > 0 && line[1].len <= NAME_MAX_LEN &&
			read_number(line[2], &out->size) && read_hash(line[3], out->root) && read_number(line[4], &wall_ms);
}

/* Goes to the next line; false at the end. */
static bool advance(struct path *p)
{
	p->number++;
	p->line = (struct canon){ p->at, 0 };
	p->is_over = !verify_take_line(&p->at, p->end, &p->line);
	return !p->is_over;
}

/* What stands after `word` and a space in the present line. */
static bool is_word(const struct path *p, const char *word, struct canon *rest)
{
	size_t len = strlen(word);

	if (p->line.len <= len || memcmp(p->line.at, word, len) != 0 || p->line.at[len] != ' ')
		return false;
	*rest = (struct canon){ p->line.at + len + 1, p->line.len - len - 1 };
	return true;
}

/* Entry, index and path of one event; afterwards the present line is the one behind them. */
static const char *check_entry(const struct verify *v, struct path *p, const struct checkpoint *c, const char *event, const char *hash)
{
	uint8_t sibling[MERKLE_HASH_LEN];
	struct canon entry, rest, value;
	struct merkle m;
	uint64_t index;
	bool is_left;

	if (!is_word(p, "entry", &entry) || !canon_check(entry.at, entry.len) ||
			!canon_has(entry, "event:s hash:64 n:i session:32 wall_ms:i"))
		return "il faut ici une inscription au registre";
	if (!canon_get(entry, "event", &value) || !canon_is(value, event))
		return "ce n’est pas l’inscription attendue : « opened », puis « sealed »";
	if (!canon_get(entry, "session", &value) || !canon_is(value, v->result->session))
		return "cette inscription est d’une autre assistance";
	if (!canon_get(entry, "hash", &value) || !canon_is(value, hash))
		return "cette inscription est celle d’un autre journal ou d’un autre scellé";
	if (!advance(p) || !is_word(p, "index", &rest) || !read_number(rest, &index) || index != canon_get_int(entry, "n") ||
			!merkle_begin(&m, entry.at, entry.len, index, c->size))
		return "le rang de cette inscription n’est pas le sien";
	while (advance(p) && ((is_left = is_word(p, "left", &rest)) || is_word(p, "right", &rest))) {
		if (!read_hash(rest, sibling) || !merkle_step(&m, is_left, sibling))
			return "ce pas ne monte pas vers la racine du registre";
	}
	return merkle_ends(&m, c->root) ? NULL : "le chemin ne mène pas à la racine de checkpoint.txt";
}

static enum err check_paths(struct verify *v, const struct checkpoint *c)
{
	const struct verify_file *f = verify_file(v, "inclusion.txt"), *seal = verify_file(v, "seal.json");
	struct path p = { .at = (const char *)f->at, .end = (const char *)f->at + f->len };
	char hash[PROOF_HEX];
	const char *wrong = NULL;

	proof_sha256_hex(seal->at, seal->len, hash);
	if (!advance(&p) || !is_text(p.line, "guichet-inclusion 1"))
		wrong = "ce fichier ne commence pas par « guichet-inclusion 1 »";
	(void)advance(&p);
	if (!wrong)
		wrong = check_entry(v, &p, c, "opened", v->journal.line[0].hash);
	if (!wrong)
		wrong = check_entry(v, &p, c, "sealed", hash);
	if (!wrong && (!p.is_over || p.at != p.end))
		wrong = "il y a quelque chose après le second chemin";
	return wrong ? verify_fail_line(v, f->name, p.number, "%s", wrong) : OK;
}

enum err verify_log(struct verify *v)
{
	const struct verify_file *text = verify_file(v, "checkpoint.txt"), *sig = verify_file(v, "checkpoint.p7s");
	struct checkpoint c;
	CMS_ContentInfo *cms;
	enum err e;

	if (!read_checkpoint(text, &c))
		return verify_fail(v, text->name, "ce n’est pas un point de contrôle du registre");
	e = check_paths(v, &c);
	if (e)
		return e;
	cms = proof_cms(sig->at, sig->len);
	e = signed_by_root(v, cms, sig->name, text->name);
	CMS_ContentInfo_free(cms);
	if (!e)
		verify_say(v, VERIFY_OK, "ouverture et scellé inscrits parmi %llu", (unsigned long long)c.size);
	return e;
}
