/* Advisors, officers and their logins (S4, S28): two lists of people, one way in. */
#include "gateway/notary/notary_ops.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "gateway/notary/log.h"

enum { ACCOUNTS_MAX = 64 }; /* in one answer */

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

static const char *const task_names[STORE_PEOPLE][2] = {
	[STORE_ADVISORS] = { "login", "advisor_add" },
	[STORE_OFFICERS] = { "officer_login", "officer_add" },
};

static void task_free(struct password_task *t)
{
	if (!t)
		return;
	sodium_memzero(t, sizeof(*t));
	free(t);
}

void notary_drop_tasks(struct notary *n)
{
	while (n->waiting) {
		struct password_task *next = n->waiting->next;
		task_free(n->waiting);
		n->waiting = next;
	}
	task_free(n->running);
	n->running = NULL;
}

static unsigned role_of(const char *role)
{
	if (strcmp(role, "compliance") == 0)
		return ROLE_COMPLIANCE;
	return strcmp(role, "operator") == 0 ? ROLE_OPERATOR : 0;
}

static bool take_password(const struct request *r, char out[PASSWORD_MAX + 1])
{
	const char *s = json_string(r->fields, "password");

	if (!s || strlen(s) > PASSWORD_MAX)
		return false;
	memcpy(out, s, strlen(s) + 1);
	return true;
}

/* Queues a task; it is freed if there is no room. */
static const char *queue_task(struct notary *n, const struct request *r, struct password_task *t)
{
	if (n->waiting_count == LOGIN_QUEUE_MAX) {
		task_free(t);
		return "busy";
	}
	t->connection = r->connection;
	t->id = r->id;
	*n->last = t;
	n->last = &t->next;
	n->waiting_count++;
	notary_next_task(n);
	return NOTARY_LATER;
}

/* What may be wrong with a new account: the word. */
static const char *take_account(const struct request *r, struct password_task *t)
{
	if (!take_text(r, "name", t->name, sizeof(t->name)) || t->name[0] == '\0' ||
			t->name[strspn(t->name, name_letters)] != '\0')
		return "name";
	if (!take_text(r, "display", t->display, sizeof(t->display)) || t->display[0] == '\0')
		return "display";
	if (t->people == STORE_OFFICERS && (!take_text(r, "role", t->role, sizeof(t->role)) || !role_of(t->role)))
		return "role";
	if (!take_password(r, t->job.password) || strlen(t->job.password) < PASSWORD_MIN)
		return "password";
	return NULL;
}

static const char *add_account(struct notary *n, const struct request *r, enum store_people people)
{
	struct password_task *t = calloc(1, sizeof(*t));
	const char *word;

	if (!t)
		return "nomem";
	t->people = people;
	t->job.is_new = true;
	word = take_account(r, t);
	if (!word)
		return queue_task(n, r, t);
	task_free(t);
	return word;
}

const char *on_advisor_add(struct notary *n, const struct request *r, cJSON *answer)
{
	(void)answer;
	return add_account(n, r, STORE_ADVISORS);
}

const char *on_officer_add(struct notary *n, const struct request *r, cJSON *answer)
{
	(void)answer;
	return add_account(n, r, STORE_OFFICERS);
}

static bool is_throttled(const struct notary *n, const struct password_task *t)
{
	uint64_t now_ms = clock_boot_ms(n->o.clock);

	return !t->job.is_new && (!throttle_allows(n->login_names[t->people], t->name, now_ms) ||
				  !throttle_allows(n->login_sources[t->people], t->source, now_ms));
}

static const char *ask_login(struct notary *n, const struct request *r, enum store_people people)
{
	struct password_task *t = calloc(1, sizeof(*t));
	const char *word = NULL;

	if (!t)
		return "nomem";
	t->people = people;
	if (!take_text(r, "name", t->name, sizeof(t->name)) || !take_text(r, "source", t->source, sizeof(t->source)) ||
			!take_password(r, t->job.password))
		word = "malformed";
	else if (is_throttled(n, t))
		word = "throttled";
	if (word) {
		task_free(t);
		return word;
	}
	return queue_task(n, r, t);
}

const char *on_login(struct notary *n, const struct request *r, cJSON *answer)
{
	(void)answer;
	return ask_login(n, r, STORE_ADVISORS);
}

const char *on_officer_login(struct notary *n, const struct request *r, cJSON *answer)
{
	(void)answer;
	return ask_login(n, r, STORE_OFFICERS);
}

/* An unknown or disabled account is checked against a hash that nothing fits: the same time, the same answer. */
static void set_hash(struct notary *n, struct password_task *t)
{
	struct store_person a;
	bool is_known = store_person_get(n->store, t->people, t->name, &a) == OK && !a.is_disabled;
	const char *hash = is_known ? a.password : passwords_dummy(n->passwords);

	memcpy(t->job.hash, hash, strlen(hash) + 1);
	memcpy(t->display, a.display, sizeof(t->display));
	memcpy(t->role, a.role, sizeof(t->role));
}

