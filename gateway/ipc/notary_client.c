#include "gateway/ipc/notary_client.h"

#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/json.h"
#include "gateway/ipc/ipc.h"

enum { ANSWER_DEPTH = 16 };

/* A request without an answer; `text` is NULL once the kernel has taken it. */
struct pending {
	struct pending *next;
	uint64_t id;
	char *text; /* owned */
	int fd;     /* travels with it; owned, -1: none */
	notary_answer_fn *fn;
	void *arg;
};

struct notary_client {
	int fd;
	bool is_gone;
	uint64_t last_id;
	size_t count;
	struct pending *first, **last;
	char *buf; /* NOTARY_MESSAGE_MAX bytes for reading */
	int passed; /* came with the answer that is being taken; -1: none, or taken */
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* What the kernel has taken, or nobody will send, is forgotten. */
static void forget_content(struct pending *p)
{
	if (p->text)
		explicit_bzero(p->text, strlen(p->text));
	free(p->text);
	p->text = NULL;
	close_fd(&p->fd);
}

static void pending_free(struct pending *p)
{
	if (p)
		forget_content(p);
	free(p);
}

enum err notary_client_open(const char *path, struct notary_client **out)
{
	struct notary_client *c = calloc(1, sizeof(*c));
	enum err e = ERR_NOMEM;

	*out = NULL;
	if (!c)
		return e;
	c->fd = c->passed = -1;
	c->last = &c->first;
	c->buf = malloc(NOTARY_MESSAGE_MAX);
	if (!c->buf)
		goto fail;
	e = ipc_connect(path, &c->fd);
	if (e)
		goto fail;
	*out = c;
	return OK;
fail:
	notary_client_close(c);
	return e;
}

static struct pending *unlink_pending(struct notary_client *c, struct pending **at)
{
	struct pending *p = *at;

	*at = p->next;
	if (c->last == &p->next)
		c->last = at;
	c->count--;
	return p;
}

static void answer_all_with_nothing(struct notary_client *c)
{
	while (c->first) {
		struct pending *p = unlink_pending(c, &c->first);
		p->fn(p->arg, NULL);
		pending_free(p);
	}
}

void notary_client_close(struct notary_client *c)
{
	if (!c)
		return;
	c->is_gone = true; /* a callback that calls again is refused */
	answer_all_with_nothing(c);
	close_fd(&c->fd);
	if (c->buf)
		explicit_bzero(c->buf, NOTARY_MESSAGE_MAX);
	free(c->buf);
	free(c);
}

int notary_client_fd(const struct notary_client *c)
{
	return c->fd;
}

/* Gives the kernel what it takes, in order. A full socket empties with the answers, so reading tries again. */
static enum err flush(struct notary_client *c)
{
	for (struct pending *p = c->first; p; p = p->next) {
		enum err e = p->text ? ipc_send(c->fd, p->text, strlen(p->text), p->fd) : OK;
		if (e)
			return e;
		forget_content(p);
	}
	return OK;
}

/* {"id":…,"op":…, …request} as text; frees the request. */
static enum err write_request(uint64_t id, const char *op, cJSON *request, char **text)
{
	enum err e = ERR_NOMEM;

