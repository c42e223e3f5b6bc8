/* The pause of the recording, with no link: the advisor's, and the one a password makes (S23, S25). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "agent_bench.h"
#include "fake_platform.h"

static size_t pictures(const struct bench *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->tray.count; i++)
		n += b->tray.at[i].kind == KIND_PICTURE;
	return n;
}

static void a_pause_takes_control_and_lets_nobody_ask_for_it(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	bench_give(a, CAP_CONTROL, 2);
	agent_pause(a, "card");
	assert_int_equal(consent_grant_of(a->consent, CAP_CONTROL), 0);
	assert_int_equal(consent_grant_of(a->consent, CAP_VIEW), 1); /* the picture goes on */
	bench_says(a, "\"event\":\"pause\"");
	bench_says(a, "\"who\":\"advisor\",\"why\":\"card\"");
	assert_string_equal(fake.recording, text_of(TEXT_PAUSED_MARK));
	assert_int_equal(agent_on_ask(a, 3, CAP_CONTROL), OK);
	bench_says(a, "\"event\":\"refuse\"");
	bench_says(a, "\"why\":\"pause\"");
	assert_false(a->is_prompt_open);
	assert_int_equal(agent_on_ask(a, 4, CAP_POINT), OK); /* pointing touches nothing */
	assert_true(a->is_prompt_open);
	agent_cancel_prompt(a, "cancelled");
	agent_pause(a, "code"); /* once is enough */
	bench_says(a, "\"event\":\"refuse\"");
}

static void a_control_prompt_that_stands_open_is_closed_by_the_pause(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	assert_int_equal(agent_on_ask(a, 2, CAP_CONTROL), OK);
	agent_pause(a, "code");
	assert_false(a->is_prompt_open);
	agent_on_answer(a, 2, ANSWER_ALLOW); /* a click that was on its way */
	bench_store_all(a);
	assert_int_equal(consent_grant_of(a->consent, CAP_CONTROL), 0);
}

static void a_click_just_before_the_pause_gives_no_control_in_it(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	assert_int_equal(agent_on_ask(a, 2, CAP_CONTROL), OK);
	agent_on_answer(a, 2, ANSWER_ALLOW); /* signed, its receipt has not come */
	agent_pause(a, "code");
	bench_store_all(a);
	assert_int_equal(consent_grant_of(a->consent, CAP_CONTROL), 0);
}

static void the_recording_begins_again_with_a_key_frame_once_it_is_stored(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	fake.boot_ms += 1000;
	view_tick(a->view, fake.boot_ms);
	agent_pause(a, "other");
	bench_store_all(a);
	agent_resume(a);
	bench_says(a, "\"event\":\"resume\"");
	assert_string_equal(fake.recording, text_of(TEXT_RECORDED_MARK));
	tray_clear(&b->tray);
	fake.boot_ms += 1000;
	view_tick(a->view, fake.boot_ms);
	assert_int_equal(pictures(b), 0); /* nothing moved, and the gateway does not record yet */
	bench_store_all(a);
	fake.boot_ms += 1000;
	view_tick(a->view, fake.boot_ms);
	assert_int_equal(pictures(b), 1);
	for (size_t i = 0; i < b->tray.count; i++)
		if (b->tray.at[i].kind == KIND_PICTURE)
			assert_int_equal(b->tray.at[i].bytes[12] & 1, 1);
	assert_int_equal(agent_on_ask(a, 2, CAP_CONTROL), OK);
	assert_true(a->is_prompt_open);
}

static void a_pause_ends_by_itself_after_five_minutes(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	agent_tick_evidence(a, platform_boot_ms());
	agent_pause(a, "card"); /* nothing is recorded: no heads are missed */
	fake.boot_ms += AGENT_PAUSE_MS - 1;
	assert_int_equal(agent_tick_evidence(a, platform_boot_ms()), 0);
	assert_int_equal(agent_tick_pause(a, platform_boot_ms()), platform_boot_ms() + 1);
	assert_true(a->pause.why);
	fake.boot_ms += 1;
	assert_int_equal(agent_tick_pause(a, platform_boot_ms()), 0);
	assert_false(a->pause.why);
	bench_says(a, "\"event\":\"resume\"");
	assert_string_equal(fake.recording, text_of(TEXT_RECORDED_MARK));
	assert_int_equal(agent_tick_evidence(a, platform_boot_ms()), platform_boot_ms() + HEADS_SILENCE_MS);
}

/* ---- a password ---- */

static void wait(struct agent *a, uint64_t ms)
{
	fake.boot_ms += ms;
	agent_tick_pause(a, platform_boot_ms());
}

