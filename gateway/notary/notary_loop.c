#include "gateway/notary/notary_loop.h"

#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/ipc/ipc.h"
#include "gateway/notary/log.h"

enum { LISTENERS = 3, FIXED = LISTENERS + 2, BATCH = 32 };

/* An answer that its connection has not fetched yet. */
struct unsent {
	struct unsent *next;
	size_t len;
	int fd; /* goes with it, owned, -1: none */
	char text[];
};

struct connection {
	int fd; /* -1: free */
	uint64_t id;
	enum caller caller;
	bool is_gone;
	struct unsent *first, **last;
};

struct notary_loop {
	struct {
		int fd;
		char *path;
		enum caller caller;
		uid_t uid; /* besides the own user and root */
	} listener[LISTENERS];
	notary_wake_fn *wake; /* NULL: none */
	void *wake_arg;
	uint64_t last_id;
	struct connection connection[LOOP_CONNECTIONS_MAX];
	char buf[IPC_MESSAGE_MAX];
};

static enum err listen_at(struct notary_loop *l, size_t i, const char *path, enum caller caller, uid_t uid)
{
	enum err e;

	l->listener[i].caller = caller;
	l->listener[i].uid = uid;
	if (!path || !path[0])
		return OK;
	e = ipc_listen(path, &l->listener[i].fd);
	if (e) {
		log_problem(path, NULL, strerror(errno));
		return e;
	}
	l->listener[i].path = strdup(path);
	return l->listener[i].path ? OK : ERR_NOMEM;
}

enum err notary_loop_open(const struct notary_loop_options *o, struct notary_loop **out)
{
	struct notary_loop *l = calloc(1, sizeof(*l));
	enum err e;

	*out = NULL;
	if (!l)
		return ERR_NOMEM;
	for (size_t i = 0; i < LISTENERS; i++)
		l->listener[i].fd = -1;
	for (size_t i = 0; i < LOOP_CONNECTIONS_MAX; i++)
		l->connection[i].fd = -1;
	l->wake = o->wake;
	l->wake_arg = o->wake_arg;
	e = listen_at(l, 0, o->socket, CALLER_LIVE, o->live_uid);
	if (!e)
		e = listen_at(l, 1, o->ctl_socket, CALLER_CTL, geteuid());
	if (!e)
		e = listen_at(l, 2, o->office_socket, CALLER_OFFICE, o->office_uid);
	if (e) {
		notary_loop_close(l);
		return e;
	}
	*out = l;
	return OK;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void drop_first(struct connection *c)
{
	struct unsent *u = c->first;

	c->first = u->next;
	if (!c->first)
		c->last = &c->first;
	sodium_memzero(u->text, u->len);
	close_fd(u->fd);
	free(u);
}

static void hang_up(struct connection *c)
{
	while (c->first)
		drop_first(c);
	close_fd(c->fd);
	*c = (struct connection){ .fd = -1 };
}

void notary_loop_close(struct notary_loop *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < LOOP_CONNECTIONS_MAX; i++)
		hang_up(&l->connection[i]);
	for (size_t i = 0; i < LISTENERS; i++) {
		close_fd(l->listener[i].fd);
		if (l->listener[i].path)
			unlink(l->listener[i].path);
		free(l->listener[i].path);
	}
	sodium_memzero(l, sizeof(*l));
	free(l);
}

static void keep_unsent(struct connection *c, const char *text, size_t len, int fd)
{
	struct unsent *u = malloc(sizeof(*u) + len);

	if (!u) {
		c->is_gone = true; /* an answer that is lost must not look like one that is still to come */
		close_fd(fd);
		return;
	}
	u->next = NULL;
	u->len = len;
	u->fd = fd;
	memcpy(u->text, text, len);
	*c->last = u;
	c->last = &u->next;
}

static void send_or_keep(struct connection *c, const char *text, size_t len, int fd)
{
	enum err e = c->first ? ERR_AGAIN : ipc_send(c->fd, text, len, fd);

	if (e == ERR_AGAIN) {
		keep_unsent(c, text, len, fd);
		return;
	}
	close_fd(fd);
	if (e)
		c->is_gone = true;
}

