#include "gateway/notary/after.h"

#include <string.h>

#include "common/json.h"

enum { LINE_DEPTH = 8 };

static enum err copy(const cJSON *data, const char *name, char *out, size_t room)
{
	const char *s = json_string(data, name);
	size_t len = s ? strlen(s) : room;

	if (len >= room)
		return ERR_MALFORMED;
	memcpy(out, s, len + 1);
	return OK;
}

static enum err on_held(struct after *a, const cJSON *line, const cJSON *data)
{
	(void)line;
	(void)data;
	a->has_hold = true;
	return OK;
}

static enum err on_released(struct after *a, const cJSON *line, const cJSON *data)
{
	(void)line;
	(void)data;
	a->has_hold = false;
	return OK;
}

static enum err on_erase_asked(struct after *a, const cJSON *line, const cJSON *data)
{
	(void)line;
	a->is_asked = true;
	return copy(data, "by", a->asked_by, sizeof(a->asked_by)) || copy(data, "ground", a->ground, sizeof(a->ground)) ?
		ERR_MALFORMED : OK;
}

static enum err on_erase_decided(struct after *a, const cJSON *line, const cJSON *data)
{
	(void)line;
	a->is_asked = false;
	a->is_decided = true;
	return copy(data, "by", a->decided_by, sizeof(a->decided_by)) ||
	       copy(data, "ground", a->ground, sizeof(a->ground)) ? ERR_MALFORMED : OK;
}

static enum err on_erased(struct after *a, const cJSON *line, const cJSON *data)
{
	(void)data;
	a->is_erased = true;
	return json_u64(line, "wall_ms", &a->erased_ms);
}

/* Events that change what may be done; the others are for people. */
static const struct {
	const char *event;
	enum err (*take)(struct after *a, const cJSON *line, const cJSON *data);
} events[] = {
	{ "held", on_held },
	{ "released", on_released },
	{ "erase_asked", on_erase_asked },
	{ "erase_decided", on_erase_decided },
	{ "erased", on_erased },
};

static enum err take_line(struct after *a, const char *text, size_t len)
{
	cJSON *line;
	enum err e = json_parse(text, len, LINE_DEPTH, &line);
	const char *event = e ? NULL : json_string(line, "event");

	if (!e && !event)
		e = ERR_MALFORMED;
	for (size_t i = 0; !e && i < sizeof(events) / sizeof(*events); i++)
		if (strcmp(event, events[i].event) == 0)
			e = events[i].take(a, line, cJSON_GetObjectItemCaseSensitive(line, "data"));
	if (!e && strcmp(event, "erased") == 0)
		digest_sha256(text, len, a->erased_hash);
	cJSON_Delete(line);
	return e;
}

enum err after_read(const char *buf, size_t len, struct after *out)
{
	const char *end = buf + len;
	enum err e = OK;

	*out = (struct after){ 0 };
	while (!e && buf < end) {
		const char *stop = memchr(buf, '\n', (size_t)(end - buf));
		if (!stop)
			return ERR_MALFORMED;
		e = take_line(out, buf, (size_t)(stop - buf));
		buf = stop + 1;
	}
	return e;
}
