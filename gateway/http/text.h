#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

#include "common/err.h"

/**
 * text: a growing string with a sticky error, for pages built in memory. Zero it to begin.
 */
struct text {
	char *at; /* owned, with a final 0; NULL while empty */
	size_t len, size;
	enum err trouble; /* ERR_NOMEM once an append failed */
};

void text_done(struct text *t);
void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const void *s, size_t len);
/** printf into it. */
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** With & < > " ' escaped for HTML. */
void text_add_html(struct text *t, const char *s);
void text_add_html_bytes(struct text *t, const char *s, size_t len);

#endif