static struct password_task *take_waiting(struct notary *n)
{
	struct password_task *t = n->waiting;

	if (!t)
		return NULL;
	n->waiting = t->next;
	if (!n->waiting)
		n->last = &n->waiting;
	n->waiting_count--;
	t->next = NULL;
	return t;
}

/* Asked again here: the tasks in front may have used up the tries. */
void notary_next_task(struct notary *n)
{
	struct password_task *t;

	while (!n->running && (t = take_waiting(n)) != NULL) {
		if (is_throttled(n, t)) {
			log_problem(task_names[t->people][false], NULL, "throttled");
			notary_answer(n, t->connection, t->id, "throttled", NULL);
			task_free(t);
			continue;
		}
		if (!t->job.is_new)
			set_hash(n, t);
		n->running = t;
		passwords_start(n->passwords, &t->job);
		sodium_memzero(t->job.password, sizeof(t->job.password));
	}
}

static const char *store_account(struct notary *n, const struct password_task *t)
{
	struct store_person a = { 0 };
	enum err e;

	memcpy(a.name, t->name, sizeof(a.name));
	memcpy(a.display, t->display, sizeof(a.display));
	memcpy(a.role, t->role, sizeof(a.role));
	memcpy(a.password, t->job.hash, sizeof(a.password));
	e = t->job.is_good ? store_person_add(n->store, t->people, &a, wall_ms(n)) : ERR_NOMEM;
	return e == ERR_FORBIDDEN ? "exists" : word_of(e);
}

/* It may have been disabled while the password was being checked. */
static const char *store_login(struct notary *n, const struct password_task *t, const struct store_login *l)
{
	uint64_t now_ms = l->created_ms;
	struct store_person a;
	enum err e = store_person_get(n->store, t->people, t->name, &a);

	if (e == ERR_FORBIDDEN || (!e && a.is_disabled))
		return "refused";
	if (!e)
		e = store_logins_purge(n->store, t->people, now_ms > LOGIN_LIFE_MS ? now_ms - LOGIN_LIFE_MS : 0,
				now_ms > LOGIN_IDLE_MS ? now_ms - LOGIN_IDLE_MS : 0);
	return word_of(e ? e : store_login_add(n->store, t->people, l));
}

static const char *log_in(struct notary *n, const struct password_task *t, cJSON *answer)
{
	uint64_t now_ms = wall_ms(n), boot_ms = clock_boot_ms(n->o.clock);
	struct store_login l = { .created_ms = now_ms, .used_ms = now_ms };
	char token[LOGIN_HEX + 1];
	const char *word;

	if (!t->job.is_good) {
		throttle_fail(n->login_names[t->people], t->name, boot_ms);
		throttle_fail(n->login_sources[t->people], t->source, boot_ms);
		return "refused";
	}
	digest_token(LOGIN_HEX, token);
	digest_sha256(token, LOGIN_HEX, l.hash);
	memcpy(l.name, t->name, sizeof(l.name));
	word = store_login(n, t, &l);
	if (word)
		return word;
	if (!add_text(answer, "login", token) || !add_text(answer, "name", t->name) ||
			!add_text(answer, "display", t->display) ||
			(t->people == STORE_OFFICERS && !add_text(answer, "role", t->role)))
		return "nomem";
	return NULL;
}

void notary_ready(struct notary *n)
{
	struct password_task *t = n->running;
	const char *word;
	cJSON *answer;

	if (!t || !passwords_take(n->passwords, &t->job))
		return;
	n->running = NULL;
	answer = cJSON_CreateObject();
	if (!answer)
		word = "nomem";
	else
		word = t->job.is_new ? store_account(n, t) : log_in(n, t, answer);
	if (word)
		log_problem(task_names[t->people][t->job.is_new], NULL, word);
	notary_answer(n, t->connection, t->id, word, answer);
	task_free(t);
	notary_next_task(n);
}

static bool is_expired(const struct store_login *l, uint64_t now_ms)
{
	return now_ms >= l->created_ms + LOGIN_LIFE_MS || now_ms >= l->used_ms + LOGIN_IDLE_MS;
}

/* The account of a login that is still good; it has been used now. NULL, "login". */
static const char *take_login(struct notary *n, enum store_people people, const char *hash, struct store_person *a)
{
	uint64_t now_ms = wall_ms(n);
	struct store_login l;
	enum err e = store_login_get(n->store, people, hash, &l);

	if (!e)
		e = is_expired(&l, now_ms) ? ERR_FORBIDDEN : store_person_get(n->store, people, l.name, a);
	if (!e && a->is_disabled)
		e = ERR_FORBIDDEN;
	if (!e && now_ms > l.used_ms)
		e = store_login_touch(n->store, people, hash, now_ms);
	return e == ERR_FORBIDDEN ? "login" : word_of(e);
}

