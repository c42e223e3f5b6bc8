#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/live/peer_addr.h"

static struct network trusted[4];

static int trust(void **state)
{
	static const char *const words[] = { "10.0.0.0/8", "127.0.0.1", "2001:db8:1::/48", "::1" };

	(void)state;
	for (size_t i = 0; i < 4; i++)
		if (!network_read(words[i], &trusted[i]))
			return -1;
	return 0;
}

static const char *client(const char *peer, const char *forwarded, const char *xff)
{
	static char out[ADDRESS_TEXT_MAX];

	peer_addr_client(trusted, 4, peer, forwarded, xff, out);
	return out;
}

static void networks_read_as_they_are_written(void **state)
{
	static const char *const bad[] = { "", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0", "::1/129",
					   "10.0.0.0/ 8", "1.2.3.4.5", "[::1]", "10.0.0.0/8/8", "256.0.0.1",
					   "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", "10.0.0.0/99999999999999999999" };
	struct network n;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(network_read(bad[i], &n));
	assert_true(network_read("192.0.2.7", &n));
	assert_int_equal(n.prefix, 128);
	assert_true(network_read("0.0.0.0/0", &n));
	assert_int_equal(n.prefix, 96);
	assert_true(network_contains(&n, 1, "255.255.255.255"));
	assert_false(network_contains(&n, 1, "2001:db8::1"));
	assert_true(network_read("::/0", &n));
	assert_true(network_contains(&n, 1, "2001:db8::1"));
}

static void a_network_ends_at_its_last_bit(void **state)
{
	struct network n;

	(void)state;
	assert_true(network_read("192.168.64.0/19", &n));
	assert_false(network_contains(&n, 1, "192.168.63.255"));
	assert_true(network_contains(&n, 1, "192.168.64.0"));
	assert_true(network_contains(&n, 1, "192.168.95.255"));
	assert_false(network_contains(&n, 1, "192.168.96.0"));
	assert_true(network_contains(&n, 1, "::ffff:192.168.64.1"));
	assert_false(network_contains(&n, 1, "garbage"));
	assert_false(network_contains(NULL, 0, "192.168.64.0"));
}

static void a_header_of_a_stranger_is_not_believed(void **state)
{
	(void)state;
	assert_string_equal(client("198.51.100.9", "for=192.0.2.1", "192.0.2.2"), "198.51.100.9");
	assert_string_equal(client("2001:db8:2::9", NULL, "192.0.2.2"), "2001:db8:2::9");
}

static void the_client_is_the_rightmost_that_is_not_a_proxy_of_ours(void **state)
{
	(void)state;
	assert_string_equal(client("10.0.0.1", NULL, "192.0.2.1"), "192.0.2.1");
	assert_string_equal(client("10.0.0.1", NULL, "1.1.1.1, 192.0.2.1"), "192.0.2.1"); /* the left is the client's own claim */
	assert_string_equal(client("10.0.0.1", NULL, "127.0.0.1, 192.0.2.1,10.2.3.4"), "192.0.2.1");
	assert_string_equal(client("10.0.0.1", NULL, "10.9.9.9,10.2.3.4"), "10.9.9.9");
	assert_string_equal(client("10.0.0.1", "for=9.9.9.9, for=192.0.2.1;proto=https", NULL), "192.0.2.1");
	assert_string_equal(client("::1", "for=\"[2001:db8:1::5]:99\", for=127.0.0.1", NULL), "2001:db8:1::5");
	assert_string_equal(client("10.0.0.1", "for=192.0.2.1", "192.0.2.2"), "192.0.2.1");
	assert_string_equal(client("10.0.0.1", "", "192.0.2.2"), "192.0.2.2");
	assert_string_equal(client("10.0.0.1", NULL, NULL), "10.0.0.1");
}

static void quotes_brackets_ports_and_cases_come_off(void **state)
{
	(void)state;
	assert_string_equal(client("10.0.0.1", "proto=https;For=\"192.0.2.60:8080\";by=203.0.113.43", NULL), "192.0.2.60");
	assert_string_equal(client("10.0.0.1", "for=\"[2001:db8:cafe::17]:4711\"", NULL), "2001:db8:cafe::17");
	assert_string_equal(client("10.0.0.1", "FOR = x;for=192.0.2.1", NULL), "192.0.2.1");
	assert_string_equal(client("10.0.0.1", NULL, " \t192.0.2.1:80 "), "192.0.2.1");
	assert_string_equal(client("10.0.0.1", NULL, "2001:db8::7"), "2001:db8::7");
	assert_string_equal(client("10.0.0.1", NULL, "[2001:db8::7]:1"), "2001:db8::7");
}

