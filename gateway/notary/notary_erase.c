/*
 * Erasure and retention (docs/EVIDENCE.md 9; S33).
 *
 * Order: the row is marked; the line `erase_decided` is durable; key and personal values are destroyed, files
 * first, then the store; the line `erased` is durable; the log has its entry; the mark goes. So nothing is
 * destroyed that nobody decided, and `erased` never stands where a key still lies. Whatever is interrupted is done
 * again from the line `erase_decided` on, at the next start or the next tick: every step can be done twice.
 */
#include "gateway/notary/notary_after.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "gateway/notary/log.h"
#include "gateway/notary/shred.h"

enum {
	DAY_MS = 86400000,
	PATH_ROOM = 4096,
	SETTLE_MAX = 64,   /* sessions at one tick */
	DRY_MAX = 1000,    /* sessions that a dry run names */
	TRIES_MAX = 64,    /* sessions that a run looks at */
	UNBOUND_BATCH = 64,
};

static const char retention[] = "retention";

/* Also what a crash may have left of them before they got their names. */
static const char *const secrets[] = {
	"key.wrapped", "key.wrapped.new", "private.jsonl", "private.jsonl.new", "private.dropped",
};

static const char *destroy_files(struct notary *n, const char *session)
{
	char folder[PATH_ROOM];
	int len = snprintf(folder, sizeof(folder), "%s/%s", n->paths.sessions, session);
	enum err e = len > 0 && (size_t)len < sizeof(folder) ? OK : ERR_IO;

	for (size_t i = 0; !e && i < sizeof(secrets) / sizeof(*secrets); i++)
		e = shred_file(n->o.io, folder, secrets[i]);
	if (!e)
		e = shred_done(n->o.io, folder);
	return e ? "evidence" : NULL;
}

static const char *destroy_rows(struct notary *n, const struct store_session *se)
{
	enum err e = se->acceptance[0] ? store_acceptance_erase(n->store, se->acceptance) : OK;

	if (e == ERR_FORBIDDEN)
		e = OK; /* no such acceptance: nothing to erase */
	return word_of(e ? e : store_scrub(n->store));
}

static cJSON *decision(const char *by, const char *ground, const char *what)
{
	cJSON *o = cJSON_CreateObject();

	if (add_text(o, "by", by) && add_text(o, "ground", ground) && (!what || add_text(o, "what", what)))
		return o;
	cJSON_Delete(o);
	return NULL;
}

/* The entry `erased` of the transparency log. */
static const char *tell_log(struct notary *n, const char *session, const char *hash)
{
	enum err e = transparency_has(n->log, LOG_ERASED, session) ? OK :
		transparency_append(n->log, LOG_ERASED, session, hash);

	return !e ? NULL : e == ERR_NOMEM ? "nomem" : "evidence";
}

/* From a durable decision on: destroys, says so, and tells the log. `a` is what after.jsonl says. */
static const char *carry_out(struct notary *n, const struct store_session *se, struct after *a)
{
	const char *word = destroy_files(n, se->id);

	if (!word)
		word = destroy_rows(n, se);
	if (!word && !a->is_erased) {
		word = after_event(n, se->id, "erased", decision(a->decided_by, a->ground, "key private"));
		if (!word)
			word = after_state(n, se->id, a);
	}
	if (!word)
		word = tell_log(n, se->id, a->erased_hash);
	return word ? word : settle_copy(n, se->id, a);
}

static const char *decide(struct notary *n, const struct store_session *se, const char *by, const char *ground)
{
	struct after a;
	const char *word = begin_unsettled(n, se->id);

	if (!word)
		word = after_event(n, se->id, "erase_decided", decision(by, ground, NULL));
	if (!word)
		word = after_state(n, se->id, &a);
	return word ? word : carry_out(n, se, &a);
}

/* ---- by two persons ---- */

