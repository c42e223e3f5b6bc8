#ifndef HTTP_FILTER_H
#define HTTP_FILTER_H

#include "gateway/http/http_fence.h"

/**
 * http_filter: the fence of live: http_fence, and no upgrade to anything but our two WebSockets
 * (facts of libwebsockets in docs/ARCHITECTURE.md, "The fence").
 *
 * Pure: strings in, a status out.
 */

/** 0: let it pass; else the HTTP status to refuse with (400, 403, 405, 413, 421, 426, 501). */
int http_filter(const struct http_head *h, const struct http_rules *rules);

#endif
