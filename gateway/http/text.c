#include "gateway/http/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_done(struct text *t)
{
	free(t->at);
	memset(t, 0, sizeof(*t));
}

void text_add_bytes(struct text *t, const void *s, size_t len)
{
	if (t->trouble)
		return;
	if (t->len + len + 1 > t->size) {
		size_t size = 2 * (t->len + len) + 256;
		char *p = realloc(t->at, size);

		if (!p) {
			t->trouble = ERR_NOMEM;
			return;
		}
		t->at = p;
		t->size = size;
	}
	memcpy(t->at + t->len, s, len);
	t->len += len;
	t->at[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

void text_addf(struct text *t, const char *format, ...)
{
	char *s = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&s, format, args);
	va_end(args);
	if (n < 0) {
		t->trouble = ERR_NOMEM;
		return;
	}
	text_add_bytes(t, s, (size_t)n);
	free(s);
}

static const char *escape_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void text_add_html_bytes(struct text *t, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const char *escape = escape_of(s[i]);

		if (escape)
			text_add(t, escape);
		else
			text_add_bytes(t, &s[i], 1);
	}
}

void text_add_html(struct text *t, const char *s)
{
	text_add_html_bytes(t, s, strlen(s));
}
