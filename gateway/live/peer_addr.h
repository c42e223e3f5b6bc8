#ifndef PEER_ADDR_H
#define PEER_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/live/live_config.h"

/**
 * peer_addr: who is really at the other end, when trusted proxies stand in between.
 *
 * A header is believed only as far as it was added by a proxy of the configured list: the client is
 * the rightmost address that is not one of them (RFC 7239 section 5.2, de-facto X-Forwarded-For).
 * The PROXY protocol is read as HAProxy's specification (versions 1 and 2) says.
 */
enum { ADDRESS_TEXT_MAX = 46 };

/** "10.0.0.0/8", "::1", "192.0.2.7". False: not that. */
bool network_read(const char *text, struct network *out);
/** True if the textual address lies in one of the networks. */
bool network_contains(const struct network *list, size_t count, const char *address);

/**
 * The client's address.
 *
 * @param peer       address of the TCP connection
 * @param forwarded  value of Forwarded, NULL or ""
 * @param xff        value of X-Forwarded-For, NULL or ""; used when there is no Forwarded
 * @param out        always a valid textual address; `peer` when in doubt
 */
void peer_addr_client(const struct network *list, size_t count, const char *peer,
		const char *forwarded, const char *xff, char out[ADDRESS_TEXT_MAX]);

/**
 * Reads a PROXY protocol header at the start of a connection.
 *
 * @param buf,len  what has arrived so far
 * @param used     out: length of the header in bytes
 * @param out      out: the source address; "" for LOCAL and UNKNOWN (use the connection's own)
 * @return OK; ERR_AGAIN: more bytes are needed; ERR_MALFORMED: close
 */
enum err proxy_header_read(
		const uint8_t *buf, size_t len, size_t *used, char out[ADDRESS_TEXT_MAX]);

enum { PROXY_HEADER_MAX = 536 };

#endif
