#include "agent/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/tls.h"
#include "agent/ws.h"

enum state { IDLE, CONNECTING, PROXY, HANDSHAKE, UPGRADE, OPEN };

/* A queued piece; the bytes follow the struct. */
struct piece {
	struct piece *next;
	size_t len, sent;
	uint8_t bytes[];
};

struct queue {
	struct piece *first, **last;
};

struct link {
	struct platform *platform;
	const struct profile *profile;
	const struct link_events *events;
	void *arg;
	enum state state;
	enum link_door door, preferred;
	unsigned tried; /* bit i: door i was tried since link_start() */
	uint64_t opened_ms, heard_ms;
	struct platform_socket *socket;
	struct tls *tls;
	struct piece *current; /* begun: must be finished before another */
	struct queue urgent, bulk;
	size_t queued;
	char accept[WS_ACCEPT_LEN + 1];
	char http[WS_HTTP_MAX]; /* head of the answer of proxy or server */
	size_t http_len;
	struct frame_reader frames;
	struct ws_reader messages;
};

static void lose(struct link *l, enum err why);

const char *link_door_name(enum link_door d)
{
	static const char *const name[DOOR_COUNT] = { "native", "web", "web" };

	return name[d];
}

/* ---- queues ---- */

static void queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void queue_clear(struct queue *q)
{
	while (q->first) {
		struct piece *next = q->first->next;
		free(q->first);
		q->first = next;
	}
	queue_init(q);
}

static void queue_put(struct queue *q, struct piece *p)
{
	*q->last = p;
	q->last = &p->next;
}

static struct piece *queue_take(struct queue *q)
{
	struct piece *p = q->first;

	if (!p)
		return NULL;
	q->first = p->next;
	if (!q->first)
		q->last = &q->first;
	return p;
}

static struct piece *piece_new(size_t len)
{
	struct piece *p = malloc(sizeof(*p) + len);

	if (p)
		*p = (struct piece){ .len = len };
	return p;
}

/* A frame or a control message as the door carries it. */
static struct piece *piece_for_door(
		const struct link *l, enum ws_opcode op, const uint8_t *in, size_t len)
{
	uint8_t head[WS_HEAD_MAX], mask[4];
	struct piece *p;
	size_t n = 0;

	if (l->door != DOOR_NATIVE) {
		if (platform_random(mask, sizeof(mask)))
			return NULL;
		n = ws_write_head(op, len, mask, head);
	}
	p = piece_new(n + len);
	if (!p)
		return NULL;
	memcpy(p->bytes, head, n);
	if (len)
		memcpy(p->bytes + n, in, len);
	if (n)
		ws_mask(mask, 0, p->bytes + n, len);
	return p;
}

/* ---- sending ---- */

static enum err raw_send(struct link *l, const void *buf, size_t len, size_t *done)
{
	return l->tls ? tls_write(l->tls, buf, len, done)
		      : platform_send(l->socket, buf, len, done);
}

static enum err flush(struct link *l)
{
	for (;;) {
		size_t done = 0;
		enum err e;

		if (!l->current)
			l->current = queue_take(&l->urgent);
		if (!l->current && l->state == OPEN)
			l->current = queue_take(&l->bulk);
		if (!l->current)
			return OK;
		e = raw_send(l, l->current->bytes + l->current->sent,
				l->current->len - l->current->sent, &done);
		if (e)
			return e == ERR_AGAIN ? OK : e;
		l->current->sent += done;
		l->queued -= done;
		if (l->current->sent == l->current->len) {
			free(l->current);
			l->current = NULL;
		}
	}
}

static enum err enqueue(struct link *l, struct piece *p, bool is_bulk)
{
	if (!p)
		return ERR_NOMEM;
	if (l->queued + p->len > LINK_QUEUE_MAX) {
		free(p);
		return ERR_IO;
	}
	l->queued += p->len;
	queue_put(is_bulk ? &l->bulk : &l->urgent, p);
	return OK;
}

bool link_has_room(const struct link *l, size_t len)
{
	return l->state == OPEN && l->queued + len + WS_HEAD_MAX <= LINK_QUEUE_MAX;
}

enum err link_send(struct link *l, const uint8_t *frame, size_t len, bool is_bulk)
{
	enum err e;

	if (l->state != OPEN)
		return ERR_IO;
	e = enqueue(l, piece_for_door(l, WS_BINARY, frame, len), is_bulk);
	if (!e)
		e = flush(l);
	return e;
}

static enum err send_text(struct link *l, const char *text)
{
	struct piece *p = piece_new(strlen(text));

	if (p)
		memcpy(p->bytes, text, p->len);
	return enqueue(l, p, false);
}

