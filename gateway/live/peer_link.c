#include "gateway/live/peer_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"

struct peer_link *peer_link_new(struct live *l, struct lws *wsi, enum link_kind kind)
{
	struct peer_link *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->live = l;
	p->wsi = wsi;
	p->kind = kind;
	p->urgent.last = &p->urgent.first;
	p->bulk.last = &p->bulk.first;
	p->idle.last = &p->idle.first;
	p->since_ms = p->heard_ms = live_boot_ms();
	p->next = l->links;
	l->links = p;
	return p;
}

static void queue_clear(struct out_queue *q)
{
	while (q->first) {
		struct out_frame *next = q->first->next;
		free(q->first->bytes - LWS_PRE);
		free(q->first);
		q->first = next;
	}
	q->last = &q->first;
}

static void frame_done(struct out_frame *f)
{
	if (f)
		free(f->bytes - LWS_PRE);
	free(f);
}

static void link_free(struct peer_link *p)
{
	struct peer_link **at = &p->live->links;

	while (*at && *at != p)
		at = &(*at)->next;
	if (*at)
		*at = p->next;
	queue_clear(&p->urgent);
	queue_clear(&p->bulk);
	queue_clear(&p->idle);
	frame_done(p->current);
	frame_reader_done(&p->reader);
	free(p->message);
	explicit_bzero(p->token, sizeof(p->token));
	free(p);
}

/* ---- pressing back ---- */

static void set_paused(struct peer_link *p, enum pause_reason why, bool is_paused)
{
	unsigned before = p ? p->paused_by : 0;

	if (!p || !p->wsi)
		return;
	p->paused_by = is_paused ? before | why : before & ~(unsigned)why;
	if (!before != !p->paused_by)
		lws_rx_flow_control(p->wsi, p->paused_by ? 0 : 1);
}

void peer_link_hold(void *arg, void *link, bool is_held)
{
	(void)arg;
	set_paused(link, PAUSED_BY_NOTARY, is_held);
}

/* The agent of a viewer's room: the one that has to wait when the viewer is slow. */
static struct peer_link *agent_of(const struct peer_link *viewer)
{
	for (struct peer_link *p = viewer->live->links; p; p = p->next)
		if (p->room == viewer->room && p->kind != LINK_VIEWER && p->wsi)
			return p;
	return NULL;
}

static void press_back(struct peer_link *p)
{
	if (p->kind != LINK_VIEWER || !p->room)
		return;
	if (p->queued > OUTBOX_PAUSE)
		set_paused(agent_of(p), PAUSED_BY_VIEWER, true);
	else if (p->queued <= OUTBOX_RESUME)
		set_paused(agent_of(p), PAUSED_BY_VIEWER, false);
}

void peer_link_closed(struct peer_link *p)
{
	struct room *r = p->room;

	p->wsi = NULL;
	if (r) {
		if (p->kind == LINK_VIEWER)
			set_paused(agent_of(p), PAUSED_BY_VIEWER, false);
		p->room = NULL;
		room_left(r, p);
	}
	if (!p->is_asking)
		link_free(p);
}

bool peer_link_answered(struct peer_link *p)
{
	p->is_asking = false;
	if (p->wsi)
		return false;
	link_free(p);
	return true;
}

/* ---- sending ---- */

static struct out_frame *out_frame_new(const uint8_t *bytes, size_t len)
{
	struct out_frame *f = calloc(1, sizeof(*f));
	uint8_t *room = malloc(LWS_PRE + len);

	if (!f || !room) {
		free(f);
		free(room);
		return NULL;
	}
	memcpy(room + LWS_PRE, bytes, len);
	f->bytes = room + LWS_PRE;
	f->len = len;
	return f;
}

/* Sealed frames and files wait behind the others, files behind all. */
static struct out_queue *queue_for(struct peer_link *p, const uint8_t *frame, bool is_bulk)
{
	struct frame f;

	if (!is_bulk)
		return &p->urgent;
	return !frame_read_header(frame, &f) && f.kind == KIND_FILE_DATA ? &p->idle : &p->bulk;
}

