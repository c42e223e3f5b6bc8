#include "common/json.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_scan.h"

static int compare_names(const void *a, const void *b)
{
	const cJSON *const *x = a, *const *y = b;

	return strcmp((*x)->string, (*y)->string);
}

/* The members sorted by their names' bytes; *out is the caller's (free), NULL for an empty object.
 */
static enum err sorted_members(const cJSON *object, const cJSON ***out, size_t *count)
{
	const cJSON *item;
	size_t n = 0;

	*out = NULL;
	*count = 0;
	cJSON_ArrayForEach(item, object) n++;
	if (n == 0)
		return OK;
	*out = malloc(n * sizeof(**out));
	if (!*out)
		return ERR_NOMEM;
	cJSON_ArrayForEach(item, object)
	{
		if (!item->string) {
			free(*out);
			*out = NULL;
			return ERR_MALFORMED;
		}
		(*out)[(*count)++] = item;
	}
	qsort(*out, n, sizeof(**out), compare_names);
	return OK;
}

static enum err refuse_same_names(const cJSON *object)
{
	const cJSON **members;
	size_t count;
	enum err e = sorted_members(object, &members, &count);

	for (size_t i = 1; !e && i < count; i++)
		if (strcmp(members[i - 1]->string, members[i]->string) == 0)
			e = ERR_MALFORMED;
	free(members);
	return e;
}

static enum err refuse_duplicates(const cJSON *value)
{
	enum err e = cJSON_IsObject(value) ? refuse_same_names(value) : OK;
	const cJSON *item;

	cJSON_ArrayForEach(item, value) if (!e) e = refuse_duplicates(item);
	return e;
}

enum err json_parse(const void *buf, size_t len, size_t max_depth, cJSON **out)
{
	size_t depth = max_depth < JSON_DEPTH_MAX ? max_depth : JSON_DEPTH_MAX;
	enum err e;

	*out = NULL;
	if (!buf || len > JSON_LEN_MAX || !json_scan(buf, len, depth))
		return ERR_MALFORMED;

	*out = cJSON_ParseWithLengthOpts(buf, len, NULL, false);
	if (!*out)
		return ERR_NOMEM; /* the text is good: only memory can have failed */
	e = refuse_duplicates(*out);
	if (e) {
		cJSON_Delete(*out);
		*out = NULL;
	}
	return e;
}

const char *json_string(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(item) ? item->valuestring : NULL;
}

static bool is_integer(const cJSON *item)
{
	double v = item->valuedouble;

	return cJSON_IsNumber(item) && v >= -JSON_INTEGER_MAX && v <= JSON_INTEGER_MAX &&
			(double)(int64_t)v == v;
}

enum err json_u64(const cJSON *object, const char *name, uint64_t *out)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	*out = 0;
	if (!item || !is_integer(item) || item->valuedouble < 0)
		return ERR_MALFORMED;
	*out = (uint64_t)item->valuedouble;
	return OK;
}

static bool is_string_array(const cJSON *array)
{
	const cJSON *item;

	if (!cJSON_IsArray(array))
		return false;
	cJSON_ArrayForEach(item, array) if (!cJSON_IsString(item)) return false;
	return true;
}

static bool is_of_kind(const cJSON *item, char kind)
{
	switch (kind) {
	case 's':
		return cJSON_IsString(item);
	case 'i':
		return is_integer(item);
	case 'b':
		return cJSON_IsBool(item);
	case 'a':
		return is_string_array(item);
	case 'o':
		return cJSON_IsObject(item);
	default:
		return false;
	}
}

static const cJSON *find_member(const cJSON *object, const char *name, size_t len)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, object) if (item->string &&
			strncmp(item->string, name, len) == 0 &&
			item->string[len] == '\0') return item;
	return NULL;
}

enum err json_fields(const cJSON *object, const char *spec)
{
	bool is_optional = false;
	int known = 0;

	if (!cJSON_IsObject(object))
		return ERR_MALFORMED;
	for (const char *at = spec + strspn(spec, " "); *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " :");
		const cJSON *item = find_member(object, at, len);