/* ---- the doors ---- */

static enum err tls_send_cb(void *arg, const void *buf, size_t len, size_t *done)
{
	return platform_send(arg, buf, len, done);
}

static enum err tls_recv_cb(void *arg, void *buf, size_t size, size_t *done)
{
	return platform_recv(arg, buf, size, done);
}

static enum err begin_tls(struct link *l)
{
	const struct tls_io io = { l->socket, tls_send_cb, tls_recv_cb };

	l->state = HANDSHAKE;
	return tls_new(l->profile->ca, l->profile->host,
			l->door == DOOR_NATIVE ? WIRE_ALPN : "http/1.1", &io, &l->tls);
}

static enum err begin_proxy(struct link *l)
{
	char text[512];

	l->state = PROXY;
	snprintf(text, sizeof(text), "CONNECT %s:%u HTTP/1.1\r\nHost: %s:%u\r\n\r\n",
			l->profile->host, l->profile->web_port, l->profile->host,
			l->profile->web_port);
	return send_text(l, text);
}

static enum err begin_upgrade(struct link *l)
{
	char text[1024], key[WS_KEY_LEN + 1];
	enum err e = ws_key_new(key, l->accept);

	if (e)
		return e;
	l->state = UPGRADE;
	snprintf(text, sizeof(text),
			"GET %sagent HTTP/1.1\r\nHost: %s:%u\r\nUpgrade: websocket\r\nConnection: "
			"Upgrade\r\n"
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
			"%s\r\nSec-WebSocket-Protocol: %s\r\n\r\n",
			l->profile->path, l->profile->host, l->profile->web_port, key,
			WIRE_SUBPROTOCOL_AGENT);
	return send_text(l, text);
}

static void opened(struct link *l)
{
	l->state = OPEN;
	l->preferred = l->door;
	l->events->on_open(l->arg, l->door);
}

static enum err handshake(struct link *l)
{
	enum err e = tls_handshake(l->tls);

	if (e)
		return e;
	if (l->door != DOOR_NATIVE)
		return begin_upgrade(l);
	opened(l);
	return OK;
}

/* ---- receiving ---- */

static enum err on_message(void *arg, enum ws_opcode op, const uint8_t *payload, size_t len)
{
	struct link *l = arg;
	struct frame f;

	if (op == WS_PING)
		return enqueue(l, piece_for_door(l, WS_PONG, payload, len), false);
	if (op == WS_PONG)
		return OK;
	if (op == WS_CLOSE)
		return ERR_IO;
	if (len < WIRE_HEADER_LEN || frame_read_header(payload, &f) ||
			len != WIRE_HEADER_LEN + f.len)
		return ERR_MALFORMED;
	return l->events->on_frame(l->arg, &f, payload);
}

static enum err on_frame(void *arg, const struct frame *f, const uint8_t *bytes)
{
	struct link *l = arg;

	return l->events->on_frame(l->arg, f, bytes);
}

static enum err take_open(struct link *l, const uint8_t *in, size_t len)
{
	return l->door == DOOR_NATIVE ? frame_reader_feed(&l->frames, in, len, on_frame, l)
				      : ws_reader_feed(&l->messages, in, len, on_message, l);
}

/* Collects the head of an HTTP answer; what follows it belongs to the next state. */
static enum err take_http(struct link *l, const uint8_t *in, size_t len)
{
	for (; len > 0; in++, len--) {
		if (l->http_len + 1 >= sizeof(l->http))
			return ERR_MALFORMED;
		l->http[l->http_len++] = (char)*in;
		l->http[l->http_len] = '\0';
		if (l->http_len < 4 || strcmp(l->http + l->http_len - 4, "\r\n\r\n") != 0)
			continue;
		l->http_len = 0;
		if (l->state == PROXY) {
			if (strncmp(l->http, "HTTP/1.", 7) != 0 ||
					strncmp(l->http + 8, " 200", 4) != 0 || len > 1)
				return ERR_IO;
			return begin_tls(l);
		}
		if (ws_check_upgrade(l->http, l->accept, WIRE_SUBPROTOCOL_AGENT))
			return ERR_IO;
		opened(l);
		return take_open(l, in + 1, len - 1);
	}
	return OK;
}

static enum err receive(struct link *l)
{
	uint8_t buf[16384];

	while (l->state == PROXY || l->state == UPGRADE || l->state == OPEN) {
		size_t n = 0;
		enum err e = l->tls ? tls_read(l->tls, buf, sizeof(buf), &n)
				    : platform_recv(l->socket, buf, sizeof(buf), &n);
		if (e)
			return e == ERR_AGAIN ? OK : e;
		l->heard_ms = platform_boot_ms();
		e = l->state == OPEN ? take_open(l, buf, n) : take_http(l, buf, n);
		if (e)
			return e;
	}
	return OK;
}