static void a_broken_element_ends_the_walk_and_never_comes_out(void **state)
{
	static const char *const broken[] = { "for=unknown", "for=_secret", "for=", "for", "for=\"[2001:db8::1\"", "for=\"", "for=[]",
					      "for=1.2.3", "by=192.0.2.1", ";;;", "for=<script>", "for=999.1.1.1", "for=[[::1]]",
					      "for=00000000000000000000000000000000000000000000000000000001" };

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		char text[200];
		assert_string_equal(client("10.0.0.1", broken[i], NULL), "10.0.0.1");
		snprintf(text, sizeof(text), "for=192.0.2.1, %s", broken[i]);
		assert_string_equal(client("10.0.0.1", text, NULL), "10.0.0.1");
		snprintf(text, sizeof(text), "%s, for=192.0.2.1", broken[i]);
		assert_string_equal(client("10.0.0.1", text, NULL), "192.0.2.1");
	}
	assert_string_equal(client("10.0.0.1", NULL, ","), "10.0.0.1");
	assert_string_equal(client("10.0.0.1", NULL, "192.0.2.1,"), "10.0.0.1");
}

/* ---- PROXY protocol ---- */

struct answer {
	enum err e;
	size_t used;
	char address[ADDRESS_TEXT_MAX];
};

/* From a copy of exactly `len` bytes, so that reading further shows. */
static struct answer ask(const void *buf, size_t len)
{
	struct answer a;
	uint8_t *copy = malloc(len + !len);

	memcpy(copy, buf, len);
	a.e = proxy_header_read(copy, len, &a.used, a.address);
	free(copy);
	return a;
}

static void needs_every_byte(const void *buf, size_t len, const char *address)
{
	struct answer a;
	uint8_t more[PROXY_HEADER_MAX + 200];

	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(ask(buf, cut).e, ERR_AGAIN);
	a = ask(buf, len);
	assert_int_equal(a.e, OK);
	assert_int_equal(a.used, len);
	assert_string_equal(a.address, address);
	memcpy(more, buf, len);
	memset(more + len, 0x16, 100); /* the TLS hello that follows stays */
	a = ask(more, len + 100);
	assert_int_equal(a.e, OK);
	assert_int_equal(a.used, len);
}

static void version_1_is_read_whole_or_awaited(void **state)
{
	static const struct {
		const char *line, *address;
	} good[] = {
		{ "PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\n", "192.0.2.1" },
		{ "PROXY TCP6 2001:db8::1 ::1 0 65535\r\n", "2001:db8::1" },
		{ "PROXY UNKNOWN\r\n", "" },
		{ "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		needs_every_byte(good[i].line, strlen(good[i].line), good[i].address);
}

static void a_broken_line_of_version_1_is_refused(void **state)
{
	static const char *const bad[] = {
		"PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\n", "PROXY \r\n", "PROXY TCP4\r\n", "PROXY TCP4 192.0.2.1 10.0.0.1 1\r\n",
		"PROXY TCP4 192.0.2.1 10.0.0.1 1 65536\r\n", "PROXY TCP4 192.0.2.1 10.0.0.1 99999999999 1\r\n",
		"PROXY TCP4 192.0.2.1 10.0.0.1 1 2 3\r\n", "PROXY TCP4 2001:db8::1 ::1 1 2\r\n", "PROXY TCP6 192.0.2.1 10.0.0.1 1 2\r\n",
		"PROXY UDP4 192.0.2.1 10.0.0.1 1 2\r\n", "PROXY TCP4 bank.example 10.0.0.1 1 2\r\n", "PROXY UNKNOWNX\r\n",
		"PROXYTCP4 192.0.2.1 10.0.0.1 1 2\r\n", "proxy TCP4 192.0.2.1 10.0.0.1 1 2\r\n", "GET / HTTP/1.1\r\n", "\x16\x03\x01",
	};
	char longest[120];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ask(bad[i], strlen(bad[i])).e, ERR_MALFORMED);
	assert_int_equal(ask("PROXY TCP4 192.0.2.1\0 10.0.0.1 1 2\r\n", 36).e, ERR_MALFORMED);
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "PROXY UNKNOWN ", 14);
	assert_int_equal(ask(longest, 106).e, ERR_AGAIN);
	assert_int_equal(ask(longest, 107).e, ERR_MALFORMED);
}

