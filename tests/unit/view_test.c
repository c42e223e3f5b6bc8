#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "agent/pace.h"
#include "agent/view.h"
#include "common/bytes.h"
#include "common/gate.h"
#include "common/picture/decoder.h"
#include "fake_platform.h"

struct bench {
	struct view *view;
	struct tray tray;
	struct decoder *decoder;
	uint8_t update[1 << 20];
	size_t fill;
	uint32_t seed;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	const struct outlet out = tray_outlet(&b->tray);

	fake_reset();
	b->decoder = decoder_new();
	b->seed = 7;
	*state = b;
	return view_new(fake_platform(), &out, &b->view);
}

static int teardown(void **state)
{
	struct bench *b = *state;

	view_free(b->view);
	decoder_free(b->decoder);
	tray_clear(&b->tray);
	free(b);
	return 0;
}

/* Applies the PICTURE frames in the tray, checks the order of their fragments; returns the last number. */
static uint32_t watch(struct bench *b)
{
	uint32_t number = 0;

	for (size_t i = 0; i < b->tray.count; i++) {
		const struct sent *s = &b->tray.at[i];

		if (s->kind != KIND_PICTURE)
			continue;
		assert_int_equal(s->grant, 5);
		assert_true(s->len > 12 && s->len <= 12 + VIEW_FRAGMENT);
		number = get_u32(s->bytes);
		assert_int_equal(get_u32(s->bytes + 4), b->fill);
		memcpy(b->update + b->fill, s->bytes + 12, s->len - 12);
		b->fill += s->len - 12;
		if (b->fill == get_u32(s->bytes + 8)) {
			assert_int_equal(decoder_update(b->decoder, b->update, b->fill), OK);
			b->fill = 0;
		}
	}
	assert_int_equal(b->fill, 0);
	tray_clear(&b->tray);
	return number;
}

static void same_picture(struct bench *b)
{
	assert_int_equal(decoder_width(b->decoder), FAKE_WIDTH);
	assert_int_equal(decoder_height(b->decoder), FAKE_HEIGHT);
	assert_memory_equal(decoder_pixels(b->decoder), fake.screen, sizeof(fake.screen));
}

static void paint(struct bench *b, int32_t x, int32_t y, int32_t width, int32_t height, bool is_noise)
{
	const struct platform_rect r = { x, y, width, height };
	uint32_t colour = (b->seed = b->seed * 1664525u + 1013904223u) >> 8;

	for (int32_t i = y; i < y + height; i++)
		for (int32_t k = x; k < x + width; k++)
			fake.screen[i * FAKE_WIDTH + k] =
				is_noise ? (b->seed = b->seed * 1664525u + 1013904223u) >> 8 : colour;
	view_on_damage(b->view, &r, 1);
}

static void later(struct bench *b)
{
	fake.boot_ms += 1000;
	view_tick(b->view, fake.boot_ms);
}

static size_t pictures(const struct bench *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->tray.count; i++)
		n += b->tray.at[i].kind == KIND_PICTURE;
	return n;
}

static void nothing_is_captured_or_sent_before_the_start(void **state)
{
	struct bench *b = *state;

	paint(b, 0, 0, 10, 10, true);
	view_on_cursor(b->view, 1, 1, true);
	view_on_screens(b->view);
	view_on_key_frame(b->view);
	later(b);
	assert_int_equal(b->tray.count, 0);
	assert_int_equal(fake.captures, 0);
	assert_string_equal(fake.log, "");
}

static void the_viewer_sees_exactly_the_screen(void **state)
{
	struct bench *b = *state;
	uint32_t number;

	assert_int_equal(view_start(b->view, 5), OK);
	assert_int_equal(b->tray.at[0].kind, KIND_SCREENS); /* before the first picture */
	assert_non_null(strstr((char *)b->tray.at[0].bytes, "\"width\":96,\"height\":64"));
	for (int i = 0; i < 40; i++) {
		paint(b, i, i % 30, 20, 30, i % 3 == 0);
		if (i % 5 == 0)
			paint(b, 90 - i, 2, 6, 9, true);
		later(b);
		number = watch(b);
		same_picture(b);
		assert_int_equal(number, i + 1);
		assert_int_equal(view_on_ack(b->view, number), OK);
	}
}

static void two_updates_are_in_flight_and_the_damage_waits_merged(void **state)
{
	struct bench *b = *state;
	uint32_t number;

	assert_int_equal(view_start(b->view, 5), OK);
	for (int i = 0; i < 10; i++) {
		paint(b, i, i, 8, 8, true);
		later(b);
	}
	assert_int_equal(pictures(b), PACE_IN_FLIGHT);
	number = watch(b);
	assert_int_equal(number, 2);
	assert_int_equal(view_on_ack(b->view, 1), OK);
	later(b);
	assert_int_equal(pictures(b), 1);
	assert_int_equal(watch(b), 3);
	same_picture(b); /* one update caught up with all that waited */
}

