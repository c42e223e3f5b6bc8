/* The recording in a room: when it runs, what it holds, and that without it nobody acts (S26). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/gate.h"
#include "room_bench.h"

static enum err picture(struct bench *b, uint32_t grant)
{
	return bench_frame(b, &bench_agent, KIND_PICTURE, grant, NULL, 100);
}

static void tick(struct bench *b, uint64_t ms)
{
	b->now_ms += ms;
	room_tick(b->room);
}

static void it_begins_with_the_first_grant_of_the_view_that_is_stored(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(bench_frame(b, &bench_agent, KIND_NOTICE, 0, NULL, 20), OK);
	tick(b, 2000);
	assert_int_equal(b->chunk.n, 0);
	assert_int_equal(bench_line(b, "\"event\":\"ask\",\"ask\":1,\"cap\":\"view\""), OK);
	bench_stored(b, b->n - 1);
	assert_int_equal(bench_line(b, "\"event\":\"grant\",\"ask\":1,\"cap\":\"view\",\"grant\":1"), OK);
	tick(b, 2000);
	assert_int_equal(b->chunk.n, 0); /* signed, but not stored */
	bench_stored(b, b->n - 1);
	assert_int_equal(picture(b, 1), OK);
	assert_int_equal(bench_frame(b, &bench_agent, KIND_CURSOR, 1, NULL, 17), OK);
	assert_int_equal(bench_frame(b, &bench_agent, KIND_NOTICE, 0, NULL, 20), OK);
	tick(b, 1600);
	assert_int_equal(b->chunk.n, 1);
	assert_int_equal(b->chunk.frames, 3);
	assert_int_equal(b->chunk.from_ms, b->now_ms - 1600);
	assert_int_equal(b->chunk.to_ms, b->now_ms);
}

static void it_holds_what_the_viewer_is_not_there_to_see(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	assert_int_equal(picture(b, 1), OK);
	assert_int_equal(picture(b, 2), OK); /* a stale grant is dropped here as well */
	tick(b, 1600);
	assert_int_equal(b->chunk.frames, 1);
}

/* Its last chunk ends behind the line that takes the view away, so no right is in force outside of it. */
static void it_ends_when_the_line_that_takes_the_view_is_stored(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	assert_int_equal(picture(b, 1), OK);
	b->now_ms += 300;
	assert_int_equal(bench_line(b, "\"event\":\"limit\",\"cap\":\"view\",\"grant\":1"), OK);
	assert_int_equal(picture(b, 1), OK);
	assert_int_equal(b->chunk.n, 0);
	b->now_ms += 40;
	bench_stored(b, b->n - 1);
	assert_int_equal(b->chunk.n, 1);
	assert_int_equal(b->chunk.frames, 1);
	assert_int_equal(b->chunk.to_ms, b->now_ms);
	room_on_chunk(b->room, 1, true);
	tick(b, 60000);
	assert_int_equal(b->chunk.n, 1);
	bench_give(b, "view", 2, 2);
	assert_int_equal(picture(b, 2), OK);
	tick(b, 1600);
	assert_int_equal(b->chunk.n, 2);
}

/* A line that is stored meanwhile cuts nothing short. */
static void a_right_that_is_taken_is_covered_until_its_own_line_is_stored(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	assert_int_equal(bench_line(b, "\"event\":\"counts\""), OK);
	assert_int_equal(bench_line(b, "\"event\":\"end\",\"why\":\"customer\""), OK);
	b->now_ms += 3;
	bench_stored(b, b->n - 2);
	assert_int_equal(b->chunk.n, 0);
	b->now_ms += 4;
	bench_stored(b, b->n - 1);
	assert_int_equal(b->chunk.to_ms, b->now_ms);
}

static void the_last_chunk_goes_before_the_end(void **state)
{
	struct bench *b = *state;
	const char *chunk, *end;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	assert_int_equal(picture(b, 1), OK);
	b->now_ms += 300;
	assert_int_equal(bench_line(b, "\"event\":\"end\",\"why\":\"customer\""), OK);
	bench_forget(b);
	bench_stored(b, b->n - 1);
	chunk = strstr(b->log, "chunk 1 frames 1\n");
	end = strstr(b->log, "ended customer\n");
	assert_non_null(chunk);
	assert_non_null(end);
	assert_true(chunk < end);
	room_on_chunk(b->room, 1, false); /* too late to matter to anybody */
}

