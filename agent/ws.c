#include "agent/ws.h"

#include <mbedtls/base64.h>
#include <mbedtls/sha1.h>
#include <string.h>

#include "agent/platform.h"
#include "common/bytes.h"

static bool is_known(uint8_t op)
{
	return op == WS_BINARY || op == WS_CLOSE || op == WS_PING || op == WS_PONG;
}

/* Lengths of head and payload of the message at the start of the buffer; ERR_AGAIN: more is needed.
 */
static enum err read_head(const struct ws_reader *r, size_t *head, size_t *len)
{
	const uint8_t *b = r->buf;

	if (r->fill < 2)
		return ERR_AGAIN;
	if (!(b[0] & 0x80) || (b[0] & 0x70) || (b[1] & 0x80) || !is_known(b[0] & 15) ||
			(b[1] & 127) == 127)
		return ERR_MALFORMED;
	*head = 2;
	*len = b[1] & 127;
	if (*len == 126) {
		if (r->fill < 4)
			return ERR_AGAIN;
		*head = 4;
		*len = (size_t)b[2] << 8 | b[3];
	}
	return OK;
}

enum err ws_reader_feed(
		struct ws_reader *r, const uint8_t *in, size_t len, ws_message_fn *fn, void *arg)
{
	while (len > 0) {
		size_t n = sizeof(r->buf) - r->fill, head = 0, body = 0;
		enum err e;

		if (n > len)
			n = len;
		memcpy(r->buf + r->fill, in, n);
		r->fill += n;
		in += n;
		len -= n;
		while ((e = read_head(r, &head, &body)) == OK && r->fill >= head + body) {
			e = fn(arg, (enum ws_opcode)(r->buf[0] & 15), r->buf + head, body);
			if (e)
				return e;
			r->fill -= head + body;
			memmove(r->buf, r->buf + head + body, r->fill);
		}
		if (e == ERR_MALFORMED)
			return e;
	}
	return OK;
}

size_t ws_write_head(enum ws_opcode op, size_t len, const uint8_t mask[4], uint8_t out[WS_HEAD_MAX])
{
	size_t n = 2;

	out[0] = (uint8_t)(0x80 | op);
	if (len < 126) {
		out[1] = (uint8_t)(0x80 | len);
	} else if (len <= 0xffff) {
		out[1] = 0x80 | 126;
		put_u16(out + 2, (uint16_t)len);
		n = 4;
	} else {
		out[1] = 0x80 | 127;
		memset(out + 2, 0, 4);
		put_u32(out + 6, (uint32_t)len);
		n = 10;
	}
	memcpy(out + n, mask, 4);
	return n + 4;
}

void ws_mask(const uint8_t mask[4], size_t at, uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf[i] ^= mask[(at + i) & 3];
}

enum err ws_key_new(char key[WS_KEY_LEN + 1], char accept[WS_ACCEPT_LEN + 1])
{
	static const char guid[] =
			"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455 section 1.3 */
	uint8_t nonce[16], hash[20], both[WS_KEY_LEN + sizeof(guid) - 1];
	size_t n;

	if (platform_random(nonce, sizeof(nonce)))
		return ERR_IO;
	if (mbedtls_base64_encode((uint8_t *)key, WS_KEY_LEN + 1, &n, nonce, sizeof(nonce)) != 0)
		return ERR_CRYPTO;
	memcpy(both, key, WS_KEY_LEN);
	memcpy(both + WS_KEY_LEN, guid, sizeof(guid) - 1);
	if (mbedtls_sha1(both, sizeof(both), hash) != 0)
		return ERR_CRYPTO;
	return mbedtls_base64_encode(
			       (uint8_t *)accept, WS_ACCEPT_LEN + 1, &n, hash, sizeof(hash)) == 0
			? OK
			: ERR_CRYPTO;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool starts_with(const char *s, const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lower(s[i]) != lower(name[i]))
			return false;
	return true;
}

/* True if the head has the line "name: value" once at least, values compared without case. */
static bool has_header(const char *head, const char *name, const char *value)
{
	size_t n = strlen(name), v = strlen(value);

	for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
		line += 2;
		if (!starts_with(line, name, n) || line[n] != ':')
			continue;
		for (line += n + 1; *line == ' '; line++)
			;
		if (starts_with(line, value, v) && line[v] == '\r')
			return true;
	}
	return false;
}

enum err ws_check_upgrade(const char *head, const char *accept, const char *subprotocol)
{
	if (strncmp(head, "HTTP/1.1 101 ", 13) != 0)
		return ERR_MALFORMED;
	return has_header(head, "upgrade", "websocket") &&
					has_header(head, "connection", "upgrade") &&
					has_header(head, "sec-websocket-accept", accept) &&
					has_header(head, "sec-websocket-protocol", subprotocol)
			? OK
			: ERR_MALFORMED;
}
