#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/json.h"
#include "gateway/live/peer_link.h"
#include "gateway/http/sha256.h"

/**
 * agent_link: HELLO and its answers (docs/PROTOCOL.md section 4), and the two doors an agent may
 * come by.
 */

static const char *transport_of(const struct peer_link *p)
{
	return p->kind == LINK_AGENT_NATIVE ? "native" : "web";
}

/* ---- hello ---- */

static void on_bound(void *arg, const cJSON *answer)
{
	struct peer_link *p = arg;
	struct room *r;

	if (peer_link_answered(p))
		return;
	r = live_is_ok(answer) ? rooms_find(p->live, p->session) : NULL;
	if (!r) {
		peer_link_close(NULL, p, answer ? "ticket" : "evidence");
		return;
	}
	p->room = r;
	if (room_agent_joined(r, p, p->sign, p->os, transport_of(p), p->resume)) {
		p->room = NULL;
		peer_link_close(NULL, p, "ended");
	}
}

static void make_resume(struct peer_link *p)
{
	uint8_t token[16];

	lws_get_random(p->live->context, token, sizeof(token));
	hex_write(token, sizeof(token), p->resume);
}

static void bind_agent(struct peer_link *p)
{
	cJSON *o = cJSON_CreateObject();

	if (p->resume_given[0])
		memcpy(p->resume, p->resume_given, sizeof(p->resume));
	else
		make_resume(p);
	cJSON_AddStringToObject(o, "session", p->session);
	cJSON_AddStringToObject(o, "sign", p->sign);
	cJSON_AddStringToObject(o, "resume", p->resume);
	p->is_asking = true;
	live_ask(p->live, "session_agent", o, on_bound, p);
}

/* The token stays the same: were it new with each return, a WELCOME that is lost would lock the
 * agent out. */
static void on_resume_facts(struct peer_link *p, const cJSON *facts)
{
	const char *sign = json_string(facts, "sign"),
		   *resume = json_string(facts, "resume_sha256");
	char hash[65];

	sha256_hex(p->resume_given, strlen(p->resume_given), hash);
	if (!sign || !resume || strcmp(sign, p->sign) != 0 || strlen(resume) != 64 ||
			CRYPTO_memcmp(resume, hash, 64) != 0)
		peer_link_close(NULL, p, "ticket");
	else
		bind_agent(p);
}

static void on_room(void *arg, struct room *r, const cJSON *facts)
{
	struct peer_link *p = arg;
	const char *state = json_string(facts, "state");

	if (peer_link_answered(p))
		return;
	if (!r)
		peer_link_close(NULL, p, "evidence");
	else if (!state || strcmp(state, "open") != 0)
		peer_link_close(NULL, p, "ended");
	else if (p->resume_given[0])
		on_resume_facts(p, facts);
	else
		bind_agent(p);
}

static void on_ticket(void *arg, const cJSON *answer)
{
	struct peer_link *p = arg;
	const char *session = live_is_ok(answer) ? json_string(answer, "session") : NULL;

	if (peer_link_answered(p))
		return;
	if (!session || !hex_is(session, 32)) {
		peer_link_close(NULL, p, answer ? "ticket" : "evidence");
		return;
	}
	memcpy(p->session, session, sizeof(p->session));
	p->is_asking = true;
	rooms_load(p->live, p->session, on_room, p);
}

static enum err begin(struct peer_link *p, const cJSON *o)
{
	const char *ticket = json_string(o, "ticket"), *session = json_string(o, "session");
	const char *resume = json_string(o, "resume");

	p->is_asking = p->is_greeted = true;
	if (ticket && !session && !resume && hex_is(ticket, 32)) {
		cJSON *ask = cJSON_CreateObject();

		cJSON_AddStringToObject(ask, "kind", "join");
		cJSON_AddStringToObject(ask, "ticket", ticket);
		live_ask(p->live, "ticket_use", ask, on_ticket, p);
		return OK;
	}
	if (!ticket && session && resume && hex_is(session, 32) && hex_is(resume, 32)) {
		memcpy(p->session, session, sizeof(p->session));
		memcpy(p->resume_given, resume, sizeof(p->resume_given));
		rooms_load(p->live, p->session, on_room, p);
		return OK;
	}
	p->is_asking = false;
	return ERR_MALFORMED;
}