enum err peer_link_send(void *arg, void *link, const uint8_t *frame, size_t len, bool is_bulk)
{
	struct peer_link *p = link;
	struct out_queue *q = queue_for(p, frame, is_bulk);
	struct out_frame *f;

	(void)arg;
	if (!p->wsi || p->is_closing)
		return OK;
	if (p->queued + len > OUTBOX_MAX) {
		peer_link_close(arg, p, "lost");
		return OK; /* the sender is not to blame: this leg is cut */
	}
	f = out_frame_new(frame, len);
	if (!f)
		return ERR_NOMEM;
	*q->last = f;
	q->last = &f->next;
	p->queued += len;
	press_back(p);
	lws_callback_on_writable(p->wsi);
	return OK;
}

void peer_link_drop_sealed(void *arg, void *link)
{
	struct peer_link *p = link;

	(void)arg;
	for (const struct out_frame *f = p->bulk.first; f; f = f->next)
		p->queued -= f->len;
	queue_clear(&p->bulk);
	press_back(p);
}

static void send_refused(struct peer_link *p, const char *reason)
{
	uint8_t out[WIRE_HEADER_LEN + 64];
	int n = snprintf((char *)out + WIRE_HEADER_LEN, 64, "{\"reason\":\"%s\"}", reason);
	const struct frame f = { .kind = KIND_REFUSED, .len = (uint32_t)n };

	frame_write_header(&f, out);
	peer_link_send(NULL, p, out, WIRE_HEADER_LEN + (size_t)n, false);
}

void peer_link_close(void *arg, void *link, const char *reason)
{
	struct peer_link *p = link;

	(void)arg;
	if (!p->wsi || p->is_closing)
		return;
	fprintf(stderr, "guichet-live: session %s: %s at %s closed: %s\n",
			p->room ? room_facts(p->room)->id : "-",
			p->kind == LINK_VIEWER ? "viewer" : "agent", p->address, reason);
	if (p->kind != LINK_VIEWER && p->queued + 128 < OUTBOX_MAX)
		send_refused(p, reason);
	p->is_closing = true;
	if (p->kind == LINK_VIEWER)
		lws_close_reason(p->wsi, (enum lws_close_status)4000, (uint8_t *)(uintptr_t)reason,
				strlen(reason));
	set_paused(p, PAUSED_BY_VIEWER, false);
	set_paused(p, PAUSED_BY_NOTARY, false);
	lws_callback_on_writable(p->wsi);
	lws_set_timeout(p->wsi, PENDING_TIMEOUT_USER_OK, 3);
}

static struct out_frame *next_frame(struct peer_link *p)
{
	struct out_queue *q = p->urgent.first ? &p->urgent : p->bulk.first ? &p->bulk : &p->idle;
	struct out_frame *f = q->first;

	if (!f || (p->is_closing && q != &p->urgent))
		return NULL;
	q->first = f->next;
	if (!q->first)
		q->last = &q->first;
	f->next = NULL;
	return f;
}

/*
 * The library sends a viewer its close frame, with code and word, only when the close does not begin in the
 * socket's own writeable callback: that counts as a failed write and drops the connection (1006).
 */