const char *on_erase_ask(struct notary *n, const struct request *r, cJSON *answer)
{
	char ground[AFTER_GROUND];
	struct store_session se;
	struct after a;
	struct who who;
	const char *word = take_sealed(n, r, ROLE_COMPLIANCE, &who, &se);

	(void)answer;
	if (!word)
		word = take_ground(r, ground);
	if (!word)
		word = after_state(n, se.id, &a);
	if (word)
		return word;
	if (a.is_decided)
		return "erased";
	if (a.has_hold)
		return "hold";
	if (a.is_asked && strcmp(a.asked_by, who.by) == 0)
		return "asked";
	return after_event(n, se.id, "erase_asked", after_data(&who, "ground", ground));
}

/* Whoever is at guichetctl names himself: all of them are one person. */
static bool is_same_person(const char *a, const char *b)
{
	bool is_ctl = strncmp(a, "ctl:", 4) == 0 && strncmp(b, "ctl:", 4) == 0;

	return is_ctl || strcmp(a, b) == 0;
}

static const char *check_confirm(const struct after *a, const struct who *who)
{
	if (a->is_erased)
		return "erased";
	if (a->has_hold)
		return "hold";
	if (!a->is_asked)
		return "asked";
	return is_same_person(a->asked_by, who->by) ? "same" : NULL;
}

const char *on_erase_confirm(struct notary *n, const struct request *r, cJSON *answer)
{
	char by[AFTER_BY];
	struct store_session se;
	struct after a;
	struct who who;
	const char *word = take_sealed(n, r, ROLE_COMPLIANCE, &who, &se);

	(void)answer;
	if (!word)
		word = after_state(n, se.id, &a);
	if (!word && a.is_decided && !a.is_erased)
		return carry_out(n, &se, &a); /* it was interrupted; the decision stands */
	if (!word)
		word = check_confirm(&a, &who);
	if (word)
		return word;
	snprintf(by, sizeof(by), "%s %s", a.asked_by, who.by);
	return decide(n, &se, by, a.ground);
}

/* ---- what was interrupted ---- */

static void settle_one(struct notary *n, const char *id)
{
	struct store_session se;
	struct after a;
	const char *word = word_of(store_session_get(n->store, id, &se));

	if (!word)
		word = after_state(n, id, &a);
	if (!word)
		word = a.is_decided ? carry_out(n, &se, &a) : settle_copy(n, id, &a);
	if (word)
		log_problem("settle", id, word);
}

void settle_all(struct notary *n)
{
	char ids[SETTLE_MAX][STORE_ID];
	size_t count;

	if (store_session_unsettled_ids(n->store, ids, SETTLE_MAX, &count))
		log_problem("settle", NULL, store_problem(n->store));
	for (size_t i = 0; i < count; i++)
		settle_one(n, ids[i]);
}

/* ---- retention ---- */

/* The classes with their periods. */
struct class_period {
	const char *class;
	unsigned days;
};

enum { CLASSES = 3 };

static void periods_of(const struct notary *n, struct class_period out[CLASSES])
{
	const struct notary_retention *r = &n->o.retention;

	out[0] = (struct class_period){ "proof", r->proof_days };
	out[1] = (struct class_period){ "quality", r->quality_days };
	out[2] = (struct class_period){ "unused", r->unused_days };
}

/* Whatever began after this is kept; 0: everything is. */
static uint64_t limit_of(const struct notary *n, unsigned days)
{
	uint64_t now_ms = wall_ms(n), period_ms = (uint64_t)days * DAY_MS;

	return days && now_ms > period_ms ? now_ms - period_ms : 0;
}

/* What a run has done, or would do. */
struct run {
	bool is_dry;
	size_t room;           /* sessions that may still be erased, or named */
	uint64_t count, due;   /* sessions erased; due before it began */
	uint64_t acceptances;
	cJSON *erased;         /* their numbers, borrowed; NULL: nobody asks */
};

static const char *note(struct run *run, const char *id)
{
	run->count++;
	return run->erased && !cJSON_AddItemToArray(run->erased, cJSON_CreateString(id)) ? "nomem" : NULL;
}

