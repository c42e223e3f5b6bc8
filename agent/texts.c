#include "agent/texts.h"

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
