#include "gateway/live/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/http/form.h"
#include "gateway/live/http_filter.h"
#include "gateway/live/peer_addr.h"

enum { CHUNK = 16384, REQUEST_SECONDS = 30 };

static const struct {
	const char *name, *value;
} security_headers[] = {
	{ "content-security-policy:",
			"default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src "
			"'self'; img-src 'self' data: blob:; "
			"connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri "
			"'none'; frame-ancestors 'none'" },
	{ "strict-transport-security:", "max-age=31536000" },
	{ "x-content-type-options:", "nosniff" },
	{ "x-frame-options:", "DENY" },
	{ "referrer-policy:", "same-origin" },
	{ "cross-origin-opener-policy:", "same-origin" },
	{ "cross-origin-resource-policy:", "same-origin" },
	{ "permissions-policy:",
			"camera=(), microphone=(), geolocation=(), usb=(), display-capture=()" },
};

/* ---- reading the request ---- */

static const char *copy_header(struct lws *wsi, enum lws_token_indexes token, char *out, int size)
{
	return lws_hdr_copy(wsi, out, size, token) > 0 ? out : NULL;
}

static unsigned count_header(struct lws *wsi, enum lws_token_indexes token)
{
	unsigned n = 0;

	while (n < 8 && lws_hdr_fragment_length(wsi, token, (int)n) > 0)
		n++;
	return n;
}

static const char *method_of(struct lws *wsi, char *path, size_t size)
{
	static const struct {
		enum lws_token_indexes token;
		const char *name;
	} methods[] = { { WSI_TOKEN_GET_URI, "GET" }, { WSI_TOKEN_POST_URI, "POST" },
		{ WSI_TOKEN_HEAD_URI, "HEAD" } };

	path[0] = '\0';
	for (size_t i = 0; i < 3; i++)
		if (lws_hdr_total_length(wsi, methods[i].token) > 0) {
			if (lws_hdr_copy(wsi, path, (int)size, methods[i].token) <= 0)
				path[0] = '\0';
			return methods[i].name;
		}
	return NULL;
}

static int filter(struct live *l, struct lws *wsi, bool is_upgrade)
{
	char path[HTTP_PATH_MAX], host[256], origin[256], upgrade[64], te[64], cl[32], version[16],
			protocol[128];
	struct http_head h = { .is_upgrade = is_upgrade };
	struct http_rules rules = { .origin = l->origin };

	rules.hosts[0] = l->origin +
			8; /* behind "https://": host[:port] as the proxy passes it on */
	h.method = method_of(wsi, path, sizeof(path));
	h.path = path;
	h.host = copy_header(wsi, WSI_TOKEN_HOST, host, sizeof(host));
	h.host_count = count_header(wsi, WSI_TOKEN_HOST);
	h.origin = copy_header(wsi, WSI_TOKEN_ORIGIN, origin, sizeof(origin));
	h.upgrade = copy_header(wsi, WSI_TOKEN_UPGRADE, upgrade, sizeof(upgrade));
	h.transfer_encoding = copy_header(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING, te, sizeof(te));
	h.content_length = copy_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, cl, sizeof(cl));
	h.content_length_count = count_header(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH);
	h.ws_version = copy_header(wsi, WSI_TOKEN_VERSION, version, sizeof(version));
	h.ws_protocol = copy_header(wsi, WSI_TOKEN_PROTOCOL, protocol, sizeof(protocol));
	return http_filter(&h, &rules);
}

void live_client_address(struct live *l, struct lws *wsi, char out[46])
{
	char peer[64], value[1024];
	const char *forwarded = NULL, *xff = NULL;

	lws_get_peer_simple(wsi, peer, sizeof(peer));
	if (strncmp(peer, "::ffff:", 7) == 0)
		memmove(peer, peer + 7, strlen(peer + 7) + 1);
	if (l->config.address_header == ADDRESS_X_FORWARDED_FOR)
		xff = copy_header(wsi, WSI_TOKEN_X_FORWARDED_FOR, value, sizeof(value));
	else if (l->config.address_header == ADDRESS_FORWARDED &&
			lws_hdr_custom_copy(wsi, value, sizeof(value), "forwarded:", 10) > 0)
		forwarded = value;
	peer_addr_client(l->config.proxies, l->config.proxy_count, peer, forwarded, xff, out);
}