static void a_password_takes_control_and_stops_the_recording_until_it_is_typed(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	bench_give(a, CAP_CONTROL, 2);
	agent_on_secret(a, true);
	assert_int_equal(consent_grant_of(a->consent, CAP_CONTROL), 0);
	assert_int_equal(consent_grant_of(a->consent, CAP_VIEW), 1);
	bench_says(a, "\"event\":\"pause\"");
	bench_says(a, "\"who\":\"customer\",\"why\":\"password\"");
	assert_string_equal(fake.recording, text_of(TEXT_SECRET_MARK));
	assert_int_equal(agent_on_ask(a, 3, CAP_CONTROL), OK);
	bench_says(a, "\"why\":\"pause\"");
	agent_resume(a); /* not the advisor's to end */
	assert_non_null(a->pause.why);
	agent_on_secret(a, false);
	wait(a, AGENT_SECRET_MS - 1);
	assert_non_null(a->pause.why);
	wait(a, 1);
	assert_null(a->pause.why);
	bench_says(a, "\"event\":\"resume\"");
	assert_string_equal(fake.recording, text_of(TEXT_RECORDED_MARK));
	fake.boot_ms += AGENT_REFUSAL_MS;
	assert_int_equal(agent_on_ask(a, 4, CAP_CONTROL), OK);
	assert_true(a->is_prompt_open);
}

static void from_one_password_to_the_next_the_recording_does_not_flicker(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;
	uint32_t lines;

	agent_on_secret(a, true);
	lines = chain_count(a->chain);
	for (int i = 0; i < 5; i++) {
		agent_on_secret(a, false);
		wait(a, AGENT_SECRET_MS - 1);
		agent_on_secret(a, true);
		wait(a, 2);
	}
	assert_int_equal(chain_count(a->chain), lines);
	assert_non_null(a->pause.why);
}

static void a_password_that_has_the_keyboard_before_the_view_counts_from_the_view_on(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	agent_take_away(a, CONSENT_LIMIT, CAP_VIEW, NULL);
	agent_on_secret(a, true);
	assert_null(a->pause.why);
	bench_give(a, CAP_VIEW, 2);
	bench_says(a, "\"why\":\"password\"");
}

static void each_reason_for_a_pause_has_its_own_end(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	agent_on_secret(a, true); /* the password first, and the advisor's card outlasts it */
	agent_pause(a, "card");
	bench_says(a, "\"why\":\"password\"");
	agent_on_secret(a, false);
	wait(a, AGENT_SECRET_MS);
	bench_says(a, "\"who\":\"advisor\",\"why\":\"card\"");
	assert_string_equal(fake.recording, text_of(TEXT_PAUSED_MARK));
	agent_on_secret(a, true); /* and the other way round */
	bench_says(a, "\"why\":\"card\"");
	agent_resume(a);
	bench_says(a, "\"who\":\"customer\",\"why\":\"password\"");
	agent_on_secret(a, false);
	wait(a, AGENT_SECRET_MS);
	bench_says(a, "\"event\":\"resume\"");
}

/* The field stays masked and nobody can act; the record is not stopped for ever by a page left open. */
static void a_field_left_with_the_keyboard_is_recorded_after_five_minutes_but_nobody_acts(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	agent_on_secret(a, true);
	wait(a, AGENT_PAUSE_MS - 1);
	assert_non_null(a->pause.why);
	wait(a, 1);
	assert_null(a->pause.why);
	agent_on_secret(a, true); /* told again */
	assert_null(a->pause.why);
	assert_int_equal(agent_on_ask(a, 2, CAP_CONTROL), OK);
	bench_says(a, "\"event\":\"refuse\"");
	bench_says(a, "\"why\":\"pause\"");
	agent_on_secret(a, false);
	wait(a, AGENT_SECRET_MS);
	agent_on_secret(a, true); /* another time */
	bench_says(a, "\"why\":\"password\"");
}

static void after_the_end_a_password_says_nothing(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	agent_on_secret(a, true);
	agent_end(a, "customer");
	agent_on_secret(a, false);
	wait(a, AGENT_SECRET_MS);
	bench_says(a, "\"event\":\"end\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pause_takes_control_and_lets_nobody_ask_for_it),
		TEST(a_control_prompt_that_stands_open_is_closed_by_the_pause),
		TEST(a_click_just_before_the_pause_gives_no_control_in_it),
		TEST(the_recording_begins_again_with_a_key_frame_once_it_is_stored),
		TEST(a_pause_ends_by_itself_after_five_minutes),
		TEST(a_password_takes_control_and_stops_the_recording_until_it_is_typed),
		TEST(from_one_password_to_the_next_the_recording_does_not_flicker),
		TEST(a_password_that_has_the_keyboard_before_the_view_counts_from_the_view_on),
		TEST(each_reason_for_a_pause_has_its_own_end),
		TEST(a_field_left_with_the_keyboard_is_recorded_after_five_minutes_but_nobody_acts),
		TEST(after_the_end_a_password_says_nothing),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("agent_pause", tests, NULL, NULL);
}
