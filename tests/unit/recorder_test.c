#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/bytes.h"
#include "gateway/core/recorder.h"

enum { CHUNKS_MAX = 256 };

/* Keeps what the recorder hands out. */
struct shelf {
	struct recorder *r;
	struct recorder_chunk chunk[CHUNKS_MAX];
	uint8_t *bytes[CHUNKS_MAX];
	unsigned count;
	bool is_away;
};

static enum err keep(void *arg, const struct recorder_chunk *c, const uint8_t *frames)
{
	struct shelf *s = arg;

	if (s->is_away)
		return ERR_IO;
	assert_true(s->count < CHUNKS_MAX);
	s->chunk[s->count] = *c;
	s->bytes[s->count] = malloc(c->len + 1);
	if (c->len)
		memcpy(s->bytes[s->count], frames, c->len);
	s->count++;
	return OK;
}

static int setup(void **state)
{
	struct shelf *s = calloc(1, sizeof(*s));

	s->r = recorder_new(keep, s);
	*state = s;
	return s->r ? 0 : -1;
}

static int teardown(void **state)
{
	struct shelf *s = *state;

	for (unsigned i = 0; i < s->count; i++)
		free(s->bytes[i]);
	recorder_free(s->r);
	free(s);
	return 0;
}

static void answer_all(struct shelf *s)
{
	for (uint32_t n = 1; n <= s->count; n++)
		(void)recorder_stored(s->r, n);
}

static enum err take(struct shelf *s, uint64_t now_ms, uint32_t seq, uint32_t len)
{
	static uint8_t bytes[WIRE_FRAME_MAX];
	struct frame f = { .kind = KIND_PICTURE, .flags = WIRE_SEALED, .len = len, .seq = seq, .grant = 1 };

	memset(bytes, (int)seq, sizeof(bytes));
	frame_write_header(&f, bytes);
	return recorder_take(s->r, now_ms, &f, bytes);
}

static void frames_stand_in_the_chunk_as_they_were_sent(void **state)
{
	struct shelf *s = *state;
	struct frame f;

	recorder_start(s->r, 1000);
	assert_int_equal(take(s, 1000, 7, 100), OK);
	assert_int_equal(take(s, 1250, 9, 28), OK);
	assert_int_equal(s->count, 0);
	assert_int_equal(recorder_stop(s->r, 1300), OK);
	assert_int_equal(s->count, 1);
	assert_int_equal(s->chunk[0].n, 1);
	assert_int_equal(s->chunk[0].frames, 2);
	assert_int_equal(s->chunk[0].first_seq, 7);
	assert_int_equal(s->chunk[0].last_seq, 9);
	assert_int_equal(s->chunk[0].from_ms, 1000);
	assert_int_equal(s->chunk[0].to_ms, 1300);
	assert_int_equal(s->chunk[0].len, 2 * (4 + 16) + 100 + 28);
	assert_int_equal(get_u32(s->bytes[0]), 0);
	assert_int_equal(frame_read_header(s->bytes[0] + 4, &f), OK);
	assert_int_equal(f.seq, 7);
	assert_int_equal(s->bytes[0][20], 7);
	assert_int_equal(get_u32(s->bytes[0] + 120), 250);
}

static void nothing_is_kept_while_it_is_off(void **state)
{
	struct shelf *s = *state;

	assert_int_equal(take(s, 1000, 1, 100), OK);
	assert_int_equal(recorder_tick(s->r, 50000), OK);
	assert_int_equal(recorder_stop(s->r, 60000), OK);
	assert_int_equal(s->count, 0);
	assert_false(recorder_is_on(s->r));
}