enum err agent_link_hello(struct peer_link *p, const struct frame *f, const uint8_t *bytes)
{
	const char *sign, *os;
	uint64_t v = 0;
	cJSON *o = NULL;
	enum err e = f->kind == KIND_HELLO && !p->is_greeted && !f->flags ? OK : ERR_MALFORMED;

	if (!e)
		e = json_parse(bytes + WIRE_HEADER_LEN, f->len, 2, &o);
	if (!e)
		e = json_fields(o, gate_rule(KIND_HELLO)->fields);
	if (!e) {
		json_u64(o, "v", &v);
		sign = json_string(o, "sign");
		os = json_string(o, "os");
		if (v != WIRE_VERSION)
			peer_link_close(NULL, p, "version");
		else if (!hex_is(sign, 130) || strlen(os) >= sizeof(p->os))
			e = ERR_MALFORMED;
		else {
			memcpy(p->sign, sign, sizeof(p->sign));
			snprintf(p->os, sizeof(p->os), "%s", os);
			e = begin(p, o);
		}
	}
	cJSON_Delete(o);
	return e;
}

/* ---- the web door ---- */

int agent_web_callback(
		struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct live *l = lws_context_user(lws_get_context(wsi));
	struct peer_link **slot = user;

	switch ((int)reason) {
	case LWS_CALLBACK_ESTABLISHED:
		*slot = peer_link_new(l, wsi, LINK_AGENT_WEB);
		if (*slot)
			live_client_address(l, wsi, (*slot)->address);
		return *slot ? 0 : -1;
	case LWS_CALLBACK_RECEIVE:
		return *slot ? peer_link_receive_piece(*slot, in, len) : -1;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return *slot ? peer_link_write(*slot) : -1;
	case LWS_CALLBACK_CLOSED:
		if (*slot)
			peer_link_closed(*slot);
		*slot = NULL;
		return 0;
	default:
		return 0;
	}
}

/* ---- the native door ---- */

static bool agreed_on_alpn(struct lws *wsi)
{
	const unsigned char *name = NULL;
	unsigned len = 0;

	SSL_get0_alpn_selected(lws_get_ssl(wsi), &name, &len);
	return len == sizeof(WIRE_ALPN) - 1 && memcmp(name, WIRE_ALPN, len) == 0;
}

static enum err on_frame(void *arg, const struct frame *f, const uint8_t *bytes)
{
	return peer_link_take(arg, f, bytes);
}

static int take(struct peer_link *p, const uint8_t *in, size_t len)
{
	if (!p->is_closing && frame_reader_feed(&p->reader, in, len, on_frame, p))
		peer_link_close(NULL, p, "malformed");
	return 0;
}

/* The library hands over one record; what OpenSSL has already decrypted is taken in the same turn.
 */
static int on_native_rx(struct peer_link *p, const uint8_t *in, size_t len)
{
	enum { TURN_MAX = 65536 };
	uint8_t buf[16384];
	size_t got = len;
	int n = 0;

	if (!p->is_speaking) { /* the library's time-out of a handshake would go on for ever */
		lws_set_timeout(p->wsi, NO_PENDING_TIMEOUT, 0);
		p->is_speaking = true;
		n = agreed_on_alpn(p->wsi) ? 0 : -1;
	}
	if (n == 0)
		n = take(p, in, len);

	while (n == 0 && got < TURN_MAX && SSL_pending(lws_get_ssl(p->wsi)) > 0) {
		int r = SSL_read(lws_get_ssl(p->wsi), buf, sizeof(buf));

		if (r <= 0)
			break;
		got += (size_t)r;
		n = take(p, buf, (size_t)r);
	}
	return n;
}

int agent_native_callback(
		struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct live *l = lws_context_user(lws_get_context(wsi));
	struct peer_link **slot = user;

	switch ((int)reason) {
	case LWS_CALLBACK_RAW_ADOPT: /* comes before the handshake: nothing is known yet */
		*slot = peer_link_new(l, wsi, LINK_AGENT_NATIVE);
		return *slot ? 0 : -1;
	case LWS_CALLBACK_RAW_RX:
		return *slot ? on_native_rx(*slot, in, len) : -1;
	case LWS_CALLBACK_RAW_WRITEABLE:
		return *slot ? peer_link_write(*slot) : -1;
	case LWS_CALLBACK_RAW_CLOSE:
		if (*slot)
			peer_link_closed(*slot);
		*slot = NULL;
		return 0;
	default:
		return 0;
	}
}
