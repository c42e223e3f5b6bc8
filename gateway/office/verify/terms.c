/* The items `terms` and `private`: what the customer accepted, and who he is (sections 2.2 and 4). */
#include <stdio.h>
#include <string.h>

#include "gateway/office/verify/inside.h"

enum { ARTICLES = 7 };

/* Where article `number` begins at or after `at`; NULL if it does not. */
static const char *find_article(const char *at, const char *end, unsigned number)
{
	char title[8];
	size_t len = (size_t)snprintf(title, sizeof(title), "## %u. ", number);

	while (at && (size_t)(end - at) >= len && memcmp(at, title, len) != 0) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	return at && (size_t)(end - at) >= len ? at : NULL;
}

/* Lines that look like the title of an article. */
static size_t count_titles(const struct verify_file *f)
{
	const char *at = (const char *)f->at, *end = at + f->len;
	size_t n = 0;

	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));

		n += end - at >= 6 && memcmp(at, "## ", 3) == 0 && at[3] >= '1' && at[3] <= '7' && memcmp(at + 4, ". ", 2) == 0;
		at = lf ? lf + 1 : end;
	}
	return n;
}

static enum err check_articles(struct verify *v, const struct verify_file *text, struct canon hashes)
{
	const char *end = (const char *)text->at + text->len;
	const char *article = find_article((const char *)text->at, end, 1), *next;
	char hash[PROOF_HEX];
	struct canon said;
	size_t at = 0;

	for (unsigned i = 1; i <= ARTICLES; i++) {
		next = article && i < ARTICLES ? find_article(article, end, i + 1) : end;
		if (!article || !next)
			return verify_fail(v, "terms.txt", "l’article %u manque", article ? i + 1 : i);
		proof_sha256_hex(article, (size_t)(next - article), hash);
		if (!canon_next(hashes, &at, &said) || !canon_is(said, hash))
			return verify_fail(v, "terms.txt", "l’article %u n’est pas celui que le client a accepté", i);
		article = next;
	}
	if (count_titles(text) != ARTICLES)
		return verify_fail(v, "terms.txt", "le texte n’a pas ses sept articles");
	if (canon_next(hashes, &at, &said))
		return verify_fail(v, "journal.jsonl", "la ligne « accepted » nomme plus de sept articles");
	return OK;
}

enum err verify_terms(struct verify *v)
{
	const struct chain_line *accepted = chain_last(&v->journal, "accepted");
	const struct verify_file *text = verify_file(v, "terms.txt");
	struct canon terms, articles, version;
	char hash[PROOF_HEX];
	enum err e;

	if (!accepted && text)
		return verify_fail(v, "terms.txt", "un texte, mais aucune ligne « accepted » au journal");
	if (!accepted) {
		verify_say(v, VERIFY_ABSENT, "personne n’a accepté de texte");
		return OK;
	}
	if (!text)
		return verify_fail(v, "terms.txt", "le texte accepté manque");
	if (!canon_get(accepted->data, "terms", &terms) || !canon_get(accepted->data, "articles", &articles))
		return verify_fail_line(v, "journal.jsonl", (size_t)(accepted - v->journal.line) + 1,
				"la ligne « accepted » ne dit pas quel texte");
	proof_sha256_hex(text->at, text->len, hash);
	if (!canon_is(terms, hash))
		return verify_fail(v, "terms.txt", "ce n’est pas le texte que le client a accepté");
	e = check_articles(v, text, articles);
	if (!e && canon_get(accepted->data, "version", &version) && version.len > 2)
		verify_say(v, VERIFY_OK, "version %.*s, sept articles", (int)(version.len < 66 ? version.len - 2 : 64),
				version.at + 1);
	return e;
}

/* SHA-256(name LF salt LF value) of one line of private.jsonl. */
static void commit(struct canon line, char hash[PROOF_HEX])
{
	static const char *const parts[] = { "name", "salt", "value" };
	char text[CANON_LINE_MAX];
	struct canon value;
	size_t len = 0, n;

	for (size_t i = 0; i < 3; i++) {
		(void)canon_get(line, parts[i], &value);
		(void)canon_text(value, text + len, &n);
		len += n;
		if (i < 2)
			text[len++] = '\n';
	}
	proof_sha256_hex(text, len, hash);
}

/* One line against the commitments; the one that it fits is struck off in *open. */
static const char *check_value(struct canon line, struct canon commitments, uint64_t *open)
{
	char hash[PROOF_HEX];
	struct canon name, said, value;
	unsigned i = 0;

	if (!canon_check(line.at, line.len) || !canon_has(line, "name:s salt:32 value:s"))
		return "cette ligne n’a pas la forme d’une donnée personnelle";
	commit(line, hash);
	(void)canon_get(line, "name", &name);
	for (size_t at = 0; canon_member(commitments, &at, &said, &value); i++) {
		if (said.len != name.len - 2 || memcmp(said.at, name.at + 1, said.len) != 0)
			continue;
		if (!(*open & 1ull << i))
			return "cette donnée y est deux fois";
		*open &= ~(1ull << i);
		return canon_is(value, hash) ? NULL : "cette donnée n’est pas celle qui a été notée au journal";
	}
	return "le journal ne connaît pas cette donnée";
}

static enum err check_values(struct verify *v, const struct verify_file *f, struct canon commitments)
{
	const char *at = (const char *)f->at, *end = at + f->len;
	struct canon line, name;
	uint64_t open = 0;
	size_t values = 0;

	for (size_t m = 0; canon_member(commitments, &m, &name, &line) && open < UINT64_MAX >> 1;)
		open = open << 1 | 1;
	for (; verify_take_line(&at, end, &line); values++) {
		const char *wrong = check_value(line, commitments, &open);

		if (wrong)
			return verify_fail_line(v, f->name, values + 1, "%s", wrong);
	}
	if (at != end)
		return verify_fail_line(v, f->name, values + 1, "la dernière ligne est coupée");
	if (open)
		return verify_fail(v, f->name, "une donnée que le journal connaît manque");
	verify_say(v, VERIFY_OK, "%zu données, conformes au journal", values);
	return OK;
}

enum err verify_private(struct verify *v)
{
	const struct chain_line *accepted = chain_last(&v->journal, "accepted");
	const struct verify_file *f = verify_file(v, "private.jsonl");
	struct canon commitments;

	if (!f) {
		verify_say(v, VERIFY_ABSENT, "effacées, ou pas dans ce dossier");
		return OK;
	}
	if (!accepted || !canon_get(accepted->data, "private", &commitments) || commitments.at[0] != '{')
		return verify_fail(v, f->name, "le journal ne connaît pas de données personnelles");
	return check_values(v, f, commitments);
}
