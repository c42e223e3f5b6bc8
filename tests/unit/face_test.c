#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "agent/face.h"
#include "fake_platform.h"

static void a_name_has_no_control_and_turns_no_direction(void **state)
{
	static const char *const good[] = { "Claire Martin", "Zoé d’Aïn", "x", "Łukasz — 銀行", "\xc2\xa0", "\xf0\x9f\x99\x82" };
	static const char *const bad[] = { NULL, "", "a\nb", "a\tb", "\x1b[0m", "a\x7f", "a\xc2\x80", "a\xc2\x85" "b", "a\xc2\x9f",
					   "\xd8\x9c", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa",
					   "a\xe2\x80\xae" "b", "\xe2\x81\xa6", "\xe2\x81\xa9" };
	char longest[82];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(text_is_name(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_is_name(bad[i]));
	memset(longest, 'x', sizeof(longest));
	longest[81] = '\0';
	assert_false(text_is_name(longest));
	longest[80] = '\0';
	assert_true(text_is_name(longest));
}

static int setup(void **state)
{
	fake_reset();
	return face_new(fake_platform(), "Banque Exemple", (struct face **)state);
}

static int teardown(void **state)
{
	face_free(*state);
	return 0;
}

static void people_with_bad_names_are_refused_and_not_shown(void **state)
{
	struct face *f = *state;

	assert_int_equal(face_set_people(f, "Claire\nMartin", "x"), ERR_MALFORMED);
	assert_int_equal(face_set_people(f, "Claire", "\xe2\x80\xae"), ERR_MALFORMED);
	face_draw(f, FACE_READY, NULL);
	assert_string_equal(fake.who, "");
	assert_int_equal(face_set_people(f, "Claire %s %n", "Mise en place"), OK); /* no format */
	face_draw(f, FACE_READY, NULL);
	assert_string_equal(fake.who, "Claire %s %n vous aide");
	assert_non_null(strstr(fake.why, "Mise en place"));
	assert_string_equal(fake.title, "Assistance Banque Exemple");
	face_draw(f, FACE_CONNECTING, NULL);
	assert_string_equal(fake.who, "");
}

static void the_status_says_what_is_allowed_and_nothing_more(void **state)
{
	static const enum text expected[] = { TEXT_NOTHING, TEXT_SEES, TEXT_POINTS, TEXT_ACTS };
	struct face *f = *state;
	struct consent *c = consent_new(15);

	for (uint32_t cap = CAP_NONE; cap < CAP_COUNT; cap++) {
		const struct consent_event ask = { CONSENT_ASK, (enum capability)cap, cap, 0 },
					   grant = { CONSENT_GRANT, (enum capability)cap, cap, cap };
		if (cap) {
			assert_int_equal(consent_apply(c, &ask), OK);
			face_draw(f, FACE_READY, c);
			assert_string_equal(fake.status, text_of(expected[cap - 1])); /* asking changes nothing */
			assert_int_equal(consent_apply(c, &grant), OK);
		}
		face_draw(f, FACE_READY, c);
		assert_string_equal(fake.status, text_of(expected[cap]));
	}
	face_set_over(f, TEXT_OVER_PANIC);
	face_draw(f, FACE_OVER, c);
	assert_string_equal(fake.status, text_of(TEXT_OVER_PANIC));
	assert_non_null(strstr(fake.log, "window over"));
	consent_free(c);
}

/* S26: he knows before the first picture. */
static void the_mark_says_recorded_from_the_first_moment_and_paused_in_a_pause(void **state)
{
	struct face *f = *state;

	assert_int_equal(face_set_people(f, "Claire Martin", "Mise en place"), OK);
	face_draw(f, FACE_WAITING, NULL);
	assert_string_equal(fake.recording, text_of(TEXT_RECORDED_MARK));
	assert_non_null(strstr(fake.recording, "enregistrée"));
	assert_non_null(strstr(face_prompt(f, 1, CAP_VIEW), "enregistré"));
	face_set_mark(f, TEXT_PAUSED_MARK);
	face_draw(f, FACE_READY, NULL);
	assert_non_null(strstr(fake.recording, "Enregistrement en pause"));
	face_set_mark(f, TEXT_RECORDED_MARK);
	face_draw(f, FACE_READY, NULL);
	assert_string_equal(fake.recording, text_of(TEXT_RECORDED_MARK));
}

static void a_prompt_is_our_own_sentence_with_the_names_in_it(void **state)
{
	struct face *f = *state;
	char advisor[81], purpose[81];

	memset(advisor, 'A', 80);
	memset(purpose, 'P', 80);
	advisor[80] = purpose[80] = '\0';
	assert_int_equal(face_set_people(f, advisor, purpose), OK);
	for (enum capability cap = CAP_VIEW; cap < CAP_COUNT; cap++) {
		const char *text = face_prompt(f, cap, cap), *last = "?";

		assert_string_equal(text, fake.prompt);
		assert_non_null(strstr(text, advisor)); /* the longest names are not cut, nor what follows */
		assert_non_null(strstr(text, purpose));
		last = text + strlen(text) - 1;
		assert_int_equal(*last, '.');
	}
	assert_string_equal(fake.log, "prompt 1\nprompt 2\nprompt 3\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_has_no_control_and_turns_no_direction),
		TEST(people_with_bad_names_are_refused_and_not_shown),
		TEST(the_status_says_what_is_allowed_and_nothing_more),
		TEST(the_mark_says_recorded_from_the_first_moment_and_paused_in_a_pause),
		TEST(a_prompt_is_our_own_sentence_with_the_names_in_it),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("face", tests, NULL, NULL);
}
