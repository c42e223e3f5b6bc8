#include "gateway/notary/journals.h"

#include <stdlib.h>
#include <string.h>

/* `journal` is NULL where opening failed: the session stays without evidence. */
struct entry {
	struct entry *next;
	char session[TOKEN_HEX + 1];
	struct journal *journal;
	bool was_reopened;
};

struct journals {
	char *dir;
	struct journal_place place;
	size_t max_open;
	struct entry *newest; /* most recently used first */
};

enum err journals_new(const char *dir, const struct journal_io *io, const struct clock *clock, size_t max_open,
		struct journals **out)
{
	struct journals *js = calloc(1, sizeof(*js));

	*out = NULL;
	if (!js)
		return ERR_NOMEM;
	js->dir = strdup(dir);
	if (!js->dir) {
		journals_free(js);
		return ERR_NOMEM;
	}
	js->place = (struct journal_place){ .dir = js->dir, .name = "journal", .seal = "seal.json", .io = io, .clock = clock };
	js->max_open = max_open > 0 ? max_open : 1;
	*out = js;
	return OK;
}

enum err journals_new_after(const char *dir, const struct journal_io *io, const struct clock *clock, size_t max_open,
		struct journals **out)
{
	enum err e = journals_new(dir, io, clock, max_open, out);

	if (!e) {
		(*out)->place.name = "after";
		(*out)->place.seal = NULL;
		(*out)->place.follows = "seal.json";
	}
	return e;
}

void journals_free(struct journals *js)
{
	if (!js)
		return;
	while (js->newest) {
		struct entry *next = js->newest->next;
		journal_close(js->newest->journal);
		free(js->newest);
		js->newest = next;
	}
	free(js->dir);
	free(js);
}

static bool is_open(const struct entry *en)
{
	return en->journal && !journal_is_broken(en->journal);
}

static struct entry **find(struct journals *js, const char *session)
{
	struct entry **at = &js->newest;

	while (*at && strcmp((*at)->session, session) != 0)
		at = &(*at)->next;
	return at;
}

static void move_to_front(struct journals *js, struct entry **at)
{
	struct entry *en = *at;

	*at = en->next;
	en->next = js->newest;
	js->newest = en;
}

/* Closes the open journal that was used longest ago, if there are as many as allowed. */
static void make_room(struct journals *js)
{
	struct entry **oldest = NULL, *en;
	size_t open = 0;

	for (struct entry **at = &js->newest; *at; at = &(*at)->next)
		if (is_open(*at)) {
			oldest = at;
			open++;
		}
	if (open < js->max_open)
		return;
	en = *oldest;
	*oldest = en->next;
	journal_close(en->journal);
	free(en);
}

static enum err add(struct journals *js, const char *session, bool may_create)
{
	struct entry *en;
	enum err e;

	make_room(js);
	en = calloc(1, sizeof(*en));
	if (!en)
		return ERR_NOMEM;
	memcpy(en->session, session, TOKEN_HEX);
	e = journal_open(&js->place, session, may_create, &en->journal);
	if (e == ERR_FORBIDDEN || e == ERR_NOMEM) {
		free(en);
		return e;
	}
	en->next = js->newest;
	js->newest = en;
	return e;
}

enum err journals_get(struct journals *js, const char *session, bool may_create, struct journal **out)
{
	struct entry **at = find(js, session);
	enum err e = OK;

	*out = NULL;
	if (*at)
		move_to_front(js, at);
	else
		e = add(js, session, may_create);
	if (e)
		return e;
	*out = js->newest->journal;
	return *out ? OK : ERR_IO;
}

enum err journals_reopen(struct journals *js, const char *session, struct journal **out)
{
	struct entry **at = find(js, session), *en = *at;
	enum err e = OK;

	if (!en || is_open(en))
		return journals_get(js, session, false, out);
	*out = NULL;
	if (en->was_reopened)
		return ERR_IO;
	en->was_reopened = true;
	journal_close(en->journal);
	e = journal_open(&js->place, session, false, &en->journal);
	*out = en->journal;
	return e;
}

enum err journals_append(struct journals *js, const char *session, const char *event, const cJSON *data,
		struct journal_receipt *out)
{
	struct journal *j;
	enum err e = journals_get(js, session, true, &j);

	*out = (struct journal_receipt){ 0 };
	return e ? e : journal_append(j, event, data, out);
}

void journals_forget(struct journals *js, const char *session)
{
	struct entry **at = find(js, session), *en = *at;

	if (!en)
		return;
	*at = en->next;
	journal_close(en->journal);
	free(en);
}

size_t journals_open_count(const struct journals *js)
{
	size_t open = 0;

	for (const struct entry *en = js->newest; en; en = en->next)
		open += is_open(en);
	return open;
}

size_t journals_broken_count(const struct journals *js)
{
	size_t broken = 0;

	for (const struct entry *en = js->newest; en; en = en->next)
		broken += !is_open(en);
	return broken;
}