/* The bank's customer reference, believed only from a trusted proxy (S1). */
static void read_customer(struct live *l, struct lws *wsi, struct request *r)
{
	char peer[64], name[128];
	int n;

	lws_get_peer_simple(wsi, peer, sizeof(peer));
	if (!l->config.customer_header[0] ||
			!network_contains(l->config.proxies, l->config.proxy_count,
					strncmp(peer, "::ffff:", 7) == 0 ? peer + 7 : peer))
		return;
	n = snprintf(name, sizeof(name), "%s:", l->config.customer_header);
	if (lws_hdr_custom_copy(wsi, r->customer, sizeof(r->customer), name, n) <= 0)
		r->customer[0] = '\0';
}

static struct request *request_new(struct live *l, struct lws *wsi)
{
	struct request *r = calloc(1, sizeof(*r));
	const char *method;
	size_t used = 0;

	if (!r)
		return NULL;
	r->live = l;
	r->wsi = wsi;
	method = method_of(wsi, r->path, sizeof(r->path));
	snprintf(r->method, sizeof(r->method), "%s", method ? method : "");
	copy_header(wsi, WSI_TOKEN_HTTP_COOKIE, r->cookies, sizeof(r->cookies));
	if (!copy_header(wsi, WSI_TOKEN_HTTP_USER_AGENT, r->user_agent, sizeof(r->user_agent)))
		r->user_agent[0] = '\0';
	for (int i = 0; used + 2 < sizeof(r->query); i++) {
		int n = lws_hdr_copy_fragment(wsi, r->query + used,
				(int)(sizeof(r->query) - used - 1), WSI_TOKEN_HTTP_URI_ARGS, i);
		if (n <= 0)
			break;
		used += (size_t)n;
		r->query[used++] = '&';
		r->query[used] = '\0';
	}
	live_client_address(l, wsi, r->address);
	read_customer(l, wsi, r);
	return r;
}

static void request_free(struct request *r)
{
	if (!r)
		return;
	text_done(&r->body);
	text_done(&r->out);
	free(r->owned);
	free(r->state);
	free(r);
}

static void request_gone(struct request *r)
{
	if (!r)
		return;
	r->wsi = NULL;
	if (r->waiting == 0)
		request_free(r);
}

/* ---- answering ---- */

static int add_header(
		struct request *r, const char *name, const char *value, uint8_t **p, uint8_t *end)
{
	return lws_add_http_header_by_name(r->wsi, (const uint8_t *)name, (const uint8_t *)value,
			(int)strlen(value), p, end);
}

static int add_headers(struct request *r, const struct answer *a, uint8_t **p, uint8_t *end)
{
	const char *type = a->type ? a->type : "text/html; charset=utf-8";
	int bad = lws_add_http_common_headers(r->wsi, a->status, type, r->len, p, end);

	for (size_t i = 0; i < sizeof(security_headers) / sizeof(security_headers[0]) && !bad; i++)
		bad = add_header(r, security_headers[i].name, security_headers[i].value, p, end);
	if (!bad)
		bad = add_header(r, "cache-control:", a->may_cache ? "no-cache" : "no-store", p,
				end);
	if (!bad && a->etag)
		bad = add_header(r, "etag:", a->etag, p, end);
	if (!bad && a->location)
		bad = add_header(r, "location:", a->location, p, end);
	if (!bad && a->cookie)
		bad = add_header(r, "set-cookie:", a->cookie, p, end);
	if (!bad && a->disposition)
		bad = add_header(r, "content-disposition:", a->disposition, p, end);
	return bad;
}

void request_answer_bytes(struct request *r, const struct answer *a, const uint8_t *bytes,
		size_t len, uint8_t *owned)
{
	uint8_t buf[LWS_PRE + 4096], *start = buf + LWS_PRE, *p = start,
				     *end = buf + sizeof(buf) - 1;

	r->owned = owned;
	if (!r->wsi || r->is_answered)
		return;
	r->is_answered = true;
	r->bytes = bytes;
	r->len = len;
	if (add_headers(r, a, &p, end) || lws_finalize_write_http_header(r->wsi, start, &p, end)) {
		lws_set_timeout(r->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
		return;
	}
	if (strcmp(r->method, "HEAD") == 0)
		r->sent = r->len;
	lws_set_timeout(r->wsi, PENDING_TIMEOUT_HTTP_CONTENT, REQUEST_SECONDS);
	lws_callback_on_writable(r->wsi);
}

void request_answer(struct request *r, const struct answer *a)
{
	static const struct answer full = { .status = 500, .type = "text/plain; charset=utf-8" };

	if (r->out.trouble) {
		text_done(&r->out);
		request_answer_bytes(r, &full, (const uint8_t *)"", 0, NULL);
		return;
	}
	request_answer_bytes(r, a, (const uint8_t *)r->out.at, r->out.len, NULL);
}

void request_answer_json(struct request *r, unsigned status, cJSON *o)
{
	const struct answer a = { .status = status, .type = "application/json" };
	char *text = o ? cJSON_PrintUnformatted(o) : NULL;

	text_add(&r->out, text ? text : "{}");
	free(text);
	cJSON_Delete(o);
	request_answer(r, &a);
}

void request_answer_error(struct request *r, unsigned status, const char *word)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "error", word);
	request_answer_json(r, status, o);
}

