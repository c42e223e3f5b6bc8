#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/gate.h"
#include "guichet/wire.h"
#include "room_bench.h"

#define SIGN65 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0"
static const char sign_a[] = SIGN65 SIGN65;
static const char sign_b[] = SIGN65 "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff1";
static const char resume[] = "ffffffffffffffffffffffffffffffff";

static enum err agent_comes(struct bench *b, void *link, const char *sign)
{
	return room_agent_joined(b->room, link, sign, "linux-x11", "native", resume);
}

/* True if the viewer's mouse gets through under this number. */
static bool passes(struct bench *b, uint32_t grant)
{
	bench_forget(b);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_MOUSE, grant, NULL, 30), OK);
	return bench_did(b, "agent MOUSE");
}

static void a_grant_opens_only_after_it_was_stored(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	assert_int_equal(bench_line(b, "\"event\":\"ask\",\"ask\":2,\"cap\":\"control\""), OK);
	bench_stored(b, b->n - 1);
	bench_forget(b);
	assert_int_equal(bench_line(b, "\"event\":\"grant\",\"ask\":2,\"cap\":\"control\",\"grant\":2"), OK);
	assert_string_equal(b->log, "store 4\n"); /* nobody is told, and */
	assert_false(passes(b, 2));
	bench_forget(b);
	bench_stored(b, 4);
	assert_string_equal(b->log, "agent RECEIPT\nviewer CONSENT\n");
	assert_true(passes(b, 2));
	assert_false(passes(b, 1));
	assert_false(passes(b, 0));
	assert_false(passes(b, 3));
}

static void a_revocation_closes_before_it_is_stored(void **state)
{
	static const char *const how[] = { "limit", "release", "suspend" };
	struct bench *b = *state;

	bench_live(b);
	for (unsigned i = 0; i < 3; i++) {
		char fields[96];

		bench_give(b, "view", 2 * i + 1, 2 * i + 1);
		bench_give(b, "control", 2 * i + 2, 2 * i + 2);
		assert_true(passes(b, 2 * i + 2));
		snprintf(fields, sizeof(fields), "\"event\":\"%s\",\"cap\":\"view\",\"grant\":%u", how[i], 2 * i + 1);
		assert_int_equal(bench_line(b, fields), OK);
		assert_false(passes(b, 2 * i + 2)); /* with view goes control, and the notary has not answered */
		bench_stored(b, b->n - 1);
		assert_false(passes(b, 2 * i + 2));
	}
}

static void a_grant_that_was_taken_back_before_it_was_stored_never_opens(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	assert_int_equal(bench_line(b, "\"event\":\"ask\",\"ask\":2,\"cap\":\"control\""), OK);
	assert_int_equal(bench_line(b, "\"event\":\"grant\",\"ask\":2,\"cap\":\"control\",\"grant\":2"), OK);
	assert_int_equal(bench_line(b, "\"event\":\"limit\",\"cap\":\"control\",\"grant\":2"), OK);
	for (uint32_t n = b->n - 3; n < b->n; n++) {
		bench_stored(b, n);
		assert_false(passes(b, 2));
	}
	assert_int_equal(room_phase(b->room), PHASE_LIVE); /* a quick customer is no reason to end */
	bench_give(b, "control", 3, 3);
	assert_true(passes(b, 3));
}

static void an_end_behind_lines_that_are_not_stored_yet_keeps_its_reason(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(bench_line(b, "\"event\":\"ask\",\"ask\":1,\"cap\":\"view\""), OK);
	assert_int_equal(bench_line(b, "\"event\":\"grant\",\"ask\":1,\"cap\":\"view\",\"grant\":1"), OK);
	assert_int_equal(bench_line(b, "\"event\":\"end\",\"why\":\"panic\""), OK);
	bench_forget(b);
	for (uint32_t n = 1; n < 4; n++)
		bench_stored(b, n);
	assert_true(bench_did(b, "ended panic"));
	assert_false(bench_did(b, "ended gateway"));
}

static void without_evidence_the_session_ends(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(bench_line(b, "\"event\":\"ask\",\"ask\":1,\"cap\":\"view\""), OK);
	bench_forget(b);
	room_on_stored(b->room, 1, NULL);
	assert_string_equal(b->log, "viewer SESSION\nended evidence\nclose agent evidence\nclose viewer ended\n");
	assert_non_null(strstr(b->last, "\"reason\":\"evidence\""));
	assert_int_equal(room_phase(b->room), PHASE_ENDED);
	assert_true(room_is_empty(b->room));
}

