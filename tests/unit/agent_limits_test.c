/* What the customer's own program keeps back or takes away by itself: Suppr (S24), control after its time (S17). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "agent_bench.h"
#include "common/bytes.h"
#include "common/gate.h"

enum { CONTROL = 2 }; /* the grant's number */

static int setup(void **state)
{
	if (bench_setup(state))
		return -1;
	bench_give(&((struct bench *)*state)->agent, CAP_CONTROL, CONTROL);
	fake_forget();
	return 0;
}

static void press(struct agent *a, uint16_t key, uint8_t modifiers)
{
	uint8_t p[4] = { 0, 0, modifiers, 1 };

	put_u16(p, key);
	assert_int_equal(hands_act(a->hands, KIND_KEY, CONTROL, p, sizeof(p)), OK);
}

static void suppr(struct agent *a)
{
	press(a, 0x104, 0);
}

static bool is_pressed(void)
{
	return strstr(fake.log, "key 104") != NULL;
}

static uint32_t refused(struct agent *a)
{
	struct hands_counts n;

	hands_take_counts(a->hands, &n);
	return n.refused;
}

static void suppr_is_held_back_and_the_customer_reads_a_question(void **state)
{
	for (uint8_t modifiers = 0; modifiers < 16; modifiers++) {
		struct agent *a;
		char words[32];

		if (modifiers) {
			bench_teardown(state);
			assert_int_equal(setup(state), 0);
		}
		a = &((struct bench *)*state)->agent;
		press(a, 0x104, modifiers);
		assert_false(is_pressed());
		assert_true(a->is_prompt_open);
		assert_non_null(strstr(fake.log, "prompt 0\n"));
		assert_non_null(strstr(fake.prompt, "Claire Martin"));
		bench_says(a, "\"event\":\"delete\"");
		bench_says(a, "\"step\":\"asked\"");
		snprintf(words, sizeof(words), "\"modifiers\":%u", modifiers);
		bench_says(a, words);
		bench_says(a, "\"text\":\"Claire Martin");
		bench_store_all(a);
		assert_false(is_pressed());
	}
}

static void other_keys_ask_nothing(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	press(a, 0x102, 0); /* Backspace corrects what was typed; in a file manager it leads up or does nothing */
	press(a, 0x102, 2);
	press(a, 0x105, 1);
	assert_false(a->is_prompt_open);
	assert_string_equal(fake.log, "key 102 0\nkey 102 2\nkey 105 1\n");
}

static void the_key_is_pressed_once_and_only_when_the_answer_is_stored(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	press(a, 0x104, 1);
	agent_on_delete_answer(a, ANSWER_ALLOW);
	bench_says(a, "\"step\":\"allowed\"");
	assert_false(a->is_prompt_open);
	assert_false(is_pressed());
	press(a, 0x100, 0); /* nothing of the advisor's comes between the answer and the key */
	assert_null(strstr(fake.log, "key 100"));
	bench_store_all(a);
	assert_non_null(strstr(fake.log, "key 104 1\n"));
	fake_forget();
	bench_store_all(a);
	agent_on_delete_answer(a, ANSWER_ALLOW);
	agent_tick_delete(a, platform_boot_ms());
	assert_false(is_pressed());
	press(a, 0x100, 0);
	assert_non_null(strstr(fake.log, "key 100"));
	suppr(a); /* the next one is a question of its own */
	bench_says(a, "\"number\":2");
	assert_false(is_pressed());
}

static void a_key_that_is_held_asks_once(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;
	uint32_t before;

	suppr(a);
	before = chain_count(a->chain);
	for (int i = 0; i < 50; i++)
		suppr(a);
	assert_int_equal(chain_count(a->chain), before);
	assert_int_equal(refused(a), 50);
}

static void whatever_is_no_click_on_allow_deletes_nothing(void **state)
{
	static const struct {
		enum platform_answer answer;
		const char *why;
	} noes[] = { { ANSWER_REFUSE, "\"why\":\"click\"" }, { ANSWER_CLOSED, "\"why\":\"closed\"" },
		{ ANSWER_SILENCE, "\"why\":\"silence\"" } };

	for (size_t i = 0; i < 3; i++) {
		struct agent *a = &((struct bench *)*state)->agent;

		suppr(a);
		agent_on_delete_answer(a, noes[i].answer);
		bench_says(a, "\"step\":\"refused\"");
		bench_says(a, noes[i].why);
		bench_store_all(a);
		assert_false(is_pressed());
		assert_int_equal(consent_grant_of(a->consent, CAP_CONTROL), CONTROL); /* only this was refused */
		suppr(a); /* for five seconds he is left in peace */
		assert_false(a->is_prompt_open);
		press(a, 0x100, 0);
		assert_non_null(strstr(fake.log, "key 100"));
		fake.boot_ms += AGENT_ASK_PAUSE_MS;
		suppr(a);
		assert_true(a->is_prompt_open);
		agent_cancel_prompt(a, "cancelled");
		fake_forget();
	}
}