void request_redirect(struct request *r, const char *location, const char *cookie)
{
	const struct answer a = { .status = 303, .location = location, .cookie = cookie };

	request_answer(r, &a);
}

void request_ask(struct request *r, const char *op, cJSON *o, notary_answer_fn *fn)
{
	r->waiting++;
	live_ask(r->live, op, o, fn, r);
}

bool request_answered(struct request *r)
{
	r->waiting--;
	if (r->wsi)
		return false;
	if (r->waiting == 0)
		request_free(r);
	return true;
}

/* ---- libwebsockets ---- */

static int refuse(struct lws *wsi, int status)
{
	lws_return_http_status(wsi, (unsigned)status, NULL);
	return -1;
}

static int on_request(struct live *l, struct lws *wsi, struct request **slot)
{
	int status = filter(l, wsi, false);

	if (status)
		return refuse(wsi, status);
	*slot = request_new(l, wsi);
	if (!*slot)
		return -1;
	if (strcmp((*slot)->method, "POST") == 0 &&
			lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0) {
		char cl[32];
		lws_hdr_copy(wsi, cl, sizeof(cl), WSI_TOKEN_HTTP_CONTENT_LENGTH);
		if (strcmp(cl, "0") != 0)
			return 0; /* the body comes */
	}
	request_route(*slot);
	return 0;
}

static int on_body(struct request *r, const void *in, size_t len)
{
	if (!r || r->is_answered)
		return -1;
	if (r->body.len + len > HTTP_BODY_MAX)
		return -1;
	text_add_bytes(&r->body, in, len);
	return 0;
}

static int on_writable(struct request **slot)
{
	struct request *r = *slot;
	uint8_t buf[LWS_PRE + CHUNK];
	size_t n;
	bool is_last;

	if (!r || !r->is_answered)
		return 0;
	n = r->len - r->sent < CHUNK ? r->len - r->sent : CHUNK;
	is_last = r->sent + n == r->len;
	if (n)
		memcpy(buf + LWS_PRE, r->bytes + r->sent, n);
	if (lws_write(r->wsi, buf + LWS_PRE, n, is_last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) <
			(int)n)
		return -1;
	r->sent += n;
	if (!is_last) {
		lws_callback_on_writable(r->wsi);
		return 0;
	}
	*slot = NULL;
	{
		struct lws *wsi = r->wsi;
		request_gone(r);
		return lws_http_transaction_completed(wsi) ? -1 : 0;
	}
}

int http_callback(
		struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	struct live *l = lws_context_user(lws_get_context(wsi));
	struct request **slot = user;
	int status;

	switch ((int)reason) {
	case LWS_CALLBACK_FILTER_HTTP_CONNECTION:
		return 0; /* LWS_CALLBACK_HTTP follows with the same headers and can answer */
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		status = filter(l, wsi, true);
		return status ? refuse(wsi, status) : 0;
	case LWS_CALLBACK_HTTP:
		return on_request(l, wsi, slot);
	case LWS_CALLBACK_HTTP_BODY:
		return on_body(*slot, in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		if (!*slot)
			return -1;
		request_route(*slot);
		return 0;
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return on_writable(slot);
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		if (slot && *slot) {
			request_gone(*slot);
			*slot = NULL;
		}
		return 0;
	case LWS_CALLBACK_ESTABLISHED: /* a WebSocket of no protocol of ours */
	case LWS_CALLBACK_RAW_ADOPT:   /* the library left HTTP by itself, as after CONNECT */
	case LWS_CALLBACK_RAW_RX:
		return -1;
	default:
		return 0;
	}
}