/* What is in the way of one session is no reason to keep the others; it is due again at the next run. */
static const char *retain_one(struct notary *n, struct run *run, const char *id, const char *class)
{
	char ground[AFTER_GROUND];
	struct store_session se;
	struct after a;
	const char *word = word_of(store_session_get(n->store, id, &se));

	if (!word)
		word = after_state(n, id, &a);
	if (!word && a.has_hold)
		word = "hold";
	snprintf(ground, sizeof(ground), "%s: %s", retention, class);
	if (!word)
		word = decide(n, &se, retention, ground);
	if (!word)
		return note(run, id);
	log_problem(retention, id, word);
	return strcmp(word, "nomem") == 0 ? word : NULL;
}

static const char *retain_all(struct notary *n, struct run *run, char (*ids)[STORE_ID], size_t count, const char *class)
{
	const char *word = NULL;

	for (size_t i = 0; !word && i < count && run->count < run->room; i++)
		word = run->is_dry ? note(run, ids[i]) : retain_one(n, run, ids[i], class);
	return word;
}

static const char *retain_class(struct notary *n, struct run *run, const struct class_period *p)
{
	uint64_t before_ms = limit_of(n, p->days), due = 0;
	size_t count = 0, max = run->is_dry ? DRY_MAX : TRIES_MAX;
	char (*ids)[STORE_ID] = calloc(max, sizeof(*ids));
	const char *word = ids ? NULL : "nomem";

	if (!word && before_ms)
		word = word_of(store_session_due(n->store, p->class, before_ms, ids, max, &count, &due));
	run->due += due;
	if (!word)
		word = retain_all(n, run, ids, count, p->class);
	free(ids);
	return word;
}

static const char *drop_acceptances(struct notary *n, char (*ids)[STORE_ID], size_t count)
{
	const char *word = count ? word_of(store_begin(n->store)) : NULL;

	for (size_t i = 0; !word && i < count; i++)
		word = word_of(store_acceptance_drop(n->store, ids[i]));
	if (count)
		word = finish(n, word);
	return word || !count ? word : word_of(store_scrub(n->store));
}

/* Who accepted or refused and never came to a session. */
static const char *retain_acceptances(struct notary *n, struct run *run)
{
	uint64_t before_ms = limit_of(n, n->o.retention.unused_days), due = 0;
	char ids[UNBOUND_BATCH][STORE_ID];
	size_t count = 0;
	const char *word = NULL;

	if (before_ms)
		word = word_of(store_acceptance_unbound(n->store, before_ms, ids, UNBOUND_BATCH, &count, &due));
	if (!word && !run->is_dry)
		word = drop_acceptances(n, ids, count);
	run->acceptances = run->is_dry ? due : count;
	return word;
}

static const char *run_retention(struct notary *n, struct run *run)
{
	struct class_period periods[CLASSES];
	const char *word = NULL;

	periods_of(n, periods);
	for (size_t i = 0; !word && i < CLASSES; i++)
		word = retain_class(n, run, &periods[i]);
	return word ? word : retain_acceptances(n, run);
}

const char *on_retention_run(struct notary *n, const struct request *r, cJSON *answer)
{
	struct run run = { .erased = cJSON_AddArrayToObject(answer, "erased") };
	struct who who;
	uint64_t dry = 0;
	const char *word = take_who(n, r, ROLE_COMPLIANCE | ROLE_OPERATOR, &who);

	if (word)
		return word;
	if (cJSON_GetObjectItemCaseSensitive(r->fields, "dry") && (json_u64(r->fields, "dry", &dry) || dry > 1))
		return "malformed";
	run.is_dry = dry == 1;
	run.room = run.is_dry ? DRY_MAX : RETENTION_BATCH;
	word = run.erased ? run_retention(n, &run) : "nomem";
	if (word)
		return word;
	return add_number(answer, "count", run.is_dry ? run.due : run.count) &&
	       add_number(answer, "left", run.is_dry ? run.due : run.due - run.count) &&
	       add_number(answer, "acceptances", run.acceptances) ? NULL : "nomem";
}

void retention_tick(struct notary *n)
{
	struct run run = { .room = RETENTION_BATCH };
	const char *word = n->o.retention.is_auto ? run_retention(n, &run) : NULL;

	if (word)
		log_problem(retention, NULL, word);
}
