#ifndef OFFICE_HTTP_H
#define OFFICE_HTTP_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "gateway/http/text.h"
#include "gateway/office/office.h"

/**
 * office_http: one request and its answer, on top of libmicrohttpd's callbacks. Handlers know nothing of it: they
 * fill the answer of the request, in its own thread, and may wait.
 */
enum {
	HTTP_METHOD_MAX = 8,
	HTTP_PATH_MAX = 256,
	HTTP_QUERY_MAX = 2048,
	HTTP_COOKIES_MAX = 4096,
	LOGIN_DIGITS = 64,
};

/** What can be streamed: bytes until 0, or -1 if they end too early. `done` frees `arg`, whatever happened. */
struct stream {
	ssize_t (*read)(void *arg, char *buf, size_t room);
	void (*done)(void *arg);
	void *arg;
	uint64_t len; /* STREAM_UNKNOWN: as long as it lasts */
};
#define STREAM_UNKNOWN UINT64_MAX

struct answer {
	unsigned status;
	const char *type;
	char cookie[256];       /* Set-Cookie, or empty */
	char file_name[96];     /* a download of that name, or empty */
	const char *etag;
	bool may_cache;
	/* the body, one of: */
	struct text text;
	const uint8_t *bytes;   /* lives as long as the office */
	size_t bytes_len;
	int fd;                 /* -1: none; owned */
	uint64_t fd_len;
	struct stream stream;
};

enum role { ROLE_NONE = 0, ROLE_COMPLIANCE = 1, ROLE_OPERATOR = 2, ROLE_ANY = 3 };

/** Who is signed in: what the notary said about the cookie. */
struct officer {
	char login[LOGIN_DIGITS + 1];
	char name[65], display[257];
	enum role role;
};

struct request {
	struct office *office;
	char method[HTTP_METHOD_MAX], path[HTTP_PATH_MAX], query[HTTP_QUERY_MAX];
	char cookies[HTTP_COOKIES_MAX], address[46];
	bool is_bad;        /* the target alone is a reason to refuse */
	bool is_refused;    /* by the fence; the rest of the body is of no interest */
	bool is_local;      /* came in by the operator's own door: /metrics, /health, /ready */
	struct text body;
	struct officer who; /* set if the route names a role */
	char id[33];        /* the session of the path, or empty */
	const char *tail;   /* what a '*' at the end of the route stood for */
	struct answer answer;
};

/** A JSON body; frees it. */
void answer_json(struct request *r, unsigned status, cJSON *o);
/** {"error":WORD}. */
void answer_error(struct request *r, unsigned status, const char *word);

/** Opens libmicrohttpd on office->listener. ERR_IO. */
enum err office_http_open(struct office *o);
void office_http_close(struct office *o);

/** office_routes.c: finds the handler and calls it. */
void request_route(struct request *r);

#endif
