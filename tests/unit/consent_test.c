#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/consent.h"

enum { EVERYTHING = CAP_BIT(CAP_VIEW) | CAP_BIT(CAP_POINT) | CAP_BIT(CAP_CONTROL) };

static int setup(void **state)
{
	*state = consent_new(EVERYTHING);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	consent_free(*state);
	return 0;
}

static enum err step(struct consent *c, enum consent_kind kind, enum capability cap, uint32_t ask, uint32_t grant)
{
	const struct consent_event e = { kind, cap, ask, grant };

	return consent_apply(c, &e);
}

static void give(struct consent *c, enum capability cap, uint32_t number)
{
	assert_int_equal(step(c, CONSENT_ASK, cap, number, 0), OK);
	assert_int_equal(step(c, CONSENT_GRANT, cap, number, number), OK);
}

static void nothing_is_granted_before_the_click(void **state)
{
	struct consent *c = *state;

	assert_int_equal(step(c, CONSENT_GRANT, CAP_VIEW, 1, 1), ERR_FORBIDDEN);
	assert_int_equal(step(c, CONSENT_GRANT, CAP_VIEW, 0, 1), ERR_FORBIDDEN);
	assert_int_equal(step(c, CONSENT_ASK, CAP_VIEW, 1, 0), OK);
	assert_int_equal(consent_state(c, CAP_VIEW), CONSENT_ASKED);
	assert_false(consent_allows(c, CAP_VIEW, 0));
	assert_false(consent_allows(c, CAP_VIEW, 1));
	assert_int_equal(step(c, CONSENT_GRANT, CAP_VIEW, 1, 1), OK);
	assert_true(consent_allows(c, CAP_VIEW, 1));
	assert_false(consent_allows(c, CAP_VIEW, 0));
	assert_false(consent_allows(c, CAP_VIEW, 2));
}

static void a_grant_answers_the_pending_ask_with_the_next_number(void **state)
{
	struct consent *c = *state;

	give(c, CAP_VIEW, 1);
	assert_int_equal(step(c, CONSENT_ASK, CAP_CONTROL, 5, 0), OK);
	assert_int_equal(step(c, CONSENT_GRANT, CAP_CONTROL, 4, 2), ERR_FORBIDDEN);
	assert_int_equal(step(c, CONSENT_GRANT, CAP_POINT, 5, 2), ERR_FORBIDDEN);
	assert_int_equal(step(c, CONSENT_GRANT, CAP_CONTROL, 5, 1), ERR_FORBIDDEN);
	assert_int_equal(step(c, CONSENT_GRANT, CAP_CONTROL, 5, 3), ERR_FORBIDDEN);
	assert_int_equal(step(c, CONSENT_GRANT, CAP_CONTROL, 5, 2), OK);
	assert_int_equal(step(c, CONSENT_GRANT, CAP_CONTROL, 5, 3), ERR_FORBIDDEN); /* one click, one grant */
	assert_int_equal(consent_grant_of(c, CAP_CONTROL), 2);
}

static void asks_grow_and_one_prompt_stands_at_a_time(void **state)
{
	struct consent *c = *state;
	enum capability cap;

	assert_int_equal(step(c, CONSENT_ASK, CAP_VIEW, 0, 0), ERR_FORBIDDEN);
	assert_int_equal(step(c, CONSENT_ASK, CAP_VIEW, 7, 0), OK);
	assert_int_equal(consent_pending(c, &cap), 7);
	assert_int_equal(cap, CAP_VIEW);
	assert_string_equal(consent_ask_refusal(c, CAP_VIEW, 8), "busy");
	assert_int_equal(step(c, CONSENT_ASK, CAP_VIEW, 8, 0), ERR_FORBIDDEN);
	assert_int_equal(step(c, CONSENT_REFUSE, CAP_VIEW, 7, 0), OK);
	assert_int_equal(consent_pending(c, &cap), 0);
	assert_int_equal(step(c, CONSENT_ASK, CAP_VIEW, 7, 0), ERR_FORBIDDEN);
	assert_int_equal(step(c, CONSENT_ASK, CAP_VIEW, 8, 0), OK);
}

static void point_and_control_need_view(void **state)
{
	struct consent *c = *state;

	assert_string_equal(consent_ask_refusal(c, CAP_POINT, 1), "ceiling");
	assert_string_equal(consent_ask_refusal(c, CAP_CONTROL, 1), "ceiling");
	give(c, CAP_VIEW, 1);
	assert_null(consent_ask_refusal(c, CAP_POINT, 2));
	assert_string_equal(consent_ask_refusal(c, CAP_VIEW, 2), "busy");
	assert_string_equal(consent_ask_refusal(c, CAP_NONE, 2), "ceiling");
	assert_string_equal(consent_ask_refusal(c, CAP_COUNT, 2), "ceiling");
}

