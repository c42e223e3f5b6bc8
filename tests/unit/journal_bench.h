#ifndef JOURNAL_BENCH_H
#define JOURNAL_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>

#include "common/json.h"
#include "gateway/notary/journals.h"

/**
 * journal_bench: journals in a fresh directory, on calls of the system that fail when the test says so.
 */
extern const char session[];

/* The real calls, of which the fail_at-th fails (1, 2, …; 0: none); short_write halves it before. */
struct faults {
	int calls, fail_at;
	bool is_short;
};

/** The calls of the system that fail as `f` says. */
struct journal_io faulty(struct faults *f);
/** "DIR/name", valid until the next call. */
const char *folder_of(const char *name);
/** "DIR/name/journal.suffix", valid until the next call. */
const char *path_of(const char *name, const char *suffix);
int journal_setup(void **state);
void remove_all(void);
int journal_teardown(void **state);
/** A whole file of the session's journal; free() it. */
char *read_file(const char *suffix, size_t *len);
void write_tail(const char *text, size_t len);
struct journals *journals_of(const struct journal_io *io, size_t max);
enum err append(struct journals *js, const char *id, int value, struct journal_receipt *r);
/** Lines of the file, each checked against the chain by the scanner. */
uint64_t count_lines(void);

#endif
