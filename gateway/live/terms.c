#include "gateway/live/terms.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/http/sha256.h"

struct cursor {
	const char *at, *end;
	unsigned line;
	char *trouble;
	size_t size;
};

static enum err fail(const struct cursor *c, const char *what)
{
	snprintf(c->trouble, c->size, "ligne %u : %s", c->line, what);
	return ERR_MALFORMED;
}

/* The next line without its line feed; false at the end. */
static bool take_line(struct cursor *c, const char **line, size_t *len)
{
	const char *lf;

	if (c->at == c->end)
		return false;
	lf = memchr(c->at, '\n', (size_t)(c->end - c->at));
	*line = c->at;
	*len = (size_t)((lf ? lf : c->end) - c->at);
	c->at = lf ? lf + 1 : c->end;
	c->line++;
	return true;
}

static enum err read_headers(struct cursor *c, struct terms *t)
{
	const struct {
		const char *name;
		char **at;
	} headers[] = { { "version: ", &t->version }, { "lang: ", &t->lang },
		{ "title: ", &t->title }, { "banner: ", &t->banner }, { "note: ", &t->note } };
	const char *line;
	size_t len;

	if (!take_line(c, &line, &len) || len != 15 || memcmp(line, "guichet-terms 1", 15) != 0)
		return fail(c, "attendu « guichet-terms 1 »");
	while (take_line(c, &line, &len) && len > 0) {
		bool is_known = false;

		for (size_t i = 0; i < 5; i++) {
			size_t n = strlen(headers[i].name);
			if (len <= n || memcmp(line, headers[i].name, n) != 0 || *headers[i].at)
				continue;
			*headers[i].at = strndup(line + n, len - n);
			is_known = true;
		}
		if (!is_known)
			return fail(c, "en-tête inconnu ou répété");
	}
	if (!t->version || !t->lang || !t->title || !t->banner)
		return fail(c, "version, lang, title et banner sont nécessaires");
	if (strlen(t->version) > 32 || strlen(t->lang) > 8)
		return fail(c, "version ou lang trop long");
	if (!t->note)
		t->note = strdup("");
	return t->note ? OK : ERR_NOMEM;
}

static enum err read_article(struct cursor *c, struct terms_article *a, unsigned number)
{
	const char *start = c->at, *line, *body, *next;
	char want[8];
	size_t len;

	snprintf(want, sizeof(want), "## %u. ", number);
	if (!take_line(c, &line, &len) || len <= 6 || memcmp(line, want, 6) != 0)
		return fail(c, "attendu le titre de l'article suivant, « ## n. … »");
	a->title = strndup(line + 3, len - 3);
	body = c->at;
	for (;;) {
		next = c->at;
		if (!take_line(c, &line, &len))
			break;
		if (len >= 3 && memcmp(line, "## ", 3) == 0) {
			c->at = next;
			c->line--;
			break;
		}
		next = c->at;
	}
	a->body = strndup(body, (size_t)(next - body));
	if (!a->title || !a->body)
		return ERR_NOMEM;
	if (a->body[strspn(a->body, " \n")] == '\0')
		return fail(c, "article vide");
	sha256_hex(start, (size_t)(next - start), a->hash);
	return OK;
}

enum err terms_parse(const char *text, size_t len, struct terms *out, char *trouble, size_t size)
{
	struct cursor c = { text, text + len, 0, trouble, size };
	enum err e;

	memset(out, 0, sizeof(*out));
	if (memchr(text, '\0', len) || memchr(text, '\r', len))
		e = fail(&c, "octet nul ou retour chariot");
	else if (len > TERMS_LEN_MAX)
		e = fail(&c, "plus de 48 Kio");
	else
		e = read_headers(&c, out);
	for (unsigned i = 0; i < TERMS_ARTICLES && !e; i++)
		e = read_article(&c, &out->article[i], i + 1);
	if (!e && c.at != c.end)
		e = fail(&c, "plus de sept articles");
	if (!e && !(out->text = strndup(text, len)))
		e = ERR_NOMEM;
	if (e)
		terms_done(out);
	else
		sha256_hex(text, len, out->hash);
	return e;
}

enum err terms_read(const char *path, struct terms *out, char *trouble, size_t size)
{
	char *text = NULL;
	size_t room = 0;
	ssize_t len;
	enum err e;
	FILE *f = fopen(path, "re");

	memset(out, 0, sizeof(*out));
	if (!f) {
		snprintf(trouble, size, "%s", strerror(errno));
		return ERR_IO;
	}
	len = getdelim(&text, &room, '\0', f);
	e = len > 0 ? terms_parse(text, (size_t)len, out, trouble, size) : ERR_IO;
	free(text);
	fclose(f);
	return e;
}

void terms_done(struct terms *t)
{
	free(t->version);
	free(t->lang);
	free(t->title);
	free(t->banner);
	free(t->note);
	free(t->text);
	for (size_t i = 0; i < TERMS_ARTICLES; i++) {
		free(t->article[i].title);
		free(t->article[i].body);
	}
	memset(t, 0, sizeof(*t));
}
