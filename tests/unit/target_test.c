#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "gateway/office/target.h"

static void paths_have_only_plain_bytes(void **state)
{
	char path[32], query[16], target[8];

	(void)state;
	assert_true(target_read("/api/me?a=b", path, sizeof(path), query, sizeof(query)));
	assert_string_equal(path, "/api/me");
	assert_string_equal(query, "a=b");
	assert_true(target_read("/", path, sizeof(path), query, sizeof(query)));
	assert_string_equal(query, "");
	assert_true(target_read("/a?", path, sizeof(path), query, sizeof(query)));
	for (int c = 1; c < 256; c++) {
		snprintf(target, sizeof(target), "/a%cb", c);
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/?", c))
			assert_true(target_read(target, path, sizeof(path), query, sizeof(query)));
		else
			assert_false(target_read(target, path, sizeof(path), query, sizeof(query)));
		snprintf(target, sizeof(target), "/?%c", c);
		assert_int_equal(target_read(target, path, sizeof(path), query, sizeof(query)), c > ' ' && c <= '~');
	}
	assert_false(target_read("", path, sizeof(path), query, sizeof(query)));
	assert_false(target_read("api", path, sizeof(path), query, sizeof(query)));
	assert_false(target_read("/1234567890123456789012345678901", path, sizeof(path), query, sizeof(query)));
	assert_false(target_read("/?1234567890123456", path, sizeof(path), query, sizeof(query)));
}

static void expect_address(const struct sockaddr *peer, const char *forwarded, const char *address)
{
	char out[46];

	target_address(peer, forwarded, out, sizeof(out));
	assert_string_equal(out, address);
}

static void the_last_address_counts_and_only_if_it_is_one(void **state)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	const struct sockaddr *peer = (const struct sockaddr *)&v4;

	(void)state;
	inet_pton(AF_INET, "127.0.0.1", &v4.sin_addr);
	expect_address(NULL, NULL, "local");
	expect_address(peer, NULL, "127.0.0.1");
	expect_address(peer, "192.0.2.1", "192.0.2.1");
	expect_address(peer, "9.9.9.9, 2001:db8::1 ", "2001:db8::1");
	expect_address(peer, "192.0.2.1, x", "127.0.0.1");
	expect_address(peer, "192.0.2.1,", "127.0.0.1");
	expect_address(peer, "192.0.2.1 192.0.2.2", "127.0.0.1");
	expect_address(peer, "\"><script>", "127.0.0.1");
}

static void only_files_of_evidence_have_names(void **state)
{
	static const char *const good[] = { "journal.jsonl", "key.wrapped", "chunks/000001", "chunks/999999", "tsa.crt" };
	static const char *const bad[] = { "", "chunks/", "chunks/000000", "chunks/00001", "chunks/0000001", "chunks/00000 ", "Chunks/000001",
					   "journal.jsonl ", "../journal.jsonl", "inclusion.txt", "content.key", "chunks/-00001" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(target_is_evidence(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(target_is_evidence(bad[i]));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_have_only_plain_bytes),
		cmocka_unit_test(the_last_address_counts_and_only_if_it_is_one),
		cmocka_unit_test(only_files_of_evidence_have_names),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
