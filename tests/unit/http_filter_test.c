#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "gateway/live/http_filter.h"

#define OURS "https://bank.example"

static const struct http_rules rules = { OURS, { "bank.example", "127.0.0.1:9443" } };

static struct http_head get(const char *path)
{
	return (struct http_head){ .method = "GET", .path = path, .host = "bank.example", .host_count = 1 };
}

static struct http_head post(void)
{
	struct http_head h = get("/conseiller/entrer");

	h.method = "POST";
	h.origin = OURS;
	h.content_length = "12";
	h.content_length_count = 1;
	return h;
}

static struct http_head viewer(void)
{
	struct http_head h = get("/conseiller/ws");

	h.upgrade = "websocket";
	h.connection = "Upgrade";
	h.ws_version = "13";
	h.ws_protocol = "guichet-viewer.1";
	h.origin = OURS;
	h.is_upgrade = true;
	return h;
}

static struct http_head agent(void)
{
	struct http_head h = viewer();

	h.path = "/agent";
	h.origin = NULL;
	h.ws_protocol = "guichet-agent.1";
	return h;
}

#define assert_status(head, status) assert_int_equal(http_filter(&(head), &rules), status)

static void what_browsers_and_agents_send_passes(void **state)
{
	struct http_head h = get("/");

	(void)state;
	assert_status(h, 0);
	h.method = "HEAD";
	assert_status(h, 0);
	h.host = "BANK.example";
	assert_status(h, 0);
	h.host = "127.0.0.1:9443";
	assert_status(h, 0);
	h = post();
	assert_status(h, 0);
	h = viewer();
	assert_status(h, 0);
	h.upgrade = "WebSocket";
	assert_status(h, 0);
	h = agent();
	assert_status(h, 0);
}

static void other_methods_are_refused(void **state)
{
	static const char *const methods[] = { "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "get", "", "PRI", NULL };
	struct http_head h = get("/");

	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		h.method = methods[i];
		assert_status(h, 405);
	}
}

static void a_path_that_could_mean_two_things_is_refused(void **state)
{
	static const char *const paths[] = { NULL, "", "x", "//", "/a//b", "/.", "/..", "/a/../b", "/.git", "/a/./b", "/a\\b",
					     "http://bank.example/" };
	struct http_head h = get("/");

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		h.path = paths[i];
		assert_status(h, 400);
	}
	h.path = "/a.b/c..d";
	assert_status(h, 0);
}

static void exactly_one_host_and_that_is_ours(void **state)
{
	static const char *const foreign[] = { "", "evil.example", "bank.example:443", "bank.example.evil.example",
					       "bank.exampl", " bank.example", "127.0.0.1" };
	struct http_head h = get("/");

	(void)state;
	h.host_count = 2;
	assert_status(h, 400);
	h.host_count = 0;
	assert_status(h, 400);
	h.host_count = 1;
	h.host = NULL;
	assert_status(h, 400);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		h.host = foreign[i];
		assert_status(h, 421);
	}
}

static void the_length_of_a_body_is_told_once_and_plainly(void **state)
{
	static const char *const bad[] = { "", "-1", "+1", "0x10", "1,1", "1 ", " 1", "12a", "1.0", "9999999999", "18446744073709551617" };
	struct http_head h = post();

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		h.content_length = bad[i];
		assert_status(h, 400);
	}
	h.content_length = "16384";
	assert_status(h, 0);
	h.content_length = "16385";
	assert_status(h, 413);
	h.content_length = "999999999";
	assert_status(h, 413);
	h.content_length = "1";
	h.content_length_count = 2;
	assert_status(h, 400);
	h.content_length_count = 1;
	h.transfer_encoding = "chunked";
	assert_status(h, 501);
	h.content_length = NULL;
	h.content_length_count = 0;
	assert_status(h, 501);
	h.transfer_encoding = "";
	assert_status(h, 501);
	h = get("/");
	h.transfer_encoding = "identity";
	assert_status(h, 501);
}

static void what_changes_something_carries_our_own_origin(void **state)
{
	static const char *const others[] = { NULL, "", "null", "http://bank.example", "https://bank.example/", "https://bank.example:443",
					      "https://evil.example", "https://bank.example.evil.example", "HTTPS://BANK.EXAMPLE" };
	struct http_head h = post();

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		h.origin = others[i];
		assert_status(h, 403);
	}
	assert_true(http_is_unsafe("POST"));
	assert_true(http_is_unsafe("DELETE"));
	assert_false(http_is_unsafe("GET"));
	assert_false(http_is_unsafe("HEAD"));
}

static void nothing_but_a_websocket_is_an_upgrade(void **state)
{
	struct http_head h = get("/");

	(void)state;
	h.upgrade = "h2c";
	assert_status(h, 426);
	h.is_upgrade = true;
	assert_status(h, 426);
	h.upgrade = NULL;
	assert_status(h, 426);
	h = viewer();
	h.upgrade = "websocket, h2c";
	assert_status(h, 426);
	h = viewer();
	h.is_upgrade = false; /* the header alone is enough to be looked at */
	h.path = "/";
	assert_status(h, 400);
}

static void an_upgrade_has_its_version_its_subprotocol_and_no_body(void **state)
{
	struct http_head h = viewer();

	(void)state;
	h.ws_version = NULL;
	assert_status(h, 426);
	h.ws_version = "8";
	assert_status(h, 426);
	h = viewer();
	h.ws_protocol = NULL;
	assert_status(h, 400);
	h.ws_protocol = "guichet-agent.1";
	assert_status(h, 400);
	h.ws_protocol = "guichet-viewer.1, guichet-agent.1";
	assert_status(h, 400);
	h = viewer();
	h.content_length = "0";
	assert_status(h, 400);
	h = viewer();
	h.method = "POST";
	assert_status(h, 400);
	h = viewer();
	h.path = "/conseiller/ws/";
	assert_status(h, 400);
}

static void a_browser_cannot_pose_as_an_agent_nor_an_agent_as_a_browser(void **state)
{
	struct http_head h = agent();

	(void)state;
	h.origin = OURS;
	assert_status(h, 403);
	h.origin = "https://evil.example";
	assert_status(h, 403);
	h.origin = "";
	assert_status(h, 403);
	h = viewer();
	h.origin = NULL;
	assert_status(h, 403);
	h.origin = "https://evil.example";
	assert_status(h, 403);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_browsers_and_agents_send_passes),
		cmocka_unit_test(other_methods_are_refused),
		cmocka_unit_test(a_path_that_could_mean_two_things_is_refused),
		cmocka_unit_test(exactly_one_host_and_that_is_ours),
		cmocka_unit_test(the_length_of_a_body_is_told_once_and_plainly),
		cmocka_unit_test(what_changes_something_carries_our_own_origin),
		cmocka_unit_test(nothing_but_a_websocket_is_an_upgrade),
		cmocka_unit_test(an_upgrade_has_its_version_its_subprotocol_and_no_body),
		cmocka_unit_test(a_browser_cannot_pose_as_an_agent_nor_an_agent_as_a_browser),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("http_filter", tests, NULL, NULL);
}
