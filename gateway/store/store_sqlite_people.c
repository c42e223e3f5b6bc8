#include "gateway/store/store_sqlite.h"

/* The statements of each list, in the order of enum store_people. */
static const struct {
	enum query add, get, set, list, login_add, login_get, login_touch, login_end, logins_end, logins_purge;
} lists[STORE_PEOPLE] = {
	[STORE_ADVISORS] = { Q_ADVISOR_ADD, Q_ADVISOR_GET, Q_ADVISOR_SET, Q_ADVISOR_LIST, Q_LOGIN_ADD, Q_LOGIN_GET,
		Q_LOGIN_TOUCH, Q_LOGIN_END, Q_LOGINS_END, Q_LOGINS_PURGE },
	[STORE_OFFICERS] = { Q_OFFICER_ADD, Q_OFFICER_GET, Q_OFFICER_SET, Q_OFFICER_LIST, Q_OFFICER_LOGIN_ADD,
		Q_OFFICER_LOGIN_GET, Q_OFFICER_LOGIN_TOUCH, Q_OFFICER_LOGIN_END, Q_OFFICER_LOGINS_END,
		Q_OFFICER_LOGINS_PURGE },
};

enum err store_person_add(struct store *s, enum store_people p, const struct store_person *a, uint64_t now_ms)
{
	enum err e = store_bind(s, lists[p].add, "ssssi", a->name, a->display, a->password, a->role, now_ms);

	return e ? e : store_run_one(s, lists[p].add);
}

static enum err read_person(struct store *s, enum query q, struct store_person *out)
{
	enum err e = store_text(s, q, 0, out->name, sizeof(out->name));

	if (!e)
		e = store_text(s, q, 1, out->display, sizeof(out->display));
	if (!e)
		e = store_text(s, q, 2, out->password, sizeof(out->password));
	if (!e)
		e = store_text(s, q, 3, out->role, sizeof(out->role));
	out->is_disabled = store_number(s, q, 4) != 0;
	return e;
}

enum err store_person_get(struct store *s, enum store_people p, const char *name, struct store_person *out)
{
	const enum query q = lists[p].get;
	enum err e = store_bind(s, q, "s", name);

	*out = (struct store_person){ 0 };
	if (e)
		return e;
	e = store_step(s, q);
	e = e == ERR_AGAIN ? ERR_FORBIDDEN : e ? e : read_person(s, q, out);
	return store_done(s, q, e);
}

enum err store_person_disable(struct store *s, enum store_people p, const char *name, bool is_disabled)
{
	enum err e = store_bind(s, lists[p].set, "is", (uint64_t)is_disabled, name);

	if (!e)
		e = store_run_one(s, lists[p].set);
	if (!e && is_disabled)
		e = store_bind(s, lists[p].logins_end, "s", name);
	return e || !is_disabled ? e : store_run(s, lists[p].logins_end);
}

enum err store_person_list(struct store *s, enum store_people p, const char *after, struct store_person *out,
		size_t max, size_t *count)
{
	const enum query q = lists[p].list;
	enum err e = store_bind(s, q, "si", after, (uint64_t)max);

	*count = 0;
	if (e)
		return e;
	while (!e && *count < max) {
		e = store_step(s, q);
		if (!e)
			e = read_person(s, q, &out[*count]);
		if (!e)
			++*count;
	}
	return store_done(s, q, e);
}

enum err store_login_add(struct store *s, enum store_people p, const struct store_login *l)
{
	enum err e = store_bind(s, lists[p].login_add, "ssii", l->hash, l->name, l->created_ms, l->used_ms);

	return e ? e : store_run(s, lists[p].login_add);
}

static enum err read_login(struct store *s, enum query q, struct store_login *out)
{
	enum err e = store_text(s, q, 0, out->hash, sizeof(out->hash));

	if (!e)
		e = store_text(s, q, 1, out->name, sizeof(out->name));
	out->created_ms = store_number(s, q, 2);
	out->used_ms = store_number(s, q, 3);
	return e;
}

enum err store_login_get(struct store *s, enum store_people p, const char *hash, struct store_login *out)
{
	const enum query q = lists[p].login_get;
	enum err e = store_bind(s, q, "s", hash);

	*out = (struct store_login){ 0 };
	if (e)
		return e;
	e = store_step(s, q);
	e = e == ERR_AGAIN ? ERR_FORBIDDEN : e ? e : read_login(s, q, out);
	return store_done(s, q, e);
}

enum err store_login_touch(struct store *s, enum store_people p, const char *hash, uint64_t used_ms)
{
	enum err e = store_bind(s, lists[p].login_touch, "is", used_ms, hash);

	return e ? e : store_run(s, lists[p].login_touch);
}

enum err store_login_end(struct store *s, enum store_people p, const char *hash)
{
	enum err e = store_bind(s, lists[p].login_end, "s", hash);

	return e ? e : store_run(s, lists[p].login_end);
}

enum err store_logins_purge(struct store *s, enum store_people p, uint64_t created_ms, uint64_t used_ms)
{
	enum err e = store_bind(s, lists[p].logins_purge, "ii", created_ms, used_ms);

	return e ? e : store_run(s, lists[p].logins_purge);
}