static void losing_view_loses_all_that_stands_on_it(void **state)
{
	static const enum consent_kind how[] = { CONSENT_LIMIT, CONSENT_RELEASE, CONSENT_SUSPEND };
	uint32_t number = 0;

	for (size_t i = 0; i < 3; i++) {
		struct consent *c = *state;
		enum consent_state after = how[i] == CONSENT_SUSPEND ? CONSENT_SUSPENDED : CONSENT_NONE;

		give(c, CAP_VIEW, ++number);
		give(c, CAP_POINT, ++number);
		assert_int_equal(step(c, CONSENT_ASK, CAP_CONTROL, ++number, 0), OK);
		assert_int_equal(step(c, how[i], CAP_VIEW, 0, 0), OK);
		assert_int_equal(consent_state(c, CAP_VIEW), after);
		assert_int_equal(consent_state(c, CAP_POINT), after);
		assert_int_equal(consent_state(c, CAP_CONTROL), CONSENT_NONE);
		assert_int_equal(step(c, CONSENT_GRANT, CAP_CONTROL, number, number), ERR_FORBIDDEN);
		consent_free(c);
		number = 0;
		*state = consent_new(EVERYTHING);
	}
}

static void what_was_suspended_needs_a_new_ask_and_a_new_click(void **state)
{
	struct consent *c = *state;

	give(c, CAP_VIEW, 1);
	give(c, CAP_CONTROL, 2);
	assert_int_equal(step(c, CONSENT_SUSPEND, CAP_CONTROL, 0, 2), OK);
	assert_int_equal(consent_state(c, CAP_CONTROL), CONSENT_SUSPENDED);
	assert_false(consent_allows(c, CAP_CONTROL, 2));
	assert_true(consent_allows(c, CAP_VIEW, 1));
	assert_int_equal(step(c, CONSENT_GRANT, CAP_CONTROL, 2, 3), ERR_FORBIDDEN);
	give(c, CAP_CONTROL, 3);
	assert_true(consent_allows(c, CAP_CONTROL, 3));
	assert_false(consent_allows(c, CAP_CONTROL, 2));
}

static void taking_away_always_succeeds_also_twice(void **state)
{
	struct consent *c = *state;

	for (enum capability cap = CAP_VIEW; cap < CAP_COUNT; cap++)
		for (int i = 0; i < 2; i++) {
			assert_int_equal(step(c, CONSENT_LIMIT, cap, 0, 9), OK);
			assert_int_equal(step(c, CONSENT_RELEASE, cap, 0, 9), OK);
			assert_int_equal(step(c, CONSENT_SUSPEND, cap, 0, 9), OK);
			assert_int_equal(consent_state(c, cap), CONSENT_NONE);
		}
	assert_int_equal(step(c, CONSENT_LIMIT, CAP_NONE, 0, 0), ERR_FORBIDDEN);
	assert_int_equal(step(c, CONSENT_SUSPEND, CAP_NONE, 0, 0), ERR_FORBIDDEN);
}

static void a_refusal_of_an_older_ask_does_not_close_the_prompt(void **state)
{
	struct consent *c = *state;

	assert_int_equal(step(c, CONSENT_ASK, CAP_VIEW, 3, 0), OK);
	assert_int_equal(step(c, CONSENT_REFUSE, CAP_VIEW, 2, 0), OK);
	assert_int_equal(consent_state(c, CAP_VIEW), CONSENT_ASKED);
}

static void after_the_end_only_counts_are_written_and_nothing_comes_back(void **state)
{
	struct consent *c = *state;

	give(c, CAP_VIEW, 1);
	assert_int_equal(step(c, CONSENT_END, CAP_NONE, 0, 0), OK);
	assert_true(consent_is_ended(c));
	assert_false(consent_allows(c, CAP_VIEW, 1));
	assert_false(consent_allows(c, CAP_NONE, 0));
	for (enum consent_kind k = 0; k < CONSENT_KIND_COUNT; k++)
		for (enum capability cap = CAP_NONE; cap < CAP_COUNT; cap++) {
			assert_int_equal(step(c, k, cap, 2, 2), k == CONSENT_COUNTS ? OK : ERR_FORBIDDEN);
			assert_int_equal(consent_grant_of(c, cap), 0);
		}
	assert_string_equal(consent_ask_refusal(c, CAP_VIEW, 9), "busy");
}

