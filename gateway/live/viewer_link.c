#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/json.h"
#include "gateway/live/advisor_auth.h"
#include "gateway/http/form.h"
#include "gateway/live/peer_link.h"

/**
 * viewer_link: lets an advisor's page into the room of a session that is his (docs/PROTOCOL.md
 * section 1).
 */

/* Cookie and session are only there while the request is; who it is will be asked once it is open.
 */
static bool read_request(struct peer_link *p, struct lws *wsi)
{
	char cookies[4096], args[256];

	if (lws_hdr_copy(wsi, cookies, sizeof(cookies), WSI_TOKEN_HTTP_COOKIE) <= 0 ||
			lws_hdr_copy_fragment(
					wsi, args, sizeof(args), WSI_TOKEN_HTTP_URI_ARGS, 0) <= 0)
		return false;
	return form_cookie(cookies, ADVISOR_COOKIE, p->login, sizeof(p->login)) &&
			form_value(args, "session", p->session, sizeof(p->session)) &&
			hex_is(p->session, 32);
}

static void let_in(void *arg, struct room *r, const cJSON *facts)
{
	struct peer_link *p = arg;
	const char *owner = json_string(facts, "advisor");

	if (peer_link_answered(p))
		return;
	if (!r || !owner || strcmp(owner, p->login) != 0) {
		peer_link_close(NULL, p, r ? "ended" : "evidence");
		return;
	}
	p->room = r;
	if (room_viewer_joined(r, p))
		peer_link_close(NULL, p, "ended");
	else if (room_phase(r) == PHASE_ENDED)
		peer_link_close(NULL, p, "ended");
}

static void on_advisor(void *arg, const struct advisor *who)
{
	struct peer_link *p = arg;

	if (peer_link_answered(p))
		return;
	if (!who) {
		peer_link_close(NULL, p, "ended");
		return;
	}
	memcpy(p->token, p->login, sizeof(p->token));
	snprintf(p->login, sizeof(p->login), "%s", who->name); /* from here on: his name */
	p->login_ms = live_boot_ms();
	p->is_asking = true;
	rooms_load(p->live, p->session, let_in, p);
}

static int on_established(struct peer_link **slot, struct live *l, struct lws *wsi)
{
	struct peer_link *p = peer_link_new(l, wsi, LINK_VIEWER);
	char login[sizeof(p->login)];

	if (!p)
		return -1;
	*slot = p;
	live_client_address(l, wsi, p->address);
	if (!read_request(p, wsi))
		return -1;
	memcpy(login, p->login, sizeof(login));
	p->is_asking = true;
	advisor_of_cookie(l, login, on_advisor, p);
	return 0;
}

/* A notary that is away says nothing about the login; without it nothing new is granted anyway. */
static void on_login(void *arg, const cJSON *answer)
{
	struct peer_link *p = arg;

	if (peer_link_answered(p))
		return;
	if (answer && !live_is_ok(answer))
		peer_link_close(NULL, p, "login");
}

void viewer_link_tick(struct peer_link *p, uint64_t boot_ms)
{
	cJSON *o;

	if (p->is_asking || boot_ms - p->login_ms < VIEWER_LOGIN_MS)
		return;
	p->login_ms = boot_ms;
	p->is_asking = true;
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "login", p->token);
	live_ask(p->live, "login_get", o, on_login, p);
}

void viewer_links_signed_out(struct live *l, const char *token)
{
	for (struct peer_link *p = l->links; p; p = p->next)
		if (p->kind == LINK_VIEWER && p->wsi && !p->is_closing && token[0] && strcmp(p->token, token) == 0)
			peer_link_close(NULL, p, "login");
}

int viewer_callback(
		struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct live *l = lws_context_user(lws_get_context(wsi));
	struct peer_link **slot = user;

	switch ((int)reason) {
	case LWS_CALLBACK_ESTABLISHED:
		return on_established(slot, l, wsi);
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
