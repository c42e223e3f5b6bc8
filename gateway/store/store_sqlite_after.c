/* Searching sessions, and what is forgotten in its time (S28, S33). */
#include "gateway/store/store_sqlite.h"

#include <stdio.h>
#include <string.h>

static enum err run_one(struct store *s, enum query q, const char *id)
{
	enum err e = store_bind(s, q, "s", id);

	return e ? e : store_run_one(s, q);
}

enum err store_session_class(struct store *s, const char *session, const char *class)
{
	enum err e = store_bind(s, Q_SESSION_CLASS, "ss", class, session);

	return e ? e : store_run_one(s, Q_SESSION_CLASS);
}

enum err store_session_unsettle(struct store *s, const char *session)
{
	return run_one(s, Q_SESSION_UNSETTLE, session);
}

enum err store_session_settle(struct store *s, const char *session, bool has_hold, uint64_t erased_ms)
{
	enum err e = store_bind(s, Q_SESSION_SETTLE, "iis", (uint64_t)has_hold, erased_ms, session);

	return e ? e : store_run_one(s, Q_SESSION_SETTLE);
}

enum err store_session_unsettled_ids(struct store *s, char (*ids)[STORE_ID], size_t max, size_t *count)
{
	enum err e = store_bind(s, Q_SESSION_UNSETTLED_IDS, "i", (uint64_t)max);

	*count = 0;
	return e ? e : store_ids(s, Q_SESSION_UNSETTLED_IDS, ids, max, count);
}

/* The one number of a bound statement; ends it. */
static enum err take_number(struct store *s, enum query q, uint64_t *out)
{
	enum err e = store_step(s, q);

	*out = e ? 0 : store_number(s, q, 0);
	return store_done(s, q, e);
}

enum err store_session_due(struct store *s, const char *class, uint64_t before_ms, char (*ids)[STORE_ID], size_t max,
		size_t *count, uint64_t *total)
{
	enum err e = store_bind(s, Q_SESSION_DUE_COUNT, "si", class, before_ms);

	*count = 0;
	*total = 0;
	if (!e)
		e = take_number(s, Q_SESSION_DUE_COUNT, total);
	if (!e)
		e = store_bind(s, Q_SESSION_DUE_IDS, "sii", class, before_ms, (uint64_t)max);
	return e ? e : store_ids(s, Q_SESSION_DUE_IDS, ids, max, count);
}

enum err store_session_totals(struct store *s, struct store_totals *out)
{
	const enum query q = Q_SESSION_TOTALS;
	enum err e = store_step(s, q);

	*out = (struct store_totals){ 0 };
	if (!e)
		*out = (struct store_totals){ store_number(s, q, 0), store_number(s, q, 1), store_number(s, q, 2),
			store_number(s, q, 3), store_number(s, q, 4) };
	return store_done(s, q, e);
}

static enum err read_found(struct store *s, enum query q, struct store_found *f)
{
	const struct {
		int column;
		char *out;
		size_t room;
	} texts[] = {
		{ 0, f->id, sizeof(f->id) }, { 1, f->advisor, sizeof(f->advisor) }, { 2, f->display, sizeof(f->display) },
		{ 3, f->purpose, sizeof(f->purpose) }, { 4, f->label, sizeof(f->label) },
		{ 7, f->reason, sizeof(f->reason) }, { 9, f->class, sizeof(f->class) },
		{ 12, f->customer, sizeof(f->customer) },
	};
	enum err e = OK;

	for (size_t i = 0; !e && i < sizeof(texts) / sizeof(*texts); i++)
		e = store_text(s, q, texts[i].column, texts[i].out, texts[i].room);
	f->started_ms = store_number(s, q, 5);
	f->ended_ms = store_number(s, q, 6);
	f->is_ended = store_number(s, q, 8) != 0;
	f->has_hold = store_number(s, q, 10) != 0;
	f->erased_ms = store_number(s, q, 11);
	f->row = store_number(s, q, 13);
	return e;
}

/* The filter that leaves the fewest rows has an index, but for a person: that table is read through (schema 002). */
static enum query search_of(const struct store_filter *f)
{
	if (f->customer[0])
		return Q_SEARCH_CUSTOMER;
	if (f->advisor[0])
		return Q_SEARCH_ADVISOR;
	if (f->purpose[0])
		return Q_SEARCH_PURPOSE;
	return f->reason[0] ? Q_SEARCH_REASON : Q_SEARCH_ALL;
}

enum err store_session_search(struct store *s, const struct store_filter *f, struct store_found *out, size_t max,
		size_t *count)
{
	const enum query q = search_of(f);
	uint64_t before_ms = f->before_ms ? f->before_ms : INT64_MAX, to_ms = f->to_ms ? f->to_ms : INT64_MAX;
	char advisor_end[STORE_NAME + 1];
	enum err e;

	*count = 0;
	snprintf(advisor_end, sizeof(advisor_end), "%s\x7f", f->advisor); /* above every letter of a name */
	e = store_bind(s, q, "ssssiiiiis", f->advisor, advisor_end, f->purpose, f->reason, f->from_ms,
			before_ms < to_ms ? before_ms : to_ms, before_ms, f->before_row, (uint64_t)max, f->customer);
	if (e)
		return e;
	while (!e && *count < max) {
		e = store_step(s, q);
		if (!e)
			e = read_found(s, q, &out[*count]);
		if (!e)
			++*count;
	}
	return store_done(s, q, e);
}

enum err store_acceptance_erase(struct store *s, const char *id)
{
	return run_one(s, Q_PERSON_ERASE, id);
}

enum err store_acceptance_unbound(struct store *s, uint64_t before_ms, char (*ids)[STORE_ID], size_t max,
		size_t *count, uint64_t *total)
{
	enum err e = store_bind(s, Q_UNBOUND_COUNT, "i", before_ms);

	*count = 0;
	*total = 0;
	if (!e)
		e = take_number(s, Q_UNBOUND_COUNT, total);
	if (!e)
		e = store_bind(s, Q_UNBOUND_OLD, "ii", before_ms, (uint64_t)max);
	return e ? e : store_ids(s, Q_UNBOUND_OLD, ids, max, count);
}

enum err store_acceptance_drop(struct store *s, const char *id)
{
	enum err e = store_acceptance_erase(s, id);

	return e ? e : run_one(s, Q_ACCEPTANCE_DROP, id);
}
