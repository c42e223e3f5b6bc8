#include "gateway/office/notary_pool.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/ipc/notary_client.h"

struct notary_pool {
	char *path;
	pthread_mutex_t lock;
	pthread_cond_t freed;
	struct notary_client *idle[NOTARY_POOL_MAX];
	size_t idle_count, lent;
};

enum err notary_pool_new(const char *path, struct notary_pool **out)
{
	struct notary_pool *p = calloc(1, sizeof(*p));
	pthread_condattr_t attr;

	*out = p;
	if (!p)
		return ERR_NOMEM;
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->freed, &attr);
	pthread_condattr_destroy(&attr);
	p->path = strdup(path);
	if (p->path)
		return OK;
	notary_pool_free(p);
	*out = NULL;
	return ERR_NOMEM;
}

void notary_pool_free(struct notary_pool *p)
{
	if (!p)
		return;
	while (p->idle_count)
		notary_client_close(p->idle[--p->idle_count]);
	pthread_cond_destroy(&p->freed);
	pthread_mutex_destroy(&p->lock);
	free(p->path);
	free(p);
}

/* Nobody asks on an idle connection: what can be read there is its end. */
static int is_dead(const struct notary_client *c)
{
	struct pollfd f = { .fd = notary_client_fd(c), .events = POLLIN };

	return poll(&f, 1, 0) != 0;
}

/* An idle connection or NULL, and the right to have one. ERR_AGAIN: all are lent. */
static enum err borrow(struct notary_pool *p, struct notary_client **out)
{
	struct timespec end;
	int late = 0;
	enum err e = OK;

	*out = NULL;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += NOTARY_POOL_WAIT_MS / 1000;
	pthread_mutex_lock(&p->lock);
	while (p->lent == NOTARY_POOL_MAX && !late)
		late = pthread_cond_timedwait(&p->freed, &p->lock, &end);
	if (p->lent == NOTARY_POOL_MAX) {
		e = ERR_AGAIN;
	} else {
		p->lent++;
		if (p->idle_count)
			*out = p->idle[--p->idle_count];
	}
	pthread_mutex_unlock(&p->lock);
	return e;
}

static void give_back(struct notary_pool *p, struct notary_client *c)
{
	pthread_mutex_lock(&p->lock);
	p->lent--;
	if (c)
		p->idle[p->idle_count++] = c;
	pthread_cond_signal(&p->freed);
	pthread_mutex_unlock(&p->lock);
}

enum err notary_pool_ask(struct notary_pool *p, const char *op, cJSON *request, int timeout_ms, cJSON **answer,
		int *fd)
{
	struct notary_client *c;
	enum err e = borrow(p, &c);

	*answer = NULL;
	if (fd)
		*fd = -1;
	if (e) {
		cJSON_Delete(request);
		return e;
	}
	if (c && is_dead(c)) {
		notary_client_close(c);
		c = NULL;
	}
	if (!c)
		e = notary_client_open(p->path, &c);
	if (e)
		cJSON_Delete(request);
	else
		e = notary_client_ask(c, op, request, timeout_ms, answer, fd);
	if (e) {
		notary_client_close(c);
		c = NULL;
	}
	give_back(p, c);
	return e;
}
