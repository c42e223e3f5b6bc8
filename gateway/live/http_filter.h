#ifndef HTTP_FILTER_H
#define HTTP_FILTER_H

#include <stdbool.h>
#include <stddef.h>

/**
 * http_filter: refuses what libwebsockets alone lets pass: request smuggling, foreign hosts and
 * origins, upgrades to anything but our two WebSockets (facts of the library in
 * docs/ARCHITECTURE.md, "The fence").
 *
 * Pure: strings in, a status out. Strings are NULL when the header is absent.
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

/** 0: let it pass; else the HTTP status to refuse with (400, 403, 405, 413, 421, 426, 501). */
int http_filter(const struct http_head *h, const struct http_rules *rules);

/** True if the method changes something: such a request must carry our own Origin. */
bool http_is_unsafe(const char *method);

#endif