static void a_notary_that_is_away_ends_the_session_at_the_next_line(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	b->is_notary_away = true;
	assert_int_equal(bench_line(b, "\"event\":\"counts\""), OK);
	assert_true(bench_did(b, "ended evidence"));
	assert_int_equal(agent_comes(b, &bench_agent, sign_a), ERR_FORBIDDEN);
}

static void too_many_lines_on_their_way_end_the_session(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	for (int i = 0; i < ROOM_LINES_WAITING_MAX; i++)
		assert_int_equal(bench_line(b, "\"event\":\"counts\""), OK);
	assert_int_equal(room_phase(b->room), PHASE_LIVE);
	assert_int_equal(bench_line(b, "\"event\":\"counts\""), OK);
	assert_true(bench_did(b, "ended evidence"));
}

static void a_bad_signature_ends_the_session(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_line_signed(b, "\"event\":\"ask\",\"ask\":1,\"cap\":\"view\"", "bad");
	assert_true(bench_did(b, "ended gateway"));
	assert_false(bench_did(b, "store 1"));
}

static void a_line_that_does_not_continue_the_chain_closes_the_link_and_is_not_stored(void **state)
{
	struct bench *b = *state;
	char kept;

	bench_live(b);
	b->n += 1;
	assert_int_equal(bench_line(b, "\"event\":\"counts\""), ERR_MALFORMED);
	b->n -= 1;
	kept = b->head[10];
	b->head[10] = kept == 'a' ? 'b' : 'a';
	assert_int_equal(bench_line(b, "\"event\":\"counts\""), ERR_MALFORMED);
	b->head[10] = kept;
	assert_int_equal(bench_line(b, "\"event\":\"dance\""), ERR_MALFORMED);
	assert_int_equal(bench_line(b, "\"event\":\"counts\",\"event\":\"counts\""), ERR_MALFORMED);
	assert_string_equal(b->log, "");
	assert_int_equal(bench_line(b, "\"event\":\"counts\""), OK);
	assert_string_equal(b->log, "store 1\n");
}

static void a_signed_line_against_the_rules_ends_the_session(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(bench_line(b, "\"event\":\"grant\",\"ask\":1,\"cap\":\"view\",\"grant\":1"), OK);
	bench_stored(b, b->n - 1);
	assert_true(bench_did(b, "ended gateway"));
	assert_false(bench_did(b, "agent RECEIPT"));
}

static void a_stale_grant_is_dropped_counted_and_reported(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	bench_give(b, "control", 2, 2);
	for (int i = 0; i < 3; i++)
		assert_false(passes(b, 1));
	assert_int_equal(bench_frame(b, &bench_agent, KIND_PICTURE, 9, NULL, 40), OK);
	bench_forget(b);
	room_tick(b->room);
	assert_string_equal(b->log, "journal refused {\"agent\":1,\"viewer\":3}\n");
	bench_forget(b);
	room_tick(b->room);
	assert_string_equal(b->log, "");
}

static void what_a_frame_must_not_be_closes_only_its_link(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_PICTURE, 0, NULL, 40), ERR_MALFORMED);
	assert_int_equal(bench_frame(b, &bench_agent, KIND_ASK, 0, "{}", 2), ERR_MALFORMED);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_ASK, 0, "{]", 2), ERR_MALFORMED);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_MOUSE, 0, NULL, 29), ERR_MALFORMED);
	assert_int_equal(bench_frame(b, b, KIND_PING, 0, "12345678", 8), ERR_FORBIDDEN);
	assert_string_equal(b->log, "");
	assert_int_equal(room_phase(b->room), PHASE_LIVE);
}

static void frames_for_somebody_who_is_not_there_are_dropped(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	room_left(b->room, &bench_agent);
	bench_forget(b);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_PAIR_START, 0, NULL, 0), OK);
	assert_false(bench_did(b, "agent PAIR_START"));
	assert_int_equal(agent_comes(b, &bench_agent, sign_a), OK);
	room_left(b->room, &bench_viewer);
	bench_forget(b);
	assert_int_equal(bench_frame(b, &bench_agent, KIND_PAIR_COMMIT, 0, NULL, 32), OK);
	assert_string_equal(b->log, "");
}