static void a_wrong_acknowledgement_is_an_offence(void **state)
{
	struct bench *b = *state;

	assert_int_equal(view_start(b->view, 5), OK);
	assert_int_equal(view_on_ack(b->view, 1), OK); /* nothing in flight: of before */
	later(b);
	paint(b, 0, 0, 8, 8, true);
	later(b);
	assert_int_equal(view_on_ack(b->view, 2), ERR_MALFORMED);
	assert_int_equal(view_on_ack(b->view, 1), OK);
	assert_int_equal(view_on_ack(b->view, 1), OK); /* older: harmless */
	assert_int_equal(view_on_ack(b->view, 7), ERR_MALFORMED);
	assert_int_equal(view_on_ack(b->view, 2), OK);
}

static void after_the_stop_nothing_is_captured_or_sent(void **state)
{
	struct bench *b = *state;
	unsigned captures;

	assert_int_equal(view_start(b->view, 5), OK);
	later(b);
	paint(b, 0, 0, 50, 50, true);
	view_stop(b->view);
	assert_non_null(strstr(fake.log, "capture stop"));
	captures = fake.captures;
	tray_clear(&b->tray);
	paint(b, 0, 0, 50, 50, true);
	view_on_cursor(b->view, 1, 1, true);
	view_on_screens(b->view);
	view_on_key_frame(b->view);
	later(b);
	assert_int_equal(view_on_ack(b->view, 99), OK);
	assert_int_equal(b->tray.count, 0);
	assert_int_equal(fake.captures, captures);
	view_stop(b->view);
}

static void a_new_start_begins_with_a_key_frame(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < 3; i++) {
		decoder_free(b->decoder);
		b->decoder = decoder_new();
		assert_int_equal(view_start(b->view, 5), OK);
		paint(b, 3, 3, 30, 30, true);
		later(b);
		watch(b);
		same_picture(b);
	}
	decoder_free(b->decoder);
	b->decoder = decoder_new();
	view_on_key_frame(b->view); /* on demand, also with updates in flight */
	later(b);
	watch(b);
	same_picture(b);
}

/* Somebody who jumps into a recording waits for one: never longer than a minute while something moves. */
static void once_a_minute_an_update_stands_alone(void **state)
{
	struct bench *b = *state;
	unsigned keys = 0;

	assert_int_equal(view_start(b->view, 5), OK);
	for (int i = 0; i < 180; i++) {
		uint32_t number;
		uint8_t header;

		paint(b, i % 60, 3, 8, 8, true);
		later(b);
		for (size_t k = 0; k < b->tray.count; k++)
			if (b->tray.at[k].kind == KIND_PICTURE) {
				header = b->tray.at[k].bytes[12];
				keys += header & 1;
			}
		number = watch(b);
		same_picture(b);
		assert_int_equal(view_on_ack(b->view, number), OK);
	}
	assert_int_equal(keys, 3);
	fake.boot_ms += 3600000;
	view_tick(b->view, fake.boot_ms);
	assert_int_equal(b->tray.count, 0); /* nothing moves: nothing is sent */
}

static void the_pace_is_sixteen_milliseconds_and_two_hundred_when_hidden(void **state)
{
	struct bench *b = *state;
	uint64_t sent, due;

	assert_int_equal(view_start(b->view, 5), OK);
	later(b);
	sent = fake.boot_ms;
	paint(b, 0, 0, 9, 9, true);
	due = view_tick(b->view, sent);
	assert_int_equal(due, sent + PACE_FRAME_MS);
	view_on_visibility(b->view, false);
	assert_int_equal(view_tick(b->view, sent), sent + PACE_HIDDEN_MS);
	view_on_visibility(b->view, true);
	assert_int_equal(view_tick(b->view, due - 1), due);
	assert_int_equal(pictures(b), 1);
	assert_int_equal(view_tick(b->view, due), 0);
	assert_int_equal(pictures(b), 2);
}

static void damage_outside_the_screen_is_cut(void **state)
{
	static const struct platform_rect wild[] = { { -50, -50, 60, 60 }, { 90, 60, 500, 500 }, { 500, 500, 5, 5 }, { 5, 5, -3, -3 } };
	struct bench *b = *state;

	assert_int_equal(view_start(b->view, 5), OK);
	later(b);
	for (int i = 0; i < 100; i++) { /* more than are kept apart */
		paint(b, i % 80, i % 60, 3, 3, true);
		view_on_damage(b->view, wild, 4);
	}
	later(b);
	watch(b);
	same_picture(b);
}

static void without_capture_there_is_no_view(void **state)
{
	struct bench *b = *state;

	fake.has_no_capture = true;
	assert_int_equal(view_start(b->view, 5), ERR_IO);
	paint(b, 0, 0, 9, 9, true);
	later(b);
	assert_int_equal(b->tray.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_captured_or_sent_before_the_start),
		TEST(the_viewer_sees_exactly_the_screen),
		TEST(two_updates_are_in_flight_and_the_damage_waits_merged),
		TEST(a_wrong_acknowledgement_is_an_offence),
		TEST(after_the_stop_nothing_is_captured_or_sent),
		TEST(a_new_start_begins_with_a_key_frame),
		TEST(once_a_minute_an_update_stands_alone),
		TEST(the_pace_is_sixteen_milliseconds_and_two_hundred_when_hidden),
		TEST(damage_outside_the_screen_is_cut),
		TEST(without_capture_there_is_no_view),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
