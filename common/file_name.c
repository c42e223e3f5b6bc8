#include "common/file_name.h"

#include <stdint.h>
#include <string.h>

enum { NOT_UTF8 = 0xffffffff, MARKS_MAX = 2 /* marks on one letter */, WORK_MAX = 16384 };

struct range {
	uint32_t from, to;
};

/* Controls, what turns the direction, what nobody sees, what is no character. */
static const struct range dropped[] = {
	{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad }, { 0x034f, 0x034f }, { 0x061c, 0x061c },
	{ 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
	{ 0x2060, 0x206f }, { 0x2800, 0x2800 }, { 0x3164, 0x3164 }, { 0xe000, 0xf8ff }, { 0xfdd0, 0xfdef },
	{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xffff }, { 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a }, { 0xe0000, 0x10ffff },
};
static const struct range spaces[] = {
	{ 0x00a0, 0x00a0 }, { 0x1680, 0x1680 }, { 0x2000, 0x200a }, { 0x202f, 0x202f }, { 0x205f, 0x205f },
	{ 0x3000, 0x3000 },
};
/* Separators and what shells and file systems take for more than a letter, and their doubles. */
static const uint32_t separators[] = { '/', '\\', ':', '*', '?', '"', '<', '>', '|', '$', '%', '`', '~', 0x2044,
	0x2215, 0x2216, 0x2236, 0x29f5, 0x29f8, 0x29f9, 0xa789, 0xfe13, 0xfe55, 0xfe68, 0xff02, 0xff0a, 0xff0f,
	0xff1a, 0xff1c, 0xff1e, 0xff1f, 0xff3c, 0xff5c };
static const uint32_t dots[] = { 0x2024, 0xfe52, 0xff0e, 0xff61 };
static const struct range marks[] = { { 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd },
	{ 0x0610, 0x061a }, { 0x064b, 0x065f }, { 0x0e47, 0x0e4e }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20ff }, { 0xfe20, 0xfe2f } };

static bool is_in(uint32_t c, const struct range *r, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (c >= r[i].from && c <= r[i].to)
			return true;
	return false;
}

static bool is_one_of(uint32_t c, const uint32_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (c == list[i])
			return true;
	return false;
}

#define IS_IN(c, list) is_in(c, list, sizeof(list) / sizeof((list)[0]))
#define IS_ONE_OF(c, list) is_one_of(c, list, sizeof(list) / sizeof((list)[0]))

/* One character; NOT_UTF8 stands for one byte that is none (too long forms and halves included). */
static uint32_t next_character(const uint8_t *in, size_t len, size_t *used)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	size_t more = in[0] < 0x80 ? 0 : in[0] >= 0xf0 && in[0] < 0xf5 ? 3 : in[0] >= 0xe0 && in[0] < 0xf0 ? 2 : 1;
	uint32_t c = more == 0 ? in[0] : in[0] & (0x3fu >> more);

	*used = 1;
	if (in[0] >= 0x80 && (in[0] < 0xc2 || in[0] > 0xf4))
		return NOT_UTF8;
	if (more >= len)
		return NOT_UTF8;
	for (size_t i = 1; i <= more; i++) {
		if ((in[i] & 0xc0) != 0x80)
			return NOT_UTF8;
		c = c << 6 | (in[i] & 0x3fu);
	}
	if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return NOT_UTF8;
	*used = more + 1;
	return c;
}

struct text {
	char at[WORK_MAX + 8];
	size_t len;
	unsigned marks; /* on the last letter */
};

static void put(struct text *t, const void *bytes, size_t len)
{
	if (t->len + len > WORK_MAX)
		return;
	memcpy(t->at + t->len, bytes, len);
	t->len += len;
}

static void put_letter(struct text *t, const uint8_t *in, size_t len, uint32_t c)
{
	bool is_mark = IS_IN(c, marks);

	if (is_mark && (t->len == 0 || t->at[t->len - 1] == ' ' || ++t->marks > MARKS_MAX))
		return;
	if (!is_mark)
		t->marks = 0;
	put(t, in, len);
}

static void put_character(struct text *t, const uint8_t *in, size_t len, uint32_t c)
{
	if (c == NOT_UTF8 || IS_ONE_OF(c, separators)) {
		t->marks = 0;
		put(t, "_", 1);
	} else if (IS_ONE_OF(c, dots)) {
		t->marks = 0;
		put(t, ".", 1);
	} else if (c == ' ' || IS_IN(c, spaces)) {
		t->marks = 0;
		if (t->len && t->at[t->len - 1] != ' ')
			put(t, " ", 1);
	} else if (c != '\t' && c != '\n' && c != '\r' && IS_IN(c, dropped)) {
		return;
	} else if (c < 0x20) {
		if (t->len && t->at[t->len - 1] != ' ')
			put(t, " ", 1);
	} else {
		put_letter(t, in, len, c);
	}
}