static void another_agent_is_refused_and_the_same_one_takes_its_seat_back(void **state)
{
	struct bench *b = *state;
	char other;

	bench_live(b);
	assert_int_equal(agent_comes(b, &other, sign_b), ERR_FORBIDDEN);
	assert_string_equal(b->log, "");
	assert_true(room_has_link(b->room, &bench_agent));
	assert_int_equal(agent_comes(b, &other, sign_a), OK);
	assert_true(bench_did(b, "close agent busy"));
	assert_false(room_has_link(b->room, &bench_agent));
	assert_int_equal(room_phase(b->room), PHASE_PAIRING); /* keys are agreed on anew */
}

static void a_viewer_that_comes_back_is_told_all_lines_again(void **state)
{
	struct bench *b = *state;
	char again;
	int told = 0;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	assert_int_equal(bench_line(b, "\"event\":\"counts\""), OK); /* not stored: not told */
	room_left(b->room, &bench_viewer);
	assert_int_equal(room_phase(b->room), PHASE_PAIRING);
	bench_forget(b);
	assert_int_equal(room_viewer_joined(b->room, &again), OK);
	for (const char *at = b->log; (at = strstr(at, "other CONSENT\n")) != NULL; at++)
		told++;
	assert_int_equal(told, 3);
	assert_true(bench_did(b, "other SESSION"));
	assert_true(bench_did(b, "other AGENT_STATE"));
	assert_true(bench_did(b, "agent VIEWER_STATE"));
}

static void a_second_page_of_the_advisor_closes_the_first(void **state)
{
	struct bench *b = *state;
	char second;

	bench_live(b);
	assert_int_equal(room_viewer_joined(b->room, &second), OK);
	assert_true(bench_did(b, "close viewer busy"));
	assert_int_equal(room_phase(b->room), PHASE_PAIRING);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_PING, 0, "12345678", 8), ERR_FORBIDDEN);
}

static void a_lost_peer_has_sixty_seconds_to_the_millisecond(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	room_left(b->room, &bench_agent);
	b->now_ms += WIRE_RESUME_MS - 1;
	room_tick(b->room);
	assert_int_equal(room_phase(b->room), PHASE_PAIRING);
	assert_int_equal(agent_comes(b, &bench_agent, sign_a), OK); /* and the clock starts anew */
	room_left(b->room, &bench_viewer);
	b->now_ms += WIRE_RESUME_MS - 1;
	room_tick(b->room);
	assert_int_equal(room_phase(b->room), PHASE_PAIRING);
	b->now_ms += 1;
	room_tick(b->room);
	assert_true(bench_did(b, "ended lost"));
	assert_int_equal(agent_comes(b, &bench_agent, sign_a), ERR_FORBIDDEN);
}

static void a_clock_that_is_set_back_ends_nothing(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_END, 0, "{}", 2), OK);
	room_left(b->room, &bench_agent);
	b->now_ms -= 1;
	room_tick(b->room);
	assert_int_equal(room_phase(b->room), PHASE_PAIRING);
}

static void a_session_whose_customer_never_came_ends_after_half_an_hour(void **state)
{
	struct bench *b = *state;

	assert_int_equal(room_viewer_joined(b->room, &bench_viewer), OK);
	b->now_ms += ROOM_WAIT_MS - 1;
	room_tick(b->room);
	assert_int_equal(room_phase(b->room), PHASE_OPENING);
	b->now_ms += 1;
	room_tick(b->room);
	assert_true(bench_did(b, "ended lost"));
}

static void the_advisor_ends_at_once_when_there_is_no_agent(void **state)
{
	struct bench *b = *state;

	assert_int_equal(room_viewer_joined(b->room, &bench_viewer), OK);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_END, 0, "{}", 2), OK);
	assert_true(bench_did(b, "ended advisor"));
}

static void an_agent_that_does_not_answer_the_end_has_three_seconds(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_END, 0, "{}", 2), OK);
	assert_true(bench_did(b, "agent END"));
	b->now_ms += ROOM_END_MS - 1;
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_END, 0, "{}", 2), OK); /* again is not longer */
	room_tick(b->room);
	assert_int_equal(room_phase(b->room), PHASE_LIVE);
	b->now_ms += 1;
	room_tick(b->room);
	assert_true(bench_did(b, "ended advisor"));
}

