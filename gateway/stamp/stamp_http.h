#ifndef STAMP_HTTP_H
#define STAMP_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/** stamp_http: one request to a time-stamp authority over HTTP or HTTPS (RFC 3161 section 3.4). Waits, up to a limit. */
enum { STAMP_HTTP_SECONDS = 30 };

/**
 * POSTs the request; *answer is the caller's (free), at most `max` bytes, NULL on error. http_proxy, https_proxy
 * and no_proxy of the environment are used; the authorities of HTTPS are the computer's.
 * ERR_MALFORMED: not a URL; ERR_IO: nobody there, too late, not 200, or too long.
 */
enum err stamp_http_post(const char *url, const uint8_t *request, size_t len, size_t max, uint8_t **answer,
		size_t *answer_len);

#endif