void notary_loop_send(void *arg, uint64_t connection, const char *text, size_t len, int fd)
{
	struct notary_loop *l = arg;

	for (size_t i = 0; i < LOOP_CONNECTIONS_MAX; i++)
		if (l->connection[i].fd >= 0 && l->connection[i].id == connection) {
			send_or_keep(&l->connection[i], text, len, fd);
			return;
		}
	close_fd(fd);
}

static void flush(struct connection *c)
{
	enum err e = OK;

	while (c->first && !e) {
		e = ipc_send(c->fd, c->first->text, c->first->len, c->first->fd);
		if (!e)
			drop_first(c);
	}
	if (e && e != ERR_AGAIN)
		c->is_gone = true;
}

static bool is_allowed(uid_t uid, uid_t other)
{
	return uid == 0 || uid == geteuid() || uid == other;
}

static void accept_one(struct notary_loop *l, size_t listener)
{
	struct connection *c = NULL;
	uid_t uid;
	int fd;

	if (ipc_accept(l->listener[listener].fd, &fd, &uid))
		return;
	for (size_t i = 0; !c && i < LOOP_CONNECTIONS_MAX; i++)
		if (l->connection[i].fd < 0)
			c = &l->connection[i];
	if (!c || !is_allowed(uid, l->listener[listener].uid)) {
		log_problem("connection", NULL, c ? "user not allowed" : "too many");
		close(fd);
		return;
	}
	*c = (struct connection){ .fd = fd, .id = ++l->last_id, .caller = l->listener[listener].caller };
	c->last = &c->first;
}

/* A few messages a turn, so that no connection starves the others. */
static void read_some(struct notary_loop *l, struct notary *n, struct connection *c)
{
	for (int i = 0; i < BATCH && !c->first && !c->is_gone; i++) {
		size_t len;
		int fd;
		enum err e = ipc_receive(c->fd, l->buf, sizeof(l->buf), &len, &fd);

		if (e == ERR_AGAIN)
			return;
		if (e == ERR_IO) {
			c->is_gone = true;
			return;
		}
		/* A message that was too long has no bytes left and is answered as malformed. */
		notary_handle(n, c->caller, c->id, l->buf, len, fd);
		sodium_memzero(l->buf, len);
	}
}

static void watch(const struct notary_loop *l, const struct notary *n, struct pollfd *p)
{
	for (size_t i = 0; i < LISTENERS; i++)
		p[i] = (struct pollfd){ .fd = l->listener[i].fd, .events = POLLIN };
	p[LISTENERS] = (struct pollfd){ .fd = notary_fd(n), .events = POLLIN };
	p[LISTENERS + 1] = (struct pollfd){ .fd = l->wake ? l->wake(l->wake_arg) : -1, .events = POLLIN };
	for (size_t i = 0; i < LOOP_CONNECTIONS_MAX; i++) {
		const struct connection *c = &l->connection[i];
		p[FIXED + i] = (struct pollfd){ .fd = c->fd, .events = c->first ? POLLOUT : POLLIN };
	}
}

static void serve(struct notary_loop *l, struct notary *n, const struct pollfd *p)
{
	if (p[LISTENERS].revents)
		notary_ready(n);
	for (size_t i = 0; i < LOOP_CONNECTIONS_MAX; i++) {
		struct connection *c = &l->connection[i];

		if (!p[FIXED + i].revents)
			continue;
		if (c->first)
			flush(c);
		else
			read_some(l, n, c);
	}
	for (size_t i = 0; i < LISTENERS; i++)
		if (p[i].revents)
			accept_one(l, i);
	for (size_t i = 0; i < LOOP_CONNECTIONS_MAX; i++)
		if (l->connection[i].is_gone)
			hang_up(&l->connection[i]);
}

enum err notary_loop_run(struct notary_loop *l, struct notary *n, const volatile sig_atomic_t *stop,
		const sigset_t *wait_mask)
{
	struct pollfd p[FIXED + LOOP_CONNECTIONS_MAX];

	while (!*stop) {
		struct timespec wait = { .tv_sec = notary_wait_ms(n) / 1000, .tv_nsec = notary_wait_ms(n) % 1000 * 1000000L };

		watch(l, n, p);
		if (ppoll(p, FIXED + LOOP_CONNECTIONS_MAX, &wait, wait_mask) >= 0)
			serve(l, n, p);
		else if (errno != EINTR)
			return ERR_IO;
		notary_tick(n);
	}
	return OK;
}
