/* S31 at the gateway: 1,000 ends under load, from both sides and in every way. Ended means ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/gate.h"
#include "room_bench.h"

enum { ENDS = 1000, VIEW = 1, CONTROL = 2, LOST_MS = 60000, UNANSWERED_MS = 3000 };

static uint32_t next_random(void)
{
	static uint32_t seed = 7;

	seed = seed * 1664525u + 1013904223u;
	return seed >> 16;
}

/* What both sides send all the time: pictures from the agent, hands from the viewer. Answers are of no interest. */
static void load(struct bench *b)
{
	for (uint32_t i = next_random() % 8; i > 0; i--) {
		bench_frame(b, &bench_agent, KIND_PICTURE, VIEW, NULL, 100 + next_random() % 900);
		bench_frame(b, &bench_agent, KIND_CURSOR, VIEW, NULL, 17);
		bench_frame(b, &bench_viewer, KIND_MOUSE, CONTROL, NULL, 30);
		bench_frame(b, &bench_viewer, KIND_TEXT, CONTROL, NULL, 20);
		bench_frame(b, &bench_viewer, KIND_KEY, CONTROL, NULL, 20);
		b->now_ms += next_random() % 50;
	}
}

/* The agent's last line; what comes behind it must not pass, though the notary has not answered. */
static void end_line(struct bench *b, const char *why)
{
	char fields[64];

	snprintf(fields, sizeof(fields), "\"event\":\"end\",\"why\":\"%s\"", why);
	assert_int_equal(bench_line(b, fields), OK);
	assert_true(bench_did(b, "drop viewer"));
	bench_forget(b);
	load(b);
	assert_null(strstr(b->log, "PICTURE"));
	assert_null(strstr(b->log, "CURSOR"));
	assert_null(strstr(b->log, "agent MOUSE"));
	bench_stored(b, b->n - 1);
}

static void by_customer(struct bench *b) { end_line(b, "customer"); }
static void by_panic(struct bench *b) { end_line(b, "panic"); }

static void by_advisor(struct bench *b)
{
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_END, 0, "{}", 2), OK);
	load(b); /* it is on its way to the agent */
	bench_forget(b);
	end_line(b, "advisor");
}

static void by_advisor_unanswered(struct bench *b)
{
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_END, 0, "{}", 2), OK);
	bench_forget(b);
	b->now_ms += UNANSWERED_MS;
	room_tick(b->room);
}

static void by_killed_agent(struct bench *b)
{
	room_left(b->room, &bench_agent);
	bench_forget(b);
	load(b);
	assert_null(strstr(b->log, "agent MOUSE"));
	b->now_ms += LOST_MS;
	bench_forget(b);
	room_tick(b->room);
}

static void by_closed_tab(struct bench *b)
{
	room_left(b->room, &bench_viewer);
	bench_forget(b);
	load(b);
	assert_null(strstr(b->log, "viewer PICTURE"));
	b->now_ms += LOST_MS;
	bench_forget(b);
	room_tick(b->room);
}

static void by_home_page(struct bench *b)
{
	bench_forget(b);
	room_end(b->room, "advisor");
}

static void by_notary(struct bench *b)
{
	bench_forget(b);
	room_notary_away(b->room);
}

static unsigned ends_told(const struct bench *b)
{
	unsigned count = 0;

	for (const char *at = b->log; (at = strstr(at, "ended ")); at++)
		count += at == b->log || at[-1] == '\n';
	return count;
}

static void assert_over(struct bench *b)
{
	assert_int_equal(ends_told(b), 1); /* codes are burnt and the seat is free: port `ended` does both */
	assert_int_equal(room_phase(b->room), PHASE_ENDED);
	assert_true(room_is_empty(b->room));
	bench_forget(b);
	load(b);
	b->now_ms += 2 * LOST_MS;
	room_tick(b->room);
	room_flush(b->room);
	assert_int_equal(ends_told(b), 0);
	assert_null(strstr(b->log, "PICTURE"));
	assert_null(strstr(b->log, "MOUSE"));
	assert_int_equal(room_agent_joined(b->room, &bench_agent, "", "linux-x11", "native", NULL), ERR_FORBIDDEN);
}

static void after_a_thousand_ends_nothing_passes_any_more(void **state)
{
	static void (*const ways[])(struct bench *b) = { by_customer, by_panic, by_advisor, by_advisor_unanswered,
							 by_killed_agent, by_closed_tab, by_home_page, by_notary };

	for (unsigned i = 0; i < ENDS; i++) {
		struct bench *b = *state;

		bench_live(b);
		bench_give(b, "view", 1, VIEW);
		bench_give(b, "control", 2, CONTROL);
		load(b);
		bench_forget(b);
		ways[i % (sizeof(ways) / sizeof(ways[0]))](b);
		assert_over(b);
		bench_teardown(state);
		assert_int_equal(bench_setup(state), 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(after_a_thousand_ends_nothing_passes_any_more, bench_setup, bench_teardown),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("room_ended", tests, NULL, NULL);
}
