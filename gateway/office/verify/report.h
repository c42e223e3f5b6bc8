#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include "gateway/office/verify/verify.h"

/**
 * report: a result in words. What comes from the bundle is shown without control characters.
 */

/** One line an item, as far as the check went; then what to compare. */
void report_lines(FILE *out, const struct verify_result *r);
/** One line of JSON: item, items, ok, place, root_sha256, session, tsa_sha256, what. */
void report_json(FILE *out, const struct verify_result *r);

/** Writes text; control characters of C0 and C1 become '?'. */
void report_clean(FILE *out, const char *text);

#endif