static void a_restored_record_goes_on_with_its_numbers(void **state)
{
	struct consent *c = *state;
	const uint32_t grant[CAP_COUNT] = { [CAP_VIEW] = 4 };

	consent_restore(c, grant, 9, 6, false);
	assert_true(consent_allows(c, CAP_VIEW, 4));
	assert_int_equal(consent_next_grant(c), 7);
	assert_string_equal(consent_ask_refusal(c, CAP_CONTROL, 9), "busy");
	assert_int_equal(step(c, CONSENT_ASK, CAP_CONTROL, 10, 0), OK);
	assert_int_equal(step(c, CONSENT_GRANT, CAP_CONTROL, 10, 7), OK);
	consent_restore(c, grant, 9, 6, true);
	assert_false(consent_allows(c, CAP_VIEW, 4));
	assert_int_equal(consent_grant_of(c, CAP_VIEW), 0);
}

static void words_and_numbers_of_the_tables_agree(void **state)
{
	enum consent_kind k;

	(void)state;
	for (enum consent_kind i = 0; i < CONSENT_KIND_COUNT; i++) {
		assert_true(consent_kind_of(consent_word(i), &k));
		assert_int_equal(k, i);
	}
	assert_false(consent_kind_of("Grant", &k));
	assert_false(consent_kind_of("", &k));
	assert_false(consent_kind_of(NULL, &k));
	for (enum capability cap = CAP_VIEW; cap < CAP_COUNT; cap++)
		assert_int_equal(capability_of(capability_name(cap)), cap);
	assert_int_equal(capability_of("none"), CAP_NONE);
	assert_int_equal(capability_of("View"), CAP_NONE);
	assert_int_equal(capability_of(NULL), CAP_NONE);
	assert_string_equal(capability_name(CAP_COUNT), "none");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void nobody_acts_in_a_pause(void **state)
{
	struct consent *c = *state;

	assert_int_equal(step(c, CONSENT_RESUME, CAP_NONE, 0, 0), ERR_FORBIDDEN);
	give(c, CAP_VIEW, 1);
	give(c, CAP_CONTROL, 2);
	assert_int_equal(step(c, CONSENT_PAUSE, CAP_NONE, 0, 0), OK);
	assert_false(consent_allows(c, CAP_CONTROL, 2));
	assert_true(consent_allows(c, CAP_VIEW, 1));
	assert_int_equal(step(c, CONSENT_PAUSE, CAP_NONE, 0, 0), ERR_FORBIDDEN);
	give(c, CAP_POINT, 3);
	assert_int_equal(step(c, CONSENT_ASK, CAP_CONTROL, 4, 0), OK);
	assert_int_equal(step(c, CONSENT_GRANT, CAP_CONTROL, 4, 4), ERR_FORBIDDEN);
	assert_int_equal(step(c, CONSENT_RESUME, CAP_NONE, 0, 0), OK);
	assert_int_equal(step(c, CONSENT_GRANT, CAP_CONTROL, 4, 4), OK);
}

static void a_number_is_typed_only_while_nobody_may_act(void **state)
{
	struct consent *c = *state;

	give(c, CAP_VIEW, 1);
	assert_int_equal(step(c, CONSENT_TYPED, CAP_NONE, 0, 0), OK);
	give(c, CAP_CONTROL, 2);
	assert_int_equal(step(c, CONSENT_TYPED, CAP_NONE, 0, 0), ERR_FORBIDDEN);
	assert_int_equal(step(c, CONSENT_SUSPEND, CAP_CONTROL, 0, 2), OK);
	assert_int_equal(step(c, CONSENT_TYPED, CAP_NONE, 0, 0), OK);
	assert_int_equal(step(c, CONSENT_END, CAP_NONE, 0, 0), OK);
	assert_int_equal(step(c, CONSENT_TYPED, CAP_NONE, 0, 0), ERR_FORBIDDEN);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_granted_before_the_click),
		TEST(nobody_acts_in_a_pause),
		TEST(a_number_is_typed_only_while_nobody_may_act),
		TEST(a_grant_answers_the_pending_ask_with_the_next_number),
		TEST(asks_grow_and_one_prompt_stands_at_a_time),
		TEST(point_and_control_need_view),
		TEST(losing_view_loses_all_that_stands_on_it),
		TEST(what_was_suspended_needs_a_new_ask_and_a_new_click),
		TEST(taking_away_always_succeeds_also_twice),
		TEST(a_refusal_of_an_older_ask_does_not_close_the_prompt),
		TEST(after_the_end_only_counts_are_written_and_nothing_comes_back),
		TEST(a_restored_record_goes_on_with_its_numbers),
		TEST(words_and_numbers_of_the_tables_agree),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("consent", tests, NULL, NULL);
}
