#include "gateway/notary/journal_marks.h"

#include <string.h>

#include "common/json.h"

enum { LINE_DEPTH = 16 };

static bool is_same(const struct journal_mark *a, const struct journal_mark *b)
{
	return a->n == b->n && a->chunks == b->chunks && digest_is_same(a->head, b->head);
}

void journal_marks_add(struct journal_marks *m, const struct journal_mark *mark)
{
	m->mark[m->count++ % JOURNAL_MARKS] = *mark;
}

bool journal_marks_have(const struct journal_marks *m, const struct journal_mark *mark)
{
	for (unsigned i = 0; i < m->count && i < JOURNAL_MARKS; i++)
		if (is_same(&m->mark[i], mark))
			return true;
	return false;
}

static bool is_chunk(const char *line, size_t len)
{
	const char *event;
	cJSON *o;
	bool is;

	if (json_parse(line, len, LINE_DEPTH, &o))
		return false;
	event = json_string(o, "event");
	is = event && strcmp(event, "chunk") == 0;
	cJSON_Delete(o);
	return is;
}

bool journal_marks_fit(const struct journal_mark *mark, const char *buf, size_t len)
{
	struct journal_mark now = { 0 };
	const char *at = buf;

	while (now.n < mark->n) {
		const char *end = memchr(at, '\n', (size_t)(buf + len - at));

		if (!end)
			return false;
		now.chunks += is_chunk(at, (size_t)(end - at));
		if (++now.n == mark->n)
			digest_sha256(at, (size_t)(end - at), now.head);
		at = end + 1;
	}
	return mark->n > 0 && is_same(&now, mark);
}