static const uint8_t v2_head[12] = { 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a };

static size_t make_v2(uint8_t out[PROXY_HEADER_MAX + 64], uint8_t command, uint8_t family, size_t body)
{
	memset(out, 0, PROXY_HEADER_MAX + 64);
	memcpy(out, v2_head, 12);
	out[12] = command;
	out[13] = family;
	out[14] = (uint8_t)(body >> 8);
	out[15] = (uint8_t)body;
	return 16 + body;
}

static void version_2_is_read_whole_or_awaited(void **state)
{
	uint8_t h[PROXY_HEADER_MAX + 64];
	size_t len = make_v2(h, 0x21, 0x11, 12);

	(void)state;
	memcpy(h + 16, (const uint8_t[]){ 192, 0, 2, 1, 10, 0, 0, 1, 1, 2, 3, 4 }, 12);
	needs_every_byte(h, len, "192.0.2.1");
	len = make_v2(h, 0x21, 0x21, 36 + 7); /* with 7 bytes of TLV */
	h[16] = 0x20;
	h[17] = 0x01;
	h[31] = 1;
	needs_every_byte(h, len, "2001::1");
	len = make_v2(h, 0x20, 0, 0);
	needs_every_byte(h, len, "");
	len = make_v2(h, 0x20, 0x11, 12); /* LOCAL: the addresses are to be ignored */
	h[16] = 9;
	needs_every_byte(h, len, "");
	len = make_v2(h, 0x21, 0x11, PROXY_HEADER_MAX - 16);
	needs_every_byte(h, len, "0.0.0.0");
}

static void a_broken_header_of_version_2_is_refused(void **state)
{
	uint8_t h[PROXY_HEADER_MAX + 64];
	size_t len;

	(void)state;
	for (unsigned command = 0; command < 256; command++) {
		len = make_v2(h, (uint8_t)command, 0x11, 12);
		assert_int_equal(ask(h, len).e, command == 0x20 || command == 0x21 ? OK : ERR_MALFORMED);
	}
	for (unsigned family = 0; family < 256; family++) {
		len = make_v2(h, 0x21, (uint8_t)family, 36);
		assert_int_equal(ask(h, len).e, family == 0x11 || family == 0x21 ? OK : ERR_MALFORMED);
	}
	for (size_t body = 0; body < 36; body++) {
		len = make_v2(h, 0x21, 0x21, body);
		assert_int_equal(ask(h, len).e, ERR_MALFORMED);
		len = make_v2(h, 0x21, 0x11, body);
		assert_int_equal(ask(h, len).e, body < 12 ? ERR_MALFORMED : OK);
	}
	len = make_v2(h, 0x21, 0x11, PROXY_HEADER_MAX - 15);
	assert_int_equal(ask(h, 16).e, ERR_MALFORMED); /* told at once, not awaited */
	for (size_t i = 0; i < 12; i++) {
		len = make_v2(h, 0x21, 0x11, 12);
		h[i] ^= 0x40;
		assert_int_equal(ask(h, len).e, ERR_MALFORMED);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_read_as_they_are_written),
		cmocka_unit_test(a_network_ends_at_its_last_bit),
		cmocka_unit_test(a_header_of_a_stranger_is_not_believed),
		cmocka_unit_test(the_client_is_the_rightmost_that_is_not_a_proxy_of_ours),
		cmocka_unit_test(quotes_brackets_ports_and_cases_come_off),
		cmocka_unit_test(a_broken_element_ends_the_walk_and_never_comes_out),
		cmocka_unit_test(version_1_is_read_whole_or_awaited),
		cmocka_unit_test(a_broken_line_of_version_1_is_refused),
		cmocka_unit_test(version_2_is_read_whole_or_awaited),
		cmocka_unit_test(a_broken_header_of_version_2_is_refused),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("peer_addr", tests, trust, NULL);
}
