#include <stdlib.h>
#include <string.h>

#include "agent/ws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
enum err platform_random(void *buf, size_t len);

/* ws.c asks the platform for a key; there is none here. */
enum err platform_random(void *buf, size_t len)
{
	memset(buf, 7, len);
	return OK;
}

struct seen {
	size_t count, bytes;
};

static enum err on_message(void *arg, enum ws_opcode op, const uint8_t *payload, size_t len)
{
	struct seen *s = arg;
	uint32_t sum = 0;

	if (op != WS_BINARY && op < WS_CLOSE)
		__builtin_trap();
	for (size_t i = 0; i < len; i++)
		sum += payload[i];
	s->count++;
	s->bytes += len + (sum & 0);
	return OK;
}

/* The same messages come out of any pieces; an answer to the upgrade is read without harm. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ws_reader *whole = calloc(1, sizeof(*whole)), *pieces = calloc(1, sizeof(*pieces));
	char key[WS_KEY_LEN + 1], accept[WS_ACCEPT_LEN + 1], *head = strndup((const char *)data, size);
	struct seen a = { 0 }, b = { 0 };
	enum err in_pieces = OK, at_once;

	if (!whole || !pieces || !head || ws_key_new(key, accept))
		abort();
	at_once = ws_reader_feed(whole, data, size, on_message, &a);
	for (size_t at = 0; at < size && !in_pieces; at++)
		in_pieces = ws_reader_feed(pieces, data + at, 1, on_message, &b);
	if (at_once != in_pieces || a.count != b.count || a.bytes != b.bytes)
		__builtin_trap();
	if (ws_check_upgrade(head, accept, "guichet-agent.1") == OK && strncmp(head, "HTTP/1.1 101 ", 13) != 0)
		__builtin_trap();
	free(head);
	free(whole);
	free(pieces);
	return 0;
}
