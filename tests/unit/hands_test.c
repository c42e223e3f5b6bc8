#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "agent/hands.h"
#include "common/bytes.h"
#include "common/gate.h"
#include "fake_platform.h"

struct bench {
	struct hands *hands;
	struct consent *consent;
	struct tray tray;
};

static void give(struct consent *c, enum capability cap, uint32_t number)
{
	const struct consent_event ask = { CONSENT_ASK, cap, number, 0 }, grant = { CONSENT_GRANT, cap, number, number };

	assert_int_equal(consent_apply(c, &ask), OK);
	assert_int_equal(consent_apply(c, &grant), OK);
}

/* VIEW is grant 1, POINT 2, CONTROL 3. */
static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	const struct outlet out = tray_outlet(&b->tray);

	fake_reset();
	fake.ours = (struct platform_rect){ 100, 100, 50, 50 };
	b->consent = consent_new(15);
	give(b->consent, CAP_VIEW, 1);
	give(b->consent, CAP_POINT, 2);
	give(b->consent, CAP_CONTROL, 3);
	*state = b;
	if (hands_new(fake_platform(), &out, &b->hands))
		return -1;
	hands_set_consent(b->hands, b->consent);
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	hands_free(b->hands);
	consent_free(b->consent);
	tray_clear(&b->tray);
	free(b);
	return 0;
}

static enum err mouse(struct bench *b, uint32_t grant, uint8_t action, uint8_t button, int32_t x, int32_t y)
{
	uint8_t p[14] = { action, button };

	put_u32(p + 2, (uint32_t)x);
	put_u32(p + 6, (uint32_t)y);
	return hands_act(b->hands, KIND_MOUSE, grant, p, sizeof(p));
}

static enum err text(struct bench *b, uint32_t grant, uint32_t c)
{
	uint8_t p[4];

	put_u32(p, c);
	return hands_act(b->hands, KIND_TEXT, grant, p, sizeof(p));
}

static enum err key(struct bench *b, uint32_t grant, uint16_t number, uint8_t modifiers, uint8_t action)
{
	uint8_t p[4] = { 0, 0, modifiers, action };

	put_u16(p, number);
	return hands_act(b->hands, KIND_KEY, grant, p, sizeof(p));
}

static enum err point(struct bench *b, uint32_t grant, uint8_t tool, int32_t width)
{
	uint8_t p[17] = { tool };

	put_u32(p + 1, 5);
	put_u32(p + 9, (uint32_t)width);
	put_u32(p + 13, (uint32_t)width);
	return hands_act(b->hands, KIND_POINT, grant, p, sizeof(p));
}

static void all_four(struct bench *b, uint32_t point_grant, uint32_t grant)
{
	assert_int_equal(point(b, point_grant, 1, 0), OK);
	assert_int_equal(mouse(b, grant, MOUSE_MOVE, 0, 1, 2), OK);
	assert_int_equal(text(b, grant, 'a'), OK);
	assert_int_equal(key(b, grant, 0x100, 0, 1), OK);
}

static void under_its_grant_everything_is_carried_out_and_counted(void **state)
{
	struct bench *b = *state;
	struct hands_counts n;

	all_four(b, 2, 3);
	assert_string_equal(fake.log, "pointer 5,0\nmouse 1 0 1,2 0,0\ntext 61\nkey 100 0\n");
	assert_true(hands_take_counts(b->hands, &n));
	assert_int_equal(n.mouse + n.text + n.key + n.point, 4);
	assert_int_equal(n.refused + n.local, 0);
	assert_false(hands_take_counts(b->hands, &n));
}

static void nothing_reaches_the_system_without_the_grant_of_that_very_number(void **state)
{
	struct bench *b = *state;
	struct hands_counts n;
	const struct consent_event end = { CONSENT_END, CAP_NONE, 0, 0 };

	for (uint32_t number = 0; number < 6; number++)
		all_four(b, number == 2 ? 0 : number, number == 3 ? 0 : number);
	all_four(b, 3, 2);
	hands_take_counts(b->hands, &n);
	assert_int_equal(n.refused, 28);
	consent_apply(b->consent, &end);
	all_four(b, 2, 3);
	hands_set_consent(b->hands, NULL);
	all_four(b, 2, 3);
	assert_string_equal(fake.log, "");
	hands_take_counts(b->hands, &n);
	assert_int_equal(n.refused, 8);
}

