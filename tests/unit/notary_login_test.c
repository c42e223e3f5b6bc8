#include "notary_bench.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

static void garbage_is_answered_and_survived(void **state)
{
	static const char *const bad[] = {
		"", "x", "{", "{}", "[]", "null", "1", "\"\"", "{\"id\":1}", "{\"op\":\"login\"}", "{\"id\":-1,\"op\":\"login\"}",
		"{\"id\":1,\"op\":1}", "{\"id\":1,\"op\":\"\"}", "{\"id\":1,\"op\":\"nothing\"}", "{\"id\":1,\"op\":\"login\"}",
		"{\"id\":1,\"op\":\"login\",\"name\":1,\"password\":\"x\",\"source\":\"x\"}",
		"{\"id\":1,\"op\":\"session_get\",\"session\":\"../../etc/passwd\"}",
		"{\"id\":1,\"op\":\"session_get\",\"session\":\"\"}",
		"{\"id\":1,\"op\":\"journal_append\",\"session\":\"x\",\"event\":\"x\",\"data\":[]}",
		"{\"id\":1,\"id\":2,\"op\":\"login_end\",\"login\":\"x\"}",
	};
	struct bench *b = *state;
	unsigned char noise[200];
	uint32_t seed = 1;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		send_text(b, CALLER_LIVE, bad[i]);
		assert_int_equal(b->answers, i + 1);
		assert_true(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(b->last, "ok")));
	}
	for (int i = 0; i < 500; i++) {
		for (size_t k = 0; k < sizeof(noise); k++)
			noise[k] = (unsigned char)((seed = seed * 1664525u + 1013904223u) >> 24);
		notary_handle(b->n, CALLER_LIVE, 1, noise, sizeof(noise), -1);
		assert_string_equal(json_string(b->last, "error"), "malformed");
	}
	add_claire(b);
}

static void an_operation_is_only_for_its_callers(void **state)
{
	struct bench *b = *state;

	assert_string_equal(ask_as(b, CALLER_LIVE, "advisor_add",
		"\"name\":\"a\",\"display\":\"A\",\"password\":\"correct horse\""), "forbidden");
	assert_string_equal(ask_as(b, CALLER_CTL, "session_open_list", ""), "forbidden");
	assert_string_equal(ask_as(b, CALLER_OFFICE, "session_open_list", ""), "forbidden");
	assert_ok(ask_as(b, CALLER_LIVE, "session_open_list", ""));
}

static const char *log_in(struct bench *b, const char *name, const char *password, const char *source)
{
	return ask(b, "login", "\"name\":\"%s\",\"password\":\"%s\",\"source\":\"%s\"", name, password, source);
}

static void a_login_lasts_half_an_hour_of_idleness_and_ten_hours_at_most(void **state)
{
	struct bench *b = *state;
	char login[65];

	add_claire(b);
	assert_ok(log_in(b, "claire", "correct horse", "s"));
	assert_string_equal(json_string(b->last, "display"), "Claire Martin");
	keep(b, "login", login, sizeof(login));
	assert_int_equal(strlen(login), 64);
	b->now_ms += LOGIN_IDLE_MS - 1;
	assert_ok(ask(b, "login_get", "\"login\":\"%s\"", login));
	b->now_ms += LOGIN_IDLE_MS;
	assert_string_equal(ask(b, "login_get", "\"login\":\"%s\"", login), "login");

	assert_ok(log_in(b, "claire", "correct horse", "s"));
	keep(b, "login", login, sizeof(login));
	for (int i = 0; i < 40; i++) {
		assert_ok(ask(b, "login_get", "\"login\":\"%s\"", login));
		b->now_ms += LOGIN_LIFE_MS / 40;
	}
	b->now_ms--;
	assert_ok(ask(b, "login_get", "\"login\":\"%s\"", login));
	b->now_ms++;
	assert_string_equal(ask(b, "login_get", "\"login\":\"%s\"", login), "login");
}

