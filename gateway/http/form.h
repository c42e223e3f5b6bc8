#ifndef FORM_H
#define FORM_H

#include <stdbool.h>
#include <stddef.h>

/**
 * form: values out of a query, a urlencoded body (name=value&…) and a Cookie header.
 *
 * Percent escapes and '+' are decoded; a value with a control character but tab, CR and LF, or that
 * is not UTF-8, is as good as absent.
 */

/** Copies the first value of `name` into out, with a final 0. False: absent, too long or not text.
 */
bool form_value(const char *encoded, const char *name, char *out, size_t size);
/** The value of one cookie, not decoded. */
bool form_cookie(const char *header, const char *name, char *out, size_t size);

#endif