static void our_own_windows_are_refused_and_a_drag_is_let_go(void **state)
{
	struct bench *b = *state;

	assert_int_equal(mouse(b, 3, MOUSE_PRESS, 1, 99, 100), OK);
	fake_forget();
	assert_int_equal(mouse(b, 3, MOUSE_MOVE, 0, 100, 100), OK);
	assert_string_equal(fake.log, "release\n");
	assert_int_equal(mouse(b, 3, MOUSE_RELEASE, 1, 99, 100), OK); /* it is up already */
	assert_string_equal(fake.log, "release\n");
	assert_int_equal(mouse(b, 3, MOUSE_PRESS, 1, 149, 149), OK);
	assert_string_equal(fake.log, "release\n");
	assert_int_equal(b->tray.count, 2);
	assert_int_equal(b->tray.at[0].kind, KIND_NOTICE);
	assert_string_equal(b->tray.at[0].bytes, "{\"what\":\"ours\",\"ms\":0}");
	fake.is_focus_ours = true;
	assert_int_equal(text(b, 3, 'a'), OK);
	assert_int_equal(key(b, 3, 0x100, 0, 1), OK);
	assert_string_equal(fake.log, "release\n");
	assert_int_equal(mouse(b, 3, MOUSE_PRESS, 1, 150, 150), OK);
	assert_non_null(strstr(fake.log, "mouse 2 1 150,150"));
}

/* S17: of one window, 10..19 in both directions here. */
static void where_one_window_is_shown_nothing_is_done_elsewhere(void **state)
{
	struct bench *b = *state;

	fake.is_one_window = true;
	assert_int_equal(mouse(b, 3, MOUSE_PRESS, 1, 15, 15), OK);
	fake_forget();
	assert_int_equal(mouse(b, 3, MOUSE_MOVE, 0, 20, 15), OK); /* a drag out of it */
	assert_string_equal(fake.log, "release\n");
	assert_int_equal(mouse(b, 3, MOUSE_RELEASE, 1, 15, 15), OK);
	assert_int_equal(mouse(b, 3, MOUSE_WHEEL, 0, 9, 15), OK);
	assert_int_equal(key(b, 3, 0x101, 4, 1), OK); /* Alt and Super are the desktop's */
	assert_int_equal(key(b, 3, 'a', 8, 1), OK);
	assert_string_equal(fake.log, "release\n");
	assert_int_equal(b->tray.count, 4);
	assert_string_equal(b->tray.at[3].bytes, "{\"what\":\"scope\",\"ms\":0}");
	assert_int_equal(key(b, 3, 'a', 2, 1), OK);
	assert_non_null(strstr(fake.log, "key 61 2"));
	fake_forget();
	fake.is_focus_elsewhere = true;
	assert_int_equal(text(b, 3, 'a'), OK);
	assert_int_equal(key(b, 3, 'a', 0, 1), OK);
	assert_string_equal(fake.log, "");
}

/* S25: how much, of which kind, never what; and only while he shows his screen. */
static void the_customers_own_input_is_counted_by_class_while_a_right_is_live(void **state)
{
	const struct consent_event limit = { CONSENT_LIMIT, CAP_VIEW, 0, 1 };
	struct bench *b = *state;
	struct hands_counts n;

	assert_false(hands_has_counts(b->hands));
	for (int i = 0; i < 5; i++) {
		hands_on_local(b->hands, HAND_MOUSE);
		hands_on_local(b->hands, HAND_RELEASE);
	}
	hands_on_local(b->hands, HAND_KEY);
	assert_true(hands_take_counts(b->hands, &n));
	assert_int_equal(n.own_mouse, 5);
	assert_int_equal(n.own_key, 1);
	assert_int_equal(n.mouse + n.text + n.key + n.point + n.refused + n.local, 0);
	assert_int_equal(consent_apply(b->consent, &limit), OK);
	hands_on_local(b->hands, HAND_KEY);
	hands_on_local(b->hands, HAND_MOUSE);
	assert_false(hands_take_counts(b->hands, &n));
}

