#include "common/json_scan.h"

#include <stdint.h>
#include <string.h>

struct scan {
	const unsigned char *at, *end;
	size_t depth; /* levels that may still be opened */
};

static bool scan_value(struct scan *s);

static void skip_space(struct scan *s)
{
	while (s->at < s->end &&
			(*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
		s->at++;
}

static bool take(struct scan *s, unsigned char c)
{
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

static bool take_word(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
		return false;
	s->at += len;
	return true;
}

/* Length of a UTF-8 sequence by its first byte and the bounds of the second (RFC 3629, section 4).
 */
static size_t utf8_length(unsigned char first, unsigned char *low, unsigned char *high)
{
	*low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	*high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

static bool scan_utf8(struct scan *s)
{
	unsigned char low, high;
	size_t len = utf8_length(*s->at, &low, &high);

	if (len == 0 || (size_t)(s->end - s->at) < len || s->at[1] < low || s->at[1] > high)
		return false;
	for (size_t i = 2; i < len; i++)
		if ((s->at[i] & 0xc0) != 0x80)
			return false;
	s->at += len;
	return true;
}

static int hex_value(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool scan_hex4(struct scan *s, unsigned *out)
{
	*out = 0;
	for (int i = 0; i < 4; i++) {
		int v = s->at < s->end ? hex_value(*s->at) : -1;
		if (v < 0)
			return false;
		*out = *out << 4 | (unsigned)v;
		s->at++;
	}
	return true;
}

static bool scan_unicode_escape(struct scan *s)
{
	unsigned unit, second;

	if (!scan_hex4(s, &unit) || unit == 0)
		return false;
	if (unit < 0xd800 || unit > 0xdfff)
		return true;
	return unit <= 0xdbff && take(s, '\\') && take(s, 'u') && scan_hex4(s, &second) &&
			second >= 0xdc00 && second <= 0xdfff;
}

static bool scan_escape(struct scan *s)
{
	unsigned char c = s->at < s->end ? *s->at++ : 0;

	if (c == 'u')
		return scan_unicode_escape(s);
	return c != 0 && strchr("\"\\/bfnrt", c);
}

static bool scan_string(struct scan *s)
{
	if (!take(s, '"'))
		return false;
	while (s->at < s->end) {
		unsigned char c = *s->at;

		if (c == '"')
			return take(s, '"');
		if (c < 0x20)
			return false;
		if (c >= 0x80) {
			if (!scan_utf8(s))
				return false;
			continue;
		}
		s->at++;
		if (c == '\\' && !scan_escape(s))
			return false;
	}
	return false;
}

static bool scan_number(struct scan *s)
{
	const uint64_t max = (uint64_t)1 << 53;
	bool is_negative = take(s, '-');
	const unsigned char *first = s->at;
	uint64_t v = 0;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9' && v <= max)
		v = v * 10 + (uint64_t)(*s->at++ - '0');
	if (s->at == first || v > max || (*first == '0' && s->at - first > 1))
		return false;
	if (is_negative && v == 0)
		return false;
	return s->at == s->end || (*s->at != '.' && *s->at != 'e' && *s->at != 'E');
}

static bool scan_member(struct scan *s)
{
	skip_space(s);
	if (!scan_string(s))
		return false;
	skip_space(s);
	return take(s, ':') && scan_value(s);
}

static bool scan_list(struct scan *s, unsigned char close, bool (*scan_item)(struct scan *))
{
	bool is_good = s->depth > 0;

	if (!is_good)
		return false;
	s->depth--;
	s->at++;
	skip_space(s);
	if (!take(s, close)) {
		do
			is_good = scan_item(s);
		while (is_good && take(s, ','));
		is_good = is_good && take(s, close);
	}
	s->depth++;
	return is_good;
}

static bool scan_plain(struct scan *s)
{
	switch (*s->at) {
	case '{':
		return scan_list(s, '}', scan_member);
	case '[':
		return scan_list(s, ']', scan_value);
	case '"':
		return scan_string(s);
	case 't':
		return take_word(s, "true");
	case 'f':
		return take_word(s, "false");
	case 'n':
		return take_word(s, "null");
	default:
		return scan_number(s);
	}
}

/* A value and the white space around it. */
static bool scan_value(struct scan *s)
{
	skip_space(s);
	if (s->at == s->end || !scan_plain(s))
		return false;
	skip_space(s);
	return true;
}

bool json_scan(const void *buf, size_t len, size_t depth)
{
	struct scan s = { .at = buf, .depth = depth };

	s.end = s.at + len;
	return scan_value(&s) && s.at == s.end;
}
