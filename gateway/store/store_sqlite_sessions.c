#include "gateway/store/store_sqlite.h"

/* Where the text of a column goes. */
struct field {
	char *out;
	size_t room;
	int column;
};

#define FIELD(column, array) { (array), sizeof(array), (column) }

static enum err read_texts(struct store *s, enum query q, const struct field *f, size_t count)
{
	enum err e = OK;

	for (size_t i = 0; !e && i < count; i++)
		e = store_text(s, q, f[i].column, f[i].out, f[i].room);
	return e;
}

enum err store_acceptance_add(struct store *s, const struct store_acceptance *a)
{
	enum err e = store_bind(s, Q_PERSON_ADD, "sss", a->ip, a->user_agent, a->customer);

	if (!e)
		e = store_run(s, Q_PERSON_ADD);
	if (!e)
		e = store_bind(s, Q_ACCEPTANCE_ADD, "sisssss", a->id, a->at_ms, a->version, a->lang, a->terms,
				a->articles, a->button);
	return e ? e : store_run(s, Q_ACCEPTANCE_ADD);
}

static enum err read_acceptance(struct store *s, struct store_acceptance *a)
{
	const struct field fields[] = {
		FIELD(0, a->id), FIELD(2, a->version), FIELD(3, a->lang), FIELD(4, a->terms), FIELD(5, a->articles),
		FIELD(6, a->button), FIELD(7, a->ip), FIELD(8, a->user_agent), FIELD(9, a->customer),
		FIELD(10, a->session),
	};

	a->at_ms = store_number(s, Q_ACCEPTANCE_GET, 1);
	return read_texts(s, Q_ACCEPTANCE_GET, fields, sizeof(fields) / sizeof(*fields));
}

enum err store_acceptance_get(struct store *s, const char *id, struct store_acceptance *out)
{
	enum err e = store_bind(s, Q_ACCEPTANCE_GET, "s", id);

	*out = (struct store_acceptance){ 0 };
	if (e)
		return e;
	e = store_step(s, Q_ACCEPTANCE_GET);
	e = e == ERR_AGAIN ? ERR_FORBIDDEN : e ? e : read_acceptance(s, out);
	return store_done(s, Q_ACCEPTANCE_GET, e);
}

enum err store_session_add(struct store *s, const struct store_session *se)
{
	enum err e = store_bind(s, Q_SESSION_ADD, "ssssii", se->id, se->advisor, se->purpose, se->label,
			(uint64_t)se->ceiling, se->started_ms);

	return e ? e : store_run(s, Q_SESSION_ADD);
}

static enum err read_session(struct store *s, enum query q, struct store_session *se)
{
	const struct field fields[] = {
		FIELD(0, se->id), FIELD(1, se->advisor), FIELD(2, se->display), FIELD(3, se->purpose),
		FIELD(4, se->label), FIELD(9, se->reason), FIELD(10, se->acceptance), FIELD(11, se->sign),
		FIELD(12, se->resume), FIELD(13, se->class),
	};

	se->ceiling = (unsigned)store_number(s, q, 5);
	se->is_ended = store_number(s, q, 6) != 0;
	se->started_ms = store_number(s, q, 7);
	se->ended_ms = store_number(s, q, 8);
	se->has_hold = store_number(s, q, 14) != 0;
	se->is_unsettled = store_number(s, q, 15) != 0;
	se->erased_ms = store_number(s, q, 16);
	return read_texts(s, q, fields, sizeof(fields) / sizeof(*fields));
}

enum err store_session_get(struct store *s, const char *id, struct store_session *out)
{
	enum err e = store_bind(s, Q_SESSION_GET, "s", id);

	*out = (struct store_session){ 0 };
	if (e)
		return e;
	e = store_step(s, Q_SESSION_GET);
	e = e == ERR_AGAIN ? ERR_FORBIDDEN : e ? e : read_session(s, Q_SESSION_GET, out);
	return store_done(s, Q_SESSION_GET, e);
}

enum err store_session_list(struct store *s, const char *advisor, struct store_session *out, size_t max, size_t *count)
{
	enum err e = store_bind(s, Q_SESSION_LIST, "si", advisor, (uint64_t)max);

	*count = 0;
	if (e)
		return e;
	while (!e && *count < max) {
		e = store_step(s, Q_SESSION_LIST);
		if (!e)
			e = read_session(s, Q_SESSION_LIST, &out[*count]);
		if (!e)
			++*count;
	}
	return store_done(s, Q_SESSION_LIST, e);
}

enum err store_session_open_ids(struct store *s, char (*ids)[STORE_ID], size_t max, size_t *count)
{
	enum err e = store_bind(s, Q_SESSION_OPEN_IDS, "i", (uint64_t)max);

	*count = 0;
	return e ? e : store_ids(s, Q_SESSION_OPEN_IDS, ids, max, count);
}

enum err store_session_open_count(struct store *s, uint64_t *count)
{
	enum err e = store_step(s, Q_SESSION_OPEN_COUNT);

	*count = e ? 0 : store_number(s, Q_SESSION_OPEN_COUNT, 0);
	return store_done(s, Q_SESSION_OPEN_COUNT, e);
}

enum err store_session_bind(struct store *s, const char *session, const char *acceptance)
{
	enum err e = store_bind(s, Q_SESSION_BIND, "ss", acceptance, session);

	if (!e)
		e = store_run_one(s, Q_SESSION_BIND);
	if (!e)
		e = store_bind(s, Q_ACCEPTANCE_BIND, "ss", session, acceptance);
	if (!e)
		e = store_run_one(s, Q_ACCEPTANCE_BIND);
	return e;
}

enum err store_session_agent(struct store *s, const char *session, const char *sign, const char *resume)
{
	enum err e = store_bind(s, Q_SESSION_AGENT, "sss", sign, resume, session);

	return e ? e : store_run_one(s, Q_SESSION_AGENT);
}

enum err store_session_end(struct store *s, const char *session, const char *reason, uint64_t now_ms)
{
	static const enum query burns[] = { Q_CODES_BURN, Q_LINKS_BURN, Q_TICKETS_BURN };
	enum err e = store_bind(s, Q_SESSION_END, "iss", now_ms, reason, session);

	if (!e)
		e = store_run_one(s, Q_SESSION_END);
	for (size_t i = 0; !e && i < sizeof(burns) / sizeof(*burns); i++) {
		e = store_bind(s, burns[i], "s", session);
		if (!e)
			e = store_run(s, burns[i]);
	}
	return e;
}