static void the_end_is_told_with_its_reason_after_it_was_stored(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(bench_line(b, "\"event\":\"end\",\"why\":\"panic\""), OK);
	assert_false(bench_did(b, "ended panic"));
	bench_forget(b);
	bench_stored(b, b->n - 1);
	assert_string_equal(b->log,
		"agent RECEIPT\nviewer CONSENT\nviewer SESSION\nended panic\nclose agent ended\nclose viewer ended\n");
	room_end(b->room, "advisor");
	assert_false(bench_did(b, "ended advisor")); /* it ends once */
}

static void asks_are_journaled_and_an_unused_code_is_shown_only_before_the_agent(void **state)
{
	struct bench *b = *state;

	assert_int_equal(room_viewer_joined(b->room, &bench_viewer), OK);
	room_tell_viewer(b->room);
	assert_non_null(strstr(b->last, "\"code\":\"123456789\""));
	bench_live(b);
	room_tell_viewer(b->room);
	assert_non_null(strstr(b->last, "\"code\":\"\""));
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_ASK, 0, "{\"ask\":1,\"cap\":\"view\"}", 22), OK);
	assert_true(bench_did(b, "journal asked {\"ask\":1,\"cap\":\"view\"}"));
	assert_true(bench_did(b, "agent ASK"));
}

static void a_restored_room_goes_on_with_its_chain_and_its_grants(void **state)
{
	const uint32_t grant[CAP_COUNT] = { [CAP_VIEW] = 4 };
	struct bench *b = *state;
	char head[65];

	memset(head, 'a', 64);
	head[64] = '\0';
	room_restore(b->room, sign_a, 12, head, grant, 5, 4, false);
	assert_int_equal(agent_comes(b, &bench_agent, sign_b), ERR_FORBIDDEN);
	assert_int_equal(agent_comes(b, &bench_agent, sign_a), OK);
	b->n = 12;
	memcpy(b->head, head, 65);
	assert_int_equal(bench_line(b, "\"event\":\"ask\",\"ask\":6,\"cap\":\"control\""), OK);
	bench_stored(b, 12);
	assert_true(bench_did(b, "agent RECEIPT"));
	b->now_ms += WIRE_RESUME_MS; /* no viewer since the restart */
	room_tick(b->room);
	assert_true(bench_did(b, "ended lost"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_grant_opens_only_after_it_was_stored),
		TEST(a_revocation_closes_before_it_is_stored),
		TEST(a_grant_that_was_taken_back_before_it_was_stored_never_opens),
		TEST(an_end_behind_lines_that_are_not_stored_yet_keeps_its_reason),
		TEST(without_evidence_the_session_ends),
		TEST(a_notary_that_is_away_ends_the_session_at_the_next_line),
		TEST(too_many_lines_on_their_way_end_the_session),
		TEST(a_bad_signature_ends_the_session),
		TEST(a_line_that_does_not_continue_the_chain_closes_the_link_and_is_not_stored),
		TEST(a_signed_line_against_the_rules_ends_the_session),
		TEST(a_stale_grant_is_dropped_counted_and_reported),
		TEST(what_a_frame_must_not_be_closes_only_its_link),
		TEST(frames_for_somebody_who_is_not_there_are_dropped),
		TEST(another_agent_is_refused_and_the_same_one_takes_its_seat_back),
		TEST(a_viewer_that_comes_back_is_told_all_lines_again),
		TEST(a_second_page_of_the_advisor_closes_the_first),
		TEST(a_lost_peer_has_sixty_seconds_to_the_millisecond),
		TEST(a_clock_that_is_set_back_ends_nothing),
		TEST(a_session_whose_customer_never_came_ends_after_half_an_hour),
		TEST(the_advisor_ends_at_once_when_there_is_no_agent),
		TEST(an_agent_that_does_not_answer_the_end_has_three_seconds),
		TEST(the_end_is_told_with_its_reason_after_it_was_stored),
		TEST(asks_are_journaled_and_an_unused_code_is_shown_only_before_the_agent),
		TEST(a_restored_room_goes_on_with_its_chain_and_its_grants),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