static void the_customers_hand_wins_for_fifteen_hundred_milliseconds(void **state)
{
	struct bench *b = *state;
	struct hands_counts n;

	assert_int_equal(mouse(b, 3, MOUSE_PRESS, 1, 1, 1), OK);
	fake_forget();
	hands_on_local(b->hands, HAND_MOUSE);
	hands_on_local(b->hands, HAND_MOUSE);
	assert_string_equal(fake.log, "release\n");
	assert_int_equal(b->tray.count, 1); /* told once */
	fake.boot_ms += HANDS_LOCAL_MS - 1;
	assert_int_equal(mouse(b, 3, MOUSE_MOVE, 0, 1, 1), OK);
	assert_int_equal(text(b, 3, 'a'), OK);
	assert_int_equal(key(b, 3, 'a', 2, 1), OK);
	assert_string_equal(fake.log, "release\n");
	hands_take_counts(b->hands, &n);
	assert_int_equal(n.local, 3);
	assert_int_equal(point(b, 2, 1, 0), OK); /* pointing moves nothing */
	fake_forget();
	fake.boot_ms += 1;
	assert_int_equal(mouse(b, 3, MOUSE_MOVE, 0, 1, 1), OK);
	assert_string_equal(fake.log, "mouse 1 0 1,1 0,0\n");
}

static void while_a_prompt_is_open_nothing_is_injected(void **state)
{
	struct bench *b = *state;

	hands_on_prompt(b->hands, true);
	assert_string_equal(fake.log, "release\n");
	assert_int_equal(mouse(b, 3, MOUSE_PRESS, 1, 1, 1), OK);
	assert_int_equal(text(b, 3, 'a'), OK);
	assert_int_equal(key(b, 3, 0x100, 0, 1), OK);
	assert_string_equal(fake.log, "release\n");
	assert_string_equal(b->tray.at[0].bytes, "{\"what\":\"prompt\",\"ms\":0}");
	hands_on_prompt(b->hands, false);
	assert_int_equal(mouse(b, 3, MOUSE_MOVE, 0, 1, 1), OK);
	assert_non_null(strstr(fake.log, "mouse"));
}

static void stopping_lets_go_of_everything(void **state)
{
	struct bench *b = *state;

	assert_int_equal(mouse(b, 3, MOUSE_PRESS, 2, 1, 1), OK);
	fake_forget();
	hands_stop(b->hands);
	assert_string_equal(fake.log, "release\nclear\n");
}

