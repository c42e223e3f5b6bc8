#include "gateway/live/alerts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "gateway/live/chunk_memfd.h"
#include "gateway/live/live.h"

static const uint64_t pauses_ms[ALERTS_TRIES] = { 0, 5000, 30000, 120000, 600000 }; /* before each try */

struct alert {
	struct alert *next;
	char session[33], what[16], *body;
	unsigned tries;
	uint64_t due_ms; /* boot clock */
};

struct alerts {
	struct live *live;
	struct alert *first;
	unsigned count;
	struct alert *running; /* one of the list, NULL: none */
	uv_process_t process;
	bool is_open; /* the handle of libuv */
};

struct alerts *alerts_new(struct live *l)
{
	struct alerts *a = calloc(1, sizeof(*a));

	if (a)
		a->live = l;
	return a;
}

static void alert_free(struct alert *e)
{
	free(e->body);
	free(e);
}

void alerts_free(struct alerts *a)
{
	if (!a)
		return;
	while (a->first) {
		struct alert *next = a->first->next;

		alert_free(a->first);
		a->first = next;
	}
	free(a);
}

/* ---- what became of it ---- */

static void on_journaled(void *arg, const cJSON *answer)
{
	(void)arg;
	(void)answer; /* sealed meanwhile: the journal has the customer's own line, our log has the rest */
}

static void journal(struct alerts *a, const char *session, const char *what, const char *state, unsigned tries)
{
	cJSON *o = cJSON_CreateObject(), *d = cJSON_AddObjectToObject(o, "data");

	cJSON_AddStringToObject(o, "session", session);
	cJSON_AddStringToObject(o, "event", "alert");
	cJSON_AddStringToObject(d, "state", state);
	cJSON_AddNumberToObject(d, "tries", tries);
	cJSON_AddStringToObject(d, "what", what);
	fprintf(stderr, "guichet-live: session %s: alert %s: %s, tries %u\n", session, what, state, tries);
	live_ask(a->live, "journal_append", o, on_journaled, NULL);
}

static void forget(struct alerts *a, struct alert *gone)
{
	for (struct alert **at = &a->first; *at; at = &(*at)->next)
		if (*at == gone) {
			*at = gone->next;
			a->count--;
			alert_free(gone);
			return;
		}
}

static void settle(struct alerts *a, struct alert *e, bool is_sent)
{
	if (!is_sent && e->tries < ALERTS_TRIES) {
		e->due_ms = live_boot_ms() + pauses_ms[e->tries];
		return;
	}
	journal(a, e->session, e->what, is_sent ? "sent" : "failed", e->tries);
	forget(a, e);
}

/* ---- the process ---- */

static void on_closed(uv_handle_t *h)
{
	struct alerts *a = h->data;

	a->is_open = false;
}

static void on_exit_of(uv_process_t *p, int64_t status, int signal)
{
	struct alerts *a = p->data;
	struct alert *e = a->running;

	a->running = NULL;
	uv_close((uv_handle_t *)p, on_closed);
	settle(a, e, status == 0 && signal == 0);
}

static int spawn(struct alerts *a, int body)
{
	const struct live_config *c = &a->live->config;
	char *words[] = { c->alert_program, "--url", c->alert_url, "--secret", c->alert_secret_file,
		c->alert_ca[0] ? "--ca" : NULL, c->alert_ca, NULL };
	char *nothing[] = { NULL };
	uv_stdio_container_t files[] = {
		{ .flags = UV_INHERIT_FD, .data.fd = body },
		{ .flags = UV_IGNORE },
		{ .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO },
	};
	const uv_process_options_t o = { .exit_cb = on_exit_of, .file = c->alert_program, .args = words,
		.env = nothing, .stdio_count = 3, .stdio = files };

	memset(&a->process, 0, sizeof(a->process));
	a->is_open = true;
	return uv_spawn(&a->live->loop, &a->process, &o);
}

static void start(struct alerts *a, struct alert *e)
{
	int body = chunk_memfd((const uint8_t *)e->body, strlen(e->body)), failed;

	e->tries++;
	a->running = e;
	failed = body < 0 || lseek(body, 0, SEEK_SET) < 0 ? UV_EIO : spawn(a, body);
	if (body >= 0)
		close(body);
	a->process.data = a;
	if (!failed)
		return;
	fprintf(stderr, "guichet-live: %s: %s\n", a->live->config.alert_program, uv_strerror(failed));
	a->running = NULL;
	if (a->is_open)
		uv_close((uv_handle_t *)&a->process, on_closed);
	settle(a, e, false);
}

void alerts_tick(struct alerts *a)
{
	uint64_t now_ms = live_boot_ms();

	if (a->running || a->is_open)
		return;
	for (struct alert *e = a->first; e; e = e->next)
		if (e->due_ms <= now_ms) {
			start(a, e);
			return;
		}
}

/* ---- the call ---- */

static char *body_of(const struct live *l, const struct room_facts *f, const char *what)
{
	cJSON *o = cJSON_CreateObject();
	char *text = NULL;

	cJSON_AddStringToObject(o, "advisor", f->advisor);
	cJSON_AddStringToObject(o, "bank", l->config.bank);
	cJSON_AddStringToObject(o, "purpose", f->purpose);
	cJSON_AddStringToObject(o, "session", f->id);
	cJSON_AddNumberToObject(o, "v", 1);
	cJSON_AddNumberToObject(o, "wall_ms", (double)live_now_ms());
	cJSON_AddStringToObject(o, "what", what);
	if (json_canonical(o, &text))
		text = NULL;
	cJSON_Delete(o);
	return text;
}

void alerts_send(struct alerts *a, const struct room_facts *facts, const char *what)
{
	struct alert *e, **last = &a->first;

	if (!a->live->config.alert_url[0])
		return;
	e = a->count < ALERTS_MAX ? calloc(1, sizeof(*e)) : NULL;
	if (e)
		e->body = body_of(a->live, facts, what);
	if (!e || !e->body) {
		free(e);
		journal(a, facts->id, what, "failed", 0);
		return;
	}
	snprintf(e->session, sizeof(e->session), "%s", facts->id);
	snprintf(e->what, sizeof(e->what), "%s", what);
	while (*last)
		last = &(*last)->next;
	*last = e;
	a->count++;
	journal(a, e->session, e->what, "queued", 0);
	alerts_tick(a);
}
