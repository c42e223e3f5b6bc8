#ifndef HTTP_FENCE_H
#define HTTP_FENCE_H

#include <stdbool.h>

/**
 * http_fence: refuses what an HTTP library alone lets pass: request smuggling, foreign hosts and
 * origins, paths that could mean two things (docs/ARCHITECTURE.md, "The fence").
 *
 * Shared by live (libwebsockets) and office (libmicrohttpd). Pure: strings in, a status out.
 * Strings are NULL when the header is absent.
 */
struct http_head {
	const char *method; /* "GET", "POST", "HEAD", or another */
	const char *path;   /* decoded, without query */
	const char *host, *origin, *upgrade, *connection, *transfer_encoding, *content_length;
	const char *ws_version, *ws_protocol;
	unsigned host_count, content_length_count; /* how often the header was sent */
	bool is_upgrade;                           /* the library is about to leave HTTP */
};

struct http_rules {
	const char *origin;   /* "https://bank.example", of the configured public URL */
	const char *hosts[4]; /* values of Host that are ours, NULL-terminated */
};

enum { HTTP_BODY_MAX = 16384 };

/** Whether the request is a whole one, for us: 0, or the status to refuse with (400, 405, 413, 421, 501). */
int http_fence_request(const struct http_head *h, const struct http_rules *rules);
/** Whether what changes something comes from our own pages: 0 or 403. */
int http_fence_origin(const struct http_head *h, const struct http_rules *rules);

/** True if the method changes something: such a request must carry our own Origin. */
bool http_is_unsafe(const char *method);

#endif
