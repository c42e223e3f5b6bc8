#include "common/consent_line.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/json.h"

enum { LINE_DEPTH = 2 };

static const char common_fields[] = "boot_ms:i event:text n:q prev:64 session:32 wall_ms:i";

static const char *const event_fields[CONSENT_KIND_COUNT] = {
#define EVENT(name, word, effect, fields) [CONSENT_##name] = fields,
#include "guichet/events.def"
#undef EVENT
};

/* One "name:kind" of a list of fields. */
struct field {
	const char *name, *kind;
	size_t name_len, kind_len;
};

static bool next_field(const char **at, struct field *f)
{
	*at += strspn(*at, " ");
	f->name = *at;
	f->name_len = strcspn(f->name, ":");
	f->kind = f->name + f->name_len + (f->name[f->name_len] == ':');
	f->kind_len = strcspn(f->kind, " ");
	*at = f->kind + f->kind_len;
	return f->name_len > 0;
}

static const cJSON *member(const cJSON *line, const struct field *f)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, line)
		if (strlen(item->string) == f->name_len && memcmp(item->string, f->name, f->name_len) == 0)
			return item;
	return NULL;
}

/* ---- kinds of values ---- */

static bool is_between(const cJSON *v, double least, double most)
{
	return cJSON_IsNumber(v) && v->valuedouble >= least && v->valuedouble <= most;
}

static bool is_number(const cJSON *v)
{
	return is_between(v, 0, JSON_INTEGER_MAX);
}

static bool is_short_number(const cJSON *v)
{
	return is_between(v, 0, UINT32_MAX);
}

static bool is_count(const cJSON *v)
{
	return is_between(v, 1, UINT32_MAX);
}

static bool is_capability(const cJSON *v)
{
	return cJSON_IsString(v) && capability_of(v->valuestring) != CAP_NONE;
}

static bool are_capabilities(const cJSON *v)
{
	const cJSON *item;
	unsigned seen = 0;

	if (!cJSON_IsArray(v))
		return false;
	cJSON_ArrayForEach(item, v) {
		unsigned bit = cJSON_IsString(item) ? ceiling_bit(item->valuestring) : 0;

		if (!bit || seen & bit)
			return false;
		seen |= bit;
	}
	return seen != 0;
}

static bool is_text(const cJSON *v)
{
	return cJSON_IsString(v) && v->valuestring[0] && strlen(v->valuestring) <= CONSENT_TEXT_MAX;
}

static bool is_any_text(const cJSON *v)
{
	return cJSON_IsString(v) && strlen(v->valuestring) <= CONSENT_TEXT_MAX;
}

static const struct {
	const char *name;
	bool (*holds)(const cJSON *v);
} kinds[] = {
	{ "i", is_number }, { "q", is_short_number }, { "u", is_count }, { "cap", is_capability },
	{ "caps", are_capabilities }, { "text", is_text }, { "any", is_any_text },
};

/* `words` is "=a|b|c" of `len` bytes. */
static bool is_word_of(const cJSON *v, const char *words, size_t len)
{
	const char *at = words + 1, *end = words + len;
	size_t wanted = cJSON_IsString(v) ? strlen(v->valuestring) : 0;

	while (wanted && at < end) {
		const char *bar = memchr(at, '|', (size_t)(end - at));
		size_t n = (size_t)((bar ? bar : end) - at);

		if (n == wanted && memcmp(at, v->valuestring, n) == 0)
			return true;
		at += n + 1;
	}
	return false;
}

static bool is_of_kind(const cJSON *v, const struct field *f)
{
	if (f->kind[0] == '=')
		return is_word_of(v, f->kind, f->kind_len);
	if (f->kind[0] >= '1' && f->kind[0] <= '9')
		return cJSON_IsString(v) && hex_is(v->valuestring, strtoul(f->kind, NULL, 10));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strlen(kinds[i].name) == f->kind_len && memcmp(kinds[i].name, f->kind, f->kind_len) == 0)
			return kinds[i].holds(v);
	return false;
}

/* ---- the line ---- */

/* How many fields of the list are there and well; -1: one is not. */
static int count_fields(const cJSON *line, const char *list)
{
	struct field f;
	int count = 0;

	while (next_field(&list, &f)) {
		const cJSON *v = member(line, &f);
		if (!v || !is_of_kind(v, &f))
			return -1;
		count++;
	}
	return count;
}

static bool has_fields(const cJSON *line, enum consent_kind kind)
{
	int all = count_fields(line, common_fields), own = count_fields(line, event_fields[kind]);

	return all > 0 && own >= 0 && cJSON_GetArraySize(line) == all + own;
}

static uint32_t number_or_zero(const cJSON *o, const char *name)
{
	uint64_t v = 0;

	return !json_u64(o, name, &v) && v <= UINT32_MAX ? (uint32_t)v : 0;
}

bool consent_line_event(const cJSON *line, struct consent_event *event)
{
	*event = (struct consent_event){ 0 };
	if (!consent_kind_of(json_string(line, "event"), &event->kind))
		return false;
	event->cap = capability_of(json_string(line, "cap"));
	event->ask = number_or_zero(line, "ask");
	event->grant = number_or_zero(line, "grant");
	return true;
}

static enum err check_canonical(const cJSON *line, const char *text, size_t len)
{
	char *same;
	enum err e = json_canonical(line, &same);

	if (!e && (strlen(same) != len || memcmp(same, text, len) != 0))
		e = ERR_MALFORMED;
	free(same);
	return e;
}

enum err consent_line_read(const char *text, size_t len, cJSON **out, struct consent_event *event)
{
	enum err e = len <= EVIDENCE_LINE_MAX ? json_parse(text, len, LINE_DEPTH, out) : ERR_MALFORMED;

	if (e) {
		*out = NULL;
		return e;
	}
	e = check_canonical(*out, text, len);
	if (!e && (!cJSON_IsObject(*out) || !consent_line_event(*out, event) || !has_fields(*out, event->kind) ||
				  (event->kind == CONSENT_OPEN) != (number_or_zero(*out, "n") == 0)))
		e = ERR_MALFORMED;
	if (e) {
		cJSON_Delete(*out);
		*out = NULL;
	}
	return e;
}