typedef void ending_fn(struct agent *a);

static void by_limit(struct agent *a) { agent_take_away(a, CONSENT_LIMIT, CAP_CONTROL, NULL); }
static void by_view(struct agent *a) { agent_take_away(a, CONSENT_LIMIT, CAP_VIEW, NULL); }
static void by_pause(struct agent *a) { agent_pause(a, "card"); }
static void by_loss(struct agent *a) { agent_cancel_prompt(a, "lost"); }
static void by_end(struct agent *a) { agent_end(a, "customer"); }

/* Before the answer, and between the answer and its receipt. */
static void with_control_goes_the_question_and_the_answer(void **state)
{
	static ending_fn *const endings[] = { by_limit, by_view, by_pause, by_loss, by_end };

	for (size_t i = 0; i < 2 * sizeof(endings) / sizeof(endings[0]); i++) {
		struct agent *a;

		if (i) {
			bench_teardown(state);
			assert_int_equal(setup(state), 0);
		}
		a = &((struct bench *)*state)->agent;
		suppr(a);
		if (i % 2)
			agent_on_delete_answer(a, ANSWER_ALLOW);
		endings[i / 2](a);
		assert_false(a->is_prompt_open);
		agent_on_delete_answer(a, ANSWER_ALLOW); /* a click that was on its way */
		bench_store_all(a);
		agent_tick_delete(a, platform_boot_ms());
		assert_false(is_pressed());
	}
}

static void the_focus_is_waited_for_and_given_up(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	for (int comes_back = 1; comes_back >= 0; comes_back--) {
		suppr(a);
		agent_on_delete_answer(a, ANSWER_ALLOW);
		fake.is_focus_ours = true;
		bench_store_all(a);
		assert_false(is_pressed());
		fake.boot_ms += AGENT_DELETE_FOCUS_MS - (unsigned)comes_back;
		fake.is_focus_ours = !comes_back;
		agent_tick_delete(a, platform_boot_ms());
		assert_int_equal(is_pressed(), comes_back);
		fake.is_focus_ours = false;
		agent_tick_delete(a, platform_boot_ms());
		assert_int_equal(is_pressed(), comes_back);
		fake_forget();
	}
	bench_says(a, "\"why\":\"focus\"");
}

static void two_questions_never_stand_at_once(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	suppr(a);
	assert_int_equal(agent_on_ask(a, 3, CAP_POINT), OK);
	bench_says(a, "\"why\":\"busy\"");
	agent_on_answer(a, 0, ANSWER_ALLOW);
	agent_on_answer(a, 3, ANSWER_ALLOW);
	assert_int_equal(consent_grant_of(a->consent, CAP_POINT), 0);
	agent_on_delete_answer(a, ANSWER_REFUSE);
	fake.boot_ms += AGENT_ASK_PAUSE_MS;
	assert_int_equal(agent_on_ask(a, 4, CAP_POINT), OK);
	assert_true(a->is_prompt_open);
	suppr(a);
	assert_int_equal(a->del.state, DELETE_NONE);
	assert_true(a->is_prompt_open);
}

static void without_anybody_to_ask_suppr_is_refused(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	hands_on_delete(a->hands, NULL, NULL);
	suppr(a);
	assert_string_equal(fake.log, "");
	assert_int_equal(refused(a), 1);
}

static void control_is_over_after_fifteen_minutes_and_needs_a_new_click(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;
	uint64_t begun = platform_boot_ms();

	fake.boot_ms += 900000 - 1;
	assert_int_equal(agent_tick_control(a, platform_boot_ms()), begun + 900000);
	assert_true(consent_allows(a->consent, CAP_CONTROL, CONTROL));
	fake.boot_ms += 1;
	assert_int_equal(agent_tick_control(a, platform_boot_ms()), 0);
	assert_false(consent_allows(a->consent, CAP_CONTROL, CONTROL));
	assert_true(consent_allows(a->consent, CAP_VIEW, 1)); /* seeing goes on */
	bench_says(a, "\"event\":\"suspend\"");
	bench_says(a, "\"cap\":\"control\"");
	bench_says(a, "\"why\":\"expired\"");
	assert_string_equal(fake.control, text_of(TEXT_CAP_CONTROL_EXPIRED));
	fake_forget();
	press(a, 0x100, 0);
	assert_null(strstr(fake.log, "key"));
	assert_int_equal(agent_on_ask(a, 3, CAP_CONTROL), OK);
	agent_on_answer(a, 3, ANSWER_ALLOW);
	bench_store_all(a);
	assert_true(consent_allows(a->consent, CAP_CONTROL, 3));
	assert_string_equal(fake.control, text_of(TEXT_CAP_CONTROL_ON));
	assert_int_equal(agent_tick_control(a, platform_boot_ms()), platform_boot_ms() + 900000);
}