/* Dashes and dots in front: options of commands, hidden files. Marks that lose their letter go too. */
static void trim_front(struct text *t)
{
	size_t n = 0, used;

	while (n < t->len) {
		uint32_t c = next_character((const uint8_t *)t->at + n, t->len - n, &used);

		if (c != ' ' && c != '.' && c != '-' && c != 0xad && !(c >= 0x2010 && c <= 0x2015) && c != 0x2212 &&
				c != 0xff0d && c != 0xfe63 && !IS_IN(c, marks))
			break;
		n += used;
	}
	memmove(t->at, t->at + n, t->len - n);
	t->len -= n;
}

static void trim_back(struct text *t)
{
	while (t->len && (t->at[t->len - 1] == ' ' || t->at[t->len - 1] == '.'))
		t->len--;
}

/* Back to the beginning of a character. */
static size_t whole(const char *at, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max && ((uint8_t)at[max] & 0xc0) == 0x80)
		max--;
	return max;
}

static size_t extension_at(const char *at, size_t len)
{
	for (size_t i = len; i > 1 && len - i <= FILE_EXTENSION_MAX; i--)
		if (at[i - 1] == '.')
			return i - 1;
	return len;
}

/* A long name keeps its end: what kind of file it is. */
static void shorten(struct text *t)
{
	size_t dot = extension_at(t->at, t->len), tail = t->len - dot, stem;

	if (t->len <= FILE_NAME_MAX)
		return;
	stem = whole(t->at, dot, FILE_NAME_MAX - tail);
	while (stem && (t->at[stem - 1] == ' ' || t->at[stem - 1] == '.'))
		stem--;
	memmove(t->at + stem, t->at + dot, tail);
	t->len = stem + tail;
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_word(const char *at, size_t len, const char *word)
{
	if (len != strlen(word))
		return false;
	for (size_t i = 0; i < len; i++)
		if (upper(at[i]) != word[i])
			return false;
	return true;
}

/* CON, NUL, COM1, LPT² and so on, whatever stands behind their first dot. */
static bool is_device(const struct text *t)
{
	static const char *const words[] = { "CON", "PRN", "AUX", "NUL", "CONIN_", "CONOUT_", "CLOCK_" };
	static const char *const ports[] = { "COM", "LPT" };
	const char *dot = memchr(t->at, '.', t->len);
	size_t len = dot ? (size_t)(dot - t->at) : t->len;

	while (len && t->at[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is_word(t->at, len, words[i]))
			return true;
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		bool is_digit = len == 4 && t->at[3] >= '0' && t->at[3] <= '9';
		bool is_small = len == 5 && t->at[3] == '\xc2' &&
				(t->at[4] == '\xb9' || t->at[4] == '\xb2' || t->at[4] == '\xb3');

		if ((is_digit || is_small) && is_word(t->at, 3, ports[i]))
			return true;
	}
	return false;
}

void file_name_clean(const void *in, size_t len, char out[FILE_NAME_SIZE])
{
	const uint8_t *at = in;
	struct text t = { .len = 0 };

	for (size_t i = 0, used; i < len; i += used) {
		uint32_t c = next_character(at + i, len - i, &used);

		put_character(&t, at + i, used, c);
	}
	trim_front(&t);
	trim_back(&t);
	if (is_device(&t)) {
		memmove(t.at + 1, t.at, t.len);
		t.at[0] = '_';
		t.len++;
	}
	shorten(&t);
	if (t.len == 0)
		put(&t, "fichier", 7);
	memcpy(out, t.at, t.len);
	out[t.len] = '\0';
}

bool file_name_is_clean(const char *name)
{
	char clean[FILE_NAME_SIZE];

	file_name_clean(name, strlen(name), clean);
	return strcmp(name, clean) == 0;
}

void file_name_extension(const char *name, char out[FILE_EXTENSION_MAX + 1])
{
	size_t len = strlen(name), dot = extension_at(name, len), n = 0;

	for (size_t i = dot + 1; i < len && n < FILE_EXTENSION_MAX; i++)
		out[n++] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') : name[i];
	out[n] = '\0';
}
