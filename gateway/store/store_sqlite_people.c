#include "gateway/store/store_sqlite.h"

enum err store_advisor_add(struct store *s, const struct store_advisor *a, uint64_t now_ms)
{
	enum err e = store_bind(s, Q_ADVISOR_ADD, "sssi", a->name, a->display, a->password, now_ms);

	return e ? e : store_run_one(s, Q_ADVISOR_ADD);
}

static enum err read_advisor(struct store *s, struct store_advisor *out)
{
	const enum query q = Q_ADVISOR_GET;
	enum err e = store_text(s, q, 0, out->name, sizeof(out->name));

	if (!e)
		e = store_text(s, q, 1, out->display, sizeof(out->display));
	if (!e)
		e = store_text(s, q, 2, out->password, sizeof(out->password));
	out->is_disabled = store_number(s, q, 3) != 0;
	return e;
}

enum err store_advisor_get(struct store *s, const char *name, struct store_advisor *out)
{
	enum err e = store_bind(s, Q_ADVISOR_GET, "s", name);

	*out = (struct store_advisor){ 0 };
	if (e)
		return e;
	e = store_step(s, Q_ADVISOR_GET);
	e = e == ERR_AGAIN ? ERR_FORBIDDEN : e ? e : read_advisor(s, out);
	return store_done(s, Q_ADVISOR_GET, e);
}

enum err store_login_add(struct store *s, const struct store_login *l)
{
	enum err e = store_bind(s, Q_LOGIN_ADD, "ssii", l->hash, l->advisor, l->created_ms, l->used_ms);

	return e ? e : store_run(s, Q_LOGIN_ADD);
}

static enum err read_login(struct store *s, struct store_login *out)
{
	const enum query q = Q_LOGIN_GET;
	enum err e = store_text(s, q, 0, out->hash, sizeof(out->hash));

	if (!e)
		e = store_text(s, q, 1, out->advisor, sizeof(out->advisor));
	out->created_ms = store_number(s, q, 2);
	out->used_ms = store_number(s, q, 3);
	return e;
}

enum err store_login_get(struct store *s, const char *hash, struct store_login *out)
{
	enum err e = store_bind(s, Q_LOGIN_GET, "s", hash);

	*out = (struct store_login){ 0 };
	if (e)
		return e;
	e = store_step(s, Q_LOGIN_GET);
	e = e == ERR_AGAIN ? ERR_FORBIDDEN : e ? e : read_login(s, out);
	return store_done(s, Q_LOGIN_GET, e);
}

enum err store_login_touch(struct store *s, const char *hash, uint64_t used_ms)
{
	enum err e = store_bind(s, Q_LOGIN_TOUCH, "is", used_ms, hash);

	return e ? e : store_run(s, Q_LOGIN_TOUCH);
}

enum err store_login_end(struct store *s, const char *hash)
{
	enum err e = store_bind(s, Q_LOGIN_END, "s", hash);

	return e ? e : store_run(s, Q_LOGIN_END);
}

enum err store_logins_purge(struct store *s, uint64_t created_ms, uint64_t used_ms)
{
	enum err e = store_bind(s, Q_LOGINS_PURGE, "ii", created_ms, used_ms);

	return e ? e : store_run(s, Q_LOGINS_PURGE);
}
