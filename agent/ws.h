#ifndef AGENT_WS_H
#define AGENT_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "guichet/wire.h"

/**
 * ws: the client side of RFC 6455, as much as one frame a binary message needs.
 *
 * No fragmentation, no extension: a server that uses them is not ours, and the link closes.
 */
enum ws_opcode { WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };
enum { WS_HEAD_MAX = 14, WS_KEY_LEN = 24, WS_ACCEPT_LEN = 28, WS_HTTP_MAX = 8192 };

/** Takes messages out of any pieces of a stream. The caller's memory; zero it to begin. */
struct ws_reader {
	size_t fill;
	uint8_t buf[4 + WIRE_FRAME_MAX];
};

typedef enum err ws_message_fn(void *arg, enum ws_opcode op, const uint8_t *payload, size_t len);

/** As frame_reader_feed(). ERR_MALFORMED: masked, fragmented, reserved bits, unknown opcode, too
 * long. */
enum err ws_reader_feed(
		struct ws_reader *r, const uint8_t *in, size_t len, ws_message_fn *fn, void *arg);

/** Header of a client's message of `len` bytes; returns its length. The mask is its last 4 bytes.
 */
size_t ws_write_head(
		enum ws_opcode op, size_t len, const uint8_t mask[4], uint8_t out[WS_HEAD_MAX]);
/** Masks in place (section 5.3); `at` is the offset of `buf` in the message. */
void ws_mask(const uint8_t mask[4], size_t at, uint8_t *buf, size_t len);

/** A fresh Sec-WebSocket-Key and the Sec-WebSocket-Accept that must answer it, both with a final 0.
 */
enum err ws_key_new(char key[WS_KEY_LEN + 1], char accept[WS_ACCEPT_LEN + 1]);

/**
 * Reads a server's answer to the upgrade, head only, ending in an empty line.
 * ERR_MALFORMED: not 101, or a header of section 4.1 is missing or wrong.
 */
enum err ws_check_upgrade(const char *head, const char *accept, const char *subprotocol);

#endif