/* ---- life ---- */

static void drop_connection(struct link *l)
{
	tls_free(l->tls);
	l->tls = NULL;
	platform_disconnect(l->socket);
	l->socket = NULL;
	free(l->current);
	l->current = NULL;
	queue_clear(&l->urgent);
	queue_clear(&l->bulk);
	frame_reader_done(&l->frames);
	l->queued = l->http_len = l->messages.fill = 0;
	l->state = IDLE;
}

static enum err open_door(struct link *l, enum link_door d)
{
	char host[256];
	uint16_t port;

	l->door = d;
	l->tried |= 1u << d;
	l->opened_ms = l->heard_ms = platform_boot_ms();
	l->state = CONNECTING;
	if (d == DOOR_NATIVE)
		return l->profile->native_port
				? platform_connect(l->platform, l->profile->host,
						  l->profile->native_port, &l->socket)
				: ERR_IO;
	if (d == DOOR_WEB)
		return platform_connect(
				l->platform, l->profile->host, l->profile->web_port, &l->socket);
	if (!platform_http_proxy(l->profile->host, host, sizeof(host), &port))
		return ERR_IO;
	return platform_connect(l->platform, host, port, &l->socket);
}

/* Tries the doors that were not tried yet; the preferred one first. */
static bool try_next(struct link *l)
{
	for (unsigned i = 0; i < DOOR_COUNT; i++) {
		enum link_door d = (enum link_door)((l->preferred + i) % DOOR_COUNT);

		if (l->tried & 1u << d)
			continue;
		if (open_door(l, d) == OK)
			return true;
		drop_connection(l);
	}
	return false;
}

/* An unknown server at one door is never a reason to try another: it is an attack or a mistake. */
static void lose(struct link *l, enum err why)
{
	bool was_open = l->state == OPEN;

	drop_connection(l);
	if (!was_open && why != ERR_CRYPTO && try_next(l))
		return;
	l->events->on_lost(l->arg, why);
}

static enum err step(struct link *l)
{
	enum err e = OK;
	size_t none;

	if (l->state == CONNECTING) {
		e = platform_send(l->socket, "", 0, &none);
		if (!e)
			e = l->door == DOOR_WEB_PROXY ? begin_proxy(l) : begin_tls(l);
	}
	if (!e && l->state == HANDSHAKE)
		e = handshake(l);
	if (!e)
		e = receive(l);
	if (!e && l->state == HANDSHAKE) /* begun by the proxy's answer */
		e = handshake(l);
	if (!e && l->state != IDLE && l->state != HANDSHAKE)
		e = flush(l);
	return e;
}

void link_socket_ready(struct link *l)
{
	enum err e;

	if (l->state == IDLE)
		return;
	e = step(l);
	if (e && e != ERR_AGAIN && l->state != IDLE)
		lose(l, e);
}

uint64_t link_tick(struct link *l, uint64_t boot_ms)
{
	uint64_t due;

	if (l->state == IDLE)
		return 0;
	due = l->state == OPEN ? l->heard_ms + WIRE_DEAD_MS : l->opened_ms + LINK_OPEN_MS;
	if (boot_ms < due)
		return due;
	lose(l, ERR_IO);
	return l->state == IDLE ? 0 : boot_ms + LINK_OPEN_MS;
}

void link_start(struct link *l)
{
	l->tried = 0;
	if (l->state == IDLE && !try_next(l))
		l->events->on_lost(l->arg, ERR_IO);
}

void link_stop(struct link *l)
{
	drop_connection(l);
}

bool link_is_open(const struct link *l)
{
	return l->state == OPEN;
}

void link_drop_bulk(struct link *l)
{
	for (const struct piece *p = l->bulk.first; p; p = p->next)
		l->queued -= p->len;
	queue_clear(&l->bulk);
}

size_t link_queued(const struct link *l)
{
	return l->queued;
}

enum err link_new(struct platform *p, const struct profile *profile,
		const struct link_events *events, void *arg, struct link **out)
{
	struct link *l = calloc(1, sizeof(*l));

	*out = l;
	if (!l)
		return ERR_NOMEM;
	l->platform = p;
	l->profile = profile;
	l->events = events;
	l->arg = arg;
	queue_init(&l->urgent);
	queue_init(&l->bulk);
	return OK;
}

void link_free(struct link *l)
{
	if (!l)
		return;
	drop_connection(l);
	free(l);
}