static void a_control_that_was_taken_back_runs_no_clock(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	agent_take_away(a, CONSENT_LIMIT, CAP_CONTROL, NULL);
	assert_int_equal(agent_tick_control(a, platform_boot_ms()), 0);
	fake.boot_ms += 900000;
	assert_int_equal(agent_tick_control(a, platform_boot_ms()), 0);
	bench_says(a, "\"event\":\"limit\"");
}

/* S17: no receipt comes, so the gateway hangs; each limit is one call and takes effect in it. */
static void each_limit_counts_at_once_though_the_gateway_is_frozen(void **state)
{
	static const enum capability taken[] = { CAP_CONTROL, CAP_VIEW };

	for (size_t i = 0; i < 2; i++) {
		struct agent *a = &((struct bench *)*state)->agent;

		agent_take_away(a, CONSENT_LIMIT, taken[i], NULL);
		assert_non_null(chain_unstored(a->chain));
		fake_forget();
		press(a, 0x100, 0);
		view_tick(a->view, platform_boot_ms() + 1000);
		assert_null(strstr(fake.log, "key"));
		assert_false(consent_allows(a->consent, CAP_CONTROL, CONTROL));
		assert_int_equal(consent_allows(a->consent, CAP_VIEW, 1), taken[i] == CAP_CONTROL);
		assert_int_equal(strcmp(fake.control, text_of(TEXT_CAP_CONTROL_OFF)), 0);
	}
}

static void by_advisor(struct agent *a) { agent_end(a, "advisor"); }
static void by_panic(struct agent *a) { agent_end(a, "panic"); }
static void by_evidence(struct agent *a) { agent_end(a, "evidence"); }

static void by_silence(struct agent *a)
{
	fake.boot_ms += HEADS_SILENCE_MS;
	agent_schedule(a);
	fake.boot_ms += HEADS_SILENCE_MS;
	agent_schedule(a);
}

static void mouse(struct agent *a, uint8_t action, uint8_t button)
{
	uint8_t p[14] = { action, button };

	assert_int_equal(hands_act(a->hands, KIND_MOUSE, CONTROL, p, sizeof(p)), OK);
}

static size_t pictures(const struct bench *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->tray.count; i++)
		n += b->tray.at[i].kind == KIND_PICTURE || b->tray.at[i].kind == KIND_CURSOR;
	return n;
}

/* S31 on the customer's computer, the gateway frozen: no receipt ever comes. */
static void after_a_thousand_ends_nothing_is_captured_done_or_held(void **state)
{
	static ending_fn *const ways[] = { by_end, by_advisor, by_panic, by_evidence, by_silence };
	const struct platform_rect all = { 0, 0, FAKE_WIDTH, FAKE_HEIGHT };

	for (unsigned i = 0; i < 1000; i++) {
		struct bench *b = *state;
		struct agent *a = &b->agent;
		unsigned captures;

		agent_tick_evidence(a, platform_boot_ms());
		mouse(a, MOUSE_PRESS, 1);
		if (i % 3 == 1)
			suppr(a);
		else if (i % 3 == 2)
			press(a, 'a', 2);
		view_on_damage(a->view, &all, 1);
		fake.boot_ms += i % 97;
		view_tick(a->view, platform_boot_ms());
		fake_forget();
		ways[i % (sizeof(ways) / sizeof(ways[0]))](a);
		assert_true(a->is_over);
		assert_non_null(strstr(fake.log, "release\n")); /* the button, whatever the advisor held */
		assert_non_null(strstr(fake.log, "capture stop"));
		captures = fake.captures;
		tray_clear(&b->tray);
		fake_forget();
		view_on_damage(a->view, &all, 1);
		mouse(a, MOUSE_MOVE, 0);
		press(a, 0x100, 0);
		suppr(a);
		agent_on_delete_answer(a, ANSWER_ALLOW);
		fake.boot_ms += 1000;
		agent_schedule(a);
		assert_int_equal(fake.captures, captures);
		assert_int_equal(pictures(b), 0);
		assert_null(strstr(fake.log, "mouse"));
		assert_null(strstr(fake.log, "key"));
		assert_null(strstr(fake.log, "prompt 0"));
		bench_teardown(state);
		assert_int_equal(setup(state), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(suppr_is_held_back_and_the_customer_reads_a_question),
		TEST(other_keys_ask_nothing),
		TEST(the_key_is_pressed_once_and_only_when_the_answer_is_stored),
		TEST(a_key_that_is_held_asks_once),
		TEST(whatever_is_no_click_on_allow_deletes_nothing),
		TEST(with_control_goes_the_question_and_the_answer),
		TEST(the_focus_is_waited_for_and_given_up),
		TEST(two_questions_never_stand_at_once),
		TEST(without_anybody_to_ask_suppr_is_refused),
		TEST(control_is_over_after_fifteen_minutes_and_needs_a_new_click),
		TEST(a_control_that_was_taken_back_runs_no_clock),
		TEST(after_a_thousand_ends_nothing_is_captured_done_or_held),
		TEST(each_limit_counts_at_once_though_the_gateway_is_frozen),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("agent_limits", tests, NULL, NULL);
}
