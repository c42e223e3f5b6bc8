#include "gateway/http/form.h"

#include <stdint.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_utf8(const char *s)
{
	const uint8_t *p = (const uint8_t *)s;

	while (*p) {
		unsigned more = *p < 0x80                 ? 0
				: *p >= 0xc2 && *p < 0xe0 ? 1
				: *p >= 0xe0 && *p < 0xf0 ? 2
				: *p >= 0xf0 && *p < 0xf5 ? 3
							  : 9;
		if (more == 9 || (*p < 0x20 && !strchr("\t\r\n", *p)) || *p == 0x7f)
			return false;
		for (p++; more; more--, p++)
			if ((*p & 0xc0) != 0x80)
				return false;
	}
	return true;
}

static bool decode(const char *in, size_t len, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = in[i] == '+' ? ' ' : in[i];

		if (c == '%') {
			int high, low;
			if (len - i < 3)
				return false;
			high = hex_digit(in[i + 1]);
			low = hex_digit(in[i + 2]);
			if (high < 0 || low < 0 || (high == 0 && low == 0))
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (n + 1 >= size)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	return is_utf8(out);
}

bool form_value(const char *encoded, const char *name, char *out, size_t size)
{
	size_t want = strlen(name);

	out[0] = '\0';
	for (const char *at = encoded; at && *at;) {
		size_t len = strcspn(at, "&");
		const char *eq = memchr(at, '=', len);

		if (eq && (size_t)(eq - at) == want && memcmp(at, name, want) == 0) {
			if (decode(eq + 1, len - want - 1, out, size))
				return true;
			out[0] = '\0';
			return false;
		}
		at += len;
		if (*at == '&')
			at++;
	}
	return false;
}

bool form_cookie(const char *header, const char *name, char *out, size_t size)
{
	size_t want = strlen(name);

	out[0] = '\0';
	for (const char *at = header; at && *at;) {
		size_t len;

		at += strspn(at, " ;");
		len = strcspn(at, ";");
		if (len > want && at[want] == '=' && memcmp(at, name, want) == 0) {
			if (len - want - 1 >= size)
				return false;
			memcpy(out, at + want + 1, len - want - 1);
			out[len - want - 1] = '\0';
			return true;
		}
		at += len;
	}
	return false;
}
