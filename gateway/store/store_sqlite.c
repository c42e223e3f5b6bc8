#include "gateway/store/store_sqlite.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUSY_MS = 2000 };

static const char *const queries[QUERY_COUNT] = {
#define QUERY(name, sql) [Q_##name] = sql,
#include "gateway/store/queries.def"
#undef QUERY
};

static const char *const settings[] = {
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = FULL",
	"PRAGMA foreign_keys = ON",
	"PRAGMA trusted_schema = OFF",
	"PRAGMA secure_delete = ON",
};

static const char *const schema_001[] = {
#define SCHEMA(sql) sql,
#include "gateway/store/schema/001.def"
#undef SCHEMA
};

static const char *const schema_002[] = {
#define SCHEMA(sql) sql,
#include "gateway/store/schema/002.def"
#undef SCHEMA
};

/* Row i takes a database of version i to version i + 1. */
static const struct {
	const char *const *sql;
	size_t count;
} steps[] = {
	{ schema_001, sizeof(schema_001) / sizeof(*schema_001) },
	{ schema_002, sizeof(schema_002) / sizeof(*schema_002) },
};

enum { SCHEMA_VERSION = sizeof(steps) / sizeof(*steps) };

/* SQLite's own words for a result code name no value of a row. */
static enum err failed(struct store *s, int code)
{
	snprintf(s->problem, sizeof(s->problem), "sqlite: %s (%d)", sqlite3_errstr(code), code);
	return code == SQLITE_NOMEM ? ERR_NOMEM : ERR_IO;
}

static enum err execute(struct store *s, const char *sql)
{
	int code = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? OK : failed(s, code);
}

static enum err read_version(struct store *s, int *version)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &stmt, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	*version = code == SQLITE_ROW ? sqlite3_column_int(stmt, 0) : -1;
	sqlite3_finalize(stmt);
	return code == SQLITE_ROW ? OK : failed(s, code);
}

static enum err migrate_one(struct store *s, int step)
{
	enum err e = execute(s, "BEGIN IMMEDIATE");

	for (size_t i = 0; !e && i < steps[step].count; i++)
		e = execute(s, steps[step].sql[i]);
	if (!e)
		e = execute(s, "COMMIT");
	return e;
}

static enum err migrate(struct store *s)
{
	int version, before;
	enum err e = read_version(s, &version);

	if (!e && version > SCHEMA_VERSION) {
		snprintf(s->problem, sizeof(s->problem), "the database is of a newer version, %d", version);
		return ERR_IO;
	}
	for (before = version; !e && version < SCHEMA_VERSION; version++)
		e = migrate_one(s, version);
	/* The old tables' pages still hold what was moved out of them. */
	return !e && before > 0 && before < SCHEMA_VERSION ? execute(s, "VACUUM") : e;
}

static enum err prepare(struct store *s)
{
	for (int q = 0; q < QUERY_COUNT; q++) {
		int code = sqlite3_prepare_v3(s->db, queries[q], -1, SQLITE_PREPARE_PERSISTENT, &s->stmt[q], NULL);
		if (code != SQLITE_OK)
			return failed(s, code);
	}
	return OK;
}

enum err store_open(const char *path, struct store **out)
{
	struct store *s = calloc(1, sizeof(*s));
	enum err e = OK;
	int code;

	*out = NULL;
	if (!s)
		return ERR_NOMEM;
	code = sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK)
		e = failed(s, code);
	else
		sqlite3_busy_timeout(s->db, BUSY_MS);
	for (size_t i = 0; !e && i < sizeof(settings) / sizeof(*settings); i++)
		e = execute(s, settings[i]);
	if (!e)
		e = migrate(s);
	if (!e)
		e = prepare(s);
	if (e) {
		store_close(s);
		return e;
	}
	*out = s;
	return OK;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	for (int q = 0; q < QUERY_COUNT; q++)
		sqlite3_finalize(s->stmt[q]);
	sqlite3_close(s->db);
	free(s);
}

const char *store_problem(const struct store *s)
{
	return s->problem;
}

enum err store_begin(struct store *s)
{
	enum err e = store_run(s, Q_BEGIN);

	s->has_begun = e == OK;
	return e;
}

enum err store_commit(struct store *s)
{
	enum err e = store_run(s, Q_COMMIT);

	if (e)
		store_rollback(s);
	s->has_begun = false;
	return e;
}

void store_rollback(struct store *s)
{
	if (s->has_begun)
		(void)store_run(s, Q_ROLLBACK); /* an engine that failed may have undone it already */
	s->has_begun = false;
}

enum err store_scrub(struct store *s)
{
	int left = 0, moved = 0;
	int code = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, &left, &moved);

	return code == SQLITE_OK ? OK : failed(s, code);
}

enum err store_bind(struct store *s, enum query q, const char *kinds, ...)
{
	int code = SQLITE_OK;
	va_list values;

	va_start(values, kinds);
	for (int i = 0; kinds[i] && code == SQLITE_OK; i++) {
		if (kinds[i] == 's')
			code = sqlite3_bind_text(s->stmt[q], i + 1, va_arg(values, const char *), -1, SQLITE_TRANSIENT);
		else
			code = sqlite3_bind_int64(s->stmt[q], i + 1, (sqlite3_int64)va_arg(values, uint64_t));
	}
	va_end(values);
	return code == SQLITE_OK ? OK : store_done(s, q, failed(s, code));
}

enum err store_step(struct store *s, enum query q)
{
	int code = sqlite3_step(s->stmt[q]);

	if (code == SQLITE_ROW)
		return OK;
	return code == SQLITE_DONE ? ERR_AGAIN : failed(s, code);
}

enum err store_done(struct store *s, enum query q, enum err e)
{
	sqlite3_reset(s->stmt[q]);
	sqlite3_clear_bindings(s->stmt[q]);
	return e == ERR_AGAIN ? OK : e;
}

enum err store_run(struct store *s, enum query q)
{
	return store_done(s, q, store_step(s, q));
}

enum err store_run_one(struct store *s, enum query q)
{
	enum err e = store_run(s, q);

	if (!e && sqlite3_changes(s->db) == 0)
		e = ERR_FORBIDDEN;
	return e;
}

enum err store_text(struct store *s, enum query q, int column, char *out, size_t room)
{
	const unsigned char *text = sqlite3_column_text(s->stmt[q], column);
	size_t len = (size_t)sqlite3_column_bytes(s->stmt[q], column);

	out[0] = '\0';
	if (!text)
		return failed(s, SQLITE_NOMEM);
	if (len >= room)
		return failed(s, SQLITE_CORRUPT);
	memcpy(out, text, len);
	out[len] = '\0';
	return OK;
}

uint64_t store_number(struct store *s, enum query q, int column)
{
	sqlite3_int64 v = sqlite3_column_int64(s->stmt[q], column);

	return v < 0 ? 0 : (uint64_t)v;
}

enum err store_ids(struct store *s, enum query q, char (*ids)[STORE_ID], size_t max, size_t *count)
{
	enum err e = OK;

	*count = 0;
	while (!e && *count < max) {
		e = store_step(s, q);
		if (!e)
			e = store_text(s, q, 0, ids[*count], STORE_ID);
		if (!e)
			++*count;
	}
	return store_done(s, q, e);
}
