#ifndef CSV_H
#define CSV_H

#include "gateway/http/text.h"

/**
 * csv: fields and records of RFC 4180, safe to open in a spreadsheet: what a program there would take for a
 * formula (= + - @ tab, carriage return in front) gets an apostrophe, and so does it behind white space. Pure.
 */

/** One field, and what separates it from the one before. `*count` is 0 at the beginning of a record. */
void csv_field(struct text *t, unsigned *count, const char *value);
/** Ends the record. */
void csv_end(struct text *t, unsigned *count);
/** "2026-11-03T14:02:05Z" of UTC milliseconds, or empty for 0. */
void csv_time(struct text *t, unsigned *count, unsigned long long ms);

#endif
