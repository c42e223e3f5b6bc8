#ifndef PEER_LINK_H
#define PEER_LINK_H

#include "gateway/live/live.h"

/**
 * peer_link: one leg, to an agent or a viewer: its outbox, its input, its time-outs.
 *
 * Three queues a leg: frames that are not sealed (consent, receipts, echoes) overtake sealed ones,
 * which keep their order; files go when nothing else waits. Full means: the other side of the room is paused first (OUTBOX_PAUSE),
 * this leg is cut second (OUTBOX_MAX).
 */
enum link_kind { LINK_VIEWER, LINK_AGENT_WEB, LINK_AGENT_NATIVE };

enum {
	OUTBOX_PAUSE = 256 << 10, /* bytes that wait for a viewer: its agent is not read any more */
	OUTBOX_RESUME = 64 << 10, /* …until no more than this waits */
	OUTBOX_MAX = 8 << 20,     /* bytes, above ROOM_LINES_TOLD_MAX lines: the link is cut */
	LINK_HELLO_MS = 10000,    /* time to say who one is */
	VIEWER_LOGIN_MS = 30000,  /* between two looks whether the advisor is still signed in */
	VIEWER_MESSAGE_MAX = 16 + 8192,
};

/** Why a link is not read. */
enum pause_reason {
	PAUSED_BY_VIEWER = 1 << 0, /* it does not take what the agent sends */
	PAUSED_BY_NOTARY = 1 << 1, /* the recording waits to be stored */
};

struct out_frame {
	struct out_frame *next;
	size_t len, sent;
	uint8_t *bytes; /* behind LWS_PRE bytes of room for the library */
};

struct out_queue {
	struct out_frame *first, **last;
};

struct peer_link {
	struct live *live;
	struct lws *wsi; /* NULL: closed, waits for an answer of the notary to be freed */
	enum link_kind kind;
	struct room *room; /* NULL: not known yet */
	char address[46];
	char login[80], session[33];                          /* of a viewer, until it is let in */
	char token[80];     /* of a viewer: his login, asked again while the link lasts */
	uint64_t login_ms;  /* boot clock: when it was asked last */
	char sign[131], os[32], resume[33], resume_given[33]; /* of an agent, until it is let in */
	struct out_queue urgent, bulk, idle;
	struct out_frame *current;
	size_t queued;
	struct frame_reader reader; /* native: an incomplete frame */
	uint8_t *message;           /* web: an incomplete message of `fill` bytes, NULL: none */
	size_t fill;
	uint64_t since_ms, heard_ms;
	unsigned paused_by; /* set of enum pause_reason: not read while it is not empty */
	bool is_flushed;    /* of a viewer: all was sent before the close, which can begin */
	bool is_pinged, is_closing, is_asking, is_greeted, is_speaking;
	struct peer_link *next;
};

struct peer_link *peer_link_new(struct live *l, struct lws *wsi, enum link_kind kind);
/** The socket is gone: leaves the room; freed now, or when the notary has answered. */
void peer_link_closed(struct peer_link *p);
/** Frees a link whose socket went away meanwhile; true if it did. First call of every notary
 * answer. */
bool peer_link_answered(struct peer_link *p);

/** Port: queues a frame. */
enum err peer_link_send(void *arg, void *link, const uint8_t *frame, size_t len, bool is_bulk);
/** Port: reads nothing more, or reads again. */
void peer_link_hold(void *arg, void *link, bool is_held);
/** Port: sends REFUSED with a reason (agents), then closes. */
void peer_link_close(void *arg, void *link, const char *reason);
/** Port: forgets the sealed frames that are not sent yet. */
void peer_link_drop_sealed(void *arg, void *link);
/** The library can write. Non-zero: close now. */
int peer_link_write(struct peer_link *p);
/** A piece of a WebSocket message. Non-zero: close now. */
int peer_link_receive_piece(struct peer_link *p, const uint8_t *in, size_t len);
/** A whole frame; `fn` handles the first one. ERR_…: close. */
enum err peer_link_take(struct peer_link *p, const struct frame *f, const uint8_t *bytes);
/** Pings what is silent, cuts what is dead. */
void peer_links_tick(struct live *l);

/** viewer_link.c: asks again whether the viewer's login is good, when it is time; closes with "login" if not. */
void viewer_link_tick(struct peer_link *p, uint64_t boot_ms);
/** Closes the viewers that came in with this login: he has signed out. */
void viewer_links_signed_out(struct live *l, const char *token);

/** agent_link.c: HELLO. */
enum err agent_link_hello(struct peer_link *p, const struct frame *f, const uint8_t *bytes);

#endif
