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

/* An update of each kind over a link; sent and acknowledged before the next. */
static void learn(struct pace *p, uint32_t rate, uint32_t round_trip_ms)
{
	for (uint32_t i = 1; i <= 40; i += 2) {
		pace_sent(p, i, 100, 0, 10000 * i);
		assert_int_equal(pace_acked(p, i, 10000 * i + round_trip_ms), OK);
		pace_sent(p, i + 1, 50000, 0, 10000 * i + 5000);
		assert_int_equal(pace_acked(p, i + 1, 10000 * i + 5000 + round_trip_ms + 50000 / rate), OK);
	}
	assert_int_equal(p->round_trip_ms, round_trip_ms);
	assert_int_equal(p->rate, 50000 / (round_trip_ms + 50000 / rate));
}

/* 1 Mbit/s, 40 ms: 125 bytes a millisecond, 5 kB a round trip. */
static void a_slow_link_is_not_filled_and_a_fast_one_is(void **state)
{
	struct pace slow = { 0 }, fast = { 0 };
	uint32_t room;

	(void)state;
	learn(&slow, 125, 40);
	pace_sent(&slow, 91, 50000, 0, 900000);
	assert_false(pace_has_room(&slow));
	learn(&fast, 12500, 40);
	room = fast.rate * 40 + fast.rate * 40 / 4;
	assert_true(room > PACE_BYTES_LEAST);
	pace_sent(&fast, 91, room - 1, 0, 900000);
	assert_true(pace_has_room(&fast));
	pace_forget(&fast);
	pace_sent(&fast, 92, room, 0, 910000);
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
	pace_sent(&p, 4, PACE_SAMPLE_LEAST, 0, 3000);
	assert_int_equal(pace_acked(&p, 4, 3016), OK); /* 256 now, a quarter of it counts */
	assert_int_equal(p.rate, (3 * 100 + 256) / 4);
	pace_sent(&p, 5, 8000, 0, 4000);
	pace_sent(&p, 6, 8000, 0, 4001);
	assert_int_equal(pace_acked(&p, 5, 4000 + 8000 / 139), OK);
	assert_int_equal(pace_acked(&p, 6, 4000 + 8000 / 139), OK); /* both at once: the second says nothing */
	assert_int_equal(p.rate, (3 * 139 + 8000 / (8000 / 139)) / 4);
}

static void a_shorter_round_trip_is_believed_at_once_a_longer_one_slowly(void **state)
{
	static const struct {
		uint32_t trip_ms, learnt_ms;
	} step[] = { { 80, 80 }, { 40, 40 }, { 120, 50 }, { 120, 58 }, { 30, 30 }, { 0, 1 } };
	struct pace p = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 6; i++) {
		pace_sent(&p, i + 1, 100, 0, 1000 * (i + 1));
		assert_int_equal(pace_acked(&p, i + 1, 1000 * (i + 1) + step[i].trip_ms), OK);
		assert_int_equal(p.round_trip_ms, step[i].learnt_ms);
	}
	pace_sent(&p, 9, 50000, 0, 20000);
	assert_int_equal(pace_acked(&p, 9, 29000), OK); /* its own length, not the link's */
	assert_int_equal(p.round_trip_ms, 1);
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
		cmocka_unit_test(a_shorter_round_trip_is_believed_at_once_a_longer_one_slowly),
		cmocka_unit_test(acknowledgements_come_in_order),
		cmocka_unit_test(small_changes_sixty_times_large_ones_thirty_times_hidden_ones_five_times_a_second),
		cmocka_unit_test(a_slow_coder_lowers_the_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
