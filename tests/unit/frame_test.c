#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/bytes.h"
#include "common/frame.h"

struct seen {
	size_t count, bytes;
	struct frame last;
	uint32_t sum;
	enum err answer; /* what the callback returns */
};

static enum err on_frame(void *arg, const struct frame *f, const uint8_t *bytes)
{
	struct seen *s = arg;

	s->count++;
	s->last = *f;
	s->bytes += WIRE_HEADER_LEN + f->len;
	for (size_t i = 0; i < WIRE_HEADER_LEN + f->len; i++)
		s->sum = s->sum * 31 + bytes[i];
	return s->answer;
}

static size_t put_frame(uint8_t *out, uint8_t kind, uint16_t flags, uint32_t len, uint32_t seq, uint32_t grant)
{
	const struct frame f = { kind, flags, len, seq, grant };

	frame_write_header(&f, out);
	for (uint32_t i = 0; i < len; i++)
		out[WIRE_HEADER_LEN + i] = (uint8_t)(i * 7 + kind);
	return WIRE_HEADER_LEN + len;
}

static size_t put_conversation(uint8_t *out)
{
	size_t n = put_frame(out, KIND_PAIR_START, 0, 0, 0, 0);

	n += put_frame(out + n, KIND_PING, 0, 8, 0, 0);
	n += put_frame(out + n, KIND_MOUSE, WIRE_SEALED, 30, 1, 7);
	n += put_frame(out + n, KIND_KEY_FRAME, 0, 0, 0, 7);
	n += put_frame(out + n, KIND_TEXT, WIRE_SEALED, 272, 0xfffffffe, 0x01020304);
	return n;
}

static void a_header_reads_as_it_was_written(void **state)
{
	static const uint8_t want[WIRE_HEADER_LEN] = { 1, KIND_TEXT, 0, 1, 0, 0, 1, 16, 0xff, 0xff, 0xff, 0xfe, 1, 2, 3, 4 };
	const struct frame f = { KIND_TEXT, WIRE_SEALED, 272, 0xfffffffe, 0x01020304 };
	struct gate_frame g;
	uint8_t out[WIRE_HEADER_LEN];
	struct frame back;

	(void)state;
	frame_write_header(&f, out);
	assert_memory_equal(out, want, sizeof(want));
	assert_int_equal(frame_read_header(out, &back), OK);
	assert_int_equal(back.kind, f.kind);
	assert_int_equal(back.flags, f.flags);
	assert_int_equal(back.len, f.len);
	assert_int_equal(back.seq, f.seq);
	assert_int_equal(back.grant, f.grant);
	g = frame_for_gate(&back);
	assert_true(g.is_sealed);
	assert_int_equal(g.grant, 0x01020304);
}

static void every_wrong_field_of_a_header_closes_the_link(void **state)
{
	struct frame f;
	uint8_t h[WIRE_HEADER_LEN];

	(void)state;
	for (unsigned version = 0; version < 256; version++) {
		put_frame(h, KIND_PAIR_START, 0, 0, 0, 0);
		h[0] = (uint8_t)version;
		assert_int_equal(frame_read_header(h, &f), version == 1 ? OK : ERR_MALFORMED);
	}
	for (unsigned kind = 0; kind < 256; kind++) {
		const struct rule *r = gate_rule((uint8_t)kind);
		const struct frame w = { .kind = (uint8_t)kind, .len = r ? (uint32_t)r->min : 0 };
		frame_write_header(&w, h);
		assert_int_equal(frame_read_header(h, &f), r ? OK : ERR_MALFORMED);
	}
	for (unsigned flags = 0; flags < 65536; flags++) {
		put_frame(h, KIND_PAIR_START, (uint16_t)flags, 0, 0, 0);
		assert_int_equal(frame_read_header(h, &f), flags < 2 ? OK : ERR_MALFORMED);
	}
}

