#ifndef LIVE_H
#define LIVE_H

#include <libwebsockets.h>
#include <uv.h>

#include "gateway/core/room.h"
#include "gateway/ipc/notary_client.h"
#include "gateway/live/live_config.h"
#include "gateway/http/site.h"
#include "gateway/live/spool.h"
#include "gateway/live/terms.h"

/**
 * live: the running gateway: one loop (libuv), one libwebsockets context, the rooms, the link to
 * the notary.
 *
 * Everything runs on one thread. Holds no key but that of its TLS certificate and no database.
 */
enum {
	LIVE_LANGUAGES = 2, /* 0: French, which binds; 1: English */
	LIVE_TURNS = 10,    /* rooms have their seconds at different times, so that their chunks do too */
};

struct live {
	struct live_config config;
	char origin[300]; /* of the public URL */
	struct site *site;
	struct terms terms[LIVE_LANGUAGES];
	uint8_t *agent, *profile, *signature; /* what a download is made of */
	size_t agent_len, profile_len, signature_len;
	uv_loop_t loop;
	uv_timer_t tick, closer; /* closer: closes viewers whose last words are sent */
	uv_signal_t on_term, on_int, on_hup;
	uv_poll_t notary_watch, accept_watch;
	bool is_watching, is_stopping;
	unsigned turn; /* of the rooms, 0: also that of everything else */
	unsigned rooms_made;
	uint64_t orphans_ms; /* boot clock: when they are looked for next */
	int agent_socket;    /* listening, -1: none */
	struct lws_context *context;
	struct lws_vhost *web, *native;
	struct notary_client *notary; /* NULL: away */
	struct spool *spool; /* NULL: there are no files here */
	struct files_policy files;
	struct room_entry *rooms;
	struct alerts *alerts;
	struct peer_link *links;
};

/** Loads what is served, opens the doors. Problems are told on stderr. ERR_IO: nothing is open. */
enum err live_open(struct live *l);
/** Runs until SIGTERM or SIGINT. */
void live_run(struct live *l);
void live_close(struct live *l);

/** Sends a request to the notary; `fn` is called exactly once, with NULL when it is away. Owns
 * `request`. */
void live_ask(struct live *l, const char *op, cJSON *request, notary_answer_fn *fn, void *arg);
/** True if the answer is there and says ok. */
bool live_is_ok(const cJSON *answer);
/** The error word of an answer; "notary" when there is none. */
const char *live_error(const cJSON *answer);
/** UTC, and time that never jumps, both in milliseconds. */
uint64_t live_now_ms(void);
uint64_t live_boot_ms(void);

/* ---- rooms.c: the rooms and what core/ports.h asks for ---- */

/** The room of a session if it is in memory. */
struct room *rooms_find(struct live *l, const char *session);
typedef void rooms_fn(void *arg, struct room *r, const cJSON *facts);
/**
 * Finds the room, or makes it from the notary's record; `fn` gets NULL if there is no such session
 * or the notary is away. `facts` is the notary's answer.
 */
void rooms_load(struct live *l, const char *session, rooms_fn *fn, void *arg);
/** The second of those rooms whose turn it is, 0..LIVE_TURNS - 1. */
void rooms_tick(struct live *l, unsigned turn);
/** An answer to the room of the spool is due (+1), or has come (-1): it stays in memory until then. */
void rooms_hold(struct live *l, const struct room *r, int answers);
/** Hands out what was recorded; then true while the notary has not answered everything. */
void rooms_flush(struct live *l);
bool rooms_are_asking(const struct live *l);
/** The notary is gone: what is being recorded ends. */
void rooms_notary_away(struct live *l);
/**
 * Takes sessions into memory that are open for the notary and unknown here: of before a restart, or
 * whose advisor never opened the page. They end in their time and give their seats back (S7).
 */
void rooms_look_for_orphans(struct live *l);
void rooms_free(struct live *l);

/* ---- agent_accept.c: the agents' own port ---- */

enum err agent_accept_open(struct live *l);
void agent_accept_close(struct live *l);

/* ---- callbacks of libwebsockets, one a protocol ---- */

int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		size_t len);
int viewer_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		size_t len);
int agent_web_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		size_t len);
int agent_native_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
		size_t len);

/** Address of the client of an HTTP request, through the trusted proxies. */
void live_client_address(struct live *l, struct lws *wsi, char out[46]);

#endif
