/* The evidence: search, holds, rectification, erasure, retention; seats now. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/json.h"
#include "gateway/office/ctl.h"

enum { DAY_MS = 86400000 };

/* "2026-11-25 14:03", the computer's own time. */
static const char *when(uint64_t ms, char out[32])
{
	time_t s = (time_t)(ms / 1000);
	struct tm t;

	snprintf(out, 32, "%-16s", "-");
	if (ms && localtime_r(&s, &t))
		strftime(out, 32, "%Y-%m-%d %H:%M", &t);
	return out;
}

static uint64_t number(const cJSON *o, const char *name)
{
	uint64_t v;

	return json_u64(o, name, &v) ? 0 : v;
}

/* The notary lets no control character into a name. */
static const char *word(const cJSON *o, const char *name)
{
	const char *s = json_string(o, name);

	return s ? s : "";
}

/* A day as 2026-11-25: its beginning, or its last millisecond. */
static bool add_day(cJSON *o, const char *name, const char *day, bool is_end)
{
	struct tm t = { 0 };
	const char *rest = day ? strptime(day, "%Y-%m-%d", &t) : NULL;
	time_t s;

	if (!day)
		return true;
	t.tm_isdst = -1;
	s = rest && !*rest ? mktime(&t) : -1;
	return s >= 0 && cJSON_AddNumberToObject(o, name, (double)s * 1000 + (is_end ? DAY_MS - 1 : 0));
}

static cJSON *search_fields(const struct ctl_options *o, const char *before)
{
	const struct {
		const char *name, *value;
	} filters[] = {
		{ "customer", o->reference }, { "advisor", o->advisor }, { "purpose", o->purpose }, { "outcome", o->outcome },
		{ "before", before },
	};
	cJSON *f = ctl_who();

	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++)
		if (filters[i].value && filters[i].value[0])
			cJSON_AddStringToObject(f, filters[i].name, filters[i].value);
	if (add_day(f, "from_ms", o->from, false) && add_day(f, "to_ms", o->to, true))
		return f;
	cJSON_Delete(f);
	return NULL;
}

static void print_found(const cJSON *row)
{
	char started[32], ended[32];

	printf("%s  %s  %s  %-7s %-8s %-5s %-16s %-12s %-10s %s\n", word(row, "session"),
			when(number(row, "started_ms"), started), when(number(row, "ended_ms"), ended), word(row, "state"),
			word(row, "class"), cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "hold")) ? "gelée" : "-",
			word(row, "advisor"), word(row, "purpose"), word(row, "reason"), word(row, "customer"));
}

int ctl_search(const struct ctl_options *o, char **words)
{
	char before[65] = "";

	(void)words;
	do {
		cJSON *f = search_fields(o, before), *answer;
		const cJSON *row;

		if (!f)
			return ctl_fail("--from et --to sont des jours, par exemple 2026-11-25"), CTL_USAGE;
		answer = ctl_ask(o, "evidence_search", f, NULL, NULL);
		if (!answer)
			return CTL_FAILED;
		cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(answer, "sessions"))
			print_found(row);
		snprintf(before, sizeof(before), "%s", word(answer, "next"));
		cJSON_Delete(answer);
	} while (before[0]);
	return fflush(stdout) ? CTL_FAILED : CTL_DONE;
}

int ctl_sessions(const struct ctl_options *o, char **words)
{
	cJSON *answer = ctl_ask(o, "seats", ctl_who(), NULL, NULL);
	const cJSON *row;
	char started[32];

	(void)words;
	if (!answer)
		return CTL_FAILED;
	printf("Places : %llu prises sur %llu\n", (unsigned long long)number(answer, "taken"),
			(unsigned long long)number(answer, "seats"));
	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(answer, "sessions"))
		printf("%s  %s  %-9s %-16s %s\n", word(row, "session"), when(number(row, "started_ms"), started),
				cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "joined")) ? "en cours" : "attend",
				word(row, "advisor"), word(row, "purpose_label"));
	cJSON_Delete(answer);
	return CTL_DONE;
}

static int act(const struct ctl_options *o, const char *op, cJSON *fields, const char *what)
{
	cJSON *answer = ctl_ask(o, op, fields, NULL, NULL);

	if (!answer)
		return CTL_FAILED;
	cJSON_Delete(answer);
	puts(what);
	return CTL_DONE;
}

static cJSON *with_ground(const struct ctl_options *o, const char *session)
{
	cJSON *f = o->ground ? ctl_who_session(session) : NULL;

	if (!o->ground)
		ctl_fail("--ground manque : le motif entre dans la preuve");
	if (f)
		cJSON_AddStringToObject(f, "ground", o->ground);
	return f;
}

int ctl_rectify(const struct ctl_options *o, char **words)
{
	cJSON *f = ctl_who_session(words[0]);

	if (!f)
		return CTL_USAGE;
	cJSON_AddStringToObject(f, "text", words[1]);
	return act(o, "rectify", f, "Rectification ajoutée à la preuve.");
}

static int hold(const struct ctl_options *o, const char *session, int on)
{
	cJSON *f = with_ground(o, session);

	if (!f)
		return CTL_USAGE;
	cJSON_AddNumberToObject(f, "on", on);
	return act(o, "hold", f, on ? "Session gelée : rien ne l’effacera." : "Gel levé.");
}

int ctl_hold_on(const struct ctl_options *o, char **words)
{
	return hold(o, words[0], 1);
}

int ctl_hold_off(const struct ctl_options *o, char **words)
{
	return hold(o, words[0], 0);
}

int ctl_erase_ask(const struct ctl_options *o, char **words)
{
	cJSON *f = with_ground(o, words[0]);

	return f ? act(o, "erase_ask", f, "Effacement demandé : une autre personne doit le confirmer.") : CTL_USAGE;
}

int ctl_erase_confirm(const struct ctl_options *o, char **words)
{
	cJSON *f = ctl_who_session(words[0]);

	return f ? act(o, "erase_confirm", f, "Session effacée : plus personne ne peut la lire, la preuve reste vérifiable.") :
		   CTL_USAGE;
}

static cJSON *run_once(const struct ctl_options *o)
{
	cJSON *f = ctl_who();

	cJSON_AddNumberToObject(f, "dry", o->dry_run ? 1 : 0);
	return ctl_ask(o, "retention_run", f, NULL, NULL);
}

static void print_run(const cJSON *answer, bool is_dry)
{
	const cJSON *id;

	cJSON_ArrayForEach(id, cJSON_GetObjectItemCaseSensitive(answer, "erased"))
		printf("%s  %s\n", cJSON_IsString(id) ? id->valuestring : "", is_dry ? "serait effacée" : "effacée");
}

/* The notary erases a few at a time, so that running sessions do not wait; what it cannot erase now is left. */
int ctl_retention(const struct ctl_options *o, char **words)
{
	uint64_t sessions = 0, acceptances = 0, count, left, forgotten;

	(void)words;
	do {
		cJSON *answer = run_once(o);

		if (!answer)
			return CTL_FAILED;
		print_run(answer, o->dry_run);
		count = number(answer, "count");
		left = number(answer, "left");
		forgotten = number(answer, "acceptances");
		sessions += count;
		acceptances += forgotten;
		cJSON_Delete(answer);
	} while (!o->dry_run && ((left > 0 && count > 0) || forgotten > 0));
	printf("%llu session%s, %llu acceptation%s sans suite %s.\n", (unsigned long long)sessions, sessions > 1 ? "s" : "",
			(unsigned long long)acceptances, acceptances > 1 ? "s" : "", o->dry_run ? "seraient effacées" : "effacées");
	return CTL_DONE;
}
