#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/live/live.h"
#include "gateway/live/peer_addr.h"
#include "gateway/live/peer_link.h"

/**
 * agent_accept: the agents' own port. Accepts, takes the PROXY header off when one is due, and
 * hands the connection to libwebsockets, which speaks TLS on it.
 */
enum { PROXY_WAIT_MS = 5000 };

/* A connection whose PROXY header has not arrived yet. */
struct arrival {
	struct live *live;
	uv_poll_t watch;
	uv_timer_t patience;
	unsigned open_handles;
	int fd; /* -1: given away */
};

/* `source`: the client's address as a trusted proxy told it, "" for the connection's own. */
static void adopt(struct live *l, int fd, const char *source)
{
	const lws_sock_file_fd_type s = { .sockfd = fd };
	const lws_adoption_type how = LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL;
	struct peer_link **slot;
	struct lws *wsi;
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	wsi = lws_adopt_descriptor_vhost(l->native, how, s, "guichet-native", NULL);
	slot = wsi ? lws_wsi_user(wsi) : NULL;
	if (!slot || !*slot)
		fprintf(stderr, "guichet-live: an agent's connection could not be taken\n");
	else if (source[0])
		snprintf((*slot)->address, sizeof((*slot)->address), "%s", source);
	else
		lws_get_peer_simple(wsi, (*slot)->address, sizeof((*slot)->address));
}

static void on_handle_closed(uv_handle_t *h)
{
	struct arrival *a = h->data;

	if (--a->open_handles)
		return;
	if (a->fd >= 0)
		close(a->fd);
	free(a);
}

static void arrival_done(struct arrival *a)
{
	uv_poll_stop(&a->watch);
	uv_close((uv_handle_t *)&a->watch, on_handle_closed);
	uv_close((uv_handle_t *)&a->patience, on_handle_closed);
}

static void on_impatient(uv_timer_t *t)
{
	arrival_done(t->data);
}

/* Peeks until the header is whole, then reads exactly that much: TLS begins right behind it. */
static void on_header(uv_poll_t *w, int status, int events)
{
	struct arrival *a = w->data;
	uint8_t buf[PROXY_HEADER_MAX];
	char source[ADDRESS_TEXT_MAX];
	size_t used = 0;
	enum err e = ERR_IO;
	ssize_t n = status ? -1 : recv(a->fd, buf, sizeof(buf), MSG_PEEK | MSG_DONTWAIT);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		e = proxy_header_read(buf, (size_t)n, &used, source);
	if (e == ERR_AGAIN && (size_t)n < sizeof(buf))
		return;
	if (!e && recv(a->fd, buf, used, 0) == (ssize_t)used) {
		int fd = a->fd;
		a->fd = -1;
		arrival_done(a);
		adopt(a->live, fd, source);
		return;
	}
	arrival_done(a);
}

static void await_header(struct live *l, int fd)
{
	struct arrival *a = calloc(1, sizeof(*a));

	if (!a) {
		close(fd);
		return;
	}
	a->live = l;
	a->fd = fd;
	a->open_handles = 2;
	a->watch.data = a->patience.data = a;
	uv_poll_init(&l->loop, &a->watch, fd);
	uv_timer_init(&l->loop, &a->patience);
	uv_timer_start(&a->patience, on_impatient, PROXY_WAIT_MS, 0);
	uv_poll_start(&a->watch, UV_READABLE, on_header);
}

static bool is_trusted(const struct live *l, const struct sockaddr_storage *from)
{
	char text[ADDRESS_TEXT_MAX] = "";

	if (from->ss_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)from)->sin_addr, text,
				sizeof(text));
	else if (from->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)from)->sin6_addr, text,
				sizeof(text));
	return network_contains(l->config.proxies, l->config.proxy_count,
			strncmp(text, "::ffff:", 7) == 0 ? text + 7 : text);
}

static void on_connection(uv_poll_t *w, int status, int events)
{
	struct live *l = w->data;
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	int fd = status ? -1
			: accept4(l->agent_socket, (struct sockaddr *)&from, &size,
					  SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	if (!l->config.agent_proxy_protocol)
		adopt(l, fd, "");
	else if (is_trusted(l, &from))
		await_header(l, fd);
	else
		close(fd); /* only a configured proxy may say whose connection it is */
}

static int listen_on(const char *address, unsigned port)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	bool is_v4 = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
	int one = 1, fd;

	if (!is_v4 && inet_pton(AF_INET6, address, &v6.sin6_addr) != 1) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6,
			    is_v4 ? sizeof(v4) : sizeof(v6)) == 0 &&
			listen(fd, 512) == 0)
		return fd;
	close(fd);
	return -1;
}

enum err agent_accept_open(struct live *l)
{
	l->agent_socket = -1;
	if (l->config.agent_port == 0)
		return OK;
	l->agent_socket = listen_on(l->config.listen, l->config.agent_port);
	if (l->agent_socket < 0) {
		fprintf(stderr, "guichet-live: %s:%u: %s\n", l->config.listen, l->config.agent_port,
				strerror(errno));
		return ERR_IO;
	}
	l->accept_watch.data = l;
	uv_poll_init(&l->loop, &l->accept_watch, l->agent_socket);
	uv_poll_start(&l->accept_watch, UV_READABLE, on_connection);
	return OK;
}

void agent_accept_close(struct live *l)
{
	if (l->agent_socket < 0)
		return;
	uv_poll_stop(&l->accept_watch);
	uv_close((uv_handle_t *)&l->accept_watch, NULL);
	close(l->agent_socket);
	l->agent_socket = -1;
}
