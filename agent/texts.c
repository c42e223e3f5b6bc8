#include "agent/texts.h"

#include <stdint.h>
#include <string.h>

enum { NAME_MAX_BYTES = 80 };

static const char *const texts[TEXT_COUNT] = {
#define TEXT(name, fr) [TEXT_##name] = fr,
#include "agent/texts.def"
#undef TEXT
};

const char *text_of(enum text t)
{
	return texts[t];
}

/* C1 controls U+0080..U+009F in UTF-8 begin with C2. */
static bool is_control(const unsigned char *s)
{
	return s[0] < 0x20 || s[0] == 0x7f || (s[0] == 0xc2 && s[1] < 0xa0);
}

/* U+061C is D8 9C; U+200E, U+200F, U+2028..U+202E, U+2066..U+2069 all begin with E2 80 or E2 81. */
static bool turns_direction(const unsigned char *s)
{
	if (s[0] == 0xd8)
		return s[1] == 0x9c;
	if (s[0] != 0xe2)
		return false;
	if (s[1] == 0x80)
		return s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae);
	return s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9;
}

bool text_is_name(const char *s)
{
	size_t len = s ? strlen(s) : 0;

	if (len < 1 || len > NAME_MAX_BYTES)
		return false;
	for (const unsigned char *p = (const unsigned char *)s; *p; p++)
		if (is_control(p) || turns_direction(p))
			return false;
	return true;
}

/* One code point of at most `len` bytes; 0: not UTF-8 in its shortest form. */
static size_t read_point(const uint8_t *s, size_t len, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : (s[0] & 0xe0) == 0xc0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : (s[0] & 0xf8) == 0xf0 ? 4 : 0;

	if (n == 0 || n > len)
		return 0;
	*out = n == 1 ? s[0] : s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*out = *out << 6 | (s[i] & 0x3fu);
	}
	return *out < least[n] || *out > 0x10ffff || (*out >= 0xd800 && *out <= 0xdfff) ? 0 : n;
}

static bool is_shown(uint32_t c)
{
	bool is_mark = c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);

	return c >= 0x20 && !(c >= 0x7f && c < 0xa0) && c != 0xfeff && !is_mark;
}

size_t text_message(const void *bytes, size_t len)
{
	const uint8_t *s = bytes;
	size_t points = 0, n;
	uint32_t c;

	if (len < 1 || len > TEXT_MESSAGE_MAX)
		return 0;
	for (; len > 0; s += n, len -= n, points++) {
		n = read_point(s, len, &c);
		if (n == 0 || !is_shown(c))
			return 0;
	}
	return points;
}
