#include "notary_bench.h"

#include <stdio.h>
#include <string.h>

#include "gateway/notary/digest.h"

#define END_EVENT "\\\"event\\\":\\\"end\\\""

static void seats_are_never_oversold_and_freed_by_the_end(void **state)
{
	struct bench *b = *state;
	struct door d[4];

	add_claire(b);
	for (int i = 0; i < 3; i++)
		assert_ok(new_session(b, &d[i]));
	assert_string_equal(new_session(b, &d[3]), "full");
	assert_ok(ask(b, "session_open_list", "%s", ""));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(b->last, "sessions")), 3);
	assert_ok(of_session(b, "session_end", &d[1], ",\"reason\":\"lost\""));
	assert_ok(new_session(b, &d[3]));
	assert_string_equal(new_session(b, &d[1]), "full");
	assert_ok(ask(b, "session_list", "\"advisor\":\"claire\""));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(b->last, "sessions")), 4);
}

static void an_ended_session_refuses_all_but_reading_and_trailing_lines(void **state)
{
	struct bench *b = *state;
	struct door d;
	char prev[65];

	add_claire(b);
	open_door(b, &d);
	memcpy(prev, digest_zeros, sizeof(prev));
	assert_string_equal(sign_line(b, &d, 0, prev, OPEN_EVENT), "agent");
	open_agent(b, &d);
	assert_ok(sign_line(b, &d, 0, prev, OPEN_EVENT));
	assert_ok(of_session(b, "session_end", &d, ",\"reason\":\"customer\""));
	assert_string_equal(of_session(b, "session_end", &d, ",\"reason\":\"customer\""), "ended");
	assert_string_equal(of_session(b, "journal_append", &d, ",\"event\":\"note\",\"data\":{}"), "ended");
	assert_string_equal(of_session(b, "code_new", &d, ",\"advisor\":\"claire\""), "ended");
	assert_string_equal(of_session(b, "session_agent", &d, ",\"sign\":\"" SIGN "\",\"resume\":\"" RESUME "\""), "ended");
	assert_ok(of_session(b, "session_get", &d, ""));
	assert_string_equal(json_string(b->last, "state"), "ended");
	assert_string_equal(json_string(b->last, "reason"), "customer");
	b->now_ms += TRAILING_MS;
	assert_string_equal(sign_line(b, &d, 1, prev, END_EVENT), "ended");
	b->now_ms--;
	assert_ok(sign_line(b, &d, 1, prev, END_EVENT));
	assert_ok(of_session(b, "session_get", &d, ""));
	assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(b->last, "ended")));
}

static void a_restart_forgets_neither_rows_nor_grants(void **state)
{
	struct bench *b = *state;
	struct door d;
	char prev[65], hash[65];
	const cJSON *grants;

	add_claire(b);
	open_agent(b, &d);
	grant_view(b, &d, prev);
	assert_ok(sign_line(b, &d, 3, prev, "\\\"ask\\\":7,\\\"cap\\\":\\\"control\\\",\\\"event\\\":\\\"ask\\\""));
	assert_ok(sign_line(b, &d, 4, prev, "\\\"event\\\":\\\"pause\\\""));
	notary_free(b->n);
	bench_start(b);
	assert_ok(of_session(b, "session_get", &d, ""));
	grants = cJSON_GetObjectItemCaseSensitive(b->last, "grants");
	assert_int_equal(cJSON_GetObjectItemCaseSensitive(grants, "view")->valueint, 1);
	assert_int_equal(number(b, "consent_n"), 5);
	assert_int_equal(number(b, "grant_last"), 1);
	assert_int_equal(number(b, "ask_pending"), 7);
	assert_string_equal(json_string(b->last, "ask_cap"), "control");
	assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(b->last, "paused")));
	assert_string_equal(json_string(b->last, "consent_head"), prev);
	assert_string_equal(json_string(b->last, "sign"), SIGN);
	digest_sha256(RESUME, 32, hash);
	assert_string_equal(json_string(b->last, "resume_sha256"), hash);
	assert_string_equal(json_string(b->last, "terms"), TERMS);
	assert_string_equal(send_line(b, &d, "{}", SIG), "malformed");
	assert_string_equal(sign_line(b, &d, 9, prev, END_EVENT), "chain");
}

