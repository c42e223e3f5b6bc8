#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/session.h"

static enum phase after(enum phase from, enum phase_event ev)
{
	enum phase to;

	assert_int_equal(session_next(from, ev, &to), OK);
	return to;
}

static void an_ended_session_never_comes_back(void **state)
{
	(void)state;
	for (enum phase_event ev = 0; ev < EV_COUNT; ev++) {
		enum phase to;
		assert_int_equal(session_next(PHASE_ENDED, ev, &to), ERR_FORBIDDEN);
		assert_int_equal(to, PHASE_ENDED);
	}
}

static void a_session_goes_live_only_from_an_agreement_with_a_linked_agent(void **state)
{
	enum phase to;

	(void)state;
	assert_int_equal(session_next(PHASE_OPENING, EV_PAIRED, &to), ERR_FORBIDDEN);
	assert_int_equal(to, PHASE_OPENING);
	for (enum phase from = 0; from < PHASE_COUNT; from++)
		for (enum phase_event ev = 0; ev < EV_COUNT; ev++)
			if (session_next(from, ev, &to) == OK && to == PHASE_LIVE)
				assert_int_equal(ev, EV_PAIRED);
	assert_int_equal(after(after(PHASE_OPENING, EV_AGENT), EV_PAIRED), PHASE_LIVE);
}

static void a_loss_and_a_new_agent_both_need_a_new_agreement(void **state)
{
	(void)state;
	assert_int_equal(after(PHASE_LIVE, EV_PEER_LOST), PHASE_PAIRING);
	assert_int_equal(after(PHASE_LIVE, EV_AGENT), PHASE_PAIRING);
	assert_int_equal(after(PHASE_PAIRING, EV_PEER_LOST), PHASE_PAIRING);
}

static void every_session_can_be_ended(void **state)
{
	(void)state;
	for (enum phase from = PHASE_OPENING; from < PHASE_ENDED; from++)
		assert_int_equal(after(from, EV_STOP), PHASE_ENDED);
}

static void no_step_leads_back_to_the_opening(void **state)
{
	(void)state;
	for (enum phase from = 0; from < PHASE_COUNT; from++)
		for (enum phase_event ev = 0; ev < EV_COUNT; ev++) {
			enum phase to;
			if (session_next(from, ev, &to) == OK)
				assert_int_not_equal(to, PHASE_OPENING);
			else
				assert_int_equal(to, from);
		}
}

static void phases_have_the_words_of_the_wire(void **state)
{
	(void)state;
	assert_string_equal(phase_name(PHASE_OPENING), "opening");
	assert_string_equal(phase_name(PHASE_PAIRING), "pairing");
	assert_string_equal(phase_name(PHASE_LIVE), "live");
	assert_string_equal(phase_name(PHASE_ENDED), "ended");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ended_session_never_comes_back),
		cmocka_unit_test(a_session_goes_live_only_from_an_agreement_with_a_linked_agent),
		cmocka_unit_test(a_loss_and_a_new_agent_both_need_a_new_agreement),
		cmocka_unit_test(every_session_can_be_ended),
		cmocka_unit_test(no_step_leads_back_to_the_opening),
		cmocka_unit_test(phases_have_the_words_of_the_wire),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
