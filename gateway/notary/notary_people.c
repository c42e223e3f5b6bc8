/* Advisors and their logins (S4). */
#include "gateway/notary/notary_ops.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "gateway/notary/log.h"

static const char name_letters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

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

const char *on_advisor_add(struct notary *n, const struct request *r, cJSON *answer)
{
	struct password_task *t = calloc(1, sizeof(*t));
	const char *word = NULL;

	(void)answer;
	if (!t)
		return "nomem";
	t->job.is_new = true;
	if (!take_text(r, "name", t->name, sizeof(t->name)) || t->name[0] == '\0' ||
			t->name[strspn(t->name, name_letters)] != '\0')
		word = "name";
	else if (!take_text(r, "display", t->display, sizeof(t->display)) || t->display[0] == '\0')
		word = "display";
	else if (!take_password(r, t->job.password) || strlen(t->job.password) < PASSWORD_MIN)
		word = "password";
	if (word) {
		task_free(t);
		return word;
	}
	return queue_task(n, r, t);
}

static bool is_throttled(const struct notary *n, const struct password_task *t)
{
	uint64_t now_ms = clock_boot_ms(n->o.clock);

	return !t->job.is_new && (!throttle_allows(n->login_names, t->name, now_ms) ||
				  !throttle_allows(n->login_sources, t->source, now_ms));
}

const char *on_login(struct notary *n, const struct request *r, cJSON *answer)
{
	struct password_task *t = calloc(1, sizeof(*t));
	const char *word = NULL;

	(void)answer;
	if (!t)
		return "nomem";
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

/* An unknown or disabled advisor is checked against a hash that nothing fits: the same time, the same answer. */
static void set_hash(struct notary *n, struct password_task *t)
{
	struct store_advisor a;
	bool is_known = store_advisor_get(n->store, t->name, &a) == OK && !a.is_disabled;
	const char *hash = is_known ? a.password : passwords_dummy(n->passwords);

	memcpy(t->job.hash, hash, strlen(hash) + 1);
	memcpy(t->display, a.display, sizeof(t->display));
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
			log_problem("login", NULL, "throttled");
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

static const char *add_advisor(struct notary *n, const struct password_task *t)
{
	struct store_advisor a = { 0 };
	enum err e;

	memcpy(a.name, t->name, sizeof(a.name));
	memcpy(a.display, t->display, sizeof(a.display));
	memcpy(a.password, t->job.hash, sizeof(a.password));
	e = t->job.is_good ? store_advisor_add(n->store, &a, wall_ms(n)) : ERR_NOMEM;
	return e == ERR_FORBIDDEN ? "exists" : word_of(e);
}

static const char *log_in(struct notary *n, const struct password_task *t, cJSON *answer)
{
	uint64_t now_ms = wall_ms(n), boot_ms = clock_boot_ms(n->o.clock);
	struct store_login l = { .created_ms = now_ms, .used_ms = now_ms };
	char token[LOGIN_HEX + 1];
	enum err e;

	if (!t->job.is_good) {
		throttle_fail(n->login_names, t->name, boot_ms);
		throttle_fail(n->login_sources, t->source, boot_ms);
		return "refused";
	}
	digest_token(LOGIN_HEX, token);
	digest_sha256(token, LOGIN_HEX, l.hash);
	memcpy(l.advisor, t->name, sizeof(l.advisor));
	e = store_logins_purge(n->store, now_ms > LOGIN_LIFE_MS ? now_ms - LOGIN_LIFE_MS : 0,
			now_ms > LOGIN_IDLE_MS ? now_ms - LOGIN_IDLE_MS : 0);
	if (!e)
		e = store_login_add(n->store, &l);
	if (e)
		return word_of(e);
	if (!add_text(answer, "login", token) || !add_text(answer, "name", t->name) ||
			!add_text(answer, "display", t->display))
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
		word = t->job.is_new ? add_advisor(n, t) : log_in(n, t, answer);
	if (word)
		log_problem(t->job.is_new ? "advisor_add" : "login", NULL, word);
	notary_answer(n, t->connection, t->id, word, answer);
	task_free(t);
	notary_next_task(n);
}

static bool is_expired(const struct store_login *l, uint64_t now_ms)
{
	return now_ms >= l->created_ms + LOGIN_LIFE_MS || now_ms >= l->used_ms + LOGIN_IDLE_MS;
}

const char *on_login_get(struct notary *n, const struct request *r, cJSON *answer)
{
	uint64_t now_ms = wall_ms(n);
	char hash[DIGEST_HEX + 1];
	struct store_advisor a;
	struct store_login l;
	enum err e;

	if (!take_token(r, "login", LOGIN_HEX, hash))
		return "login";
	e = store_login_get(n->store, hash, &l);
	if (!e)
		e = is_expired(&l, now_ms) ? ERR_FORBIDDEN : store_advisor_get(n->store, l.advisor, &a);
	if (!e && a.is_disabled)
		e = ERR_FORBIDDEN;
	if (!e && now_ms > l.used_ms)
		e = store_login_touch(n->store, hash, now_ms);
	if (e)
		return e == ERR_FORBIDDEN ? "login" : word_of(e);
	return add_text(answer, "name", a.name) && add_text(answer, "display", a.display) ? NULL : "nomem";
}

const char *on_login_end(struct notary *n, const struct request *r, cJSON *answer)
{
	char hash[DIGEST_HEX + 1];

	(void)answer;
	if (!take_token(r, "login", LOGIN_HEX, hash))
		return "login";
	return word_of(store_login_end(n->store, hash));
}
