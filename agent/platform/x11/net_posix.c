/*
 * The agent's one socket: names are looked up in a thread, everything else never blocks.
 *
 * SO_SNDBUF and TCP_NOTSENT_LOWAT keep what the kernel holds small: a picture that waits there is
 * an old picture.
 */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/platform.h"
#include "agent/platform/x11/platform_x11.h"

enum {
	HOST_MAX = 254,
	SEND_BUFFER_BYTES = 256 * 1024,
	NOT_SENT_BYTES = 64 * 1024,
	NEXT_ADDRESS_MS = 5000, /* a dead address does not hold up the next one longer */
};

enum socket_state { LOOKING_UP, CONNECTING, CONNECTED, FAILED };

/** Shared with the thread that looks the name up; whoever is last frees it. */
struct lookup {
	char host[HOST_MAX], port[6];
	struct addrinfo *found;
	struct platform_socket *socket; /* NULL: disconnected meanwhile; main thread only */
};

struct platform_socket {
	struct platform *platform;
	enum socket_state state;
	struct lookup *lookup; /* while LOOKING_UP */
	struct addrinfo *addresses;
	const struct addrinfo *next;
	int fd; /* -1: none */
	guint in_watch, out_watch, timer;
};

static void try_next(struct platform_socket *s);

static void lookup_free(void *arg)
{
	struct lookup *l = arg;

	if (l->found)
		freeaddrinfo(l->found);
	free(l);
}

static void stop(guint *source)
{
	if (*source)
		g_source_remove(*source);
	*source = 0;
}

static void close_fd(struct platform_socket *s)
{
	stop(&s->in_watch);
	stop(&s->out_watch);
	stop(&s->timer);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static void tell(struct platform_socket *s)
{
	x11_platform_on_socket(s->platform, s);
}

static void fail(struct platform_socket *s)
{
	close_fd(s);
	s->state = FAILED;
	tell(s);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer arg)
{
	(void)fd, (void)condition;
	tell(arg);
	return G_SOURCE_CONTINUE;
}

static gboolean on_writable(gint fd, GIOCondition condition, gpointer arg)
{
	struct platform_socket *s = arg;

	(void)fd, (void)condition;
	s->out_watch = 0;
	tell(s);
	return G_SOURCE_REMOVE;
}

static void want_write(struct platform_socket *s)
{
	if (!s->out_watch)
		s->out_watch = g_unix_fd_add(s->fd, G_IO_OUT | G_IO_HUP | G_IO_ERR, on_writable, s);
}

static gboolean on_connected(gint fd, GIOCondition condition, gpointer arg)
{
	struct platform_socket *s = arg;
	int error = 0;
	socklen_t len = sizeof(error);

	(void)condition;
	s->out_watch = 0;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) || error) {
		try_next(s);
		return G_SOURCE_REMOVE;
	}
	stop(&s->timer);
	s->state = CONNECTED;
	s->in_watch = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, s);
	tell(s);
	return G_SOURCE_REMOVE;
}

static gboolean on_slow_address(gpointer arg)
{
	struct platform_socket *s = arg;

	s->timer = 0;
	try_next(s);
	return G_SOURCE_REMOVE;
}

static void set_options(int fd)
{
	const int one = 1, send_buffer = SEND_BUFFER_BYTES, not_sent = NOT_SENT_BYTES;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof(send_buffer));
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &not_sent, sizeof(not_sent));
}

static bool start_connect(struct platform_socket *s, const struct addrinfo *a)
{
	s->fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
	if (s->fd < 0)
		return false;
	set_options(s->fd);
	if (connect(s->fd, a->ai_addr, a->ai_addrlen) == 0 || errno == EINPROGRESS)
		return true;
	close_fd(s);
	return false;
}

static void try_next(struct platform_socket *s)
{
	close_fd(s);
	while (s->next) {
		const struct addrinfo *a = s->next;

		s->next = a->ai_next;
		if (!start_connect(s, a))
			continue;
		s->out_watch = g_unix_fd_add(
				s->fd, G_IO_OUT | G_IO_HUP | G_IO_ERR, on_connected, s);
		if (s->next)
			s->timer = g_timeout_add(NEXT_ADDRESS_MS, on_slow_address, s);
		return;
	}
	fail(s);
}

static void look_up(GTask *task, gpointer source, gpointer arg, GCancellable *cancel)
{
	struct lookup *l = arg;
	const struct addrinfo want = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };

	(void)source, (void)cancel;
	if (getaddrinfo(l->host, l->port, &want, &l->found))
		l->found = NULL;
	g_task_return_boolean(task, TRUE);
}

static void on_looked_up(GObject *source, GAsyncResult *result, gpointer arg)
{
	struct lookup *l = g_task_get_task_data(G_TASK(result));
	struct platform_socket *s = l->socket;

	(void)source, (void)arg;
	if (!s)
		return;
	s->lookup = NULL;
	s->addresses = l->found;
	l->found = NULL;
	s->next = s->addresses;
	s->state = CONNECTING;
	try_next(s);
}

enum err platform_connect(
		struct platform *p, const char *host, uint16_t port, struct platform_socket **out)
{
	struct platform_socket *s = calloc(1, sizeof(*s));
	struct lookup *l = calloc(1, sizeof(*l));
	GTask *task;

	*out = NULL;
	if (!s || !l || strlen(host) >= sizeof(l->host)) {
		free(s);
		free(l);
		return s && l ? ERR_IO : ERR_NOMEM;
	}
	snprintf(l->host, sizeof(l->host), "%s", host);
	snprintf(l->port, sizeof(l->port), "%u", (unsigned)port);
	l->socket = s;
	s->platform = p;
	s->lookup = l;
	s->fd = -1;
	task = g_task_new(NULL, NULL, on_looked_up, NULL);
	g_task_set_task_data(task, l, lookup_free);
	g_task_run_in_thread(task, look_up);
	g_object_unref(task);
	*out = s;
	return OK;
}

enum err platform_send(struct platform_socket *s, const void *buf, size_t len, size_t *done)
{
	ssize_t n;

	*done = 0;
	if (s->state == FAILED)
		return ERR_IO;
	if (s->state != CONNECTED)
		return ERR_AGAIN;
	do
		n = send(s->fd, buf, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
		return ERR_IO;
	if (n < 0) {
		want_write(s);
		return ERR_AGAIN;
	}
	*done = (size_t)n;
	return OK;
}

enum err platform_recv(struct platform_socket *s, void *buf, size_t size, size_t *done)
{
	ssize_t n;

	*done = 0;
	if (s->state == FAILED)
		return ERR_IO;
	if (s->state != CONNECTED)
		return ERR_AGAIN;
	do
		n = recv(s->fd, buf, size, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return ERR_AGAIN;
	if (n <= 0)
		return ERR_IO;
	*done = (size_t)n;
	return OK;
}

void platform_disconnect(struct platform_socket *s)
{
	if (!s)
		return;
	if (s->lookup)
		s->lookup->socket = NULL;
	close_fd(s);
	if (s->addresses)
		freeaddrinfo(s->addresses);
	free(s);
}
