#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <sqlite3.h>

#include "gateway/store/store.h"

/** store_sqlite: what the files of the SQLite engine share. Nobody else includes this. */
enum query {
#define QUERY(name, sql) Q_##name,
#include "gateway/store/queries.def"
#undef QUERY
	QUERY_COUNT
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *stmt[QUERY_COUNT];
	bool has_begun;
	char problem[128];
};

/**
 * Binds the values in order: `kinds` holds one letter each, s for const char *, i for uint64_t. The
 * statement must be ended by store_done() or be run to its end by store_run().
 */
enum err store_bind(struct store *s, enum query q, const char *kinds, ...);
/** The next row. ERR_AGAIN: there is none. */
enum err store_step(struct store *s, enum query q);
/** Ends a statement that store_bind() began; passes `e` on, ERR_AGAIN as OK. */
enum err store_done(struct store *s, enum query q, enum err e);
/** Runs a bound statement that gives no row. */
enum err store_run(struct store *s, enum query q);
/** As store_run(); ERR_FORBIDDEN if no row changed. */
enum err store_run_one(struct store *s, enum query q);

/** Column `column` of the present row, into a buffer of `room` bytes. ERR_IO: it does not fit. */
enum err store_text(struct store *s, enum query q, int column, char *out, size_t room);
uint64_t store_number(struct store *s, enum query q, int column);
/** Column 0, an identifier, of each row of a bound statement; ends it. */
enum err store_ids(struct store *s, enum query q, char (*ids)[STORE_ID], size_t max, size_t *count);

#endif