static void malformed_payloads_close_the_link_and_do_nothing(void **state)
{
	static const uint8_t zeros[400];
	static const uint32_t no_text[] = { 0, 8, 0x1f, 0x7f, 0x9f, 0xd800, 0xdfff, 0x110000, 0xffffffff };
	struct bench *b = *state;

	assert_int_equal(mouse(b, 3, 0, 0, 1, 1), ERR_MALFORMED);
	assert_int_equal(mouse(b, 3, 5, 0, 1, 1), ERR_MALFORMED);
	assert_int_equal(mouse(b, 3, MOUSE_PRESS, 0, 1, 1), ERR_MALFORMED);
	assert_int_equal(mouse(b, 3, MOUSE_PRESS, 4, 1, 1), ERR_MALFORMED);
	assert_int_equal(mouse(b, 3, MOUSE_MOVE, 1, 1, 1), ERR_MALFORMED);
	assert_int_equal(mouse(b, 3, MOUSE_WHEEL, 1, 1, 1), ERR_MALFORMED);
	for (size_t i = 0; i < sizeof(no_text) / sizeof(no_text[0]); i++)
		assert_int_equal(text(b, 3, no_text[i]), ERR_MALFORMED);
	assert_int_equal(key(b, 3, 0, 0, 1), ERR_MALFORMED);
	assert_int_equal(key(b, 3, 'A', 0, 1), ERR_MALFORMED);
	assert_int_equal(key(b, 3, 0x0110, 0, 1), ERR_MALFORMED);
	assert_int_equal(key(b, 3, 0x0100, 16, 1), ERR_MALFORMED);
	assert_int_equal(key(b, 3, 0x0100, 0, 0), ERR_MALFORMED);
	assert_int_equal(key(b, 3, 0x0100, 0, 2), ERR_MALFORMED);
	assert_int_equal(point(b, 2, 0, 1), ERR_MALFORMED);
	assert_int_equal(point(b, 2, 6, 1), ERR_MALFORMED);
	for (size_t len = 0; len < sizeof(zeros); len++) {
		assert_int_equal(hands_act(b->hands, KIND_TEXT, 3, zeros, len), ERR_MALFORMED);
		assert_int_equal(hands_act(b->hands, KIND_MOUSE, 3, zeros, len), ERR_MALFORMED);
		assert_int_equal(hands_act(b->hands, KIND_KEY, 3, zeros, len), ERR_MALFORMED);
		assert_int_equal(hands_act(b->hands, KIND_POINT, 2, zeros, len), ERR_MALFORMED);
	}
	assert_int_equal(hands_act(b->hands, KIND_PING, 3, zeros, 8), ERR_MALFORMED);
	assert_string_equal(fake.log, "");
	assert_false(hands_has_counts(b->hands));
}

static void a_frame_needs_an_area_and_anything_else_clears(void **state)
{
	struct bench *b = *state;

	assert_int_equal(point(b, 2, 2, 9), OK);
	assert_int_equal(point(b, 2, 2, 0), OK);
	assert_int_equal(point(b, 2, 2, -9), OK);
	assert_int_equal(point(b, 2, 3, 0), OK);
	assert_string_equal(fake.log, "frame 5,0 9x9\nclear\nclear\nclear\n");
}

static enum err mark_at(struct bench *b, uint8_t tool, int32_t x, int32_t y, int32_t width, int32_t height)
{
	uint8_t plain[17] = { tool };
	const int32_t place[4] = { x, y, width, height };

	for (int i = 0; i < 4; i++)
		put_u32(plain + 1 + 4 * i, (uint32_t)place[i]);
	return hands_act(b->hands, KIND_POINT, 2, plain, sizeof(plain));
}

static enum err mark(struct bench *b, uint8_t tool, int32_t width, int32_t height)
{
	return mark_at(b, tool, 5, INT32_MAX, width, height);
}

static void no_mark_is_put_on_the_agents_own_window(void **state)
{
	struct bench *b = *state;
	struct hands_counts n;

	assert_int_equal(mark_at(b, 5, 120, 120, 1, 0), OK);
	assert_int_equal(mark_at(b, 4, 120, 120, -90, 0), OK);
	assert_int_equal(mark_at(b, 4, 30, 120, 90, 0), OK);
	assert_string_equal(fake.log, "");
	assert_true(hands_take_counts(b->hands, &n));
	assert_int_equal(n.refused, 3);
	assert_int_equal(mark_at(b, 5, 99, 120, 1, 0), OK);
	assert_string_equal(fake.log, "step 1 at 99,120\n");
}

static void arrow_and_steps_have_their_limits(void **state)
{
	struct bench *b = *state;

	assert_int_equal(mark(b, 4, -8192, 8192), OK);
	assert_int_equal(mark(b, 4, 8193, 0), ERR_MALFORMED);
	assert_int_equal(mark(b, 4, 0, INT32_MIN), ERR_MALFORMED);
	assert_int_equal(mark(b, 5, 1, 0), OK);
	assert_int_equal(mark(b, 5, OVERLAY_STEPS, 0), OK);
	assert_int_equal(mark(b, 5, 0, 0), ERR_MALFORMED);
	assert_int_equal(mark(b, 5, OVERLAY_STEPS + 1, 0), ERR_MALFORMED);
	assert_int_equal(mark(b, 5, 3, 1), ERR_MALFORMED);
	assert_int_equal(mark(b, 6, 1, 0), ERR_MALFORMED);
	assert_string_equal(fake.log, "arrow 5,2147483647 to -8187,2147483647\nstep 1 at 5,2147483647\nstep 9 at 5,2147483647\n");
}