static void nothing_that_follows_a_pause_is_kept_until_it_is_over(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	bench_give(b, "control", 2, 2);
	assert_int_equal(picture(b, 1), OK);
	b->now_ms += 100;
	assert_int_equal(bench_line(b, "\"event\":\"pause\",\"who\":\"advisor\",\"why\":\"card\""), OK);
	bench_forget(b);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_MOUSE, 2, NULL, 30), OK);
	assert_false(bench_did(b, "agent MOUSE")); /* at once, whatever the agent says */
	assert_int_equal(picture(b, 1), OK);
	assert_true(bench_did(b, "viewer PICTURE")); /* it goes on for the viewer */
	bench_stored(b, b->n - 1);
	assert_int_equal(b->chunk.n, 1);
	assert_int_equal(b->chunk.frames, 1);
	room_on_chunk(b->room, 1, true);
	assert_int_equal(picture(b, 1), OK);
	tick(b, 20000);
	assert_int_equal(b->chunk.n, 1);
	assert_int_equal(bench_line(b, "\"event\":\"resume\""), OK);
	assert_int_equal(picture(b, 1), OK); /* signed, but not stored */
	bench_stored(b, b->n - 1);
	assert_int_equal(picture(b, 1), OK);
	tick(b, 1600);
	assert_int_equal(b->chunk.n, 2);
	assert_int_equal(b->chunk.frames, 1);
	assert_int_equal(b->chunk.from_ms, b->now_ms - 1600);
}

static void a_pause_on_its_way_outlives_an_older_resumption(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	assert_int_equal(bench_line(b, "\"event\":\"pause\",\"who\":\"advisor\",\"why\":\"card\""), OK);
	assert_int_equal(bench_line(b, "\"event\":\"resume\""), OK);
	assert_int_equal(bench_line(b, "\"event\":\"pause\",\"who\":\"advisor\",\"why\":\"code\""), OK);
	for (uint32_t n = b->n - 3; n < b->n; n++) {
		bench_stored(b, n);
		assert_int_equal(picture(b, 1), OK);
	}
	tick(b, 30000);
	assert_int_equal(b->chunk.frames, 0);
}

static void no_control_is_granted_in_a_pause(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	assert_int_equal(bench_line(b, "\"event\":\"pause\",\"who\":\"advisor\",\"why\":\"card\""), OK);
	bench_stored(b, b->n - 1);
	assert_int_equal(bench_line(b, "\"event\":\"ask\",\"ask\":2,\"cap\":\"control\""), OK);
	bench_stored(b, b->n - 1);
	bench_forget(b);
	assert_int_equal(bench_line(b, "\"event\":\"grant\",\"ask\":2,\"cap\":\"control\",\"grant\":2"), OK);
	assert_true(bench_did(b, "ended gateway"));
	assert_null(strstr(b->log, "store "));
}

static void a_chunk_that_is_refused_ends_the_session_at_once(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	bench_give(b, "control", 2, 2);
	tick(b, 10000);
	assert_int_equal(b->chunk.n, 1);
	bench_forget(b);
	room_on_chunk(b->room, 1, false);
	assert_true(bench_did(b, "ended evidence"));
	assert_true(bench_did(b, "close agent evidence"));
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_MOUSE, 2, NULL, 30), ERR_FORBIDDEN);
	assert_false(bench_did(b, "agent MOUSE"));
}

static void a_chunk_without_an_answer_ends_it_after_five_seconds(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	assert_int_equal(picture(b, 1), OK);
	for (int i = 0; i < 7; i++) {
		assert_false(bench_did(b, "ended evidence"));
		tick(b, 1000);
	}
	tick(b, 1000);
	assert_true(bench_did(b, "ended evidence"));
}

static void a_chunk_that_cannot_be_sent_ends_it(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	assert_int_equal(picture(b, 1), OK);
	b->is_notary_away = true;
	tick(b, 1600);
	assert_true(bench_did(b, "ended evidence"));
}