static void a_login_that_was_ended_is_gone(void **state)
{
	struct bench *b = *state;
	char login[65];

	add_claire(b);
	assert_ok(log_in(b, "claire", "correct horse", "s"));
	keep(b, "login", login, sizeof(login));
	assert_ok(ask(b, "login_end", "\"login\":\"%s\"", login));
	assert_string_equal(ask(b, "login_get", "\"login\":\"%s\"", login), "login");
}

static void five_wrong_passwords_close_the_door_for_five_minutes(void **state)
{
	struct bench *b = *state;
	char source[16];

	add_claire(b);
	assert_string_equal(log_in(b, "nobody", "correct horse", "other"), "refused");
	for (int i = 0; i < LOGIN_TRIES_MAX; i++) {
		snprintf(source, sizeof(source), "s%d", i);
		assert_string_equal(log_in(b, "claire", "wrong", source), "refused");
	}
	assert_string_equal(log_in(b, "claire", "correct horse", "fresh"), "throttled");
	b->now_ms += LOGIN_WINDOW_MS - 1;
	assert_string_equal(log_in(b, "claire", "correct horse", "fresh"), "throttled");
	b->now_ms++;
	assert_ok(log_in(b, "claire", "correct horse", "fresh"));
	for (int i = 0; i < LOGIN_TRIES_MAX; i++) {
		snprintf(source, sizeof(source), "n%d", i);
		assert_string_equal(log_in(b, source, "wrong", "same"), "refused");
	}
	assert_string_equal(log_in(b, "claire", "correct horse", "same"), "throttled");
}

static void the_queue_of_passwords_is_bounded_and_the_journal_does_not_wait_for_it(void **state)
{
	struct bench *b = *state;
	struct door d;
	int before, in_line = LOGIN_QUEUE_MAX + 1;

	add_claire(b);
	assert_ok(new_session(b, &d));
	before = b->answers;
	for (int i = 0; i < in_line; i++) {
		char text[256];
		snprintf(text, sizeof(text), "{\"id\":%d,\"op\":\"login\",\"name\":\"u%d\",\"password\":\"x\",\"source\":\"s%d\"}", i, i, i);
		send_text(b, CALLER_LIVE, text);
	}
	assert_int_equal(b->answers, before);
	assert_string_equal(log_in(b, "claire", "correct horse", "s"), "busy");
	assert_ok(of_session(b, "journal_append", &d, ",\"event\":\"note\",\"data\":{}"));
	while (b->answers < before + 2 + in_line) {
		struct pollfd p = { .fd = notary_fd(b->n), .events = POLLIN };
		assert_int_equal(poll(&p, 1, 20000), 1);
		notary_ready(b->n);
	}
	assert_ok(log_in(b, "claire", "correct horse", "s"));
}

static void an_advisor_exists_once_and_has_a_proper_name(void **state)
{
	struct bench *b = *state;

	add_claire(b);
	assert_string_equal(ask_as(b, CALLER_CTL, "advisor_add",
		"\"name\":\"claire\",\"display\":\"X\",\"password\":\"another one\""), "exists");
	assert_string_equal(ask_as(b, CALLER_CTL, "advisor_add",
		"\"name\":\"Claire M\",\"display\":\"X\",\"password\":\"another one\""), "name");
	assert_string_equal(ask_as(b, CALLER_CTL, "advisor_add",
		"\"name\":\"c\",\"display\":\"\",\"password\":\"another one\""), "display");
	assert_string_equal(ask_as(b, CALLER_CTL, "advisor_add",
		"\"name\":\"c\",\"display\":\"X\",\"password\":\"1234567\""), "password");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, notary_setup, notary_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(garbage_is_answered_and_survived),
		TEST(an_operation_is_only_for_its_callers),
		TEST(a_login_lasts_half_an_hour_of_idleness_and_ten_hours_at_most),
		TEST(a_login_that_was_ended_is_gone),
		TEST(five_wrong_passwords_close_the_door_for_five_minutes),
		TEST(the_queue_of_passwords_is_bounded_and_the_journal_does_not_wait_for_it),
		TEST(an_advisor_exists_once_and_has_a_proper_name),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("notary_login", tests, NULL, NULL);
}