static const char *get_login(struct notary *n, const struct request *r, enum store_people people, cJSON *answer)
{
	char hash[DIGEST_HEX + 1];
	struct store_person a;
	const char *word = take_token(r, "login", LOGIN_HEX, hash) ? take_login(n, people, hash, &a) : "login";

	if (word)
		return word;
	return add_text(answer, "name", a.name) && add_text(answer, "display", a.display) &&
	       (people == STORE_ADVISORS || add_text(answer, "role", a.role)) ? NULL : "nomem";
}

static const char *end_login(struct notary *n, const struct request *r, enum store_people people)
{
	char hash[DIGEST_HEX + 1];

	if (!take_token(r, "login", LOGIN_HEX, hash))
		return "login";
	return word_of(store_login_end(n->store, people, hash));
}

const char *on_login_get(struct notary *n, const struct request *r, cJSON *answer)
{
	return get_login(n, r, STORE_ADVISORS, answer);
}

const char *on_login_end(struct notary *n, const struct request *r, cJSON *answer)
{
	(void)answer;
	return end_login(n, r, STORE_ADVISORS);
}

const char *on_officer_get(struct notary *n, const struct request *r, cJSON *answer)
{
	return get_login(n, r, STORE_OFFICERS, answer);
}

const char *on_officer_end(struct notary *n, const struct request *r, cJSON *answer)
{
	(void)answer;
	return end_login(n, r, STORE_OFFICERS);
}

/* At guichetctl: the kernel has said that it is root or the notary's own user; the name is what he says of himself. */
static const char *take_operator(const struct request *r, struct who *out)
{
	char name[STORE_WORD];

	if (!take_text(r, "who", name, sizeof(name)) || name[0] == '\0' || name[strspn(name, name_letters)] != '\0')
		return "malformed";
	snprintf(out->by, sizeof(out->by), "ctl:%s", name);
	out->role = ROLE_COMPLIANCE | ROLE_OPERATOR;
	return NULL;
}

const char *take_who(struct notary *n, const struct request *r, unsigned roles, struct who *out)
{
	char hash[DIGEST_HEX + 1];
	struct store_person a;
	const char *word;

	*out = (struct who){ 0 };
	if (r->from == CALLER_CTL)
		return take_operator(r, out);
	word = take_token(r, "who", LOGIN_HEX, hash) ? take_login(n, STORE_OFFICERS, hash, &a) : "login";
	if (word)
		return word;
	memcpy(out->by, a.name, sizeof(a.name));
	out->role = role_of(a.role);
	return out->role & roles ? NULL : "role";
}

static bool take_people(const struct request *r, enum store_people *people)
{
	const char *kind = json_string(r->fields, "kind");

	*people = strcmp(kind, "officer") == 0 ? STORE_OFFICERS : STORE_ADVISORS;
	return *people == STORE_OFFICERS || strcmp(kind, "advisor") == 0;
}

const char *on_account_set(struct notary *n, const struct request *r, cJSON *answer)
{
	char name[STORE_NAME];
	enum store_people people;
	uint64_t on;
	const char *word;
	enum err e;

	(void)answer;
	if (!take_people(r, &people) || !take_text(r, "name", name, sizeof(name)) ||
			json_u64(r->fields, "on", &on) || on > 1)
		return "malformed";
	word = word_of(store_begin(n->store));
	if (word)
		return word;
	e = store_person_disable(n->store, people, name, !on);
	return finish(n, e == ERR_FORBIDDEN ? "unknown" : word_of(e));
}

static cJSON *account_row(const struct store_person *a)
{
	cJSON *o = cJSON_CreateObject();

	if (add_text(o, "name", a->name) && add_text(o, "display", a->display) && add_text(o, "role", a->role) &&
			add_item(o, "disabled", cJSON_CreateBool(a->is_disabled)))
		return o;
	cJSON_Delete(o);
	return NULL;
}

/* By name, in pages: `after` is the last name of the page before, `next` that of this one, "" at the end. */
const char *on_account_list(struct notary *n, const struct request *r, cJSON *answer)
{
	struct store_person *a;
	enum store_people people;
	char after[STORE_NAME];
	cJSON *list = cJSON_AddArrayToObject(answer, "accounts");
	size_t count = 0;
	const char *word;

	if (!take_people(r, &people) || !take_text(r, "after", after, sizeof(after)))
		return "malformed";
	a = list ? calloc(ACCOUNTS_MAX, sizeof(*a)) : NULL;
	if (!a)
		return "nomem";
	word = word_of(store_person_list(n->store, people, after, a, ACCOUNTS_MAX, &count));
	for (size_t i = 0; !word && i < count; i++)
		if (!cJSON_AddItemToArray(list, account_row(&a[i])))
			word = "nomem";
	if (!word && !add_text(answer, "next", count == ACCOUNTS_MAX ? a[count - 1].name : ""))
		word = "nomem";
	sodium_memzero(a, ACCOUNTS_MAX * sizeof(*a));
	free(a);
	return word;
}