static void a_notary_that_goes_away_ends_only_what_is_recorded(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	room_notary_away(b->room);
	assert_false(bench_did(b, "ended evidence"));
	bench_give(b, "view", 1, 1);
	room_notary_away(b->room);
	assert_true(bench_did(b, "ended evidence"));
}

static void a_gateway_that_stops_hands_out_what_it_has_and_ends_nothing(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	assert_int_equal(picture(b, 1), OK);
	b->now_ms += 200;
	bench_forget(b);
	room_flush(b->room);
	assert_true(bench_did(b, "chunk 1 frames 1"));
	assert_false(bench_did(b, "ended evidence"));
	room_notary_away(b->room);
	assert_false(bench_did(b, "ended evidence"));
}

static void a_slow_notary_holds_the_agent_and_drops_nothing(void **state)
{
	struct bench *b = *state;
	uint32_t frames = 0, stored = 0, kept = 0;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	while (!bench_did(b, "hold agent")) {
		uint32_t before = b->chunk.n;
		bench_forget(b);
		assert_int_equal(bench_frame(b, &bench_agent, KIND_PICTURE, 1, NULL, 60000), OK);
		frames++;
		kept += b->chunk.n > before ? b->chunk.frames : 0;
	}
	assert_int_equal(kept, frames);
	bench_forget(b);
	while (!bench_did(b, "release agent") && stored < b->chunk.n)
		room_on_chunk(b->room, ++stored, true);
	assert_true(bench_did(b, "release agent"));
	assert_true(stored < b->chunk.n);
}

static void a_counter_that_does_not_grow_closes_the_agents_link_only(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	assert_int_equal(picture(b, 1), OK);
	b->seq--;
	assert_int_equal(picture(b, 1), ERR_MALFORMED);
	assert_false(bench_did(b, "ended evidence"));
}

static void a_restored_room_records_behind_what_is_stored(void **state)
{
	static const char head[] = "1111111111111111111111111111111111111111111111111111111111111111";
	const uint32_t grant[CAP_COUNT] = { [CAP_VIEW] = 1 };
	struct bench *b = *state;

	room_restore(b->room, "", 3, head, grant, 1, 1, false);
	room_restore_recording(b->room, 7, b->now_ms + 500, 90, false);
	tick(b, 11000);
	assert_int_equal(b->chunk.n, 8);
	assert_int_equal(b->chunk.from_ms, b->now_ms - 11000 + 500);
}

static void a_room_restored_in_a_pause_waits_for_its_end(void **state)
{
	static const char head[] = "1111111111111111111111111111111111111111111111111111111111111111";
	const uint32_t grant[CAP_COUNT] = { [CAP_VIEW] = 1 };
	struct bench *b = *state;

	room_restore(b->room, "", 3, head, grant, 1, 1, false);
	room_restore_recording(b->room, 7, b->now_ms, 90, true);
	tick(b, 11000);
	assert_int_equal(b->chunk.n, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(it_begins_with_the_first_grant_of_the_view_that_is_stored),
		TEST(it_holds_what_the_viewer_is_not_there_to_see),
		TEST(it_ends_when_the_line_that_takes_the_view_is_stored),
		TEST(a_right_that_is_taken_is_covered_until_its_own_line_is_stored),
		TEST(the_last_chunk_goes_before_the_end),
		TEST(nothing_that_follows_a_pause_is_kept_until_it_is_over),
		TEST(a_pause_on_its_way_outlives_an_older_resumption),
		TEST(no_control_is_granted_in_a_pause),
		TEST(a_chunk_that_is_refused_ends_the_session_at_once),
		TEST(a_chunk_without_an_answer_ends_it_after_five_seconds),
		TEST(a_chunk_that_cannot_be_sent_ends_it),
		TEST(a_notary_that_goes_away_ends_only_what_is_recorded),
		TEST(a_gateway_that_stops_hands_out_what_it_has_and_ends_nothing),
		TEST(a_slow_notary_holds_the_agent_and_drops_nothing),
		TEST(a_counter_that_does_not_grow_closes_the_agents_link_only),
		TEST(a_restored_room_records_behind_what_is_stored),
		TEST(a_room_restored_in_a_pause_waits_for_its_end),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("room_recording", tests, NULL, NULL);
}
