/* One window instead of the whole screen (S17, S23): less at any time, more only by a new question. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "agent_bench.h"
#include "fake_platform.h"

static void less_is_shown_at_once_and_the_line_says_which(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	fake_forget();
	agent_on_scope(a);
	assert_non_null(strstr(fake.log, "choose "));
	agent_on_chosen(a, NULL); /* he thought better of it */
	assert_string_equal(a->scope, "");
	agent_on_chosen(a, "Relev\xc3\xa9 de compte");
	bench_says(a, "\"event\":\"scope\"");
	bench_says(a, "\"title\":\"Relev\xc3\xa9 de compte\",");
	bench_says(a, "\"what\":\"window\"");
	assert_int_equal(consent_grant_of(a->consent, CAP_VIEW), 1); /* the right stands, for less */
}

static void a_title_is_another_programs_and_is_cleaned(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;
	char endless[5000];

	agent_on_chosen(a, "a\xe2\x80\xae\nb\x01" "c");
	assert_true(file_name_is_clean(a->scope));
	assert_null(strpbrk(bench_last(a), "\n\x01"));
	memset(endless, 'x', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	agent_on_chosen(a, endless);
	assert_int_equal(strlen(a->scope), FILE_NAME_MAX);
	agent_on_chosen(a, "");
	assert_true(a->scope[0]);
	assert_false(a->is_over);
}

static void everything_is_shown_again_only_after_a_new_question(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;
	const char *all, *hidden;

	bench_give(a, CAP_CONTROL, 2);
	agent_on_chosen(a, "Carnet");
	fake_forget();
	agent_on_scope(a);
	assert_int_equal(consent_grant_of(a->consent, CAP_VIEW), 0);
	assert_int_equal(consent_grant_of(a->consent, CAP_CONTROL), 0);
	bench_says(a, "\"what\":\"screen\"");
	all = strstr(fake.log, "show all");
	hidden = strstr(fake.log, "capture stop");
	assert_true(hidden && all && hidden < all); /* never a picture of everything in between */
	fake.boot_ms += AGENT_REFUSAL_MS;
	assert_int_equal(agent_on_ask(a, 3, CAP_VIEW), OK);
	assert_null(strstr(fake.prompt, "Carnet"));
}

static void the_question_names_the_window_and_does_not_outlive_the_choice(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	agent_take_away(a, CONSENT_LIMIT, CAP_VIEW, NULL);
	agent_on_chosen(a, "Carnet");
	assert_int_equal(agent_on_ask(a, 2, CAP_VIEW), OK);
	bench_says(a, "Carnet");
	assert_non_null(strstr(fake.prompt, "Carnet"));
	agent_on_scope(a);
	assert_false(a->is_prompt_open);
	agent_on_answer(a, 2, ANSWER_ALLOW); /* a click that was on its way */
	bench_store_all(a);
	assert_int_equal(consent_grant_of(a->consent, CAP_VIEW), 0);
}

static void a_click_just_before_everything_gives_no_view_of_it(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	agent_take_away(a, CONSENT_LIMIT, CAP_VIEW, NULL);
	agent_on_chosen(a, "Carnet");
	assert_int_equal(agent_on_ask(a, 2, CAP_VIEW), OK);
	agent_on_answer(a, 2, ANSWER_ALLOW); /* signed, its receipt has not come */
	agent_on_scope(a);
	bench_store_all(a);
	assert_int_equal(consent_grant_of(a->consent, CAP_VIEW), 0);
}

static void after_the_end_nothing_is_chosen(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	agent_end(a, "customer");
	fake_forget();
	agent_on_scope(a);
	agent_on_chosen(a, "Carnet");
	assert_null(strstr(fake.log, "choose"));
	bench_says(a, "\"event\":\"end\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(less_is_shown_at_once_and_the_line_says_which),
		TEST(a_title_is_another_programs_and_is_cleaned),
		TEST(everything_is_shown_again_only_after_a_new_question),
		TEST(the_question_names_the_window_and_does_not_outlive_the_choice),
		TEST(a_click_just_before_everything_gives_no_view_of_it),
		TEST(after_the_end_nothing_is_chosen),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("agent_scope", tests, NULL, NULL);
}
