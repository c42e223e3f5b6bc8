#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "agent/ws.h"
#include "fake_platform.h"

struct seen {
	size_t count, bytes;
	char ops[32];
};

static enum err on_message(void *arg, enum ws_opcode op, const uint8_t *payload, size_t len)
{
	struct seen *s = arg;

	for (size_t i = 0; i < len; i++)
		assert_int_equal(payload[i], (uint8_t)i);
	if (s->count < sizeof(s->ops) - 1)
		s->ops[s->count] = "..B.....C9A"[op];
	s->count++;
	s->bytes += len;
	return OK;
}

static size_t put(uint8_t *out, uint8_t op, size_t len)
{
	size_t n = 2;

	out[0] = (uint8_t)(0x80 | op);
	out[1] = (uint8_t)(len < 126 ? len : 126);
	if (len >= 126) {
		out[2] = (uint8_t)(len >> 8);
		out[3] = (uint8_t)len;
		n = 4;
	}
	for (size_t i = 0; i < len; i++)
		out[n++] = (uint8_t)i;
	return n;
}

static void messages_come_out_whole_whatever_the_pieces(void **state)
{
	static uint8_t in[80000];
	struct ws_reader *r = calloc(1, sizeof(*r));
	size_t len = put(in, WS_BINARY, 5);

	(void)state;
	len += put(in + len, WS_PING, 0);
	len += put(in + len, WS_BINARY, 125);
	len += put(in + len, WS_BINARY, 126);
	len += put(in + len, WS_PONG, 2);
	len += put(in + len, WS_BINARY, 65535);
	len += put(in + len, WS_CLOSE, 2);
	for (size_t step = 1; step < 9000; step = step * 3 + 1) {
		struct seen s = { 0 };
		for (size_t at = 0; at < len; at += step)
			assert_int_equal(ws_reader_feed(r, in + at, len - at < step ? len - at : step, on_message, &s), OK);
		assert_string_equal(s.ops, "B9BBABC");
		assert_int_equal(s.bytes, 5 + 125 + 126 + 2 + 65535 + 2);
		assert_int_equal(r->fill, 0);
	}
	free(r);
}

static void what_our_server_never_sends_closes_the_link(void **state)
{
	struct ws_reader *r = calloc(1, sizeof(*r));

	(void)state;
	for (unsigned first = 0; first < 256; first++)
		for (unsigned second = 0; second < 256; second += 17) {
			const uint8_t in[2] = { (uint8_t)first, (uint8_t)second };
			unsigned op = first & 15;
			bool is_good = (first & 0xf0) == 0x80 && (op == 2 || (op >= 8 && op <= 10)) && second < 127;
			struct seen s = { 0 };

			r->fill = 0;
			assert_int_equal(ws_reader_feed(r, in, 2, on_message, &s), is_good ? OK : ERR_MALFORMED);
		}
	free(r);
}

static void headers_of_ours_are_masked_and_have_the_shortest_length(void **state)
{
	static const uint8_t mask[4] = { 1, 2, 3, 4 };
	uint8_t out[WS_HEAD_MAX], text[5] = "hello";

	(void)state;
	assert_int_equal(ws_write_head(WS_BINARY, 125, mask, out), 6);
	assert_memory_equal(out, "\x82\xfd\1\2\3\4", 6);
	assert_int_equal(ws_write_head(WS_BINARY, 126, mask, out), 8);
	assert_memory_equal(out, "\x82\xfe\0\x7e\1\2\3\4", 8);
	assert_int_equal(ws_write_head(WS_BINARY, 65535, mask, out), 8);
	assert_int_equal(ws_write_head(WS_BINARY, 65536, mask, out), 14);
	assert_memory_equal(out, "\x82\xff\0\0\0\0\0\1\0\0\1\2\3\4", 14);
	ws_mask(mask, 0, text, 3);
	ws_mask(mask, 3, text + 3, 2);
	ws_mask(mask, 0, text, 5);
	assert_memory_equal(text, "hello", 5);
}

#define ANSWER(accept) "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
	"Sec-WebSocket-Accept: " accept "\r\nSec-WebSocket-Protocol: guichet-agent.1\r\n\r\n"

static void only_the_answer_of_rfc_6455_opens_the_door(void **state)
{
	static const char *const lines[] = { "HTTP/1.1 101", "Upgrade: websocket", "Connection: Upgrade", "Accept: abc", "guichet-agent.1" };
	static const char *const wrong[] = { "HTTP/1.1 200", "Upgrade: h2c      ", "Connection: close  ", "Accept: abd", "guichet-viewer1" };
	const char *good = ANSWER("abc");

	(void)state;
	assert_int_equal(ws_check_upgrade(good, "abc", "guichet-agent.1"), OK);
	assert_int_equal(ws_check_upgrade("HTTP/1.1 101 x\r\nUPGRADE:WebSocket\r\nconnection:  upgrade\r\nSEC-WEBSOCKET-ACCEPT: abc\r\n"
		"sec-websocket-protocol: guichet-agent.1\r\n\r\n", "abc", "guichet-agent.1"), OK);
	for (size_t i = 0; i < 5; i++) {
		char *copy = strdup(good);
		memcpy(strstr(copy, lines[i]), wrong[i], strlen(lines[i]));
		assert_int_equal(ws_check_upgrade(copy, "abc", "guichet-agent.1"), ERR_MALFORMED);
		free(copy);
	}
	for (size_t cut = 0; cut < strlen(good) - 3; cut++) {
		char *copy = strndup(good, cut);
		assert_int_equal(ws_check_upgrade(copy, "abc", "guichet-agent.1"), ERR_MALFORMED);
		free(copy);
	}
}

static void each_key_is_fresh_and_has_its_lengths(void **state)
{
	char key[WS_KEY_LEN + 1], accept[WS_ACCEPT_LEN + 1], other[WS_KEY_LEN + 1];

	(void)state;
	fake_reset();
	assert_int_equal(ws_key_new(key, accept), OK);
	assert_int_equal(strlen(key), WS_KEY_LEN);
	assert_int_equal(strlen(accept), WS_ACCEPT_LEN);
	assert_int_equal(ws_key_new(other, accept), OK);
	assert_string_not_equal(key, other);
	fake.has_no_random = true;
	assert_int_equal(ws_key_new(key, accept), ERR_IO);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_out_whole_whatever_the_pieces),
		cmocka_unit_test(what_our_server_never_sends_closes_the_link),
		cmocka_unit_test(headers_of_ours_are_masked_and_have_the_shortest_length),
		cmocka_unit_test(only_the_answer_of_rfc_6455_opens_the_door),
		cmocka_unit_test(each_key_is_fresh_and_has_its_lengths),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("ws", tests, NULL, NULL);
}
