#include "gateway/store/store_sqlite.h"

enum err store_code_add(struct store *s, const struct store_code *c)
{
	enum err e = store_bind(s, Q_CODE_ADD, "ssi", c->mac, c->session, c->expires_ms);

	return e ? e : store_run(s, Q_CODE_ADD);
}

static enum err read_code(struct store *s, struct store_code *c)
{
	enum err e = store_text(s, Q_CODES_LIVE, 0, c->mac, sizeof(c->mac));

	if (!e)
		e = store_text(s, Q_CODES_LIVE, 1, c->session, sizeof(c->session));
	c->expires_ms = store_number(s, Q_CODES_LIVE, 2);
	return e;
}

enum err store_codes_live(struct store *s, uint64_t now_ms, store_code_fn *fn, void *arg)
{
	enum err e = store_bind(s, Q_CODES_LIVE, "i", now_ms);
	struct store_code c;

	if (e)
		return e;
	do {
		e = store_step(s, Q_CODES_LIVE);
		if (!e)
			e = read_code(s, &c);
	} while (!e && fn(arg, &c));
	return store_done(s, Q_CODES_LIVE, e);
}

enum err store_code_expiry(struct store *s, const char *session, uint64_t now_ms, uint64_t *expires_ms)
{
	enum err e = store_bind(s, Q_CODE_EXPIRY, "si", session, now_ms);

	*expires_ms = 0;
	if (e)
		return e;
	e = store_step(s, Q_CODE_EXPIRY);
	if (!e)
		*expires_ms = store_number(s, Q_CODE_EXPIRY, 0);
	return store_done(s, Q_CODE_EXPIRY, e);
}

enum err store_codes_burn(struct store *s, const char *session)
{
	enum err e = store_bind(s, Q_CODES_BURN, "s", session);

	return e ? e : store_run(s, Q_CODES_BURN);
}

enum err store_link_add(struct store *s, const char *hash, const char *session, uint64_t expires_ms)
{
	enum err e = store_bind(s, Q_LINK_ADD, "ssi", hash, session, expires_ms);

	return e ? e : store_run(s, Q_LINK_ADD);
}

enum err store_link_get(struct store *s, const char *hash, uint64_t now_ms, char session[STORE_ID])
{
	enum err e = store_bind(s, Q_LINK_GET, "si", hash, now_ms);

	session[0] = '\0';
	if (e)
		return e;
	e = store_step(s, Q_LINK_GET);
	e = e == ERR_AGAIN ? ERR_FORBIDDEN : e ? e : store_text(s, Q_LINK_GET, 0, session, STORE_ID);
	return store_done(s, Q_LINK_GET, e);
}

enum err store_links_burn(struct store *s, const char *session)
{
	enum err e = store_bind(s, Q_LINKS_BURN, "s", session);

	return e ? e : store_run(s, Q_LINKS_BURN);
}

enum err store_ticket_add(struct store *s, const struct store_ticket *t)
{
	enum err e = store_bind(s, Q_TICKET_ADD, "ssssi", t->hash, t->kind, t->acceptance, t->session, t->expires_ms);

	return e ? e : store_run(s, Q_TICKET_ADD);
}

enum err store_ticket_count(struct store *s, const char *kind, const char *acceptance, uint64_t *count)
{
	enum err e = store_bind(s, Q_TICKET_COUNT, "ss", acceptance, kind);

	*count = 0;
	if (e)
		return e;
	e = store_step(s, Q_TICKET_COUNT);
	if (!e)
		*count = store_number(s, Q_TICKET_COUNT, 0);
	return store_done(s, Q_TICKET_COUNT, e);
}

static enum err get_ticket(struct store *s, const char *kind, const char *hash, uint64_t now_ms,
		struct store_ticket *out)
{
	enum err e = store_bind(s, Q_TICKET_GET, "ssi", hash, kind, now_ms);

	if (e)
		return e;
	e = store_step(s, Q_TICKET_GET);
	if (e == ERR_AGAIN)
		e = ERR_FORBIDDEN;
	if (!e)
		e = store_text(s, Q_TICKET_GET, 0, out->acceptance, sizeof(out->acceptance));
	if (!e)
		e = store_text(s, Q_TICKET_GET, 1, out->session, sizeof(out->session));
	return store_done(s, Q_TICKET_GET, e);
}

enum err store_ticket_take(struct store *s, const char *kind, const char *hash, uint64_t now_ms,
		struct store_ticket *out)
{
	enum err e;

	*out = (struct store_ticket){ 0 };
	e = get_ticket(s, kind, hash, now_ms, out);
	if (!e)
		e = store_bind(s, Q_TICKET_USED, "is", now_ms, hash);
	return e ? e : store_run_one(s, Q_TICKET_USED);
}
