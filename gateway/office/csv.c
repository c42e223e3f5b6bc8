#include "gateway/office/csv.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Some programs look behind spaces, and take the wide forms of the signs as signs. */
static bool is_formula(const char *s)
{
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0" };

	if (*s == '\t' || *s == '\r' || *s == '\n')
		return true;
	s += strspn(s, " \t\r\n\v\f");
	if (*s && strchr("=+-@|%", *s))
		return true;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (strncmp(s, wide[i], 3) == 0)
			return true;
	return false;
}

void csv_field(struct text *t, unsigned *count, const char *value)
{
	bool is_risky = is_formula(value);

	if ((*count)++)
		text_add(t, ",");
	if (!is_risky && !strpbrk(value, ",\"\r\n") && value[0] != ' ') {
		text_add(t, value);
		return;
	}
	text_add(t, is_risky ? "\"'" : "\"");
	for (; *value; value++)
		text_add_bytes(t, *value == '"' ? "\"\"" : value, *value == '"' ? 2 : 1);
	text_add(t, "\"");
}

void csv_end(struct text *t, unsigned *count)
{
	text_add(t, "\r\n");
	*count = 0;
}

void csv_time(struct text *t, unsigned *count, unsigned long long ms)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;
	char text[32] = "";

	if (ms && gmtime_r(&s, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	csv_field(t, count, text);
}
