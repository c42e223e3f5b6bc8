#include "gateway/office/verify/canon.h"

#include <string.h>

#include "common/bytes.h"

enum { INT_DIGITS = 16 };
static const uint64_t int_max = 1ull << 53;

struct scan {
	const char *at, *end;
};

static bool take(struct scan *s, char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

/* Length of one well-formed UTF-8 sequence (RFC 3629) at s->at; 0 if there is none. */
static size_t utf8_len(const struct scan *s)
{
	static const struct {
		uint8_t from, to, second_from, second_to;
		size_t len;
	} rows[] = {
		{ 0x20, 0x7f, 0, 0, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	const uint8_t *b = (const uint8_t *)s->at;
	size_t left = (size_t)(s->end - s->at);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (b[0] < rows[i].from || b[0] > rows[i].to)
			continue;
		if (rows[i].len > left || (rows[i].len > 1 && (b[1] < rows[i].second_from || b[1] > rows[i].second_to)))
			return 0;
		for (size_t k = 2; k < rows[i].len; k++) {
			if ((b[k] & 0xc0) != 0x80)
				return 0;
		}
		return rows[i].len;
	}
	return 0;
}

/* What stands behind a backslash: the byte that it means and the length of the escape; 0 if it is not canonical. */
static size_t escape_len(const char *at, size_t left, char *meant)
{
	static const char letters[] = "\"\\bfnrt", bytes[] = "\"\\\b\f\n\r\t";
	const char *letter = left > 0 && *at ? strchr(letters, *at) : NULL;
	uint8_t code;
	char digits[3] = "";

	if (letter) {
		*meant = bytes[letter - letters];
		return 1;
	}
	if (left < 5 || memcmp(at, "u00", 3) != 0)
		return 0;
	memcpy(digits, at + 3, 2);
	if (!hex_read(digits, &code, 1) || code >= 0x20 || memchr("\b\f\n\r\t", code, 5))
		return 0;
	*meant = (char)code;
	return 5;
}

static bool scan_string(struct scan *s)
{
	char meant;
	size_t len;

	if (!take(s, '"'))
		return false;
	while (s->at < s->end && *s->at != '"') {
		if (*s->at >= 0x20 && *s->at < 0x7f && *s->at != '\\') { /* most are plain: no need of the table */
			len = 1;
		} else if (*s->at == '\\') {
			len = escape_len(s->at + 1, (size_t)(s->end - s->at) - 1, &meant);
			len += len ? 1 : 0;
		} else {
			len = utf8_len(s);
		}
		if (!len)
			return false;
		s->at += len;
	}
	return take(s, '"');
}

static bool scan_int(struct scan *s)
{
	const char *from = s->at;
	uint64_t v = 0;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9' && s->at - from < INT_DIGITS)
		v = v * 10 + (uint64_t)(*s->at++ - '0');
	return s->at > from && v <= int_max && (*from != '0' || s->at - from == 1);
}

/* Keys are compared as they stand: a key with an escape is not canonical here, since none has ever been made. */
static bool is_sorted(struct canon a, struct canon b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.at, b.at, n);

	return order < 0 || (order == 0 && a.len < b.len);
}

static bool scan_value(struct scan *s, unsigned depth);

static bool scan_key(struct scan *s, struct canon *key)
{
	const char *from = s->at + 1;

	if (!scan_string(s))
		return false;
	*key = (struct canon){ from, (size_t)(s->at - from) - 1 };
	return !memchr(key->at, '\\', key->len) && take(s, ':');
}

static bool scan_object(struct scan *s, unsigned depth)
{
	struct canon key, last = { NULL, 0 };

	if (!take(s, '{'))
		return false;
	if (take(s, '}'))
		return true;
	do {
		if (!scan_key(s, &key) || (last.at && !is_sorted(last, key)) || !scan_value(s, depth))
			return false;
		last = key;
	} while (take(s, ','));
	return take(s, '}');
}

static bool scan_array(struct scan *s, unsigned depth)
{
	if (!take(s, '['))
		return false;
	if (take(s, ']'))
		return true;
	do {
		if (!scan_value(s, depth))
			return false;
	} while (take(s, ','));
	return take(s, ']');
}

/* Bounded by CANON_DEPTH. */
static bool scan_value(struct scan *s, unsigned depth)
{
	if (s->at == s->end)
		return false;
	switch (*s->at) {
	case '"':
		return scan_string(s);
	case '{':
		return depth < CANON_DEPTH && scan_object(s, depth + 1);
	case '[':
		return depth < CANON_DEPTH && scan_array(s, depth + 1);
	default:
		return scan_int(s);
	}
}

bool canon_check(const void *line, size_t len)
{
	struct scan s = { line, (const char *)line + len };

	return len <= CANON_LINE_MAX && scan_object(&s, 1) && s.at == s.end;
}

/* One value at s->at, which canon_check() has let pass. */
static struct canon value_at(struct scan *s)
{
	struct canon v = { s->at, 0 };

	if (!scan_value(s, 1))
		s->at = s->end;
	v.len = (size_t)(s->at - v.at);
	return v;
}

bool canon_member(struct canon object, size_t *at, struct canon *key, struct canon *value)
{
	struct scan s;

	*key = *value = (struct canon){ NULL, 0 };
	if (object.len < 2 || object.at[0] != '{' || *at + 1 >= object.len || object.at[*at + 1] == '}')
		return false;
	s = (struct scan){ object.at + *at + 1, object.at + object.len };
	if (!scan_key(&s, key))
		return false;
	*value = value_at(&s);
	*at = (size_t)(s.at - object.at); /* the comma or the brace */
	return true;
}

bool canon_next(struct canon array, size_t *at, struct canon *value)
{
	struct scan s;

	*value = (struct canon){ NULL, 0 };
	if (array.len < 2 || array.at[0] != '[' || *at + 1 >= array.len || array.at[*at + 1] == ']')
		return false;
	s = (struct scan){ array.at + *at + 1, array.at + array.len };
	*value = value_at(&s);
	*at = (size_t)(s.at - array.at);
	return true;
}

bool canon_get(struct canon object, const char *key, struct canon *value)
{
	size_t at = 0, len = strlen(key);
	struct canon name;

	while (canon_member(object, &at, &name, value)) {
		if (name.len == len && memcmp(name.at, key, len) == 0)
			return true;
	}
	return false;
}

static bool is_kind(struct canon v, const char *kind)
{
	size_t digits = 0;

	switch (*kind) {
	case 'i':
		return v.at[0] >= '0' && v.at[0] <= '9';
	case 's':
		return v.at[0] == '"';
	case 'o':
		return v.at[0] == '{';
	case 'a':
		return v.at[0] == '[';
	default:
		while (*kind >= '0' && *kind <= '9')
			digits = digits * 10 + (size_t)(*kind++ - '0');
		return canon_hex(v, digits, NULL);
	}
}

bool canon_has(struct canon object, const char *shape)
{
	struct canon key, value;
	size_t at = 0;

	while (canon_member(object, &at, &key, &value)) {
		const char *colon = strchr(shape, ':');

		if (!colon || (size_t)(colon - shape) != key.len || memcmp(shape, key.at, key.len) != 0 ||
				!is_kind(value, colon + 1))
			return false;
		shape = strchr(colon, ' ');
		shape = shape ? shape + 1 : "";
	}
	return *shape == '\0';
}

bool canon_holds(struct canon object, const char *shape)
{
	struct canon value;
	char name[32];

	while (*shape) {
		const char *colon = strchr(shape, ':'), *next = colon ? strchr(colon, ' ') : NULL;

		if (!colon || (size_t)(colon - shape) >= sizeof(name))
			return false;
		memcpy(name, shape, (size_t)(colon - shape));
		name[colon - shape] = '\0';
		if (!canon_get(object, name, &value) || !is_kind(value, colon + 1))
			return false;
		shape = next ? next + 1 : "";
	}
	return true;
}

bool canon_int(struct canon value, uint64_t *out)
{
	*out = 0;
	if (!value.len || value.at[0] < '0' || value.at[0] > '9')
		return false;
	for (size_t i = 0; i < value.len; i++)
		*out = *out * 10 + (uint64_t)(value.at[i] - '0');
	return true;
}

bool canon_is(struct canon value, const char *text)
{
	size_t len = strlen(text);

	return value.len == len + 2 && value.at[0] == '"' && memcmp(value.at + 1, text, len) == 0;
}

bool canon_hex(struct canon value, size_t digits, char *out)
{
	if (value.len != digits + 2 || value.at[0] != '"')
		return false;
	for (size_t i = 1; i <= digits; i++) {
		char c = value.at[i];

		if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
			return false;
	}
	if (out) {
		memcpy(out, value.at + 1, digits);
		out[digits] = '\0';
	}
	return true;
}

bool canon_text(struct canon value, char *out, size_t *len)
{
	*len = 0;
	if (value.len < 2 || value.at[0] != '"')
		return false;
	for (size_t i = 1; i + 1 < value.len; i++) {
		if (value.at[i] == '\\')
			i += escape_len(value.at + i + 1, value.len - i - 1, &out[*len]);
		else
			out[*len] = value.at[i];
		++*len;
	}
	return true;
}

uint64_t canon_get_int(struct canon object, const char *key)
{
	struct canon value;
	uint64_t v = 0;

	if (canon_get(object, key, &value))
		(void)canon_int(value, &v);
	return v;
}