/* The same numbers each time. */
static uint32_t next_number(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Whatever comes when: chunks touch, frames stand in their time, none is longer than it may be. */
static void chunks_follow_each_other_without_a_gap(void **state)
{
	struct shelf *s = *state;
	uint64_t now_ms = 5000, begun_ms = now_ms;
	uint32_t seq = 0, frames = 0, seed = 26;

	recorder_start(s->r, now_ms);
	for (int i = 0; i < 150 && s->count < CHUNKS_MAX - 4; i++) {
		static const uint32_t pauses[] = { 0, 3, 40, 400, 999, 1500, 2000, 2001, 7000, 25000 };
		uint64_t until_ms = now_ms + pauses[next_number(&seed) % 10];

		while (now_ms < until_ms) {
			now_ms = now_ms / 1000 * 1000 + 1000 < until_ms ? now_ms / 1000 * 1000 + 1000 : until_ms;
			if (now_ms % 1000 == 0)
				assert_int_equal(recorder_tick(s->r, now_ms), OK);
			answer_all(s);
		}
		seq += 1 + next_number(&seed) % 3;
		assert_int_equal(take(s, now_ms, seq, 17 + next_number(&seed) % 60000), OK);
		frames++;
		answer_all(s);
	}
	assert_int_equal(recorder_stop(s->r, now_ms + 5), OK);
	for (unsigned i = 0; i < s->count; i++) {
		const struct recorder_chunk *c = &s->chunk[i];
		assert_int_equal(c->n, i + 1);
		assert_int_equal(c->from_ms, i ? s->chunk[i - 1].to_ms : begun_ms);
		assert_true(c->to_ms >= c->from_ms);
		assert_true(c->len <= RECORDER_CHUNK_BYTES + 4 + WIRE_FRAME_MAX);
		assert_true(c->to_ms - c->from_ms <= (c->frames ? RECORDER_CHUNK_MS : RECORDER_EMPTY_MS + 1000));
		for (size_t at = 0; at < c->len;) {
			struct frame f;
			assert_true(get_u32(s->bytes[i] + at) <= c->to_ms - c->from_ms);
			assert_int_equal(frame_read_header(s->bytes[i] + at + 4, &f), OK);
			at += 20 + f.len;
			frames--;
		}
	}
	assert_int_equal(s->chunk[s->count - 1].to_ms, now_ms + 5);
	assert_int_equal(frames, 0);
}

static void a_chunk_is_cut_behind_the_frame_that_fills_it(void **state)
{
	struct shelf *s = *state;
	uint32_t seq = 0;

	recorder_start(s->r, 1000);
	while (s->count == 0)
		assert_int_equal(take(s, 1000, ++seq, 60000), OK);
	assert_true(s->chunk[0].len >= RECORDER_CHUNK_BYTES);
	assert_true(s->chunk[0].len - 60020 < RECORDER_CHUNK_BYTES);
	assert_int_equal(s->chunk[0].frames, seq);
}

static void a_screen_at_rest_is_told_every_ten_seconds(void **state)
{
	struct shelf *s = *state;

	recorder_start(s->r, 1000);
	for (uint64_t now_ms = 2000; now_ms <= 31000; now_ms += 1000) {
		assert_int_equal(recorder_tick(s->r, now_ms), OK);
		answer_all(s);
	}
	assert_int_equal(s->count, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(s->chunk[i].frames, 0);
		assert_int_equal(s->chunk[i].first_seq, 0);
		assert_int_equal(s->chunk[i].to_ms, 11000 + 10000 * i);
	}
}

/* From the pause on no frame is kept, but its chunk goes on until the line is stored. */
static void a_muted_recorder_takes_nothing_and_still_covers_the_time(void **state)
{
	struct shelf *s = *state;

	recorder_start(s->r, 1000);
	assert_int_equal(take(s, 1000, 1, 100), OK);
	recorder_mute(s->r);
	assert_int_equal(take(s, 1010, 2, 100), OK);
	assert_int_equal(recorder_stop(s->r, 1020), OK);
	assert_int_equal(take(s, 1500, 3, 100), OK);
	assert_int_equal(s->count, 1);
	assert_int_equal(s->chunk[0].frames, 1);
	assert_int_equal(s->chunk[0].to_ms, 1020);
	recorder_start(s->r, 9000);
	assert_int_equal(take(s, 9001, 4, 100), OK);
	assert_int_equal(recorder_stop(s->r, 9002), OK);
	assert_int_equal(s->chunk[1].n, 2);
	assert_int_equal(s->chunk[1].from_ms, 9000);
	assert_int_equal(s->chunk[1].first_seq, 4);
}

static void a_counter_that_does_not_grow_is_malformed(void **state)
{
	struct shelf *s = *state;

	recorder_restore(s->r, 5, 1000, 40);
	recorder_start(s->r, 500); /* the clock was set back: time never goes back */
	assert_int_equal(take(s, 600, 40, 100), ERR_MALFORMED);
	assert_int_equal(take(s, 600, 41, 100), OK);
	assert_int_equal(take(s, 600, 41, 100), ERR_MALFORMED);
	assert_int_equal(recorder_stop(s->r, 700), OK);
	assert_int_equal(s->chunk[0].n, 6);
	assert_int_equal(s->chunk[0].from_ms, 1000);
	assert_int_equal(s->chunk[0].to_ms, 1000);
}

static void a_full_recorder_says_so_until_the_notary_has_caught_up(void **state)
{
	struct shelf *s = *state;
	uint32_t seq = 0;
	unsigned stored = 0;

	recorder_start(s->r, 1000);
	while (!recorder_is_full(s->r))
		assert_int_equal(take(s, 1000, ++seq, 65000), OK);
	assert_int_equal(s->count, 13); /* of 5 frames of 65,020 bytes */
	while (recorder_is_full(s->r))
		assert_int_equal(recorder_stored(s->r, ++stored), OK);
	assert_int_equal(stored, 7);
}

static void a_notary_that_does_not_answer_for_five_seconds_is_no_evidence(void **state)
{
	struct shelf *s = *state;
	enum err e = OK;
	int seconds = 0;

	recorder_start(s->r, 1000);
	assert_int_equal(take(s, 1000, 1, 100), OK);
	assert_int_equal(recorder_tick(s->r, 2500), OK);
	assert_int_equal(s->count, 1);
	while (!e && seconds < 20)
		e = recorder_tick(s->r, 2500); /* the clock stands still: seconds are counted */
	assert_int_equal(e, ERR_IO);
	recorder_free(s->r);
	s->r = recorder_new(keep, s);
	recorder_start(s->r, 1000);
	assert_int_equal(take(s, 1000, 1, 100), OK);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(recorder_tick(s->r, 2000 + 1000 * (uint64_t)i), OK);
		for (uint32_t n = 1; n < 30; n++)
			if (recorder_stored(s->r, n) == OK)
				break;
	}
}