static void another_agent_takes_over_only_before_the_first_signed_line(void **state)
{
	struct bench *b = *state;
	struct door d;
	char prev[65];

	add_claire(b);
	memcpy(prev, digest_zeros, sizeof(prev));
	assert_ok(new_session(b, &d));
	assert_string_equal(of_session(b, "session_agent", &d, ",\"sign\":\"" SIGN "\",\"resume\":\"" RESUME "\""), "unbound");
	assert_ok(accept_terms(b, &d, "accepter", ""));
	assert_ok(use_code(b, &d, d.code, "s"));
	assert_ok(of_session(b, "session_agent", &d, ",\"sign\":\"04" TERMS TERMS "\",\"resume\":\"" RESUME "\""));
	assert_ok(of_session(b, "session_agent", &d, ",\"sign\":\"" SIGN "\",\"resume\":\"" RESUME "\""));
	bench_key(b, &d);
	assert_ok(sign_line(b, &d, 0, prev, OPEN_EVENT));
	assert_ok(of_session(b, "session_agent", &d, ",\"sign\":\"" SIGN "\",\"resume\":\"ff112233445566778899aabbccddeeff\""));
	assert_string_equal(of_session(b, "session_agent", &d, ",\"sign\":\"04" TERMS TERMS "\",\"resume\":\"" RESUME "\""), "agent");
}

static void live_cannot_write_the_notarys_own_events(void **state)
{
	static const char *const own[] = { "session", "accepted", "agent", "end", "consent", "recover",
		"key", "chunk", "failed" };
	struct bench *b = *state;
	struct door d;
	char more[64];

	add_claire(b);
	assert_ok(new_session(b, &d));
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		snprintf(more, sizeof(more), ",\"event\":\"%s\",\"data\":{}", own[i]);
		assert_string_equal(of_session(b, "journal_append", &d, more), "forbidden");
	}
	assert_string_equal(of_session(b, "journal_append", &d, ",\"event\":\"No Such\",\"data\":{}"), "malformed");
	assert_ok(of_session(b, "journal_append", &d, ",\"event\":\"note\",\"data\":{}"));
	assert_int_equal(number(b, "n"), 1);
}

static void without_evidence_nothing_begins_and_the_end_still_ends(void **state)
{
	struct bench *b = *state;
	struct door d, e;

	add_claire(b);
	assert_ok(new_session(b, &d));
	assert_ok(accept_terms(b, &d, "accepter", ""));
	b->is_disk_full = true;
	assert_string_equal(new_session(b, &e), "evidence");
	assert_string_equal(use_code(b, &d, d.code, "s"), "evidence");
	assert_ok(ask(b, "acceptance_get", "\"acceptance\":\"%s\"", d.acceptance));
	assert_string_equal(json_string(b->last, "session"), ""); /* not bound */
	b->is_disk_full = false;
	assert_string_equal(of_session(b, "journal_append", &d, ",\"event\":\"note\",\"data\":{}"), "ended");
	assert_string_equal(of_session(b, "session_end", &d, ",\"reason\":\"evidence\""), "ended");
	assert_ok(ask(b, "session_open_list", "%s", ""));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(b->last, "sessions")), 0);
}

static void a_directory_serves_one_notary(void **state)
{
	struct bench *b = *state;
	const struct notary_options o = {
		.directory = b->dir, .seats = 1, .clock = &b->clock, .io = &b->io, .send = bench_send, .send_arg = b,
		.signer = b->signer, .log_name = "banc",
	};
	struct notary *second;

	assert_int_equal(notary_new(&o, &second), ERR_IO);
	assert_null(second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, notary_setup, notary_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(seats_are_never_oversold_and_freed_by_the_end),
		TEST(an_ended_session_refuses_all_but_reading_and_trailing_lines),
		TEST(a_restart_forgets_neither_rows_nor_grants),
		TEST(another_agent_takes_over_only_before_the_first_signed_line),
		TEST(live_cannot_write_the_notarys_own_events),
		TEST(without_evidence_nothing_begins_and_the_end_still_ends),
		TEST(a_directory_serves_one_notary),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("notary", tests, NULL, NULL);
}
