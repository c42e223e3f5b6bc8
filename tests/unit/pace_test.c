#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/pace.h"

static void two_small_updates_may_be_on_their_way(void **state)
{
	struct pace p = { 0 };

	(void)state;
	assert_true(pace_has_room(&p));
	pace_sent(&p, 1, 100, 0, 1000);
	assert_true(pace_has_room(&p));
	pace_sent(&p, 2, 100, 0, 1016);
	assert_false(pace_has_room(&p));
	assert_int_equal(pace_acked(&p, 1, 1020), OK);
	assert_true(pace_has_room(&p));
}

static void a_large_one_goes_alone_on_a_link_that_nobody_knows(void **state)
{
	struct pace p = { 0 };

	(void)state;
	pace_sent(&p, 1, PACE_BYTES_LEAST, 0, 1000);
	assert_false(pace_has_room(&p));
	pace_forget(&p);
	pace_sent(&p, 2, PACE_BYTES_LEAST - 1, 0, 2000);
	assert_true(pace_has_room(&p));
	pace_forget(&p);
	pace_sent(&p, 3, 64 << 20, 0, 3000); /* however large: one always may */
	assert_int_equal(pace_acked(&p, 3, 9000), OK);
	assert_true(pace_has_room(&p));
}

/* 1 Mbit/s, 40 ms: 125 bytes a millisecond, 6 kB a round trip. */
static void a_slow_link_is_not_filled_and_a_fast_one_is(void **state)
{
	struct pace slow = { 0 }, fast = { 0 };

	(void)state;
	for (uint32_t i = 1; i <= 20; i++) {
		pace_sent(&slow, i, 50000, 0, 1000 * i);
		assert_int_equal(pace_acked(&slow, i, 1000 * i + 440), OK);
		pace_sent(&fast, i, 500000, 0, 1000 * i);
		assert_int_equal(pace_acked(&fast, i, 1000 * i + 40), OK);
	}
	assert_int_equal(slow.rate, 50000 / 440);
	assert_int_equal(slow.round_trip_ms, 440);
	pace_sent(&slow, 21, 50000 / 440 * 440 * 5 / 4, 0, 30000);
	assert_false(pace_has_room(&slow));
	assert_int_equal(fast.rate, 12500);
	assert_int_equal(fast.round_trip_ms, 40);
	pace_sent(&fast, 21, 12500 * 40 * 5 / 4 - 1, 0, 30000);
	assert_true(pace_has_room(&fast));
	pace_forget(&fast);
	pace_sent(&fast, 22, 12500 * 40 * 5 / 4, 0, 31000);
	assert_false(pace_has_room(&fast));
}

static void the_rate_is_that_of_the_time_in_which_the_link_was_busy(void **state)
{
	struct pace p = { 0 };

	(void)state;
	pace_sent(&p, 1, 8000, 0, 1000);
	pace_sent(&p, 2, 8000, 0, 1001);
	assert_int_equal(pace_acked(&p, 1, 1080), OK);
	assert_int_equal(p.rate, 100);
	assert_int_equal(pace_acked(&p, 2, 1160), OK); /* it waited for the first: 80 ms, not 159 */
	assert_int_equal(p.rate, 100);
	pace_sent(&p, 3, PACE_SAMPLE_LEAST - 1, 0, 2000);
	assert_int_equal(pace_acked(&p, 3, 2500), OK); /* too small to say anything */
	assert_int_equal(p.rate, 100);
}

static void acknowledgements_come_in_order(void **state)
{
	struct pace p = { 0 };

	(void)state;
	assert_int_equal(pace_acked(&p, 5, 1), OK); /* of before */
	pace_sent(&p, 7, 10, 0, 100);
	pace_sent(&p, 8, 10, 0, 120);
	assert_int_equal(pace_acked(&p, 8, 130), ERR_MALFORMED);
	assert_int_equal(pace_acked(&p, 6, 130), OK);
	assert_int_equal(pace_acked(&p, 7, 130), OK);
	assert_int_equal(pace_acked(&p, 9, 130), ERR_MALFORMED);
	assert_int_equal(pace_acked(&p, 8, 130), OK);
}

static void small_changes_sixty_times_large_ones_thirty_times_hidden_ones_five_times_a_second(void **state)
{
	struct pace p = { 0 };

	(void)state;
	assert_int_equal(pace_due(&p, 5000, false, false), 5000 + PACE_REST_MS);
	pace_sent(&p, 1, 10, 0, 6000);
	assert_int_equal(pace_due(&p, 6001, false, false), 6000 + PACE_FRAME_MS);
	assert_int_equal(pace_due(&p, 6001, true, false), 6000 + PACE_LARGE_MS);
	assert_int_equal(pace_due(&p, 6001, true, true), 6000 + PACE_HIDDEN_MS);
	assert_int_equal(pace_due(&p, 6500, true, true), 6500 + PACE_REST_MS);
}

static void a_slow_coder_lowers_the_rate(void **state)
{
	struct pace p = { 0 };

	(void)state;
	pace_sent(&p, 1, 10, 100, 6000);
	assert_int_equal(pace_due(&p, 6001, false, false), 6150);
	assert_int_equal(pace_due(&p, 6001, false, true), 6200);
	pace_sent(&p, 2, 10, 10, 7000);
	assert_int_equal(pace_due(&p, 7001, false, false), 7016);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_small_updates_may_be_on_their_way),
		cmocka_unit_test(a_large_one_goes_alone_on_a_link_that_nobody_knows),
		cmocka_unit_test(a_slow_link_is_not_filled_and_a_fast_one_is),
		cmocka_unit_test(the_rate_is_that_of_the_time_in_which_the_link_was_busy),
		cmocka_unit_test(acknowledgements_come_in_order),
		cmocka_unit_test(small_changes_sixty_times_large_ones_thirty_times_hidden_ones_five_times_a_second),
		cmocka_unit_test(a_slow_coder_lowers_the_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
