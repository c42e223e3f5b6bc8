#ifndef HTTP_H
#define HTTP_H

#include "gateway/live/live.h"
#include "gateway/http/text.h"

/**
 * http: one request and its answer, on top of libwebsockets' callbacks.
 *
 * A handler answers at once, or asks the notary first and answers later; a connection that goes
 * away meanwhile is noticed by request_answered(). Every answer carries the security headers and
 * the strict Content-Security-Policy of docs/ARCHITECTURE.md.
 */
enum { HTTP_METHOD_MAX = 8, HTTP_PATH_MAX = 256, HTTP_QUERY_MAX = 1024, HTTP_COOKIES_MAX = 4096 };

struct request {
	struct live *live;
	struct lws *wsi; /* NULL: the connection went away while the notary was asked */
	char method[HTTP_METHOD_MAX], path[HTTP_PATH_MAX], query[HTTP_QUERY_MAX];
	char cookies[HTTP_COOKIES_MAX];
	char address[46], user_agent[512], customer[128];
	struct text body; /* of a POST */
	unsigned waiting; /* answers of the notary under way */
	bool is_answered;
	/* the answer */
	struct text out;      /* body owned by the request */
	const uint8_t *bytes; /* body to send: out, or a static file */
	size_t len, sent;
	uint8_t *owned; /* freed with the request; NULL: nothing */
	void *state;    /* the handler's own between two answers; freed with the request */
};

struct answer {
	unsigned status;
	const char *type;     /* NULL: text/html; charset=utf-8 */
	const char *location; /* relative, with 303 */
	const char *cookie;   /* value of Set-Cookie */
	const char *disposition;
	const char *etag;
	bool may_cache; /* static files; everything else is no-store */
};

/** Sends the answer; the body is `r->out`, or what request_send_bytes() was given. */
void request_answer(struct request *r, const struct answer *a);
/** The same with a body that outlives the request, or that `owned` frees. */
void request_answer_bytes(struct request *r, const struct answer *a, const uint8_t *bytes,
		size_t len, uint8_t *owned);
/** A JSON body; frees it. */
void request_answer_json(struct request *r, unsigned status, cJSON *o);
/** {"error":WORD}. */
void request_answer_error(struct request *r, unsigned status, const char *word);
/** 303 to a relative place, with a cookie if not NULL. */
void request_redirect(struct request *r, const char *location, const char *cookie);

/** Asks the notary on behalf of a request. */
void request_ask(struct request *r, const char *op, cJSON *o, notary_answer_fn *fn);
/** First call of every such answer: true if the client went away (and the request is freed). */
bool request_answered(struct request *r);

/** routes.c: finds the handler and calls it. */
void request_route(struct request *r);

#endif