static void a_length_outside_of_its_row_closes_the_link_before_any_payload(void **state)
{
	struct frame f;
	uint8_t h[WIRE_HEADER_LEN];

	(void)state;
	for (unsigned kind = 0; kind < 256; kind++) {
		const struct rule *r = gate_rule((uint8_t)kind);
		uint64_t lens[] = { 0, 1, 0, 0, 0, 0, WIRE_PAYLOAD_MAX, WIRE_PAYLOAD_MAX + 1, 0x80000000, 0xffffffff };

		if (!r)
			continue;
		lens[2] = r->min;
		lens[3] = r->min ? r->min - 1 : 0;
		lens[4] = r->max;
		lens[5] = r->max + 1;
		for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
			const struct frame w = { .kind = (uint8_t)kind, .len = (uint32_t)lens[i] };
			frame_write_header(&w, h);
			assert_int_equal(frame_read_header(h, &f), lens[i] >= r->min && lens[i] <= r->max ? OK : ERR_MALFORMED);
		}
	}
}

static void frames_come_out_whole_whatever_the_pieces(void **state)
{
	uint8_t in[1024];
	size_t len = put_conversation(in);
	struct frame_reader *r = calloc(1, sizeof(*r));
	struct seen whole = { 0 };

	(void)state;
	assert_int_equal(frame_reader_feed(r, in, len, on_frame, &whole), OK);
	assert_int_equal(whole.count, 5);
	assert_int_equal(whole.bytes, len);
	for (size_t piece = 1; piece <= len; piece++) {
		struct seen s = { 0 };
		for (size_t at = 0; at < len; at += piece)
			assert_int_equal(frame_reader_feed(r, in + at, len - at < piece ? len - at : piece, on_frame, &s), OK);
		assert_int_equal(s.count, 5);
		assert_int_equal(s.sum, whole.sum);
		assert_int_equal(r->fill, 0);
		assert_null(r->buf); /* a link at rest costs nothing */
	}
	frame_reader_done(r);
	free(r);
}

static void a_frame_is_told_with_its_last_byte_and_not_before(void **state)
{
	uint8_t in[64];
	size_t len = put_frame(in, KIND_MOUSE, WIRE_SEALED, 30, 1, 1);
	struct frame_reader *r = calloc(1, sizeof(*r));
	struct seen s = { 0 };

	(void)state;
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(s.count, 0);
		assert_int_equal(frame_reader_feed(r, in + i, 1, on_frame, &s), OK);
	}
	assert_int_equal(s.count, 1);
	assert_int_equal(frame_reader_feed(r, in, 0, on_frame, &s), OK);
	assert_int_equal(s.count, 1);
	frame_reader_done(r);
	free(r);
}

static void the_largest_frame_fits_and_nothing_larger_is_awaited(void **state)
{
	uint8_t *in = malloc(2 * WIRE_FRAME_MAX);
	struct frame_reader *r = calloc(1, sizeof(*r));
	size_t len = put_frame(in, KIND_PICTURE, WIRE_SEALED, WIRE_PAYLOAD_MAX, 1, 1);
	struct seen s = { 0 };

	(void)state;
	len += put_frame(in + len, KIND_PONG, 0, 8, 0, 0);
	for (size_t at = 0; at < len; at += 1000)
		assert_int_equal(frame_reader_feed(r, in + at, len - at < 1000 ? len - at : 1000, on_frame, &s), OK);
	assert_int_equal(s.count, 2);
	put_u32(in + 4, WIRE_PAYLOAD_MAX + 1);
	assert_int_equal(frame_reader_feed(r, in, WIRE_HEADER_LEN, on_frame, &s), ERR_MALFORMED);
	assert_int_equal(s.count, 2);
	frame_reader_done(r);
	free(r);
	free(in);
}

static void what_the_callback_says_stops_the_stream(void **state)
{
	uint8_t in[1024];
	size_t len = put_conversation(in);
	struct frame_reader *r = calloc(1, sizeof(*r));
	struct seen s = { .answer = ERR_CRYPTO };

	(void)state;
	assert_int_equal(frame_reader_feed(r, in, len, on_frame, &s), ERR_CRYPTO);
	assert_int_equal(s.count, 1);
	frame_reader_done(r);
	free(r);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_reads_as_it_was_written),
		cmocka_unit_test(every_wrong_field_of_a_header_closes_the_link),
		cmocka_unit_test(a_length_outside_of_its_row_closes_the_link_before_any_payload),
		cmocka_unit_test(frames_come_out_whole_whatever_the_pieces),
		cmocka_unit_test(a_frame_is_told_with_its_last_byte_and_not_before),
		cmocka_unit_test(the_largest_frame_fits_and_nothing_larger_is_awaited),
		cmocka_unit_test(what_the_callback_says_stops_the_stream),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
