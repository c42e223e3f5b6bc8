/* When the evidence of a session cannot be written: its end is told with what is left (S26; EVIDENCE 2.4). */
#include "gateway/notary/notary_ops.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/notary/log.h"

static bool is_full(int cause)
{
	return cause == ENOSPC || cause == EDQUOT;
}

/* The first failure of an operation counts; it is told when the operation is over. */
const char *no_evidence(struct notary *n, const char *session, const char *where)
{
	struct failure *f = &n->failure;

	if (!f->session[0]) {
		f->what = is_full(errno) ? "space" : "disk";
		snprintf(f->session, sizeof(f->session), "%s", session);
		snprintf(f->where, sizeof(f->where), "%s", where);
	}
	return "evidence";
}

static cJSON *failed_event(const struct failure *f)
{
	cJSON *o = cJSON_CreateObject();

	if (o && add_text(o, "what", f->what) && add_text(o, "where", f->where))
		return o;
	cJSON_Delete(o);
	return NULL;
}

static cJSON *end_event(void)
{
	cJSON *o = cJSON_CreateObject();

	if (o && add_text(o, "reason", "evidence"))
		return o;
	cJSON_Delete(o);
	return NULL;
}

static enum err append(struct journal *j, const char *event, cJSON *data)
{
	struct journal_receipt receipt;
	enum err e = data ? journal_append(j, event, data, &receipt) : ERR_NOMEM;

	cJSON_Delete(data);
	return e;
}

static enum err tell(struct notary *n, const struct failure *f)
{
	struct journal *j;
	enum err e = journals_reopen(n->journals, f->session, &j);

	if (!e && !journal_chain(j)->is_failed)
		e = append(j, "failed", failed_event(f));
	if (!e && !journal_chain(j)->is_ended)
		e = append(j, "end", end_event());
	return e;
}

enum err end_in_store(struct notary *n, const char *session, const char *reason)
{
	struct store_session se;
	enum err e = store_session_get(n->store, session, &se);

	if (e || se.is_ended)
		return e;
	e = store_begin(n->store);
	if (!e)
		e = store_session_end(n->store, session, reason, wall_ms(n));
	if (!e && settle_class(n, &se))
		e = ERR_IO;
	if (e) {
		store_rollback(n->store);
		return e;
	}
	e = store_commit(n->store);
	se.is_ended = true;
	se.ended_ms = wall_ms(n);
	return e ? e : seal_when_complete(n, &se) ? ERR_NOMEM : OK;
}

void settle_failure(struct notary *n)
{
	struct failure f = n->failure;
	struct store_session se;
	enum err e;

	n->failure = (struct failure){ 0 };
	if (!f.session[0])
		return;
	if (strcmp(f.what, "space") == 0)
		reserve_give(n->reserve);
	e = store_session_get(n->store, f.session, &se);
	if (e == ERR_FORBIDDEN)
		return; /* it has not begun */
	log_problem("evidence", f.session, f.what);
	e = tell(n, &f);
	if (e)
		log_problem("evidence", f.session, "the failure cannot be told");
	if (end_in_store(n, f.session, "evidence"))
		log_problem("evidence", f.session, store_problem(n->store));
}