static void close_flushed(uv_timer_t *timer)
{
	struct live *l = timer->data;

	for (struct peer_link *p = l->links, *next; p; p = next) {
		next = p->next;
		if (!p->wsi || !p->is_flushed)
			continue;
		p->is_flushed = false;
		lws_set_timeout(p->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
	}
}

int peer_link_write(struct peer_link *p)
{
	enum lws_write_protocol how =
			p->kind == LINK_AGENT_NATIVE ? LWS_WRITE_RAW : LWS_WRITE_BINARY;
	unsigned budget = 8; /* frames a turn, so that one leg does not starve the others */

	while (budget-- && !lws_partial_buffered(p->wsi) && (p->current = next_frame(p)) != NULL) {
		int n = lws_write(p->wsi, p->current->bytes, p->current->len, how);

		p->queued -= p->current->len;
		frame_done(p->current);
		p->current = NULL;
		if (n < 0)
			return -1;
	}
	press_back(p);
	if (p->urgent.first || ((p->bulk.first || p->idle.first) && !p->is_closing)) {
		lws_callback_on_writable(p->wsi);
		return 0;
	}
	if (!p->is_closing || lws_partial_buffered(p->wsi))
		return 0;
	if (p->kind != LINK_VIEWER)
		return -1;
	p->is_flushed = true;
	uv_timer_start(&p->live->closer, close_flushed, 0, 0);
	return 0;
}

/* ---- receiving ---- */

enum err peer_link_take(struct peer_link *p, const struct frame *f, const uint8_t *bytes)
{
	p->heard_ms = live_boot_ms();
	p->is_pinged = false;
	if (p->is_closing)
		return OK;
	if (!p->room)
		return p->kind == LINK_VIEWER ? ERR_FORBIDDEN : agent_link_hello(p, f, bytes);
	return room_on_frame(p->room, p, f, bytes);
}

/* One frame a message, no more and no less. */
static enum err take_message(struct peer_link *p, const uint8_t *message, size_t len)
{
	struct frame f;

	if (len < WIRE_HEADER_LEN || frame_read_header(message, &f) ||
			len != WIRE_HEADER_LEN + f.len)
		return ERR_MALFORMED;
	return peer_link_take(p, &f, message);
}

/* Keeps a piece until its message is whole. */
static enum err keep_piece(struct peer_link *p, const uint8_t *in, size_t len)
{
	uint8_t *message = realloc(p->message, p->fill + len);

	if (!message)
		return ERR_NOMEM;
	memcpy(message + p->fill, in, len);
	p->message = message;
	p->fill += len;
	return OK;
}

int peer_link_receive_piece(struct peer_link *p, const uint8_t *in, size_t len)
{
	size_t max = p->kind == LINK_VIEWER ? VIEWER_MESSAGE_MAX : WIRE_FRAME_MAX;
	bool is_whole = lws_is_final_fragment(p->wsi) && lws_remaining_packet_payload(p->wsi) == 0;
	enum err e = lws_frame_is_binary(p->wsi) && p->fill + len <= max ? OK : ERR_MALFORMED;

	if (!e && is_whole && p->fill == 0) {
		e = take_message(p, in, len);
	} else if (!e) {
		e = len ? keep_piece(p, in, len) : OK;
		if (!e && is_whole) {
			e = take_message(p, p->message, p->fill);
			free(p->message);
			p->message = NULL;
			p->fill = 0;
		}
	}
	if (e)
		peer_link_close(NULL, p, "malformed");
	return 0;
}

/* ---- time ---- */

static void ping_agent(struct peer_link *p, uint64_t now)
{
	uint8_t out[WIRE_HEADER_LEN + 8];
	const struct frame f = { .kind = KIND_LINK_PING, .len = 8 };

	frame_write_header(&f, out);
	put_u32(out + WIRE_HEADER_LEN, (uint32_t)(now >> 32));
	put_u32(out + WIRE_HEADER_LEN + 4, (uint32_t)now);
	peer_link_send(NULL, p, out, sizeof(out), false);
	p->is_pinged = true;
}

void peer_links_tick(struct live *l)
{
	uint64_t now = live_boot_ms();

	for (struct peer_link *p = l->links, *next; p; p = next) {
		next = p->next;
		if (!p->wsi || p->is_closing)
			continue;
		if (!p->room && !p->is_asking && now - p->since_ms >= LINK_HELLO_MS)
			peer_link_close(NULL, p, "lost");
		else if (p->kind != LINK_VIEWER && now - p->heard_ms >= WIRE_DEAD_MS)
			peer_link_close(NULL, p, "lost");
		else if (p->kind != LINK_VIEWER && p->room && !p->is_pinged &&
				now - p->heard_ms >= WIRE_PING_MS)
			ping_agent(p, now);
		else if (p->kind == LINK_VIEWER && p->room)
			viewer_link_tick(p, now);
	}
}
