#ifndef JOURNAL_MARKS_H
#define JOURNAL_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/notary/digest.h"

/**
 * journal_marks: where a journal's heads were signed lately, so that a head which an agent sends back can be found to
 * have been true without reading the file (docs/EVIDENCE.md 3 "Heads"). Plain data, pure.
 */
enum { JOURNAL_MARKS = 16 };

/** The journal once had `n` lines, the last one's hash was `head`, `chunks` chunks were durable. */
struct journal_mark {
	uint64_t n, chunks;
	char head[DIGEST_HEX + 1];
};

struct journal_marks {
	struct journal_mark mark[JOURNAL_MARKS]; /* the newest ones, round and round */
	unsigned count;                          /* since the journal was opened */
	unsigned looks;                          /* into the file, for marks of before that */
};

void journal_marks_add(struct journal_marks *m, const struct journal_mark *mark);
bool journal_marks_have(const struct journal_marks *m, const struct journal_mark *mark);
/** Whether the `len` bytes of a journal's file once were as the mark says. */
bool journal_marks_fit(const struct journal_mark *mark, const char *buf, size_t len);

#endif