static void a_button_of_which_nothing_is_heard_for_a_second_is_let_go(void **state)
{
	struct bench *b = *state;

	assert_int_equal(hands_tick(b->hands, fake.boot_ms), 0);
	assert_int_equal(mouse(b, 3, MOUSE_PRESS, 1, 5, 5), OK);
	for (int i = 0; i < 10; i++) { /* a drag that rests: the page says so every 300 ms */
		fake.boot_ms += 300;
		assert_int_equal(hands_tick(b->hands, fake.boot_ms) > fake.boot_ms, true);
		assert_int_equal(mouse(b, 3, MOUSE_MOVE, 0, 5, 5), OK);
	}
	fake_forget();
	fake.boot_ms += HANDS_GAP_MS - 1;
	assert_int_equal(hands_tick(b->hands, fake.boot_ms), fake.boot_ms + 1);
	assert_string_equal(fake.log, "");
	fake.boot_ms++;
	assert_int_equal(hands_tick(b->hands, fake.boot_ms), 0);
	assert_string_equal(fake.log, "release\n");
	assert_int_equal(mouse(b, 3, MOUSE_RELEASE, 1, 5, 5), OK); /* let go of before */
	assert_string_equal(fake.log, "release\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void a_written_line_stands_under_the_advisors_name(void **state)
{
	struct bench *b = *state;
	uint8_t line[8 + 161] = { 0, 0, 0, 200, 0, 0, 0, 150 };

	hands_set_advisor(b->hands, "Claire Martin");
	fake_forget();
	memcpy(line + 8, "Ici", 3);
	assert_int_equal(hands_act(b->hands, KIND_WRITE, 2, line, 11), OK);
	assert_string_equal(fake.log, "line 200 150 Claire Martin écrit : Ici\n");
	fake_forget();
	assert_int_equal(hands_act(b->hands, KIND_WRITE, 1, line, 11), OK);
	fake.ours = (struct platform_rect){ 190, 140, 20, 20 };
	assert_int_equal(hands_act(b->hands, KIND_WRITE, 2, line, 11), OK);
	assert_string_equal(fake.log, "");
	assert_int_equal(hands_act(b->hands, KIND_WRITE, 2, line, 8), ERR_MALFORMED);
	line[9] = '\n';
	assert_int_equal(hands_act(b->hands, KIND_WRITE, 2, line, 11), ERR_MALFORMED);
	memset(line + 8, 'a', 161);
	assert_int_equal(hands_act(b->hands, KIND_WRITE, 2, line, 8 + 161), ERR_MALFORMED);
	fake.ours = (struct platform_rect){ 0 };
	assert_int_equal(hands_act(b->hands, KIND_WRITE, 2, line, 8 + 160), OK);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_written_line_stands_under_the_advisors_name),
		TEST(under_its_grant_everything_is_carried_out_and_counted),
		TEST(nothing_reaches_the_system_without_the_grant_of_that_very_number),
		TEST(our_own_windows_are_refused_and_a_drag_is_let_go),
		TEST(where_one_window_is_shown_nothing_is_done_elsewhere),
		TEST(the_customers_own_input_is_counted_by_class_while_a_right_is_live),
		TEST(the_customers_hand_wins_for_fifteen_hundred_milliseconds),
		TEST(while_a_prompt_is_open_nothing_is_injected),
		TEST(stopping_lets_go_of_everything),
		TEST(malformed_payloads_close_the_link_and_do_nothing),
		TEST(a_frame_needs_an_area_and_anything_else_clears),
		TEST(arrow_and_steps_have_their_limits),
		TEST(no_mark_is_put_on_the_agents_own_window),
		TEST(a_button_of_which_nothing_is_heard_for_a_second_is_let_go),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("hands", tests, NULL, NULL);
}