		if (*at == '|') {
			is_optional = true;
			at++;
			continue;
		}
		if (item ? !is_of_kind(item, at[len] == ':' ? at[len + 1] : '\0') : !is_optional)
			return ERR_MALFORMED;
		known += item != NULL;
		at += strcspn(at, " ");
	}
	return known == cJSON_GetArraySize(object) ? OK : ERR_MALFORMED;
}

/* Growing text with a sticky error. */
struct text {
	char *buf;
	size_t len, room;
	enum err error;
};

static void put(struct text *t, const char *bytes, size_t len)
{
	if (t->error)
		return;
	if (t->room - t->len <= len) {
		size_t room = 2 * (t->len + len) + 64;
		char *grown = realloc(t->buf, room);
		if (!grown) {
			t->error = ERR_NOMEM;
			return;
		}
		t->buf = grown;
		t->room = room;
	}
	memcpy(t->buf + t->len, bytes, len);
	t->len += len;
	t->buf[t->len] = '\0';
}

static void put_text(struct text *t, const char *s)
{
	put(t, s, strlen(s));
}

static void put_escape(struct text *t, unsigned char c)
{
	static const char digit[] = "0123456789abcdef";
	static const char letter[] = "btn?fr"; /* of the characters 8 to 13 */
	char escape[6] = { '\\', (char)c, '0', '0', digit[c >> 4], digit[c & 15] };
	bool is_short = c >= 0x20 || (c >= 8 && c <= 13 && c != 11);

	if (c < 0x20)
		escape[1] = is_short ? letter[c - 8] : 'u';
	put(t, escape, is_short ? 2 : 6);
}

static void put_string(struct text *t, const char *s)
{
	put_text(t, "\"");
	while (*s) {
		size_t plain = 0;
		while ((unsigned char)s[plain] >= 0x20 && s[plain] != '"' && s[plain] != '\\')
			plain++;
		put(t, s, plain);
		s += plain;
		if (*s)
			put_escape(t, (unsigned char)*s++);
	}
	put_text(t, "\"");
}

static void put_integer(struct text *t, const cJSON *item)
{
	char digits[24], *at = digits + sizeof(digits);
	uint64_t v;

	if (!is_integer(item)) {
		t->error = t->error ? t->error : ERR_MALFORMED;
		return;
	}
	v = (uint64_t)(item->valuedouble < 0 ? -item->valuedouble : item->valuedouble);
	do
		*--at = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	if (item->valuedouble < 0)
		*--at = '-';
	put(t, at, (size_t)(digits + sizeof(digits) - at));
}

static void put_value(struct text *t, const cJSON *value);

static void put_array(struct text *t, const cJSON *array)
{
	const cJSON *item;

	put_text(t, "[");
	cJSON_ArrayForEach(item, array)
	{
		if (item != array->child)
			put_text(t, ",");
		put_value(t, item);
	}
	put_text(t, "]");
}

static void put_object(struct text *t, const cJSON *object)
{
	const cJSON **members;
	size_t count;
	enum err e = sorted_members(object, &members, &count);

	if (e && !t->error)
		t->error = e;
	put_text(t, "{");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			put_text(t, ",");
		put_string(t, members[i]->string);
		put_text(t, ":");
		put_value(t, members[i]);
	}
	put_text(t, "}");
	free(members);
}

static void put_value(struct text *t, const cJSON *value)
{
	if (cJSON_IsObject(value))
		put_object(t, value);
	else if (cJSON_IsArray(value))
		put_array(t, value);
	else if (cJSON_IsString(value) && value->valuestring)
		put_string(t, value->valuestring);
	else if (cJSON_IsNumber(value))
		put_integer(t, value);
	else if (cJSON_IsBool(value))
		put_text(t, cJSON_IsTrue(value) ? "true" : "false");
	else if (cJSON_IsNull(value))
		put_text(t, "null");
	else if (!t->error)
		t->error = ERR_MALFORMED;
}

enum err json_canonical(const cJSON *value, char **out)
{
	struct text t = { 0 };

	put_value(&t, value);
	if (t.error)
		free(t.buf);
	*out = t.error ? NULL : t.buf;
	return t.error;
}