static void a_clock_that_is_set_back_holds_nothing_in_memory(void **state)
{
	struct shelf *s = *state;

	recorder_start(s->r, 3600000);
	assert_int_equal(take(s, 3600000, 1, 100), OK);
	for (int i = 0; i < 4; i++)
		assert_int_equal(recorder_tick(s->r, 5000), OK);
	assert_int_equal(s->count, 1);
	assert_int_equal(s->chunk[0].from_ms, 3600000);
	assert_int_equal(s->chunk[0].to_ms, 3600000);
	answer_all(s);
	for (int i = 0; i < 12; i++)
		assert_int_equal(recorder_tick(s->r, 5000), OK);
	assert_int_equal(s->count, 2);
}

static void what_cannot_be_handed_out_is_an_error(void **state)
{
	struct shelf *s = *state;

	recorder_start(s->r, 1000);
	assert_int_equal(take(s, 1000, 1, 100), OK);
	s->is_away = true;
	assert_int_equal(recorder_tick(s->r, 2500), ERR_IO);
	assert_int_equal(recorder_stored(s->r, 2), ERR_IO); /* not the one that is due */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_stand_in_the_chunk_as_they_were_sent),
		TEST(nothing_is_kept_while_it_is_off),
		TEST(chunks_follow_each_other_without_a_gap),
		TEST(a_chunk_is_cut_behind_the_frame_that_fills_it),
		TEST(a_screen_at_rest_is_told_every_ten_seconds),
		TEST(a_muted_recorder_takes_nothing_and_still_covers_the_time),
		TEST(a_counter_that_does_not_grow_is_malformed),
		TEST(a_full_recorder_says_so_until_the_notary_has_caught_up),
		TEST(a_notary_that_does_not_answer_for_five_seconds_is_no_evidence),
		TEST(a_clock_that_is_set_back_holds_nothing_in_memory),
		TEST(what_cannot_be_handed_out_is_an_error),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("recorder", tests, NULL, NULL);
}