	*text = NULL;
	if (request && cJSON_AddNumberToObject(request, "id", (double)id) && cJSON_AddStringToObject(request, "op", op))
		e = json_canonical(request, text);
	cJSON_Delete(request);
	if (!e && strlen(*text) > NOTARY_MESSAGE_MAX) {
		free(*text);
		*text = NULL;
		e = ERR_MALFORMED;
	}
	return e;
}

enum err notary_client_call(struct notary_client *c, const char *op, cJSON *request, notary_answer_fn *fn, void *arg)
{
	return notary_client_call_with(c, op, request, -1, fn, arg);
}

static enum err why_not(const struct notary_client *c)
{
	if (c->is_gone)
		return ERR_IO;
	return c->count == NOTARY_PENDING_MAX ? ERR_AGAIN : OK;
}

enum err notary_client_call_with(struct notary_client *c, const char *op, cJSON *request, int fd,
		notary_answer_fn *fn, void *arg)
{
	struct pending **at = c->last;
	enum err e = why_not(c);
	struct pending *p = e ? NULL : calloc(1, sizeof(*p));

	if (!p) {
		cJSON_Delete(request);
		close_fd(&fd);
		return e ? e : ERR_NOMEM;
	}
	*p = (struct pending){ .id = c->last_id + 1, .fd = fd, .fn = fn, .arg = arg };
	e = write_request(p->id, op, request, &p->text);
	if (e) {
		pending_free(p);
		return e;
	}
	c->last_id++;
	*at = p;
	c->last = &p->next;
	c->count++;
	e = flush(c);
	if (e == OK || e == ERR_AGAIN)
		return OK;
	c->is_gone = true; /* the others are answered by the next read */
	pending_free(unlink_pending(c, at));
	return ERR_IO;
}

static enum err take_answer(struct notary_client *c, size_t len)
{
	struct pending **at = &c->first, *p;
	cJSON *answer;
	uint64_t id;
	enum err e = json_parse(c->buf, len, ANSWER_DEPTH, &answer);

	if (e)
		return e;
	e = json_u64(answer, "id", &id);
	while (*at && (*at)->id != id)
		at = &(*at)->next;
	if (!e && *at && !(*at)->text) {
		p = unlink_pending(c, at);
		p->fn(p->arg, answer);
		pending_free(p);
	}
	cJSON_Delete(answer);
	return e;
}

enum err notary_client_read(struct notary_client *c)
{
	enum err e = c->is_gone ? ERR_IO : OK;
	size_t len;

	while (!e) {
		e = ipc_receive(c->fd, c->buf, NOTARY_MESSAGE_MAX, &len, &c->passed);
		if (!e)
			e = take_answer(c, len);
		close_fd(&c->passed);
	}
	if (e == ERR_AGAIN)
		e = flush(c);
	if (e == OK || e == ERR_AGAIN)
		return OK;
	c->is_gone = true;
	answer_all_with_nothing(c);
	return ERR_IO;
}

int notary_client_take_fd(struct notary_client *c)
{
	int fd = c->passed;

	c->passed = -1;
	return fd;
}

static int64_t monotonic_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What notary_client_ask() waits for. It outlives the wait if the time runs out. */
struct question {
	struct notary_client *client;
	bool is_answered, is_abandoned;
	cJSON *answer;
	int fd;
};

static void on_answer(void *arg, const cJSON *answer)
{
	struct question *q = arg;

	if (q->is_abandoned) {
		free(q);
		return;
	}
	q->is_answered = true;
	q->answer = answer ? cJSON_Duplicate(answer, true) : NULL;
	q->fd = answer ? notary_client_take_fd(q->client) : -1;
}

static enum err wait_for(struct notary_client *c, const struct question *q, int timeout_ms)
{
	int64_t end_ms = monotonic_ms() + timeout_ms;

	while (!q->is_answered) {
		struct pollfd p = { .fd = c->fd, .events = POLLIN };
		int64_t left_ms = end_ms - monotonic_ms();

		if (left_ms <= 0)
			return ERR_AGAIN;
		if (poll(&p, 1, (int)left_ms) > 0 && notary_client_read(c) && !q->is_answered)
			return ERR_IO;
	}
	return q->answer ? OK : ERR_IO;
}

enum err notary_client_ask(struct notary_client *c, const char *op, cJSON *request, int timeout_ms, cJSON **answer,
		int *fd)
{
	struct question *q = calloc(1, sizeof(*q));
	enum err e;

	*answer = NULL;
	if (fd)
		*fd = -1;
	if (!q) {
		cJSON_Delete(request);
		return ERR_NOMEM;
	}
	*q = (struct question){ .client = c, .fd = -1 };
	e = notary_client_call(c, op, request, on_answer, q);
	if (e) {
		free(q);
		return e;
	}
	e = wait_for(c, q, timeout_ms);
	if (!q->is_answered) {
		q->is_abandoned = true; /* freed by the late answer or by the close */
		return e;
	}
	*answer = q->answer;
	if (fd)
		*fd = q->fd;
	else
		close_fd(&q->fd);
	free(q);
	return e;
}
