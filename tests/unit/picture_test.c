#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/picture/decoder.h"
#include "common/picture/encoder.h"

#define GREY 0xd0d0d0u
#define WHITE 0xffffffu

/* An agent's screen, its encoder, and the viewer at the other end. */
struct link {
	unsigned width, height;
	uint32_t *screen;
	struct encoder *encoder;
	struct decoder *decoder;
	struct picture_out out;
	uint32_t seed;
};

static uint32_t dice(struct link *l)
{
	l->seed = l->seed * 1664525u + 1013904223u;
	return l->seed >> 8;
}

static void link_open(struct link *l, unsigned width, unsigned height)
{
	*l = (struct link){.width = width, .height = height, .seed = width * 31 + height};
	l->screen = calloc((size_t)width * height, sizeof(*l->screen));
	l->encoder = encoder_new((uint16_t)width, (uint16_t)height);
	l->decoder = decoder_new();
	assert_non_null(l->screen);
	assert_non_null(l->encoder);
	assert_non_null(l->decoder);
}

static void link_close(struct link *l)
{
	picture_out_done(&l->out);
	decoder_free(l->decoder);
	encoder_free(l->encoder);
	free(l->screen);
}

static void fill(struct link *l, unsigned x, unsigned y, unsigned w, unsigned h, uint32_t colour)
{
	for (unsigned j = y; j < y + h && j < l->height; j++)
		for (unsigned i = x; i < x + w && i < l->width; i++)
			l->screen[j * l->width + i] = colour;
}

/* A letter of 7x10: one of 30 fixed shapes with grey edges. */
static void draw_letter(struct link *l, unsigned x, unsigned y, unsigned letter)
{
	for (unsigned j = 0; j < 10; j++)
		for (unsigned i = 0; i < 7; i++) {
			uint32_t h = (letter * 70 + j * 7 + i) * 2654435761u;
			uint32_t ink = h >> 30 == 0 ? 0x202020 : h >> 29 == 2 ? 0x90a0b0 : WHITE;
			if (x + i < l->width && y + j < l->height)
				l->screen[(y + j) * l->width + x + i] = ink;
		}
}

static void draw_line(struct link *l, unsigned x, unsigned y, unsigned w)
{
	unsigned letters = w / 8;

	fill(l, x, y, w, 14, WHITE);
	for (unsigned i = 0; i < letters; i++)
		if (dice(l) % 6 > 0)
			draw_letter(l, x + i * 8, y + 2, dice(l) % 30);
}

static void draw_text(struct link *l, unsigned x, unsigned y, unsigned w, unsigned lines)
{
	for (unsigned i = 0; i < lines; i++)
		draw_line(l, x, y + i * 14, w);
}

static void draw_noise(struct link *l)
{
	for (unsigned i = 0; i < l->width * l->height; i++)
		l->screen[i] = dice(l) & WHITE;
}

static void scroll_up(struct link *l, unsigned x, unsigned y, unsigned w, unsigned h, unsigned by)
{
	for (unsigned j = y; j + by < y + h; j++)
		memmove(&l->screen[j * l->width + x], &l->screen[(j + by) * l->width + x],
			w * sizeof(*l->screen));
}

static void update(struct link *l, struct picture_rect damage)
{
	assert_int_equal(encoder_update(l->encoder, l->screen, &damage, 1, &l->out), OK);
}

static void assert_viewer_sees_screen(struct link *l)
{
	assert_int_equal(decoder_width(l->decoder), l->width);
	assert_int_equal(decoder_height(l->decoder), l->height);
	assert_memory_equal(decoder_pixels(l->decoder), l->screen,
			    (size_t)l->width * l->height * sizeof(*l->screen));
}

/* Sends what is inside the damage; returns the bytes that it took. */
static size_t send_damage(struct link *l, struct picture_rect damage)
{
	update(l, damage);
	if (l->out.len > 0)
		assert_int_equal(decoder_update(l->decoder, l->out.bytes, l->out.len), OK);
	assert_viewer_sees_screen(l);
	return l->out.len;
}

static size_t send_all(struct link *l)
{
	return send_damage(l, (struct picture_rect){0, 0, UINT16_MAX, UINT16_MAX});
}

static void open_desktop(struct link *l)
{
	link_open(l, 640, 400);
	fill(l, 0, 0, 640, 400, GREY);
	fill(l, 40, 30, 480, 330, WHITE);
	draw_text(l, 44, 36, 464, 22);
	send_all(l);
}

static void every_size_arrives_as_it_was(void **state)
{
	static const uint16_t sizes[][2] = {
		{1, 1}, {1, 2}, {2, 1}, {1, 300}, {300, 1}, {2, 2}, {15, 17}, {16, 16}, {17, 15},
		{63, 65}, {64, 64}, {65, 33}, {200, 3}, {3, 200}, {320, 200},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct link l;
		link_open(&l, sizes[i][0], sizes[i][1]);
		send_all(&l);
		draw_text(&l, 0, 0, l.width, l.height / 14 + 1);
		send_all(&l);
		draw_noise(&l);
		send_all(&l);
		fill(&l, 0, 0, l.width, l.height, 0x123456);
		send_all(&l);
		link_close(&l);
	}
}

static void a_size_out_of_range_has_no_encoder(void **state)
{
	(void)state;
	assert_null(encoder_new(0, 5));
	assert_null(encoder_new(5, 0));
	assert_null(encoder_new(PICTURE_MAX_SIDE + 1, 5));
}

static void nothing_is_sent_when_nothing_differs(void **state)
{
	struct link l;

	(void)state;
	open_desktop(&l);
	assert_int_equal(send_all(&l), 0);
	assert_int_equal(encoder_update(l.encoder, l.screen, NULL, 0, &l.out), OK);
	assert_int_equal(l.out.len, 0);
	link_close(&l);
}

static void the_top_byte_of_a_pixel_says_nothing(void **state)
{
	struct link l;

	(void)state;
	open_desktop(&l);
	for (unsigned i = 0; i < l.width * l.height; i++)
		l.screen[i] |= 0xff000000u;
	update(&l, (struct picture_rect){0, 0, 640, 400});
	assert_int_equal(l.out.len, 0);
	link_close(&l);
}

static void only_the_damage_is_looked_at(void **state)
{
	struct link l;

	(void)state;
	open_desktop(&l);
	fill(&l, 100, 100, 20, 20, 0xff0000);
	update(&l, (struct picture_rect){105, 103, 4, 5});
	assert_int_equal(decoder_update(l.decoder, l.out.bytes, l.out.len), OK);
	for (unsigned y = 90; y < 130; y++)
		for (unsigned x = 90; x < 130; x++) {
			bool is_damage = x >= 105 && x < 109 && y >= 103 && y < 108;
			bool is_red = decoder_pixels(l.decoder)[y * 640 + x] == 0xff0000;
			assert_int_equal(is_red, is_damage);
		}
	send_all(&l);
	link_close(&l);
}

static void one_pixel_costs_few_bytes(void **state)
{
	struct link l;

	(void)state;
	open_desktop(&l);
	for (unsigned i = 0; i < 200; i++) {
		unsigned x = dice(&l) % l.width, y = dice(&l) % l.height;
		struct picture_rect at = {(uint16_t)x, (uint16_t)y, 1, 1};
		l.screen[y * l.width + x] ^= 0x10203;
		assert_in_range(send_damage(&l, at), 1, 24);
	}
	link_close(&l);
}

static void a_scroll_is_a_copy(void **state)
{
	struct link l;
	size_t line_len, scroll_len;

	(void)state;
	open_desktop(&l);
	draw_line(&l, 44, 330, 464);
	line_len = send_all(&l);
	scroll_up(&l, 44, 36, 464, 308, 14);
	scroll_len = send_damage(&l, (struct picture_rect){40, 30, 480, 330});
	assert_in_range(scroll_len, 1, 40 + line_len);
	scroll_up(&l, 44, 36, 464, 308, 3); /* no multiple of a line or a block */
	assert_in_range(send_all(&l), 1, 40 + line_len);
	link_close(&l);
}

static void a_dragged_window_is_a_copy(void **state)
{
	struct link l;

	(void)state;
	link_open(&l, 640, 400);
	for (unsigned i = 0; i < 6; i++) {
		l.seed = 99; /* the same text each time */
		fill(&l, 0, 0, 640, 400, GREY);
		fill(&l, 50 + i * 37, 20 + i * 13, 310, 220, 0x3040a0);
		draw_text(&l, 54 + i * 37, 40 + i * 13, 300, 14);
		assert_in_range(send_all(&l), 1, i == 0 ? 10000 : 200);
	}
	link_close(&l);
}

static void a_jump_back_moves_the_other_way(void **state)
{
	struct link l;

	(void)state;
	link_open(&l, 640, 400);
	for (unsigned i = 0; i < 4; i++) {
		l.seed = 99;
		fill(&l, 0, 0, 640, 400, GREY);
		draw_text(&l, 90 - i * 21, 100 + i * 9, 300, 14);
		assert_in_range(send_all(&l), 1, i == 0 ? 10000 : 200);
	}
	link_close(&l);
}

static void a_key_frame_starts_a_new_viewer_in_mid_stream(void **state)
{
	struct link l;

	(void)state;
	open_desktop(&l);
	draw_line(&l, 44, 50, 464);
	send_all(&l);
	decoder_free(l.decoder);
	l.decoder = decoder_new();
	encoder_key(l.encoder);
	send_damage(&l, (struct picture_rect){0, 0, 1, 1});
	draw_line(&l, 44, 64, 464);
	send_all(&l);
	link_close(&l);
}

static void a_viewer_without_a_key_frame_refuses(void **state)
{
	struct decoder *fresh = decoder_new();
	struct link l;

	(void)state;
	open_desktop(&l);
	draw_line(&l, 44, 50, 464);
	send_all(&l);
	assert_int_equal(decoder_update(fresh, l.out.bytes, l.out.len), ERR_MALFORMED);
	assert_null(decoder_pixels(fresh));
	decoder_free(fresh);
	link_close(&l);
}

/* A cut update is noticed, and only a key frame mends it. */
static void no_truncation_is_taken_for_the_whole(void **state)
{
	struct link l;
	uint8_t *whole;
	size_t len;

	(void)state;
	link_open(&l, 120, 80);
	draw_text(&l, 3, 5, 110, 5);
	update(&l, (struct picture_rect){0, 0, 120, 80});
	len = l.out.len;
	whole = malloc(len);
	assert_non_null(whole);
	memcpy(whole, l.out.bytes, len);
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *part = malloc(cut + 1); /* exact size: the sanitizer sees a step too far */
		assert_non_null(part);
		memcpy(part, whole, cut);
		assert_int_equal(decoder_update(l.decoder, part, cut), ERR_MALFORMED);
		free(part);
	}
	draw_line(&l, 3, 5, 110);
	update(&l, (struct picture_rect){0, 0, 120, 80});
	assert_int_equal(decoder_update(l.decoder, l.out.bytes, l.out.len), ERR_MALFORMED);
	encoder_key(l.encoder);
	send_all(&l);
	free(whole);
	link_close(&l);
}

static void a_byte_too_many_is_malformed(void **state)
{
	struct link l;

	(void)state;
	link_open(&l, 120, 80);
	draw_text(&l, 3, 5, 110, 5);
	update(&l, (struct picture_rect){0, 0, 120, 80});
	assert_int_equal(picture_out_reserve(&l.out, 1), OK);
	for (unsigned extra = 0; extra < 256; extra++) {
		l.out.bytes[l.out.len] = (uint8_t)extra;
		assert_int_equal(decoder_update(l.decoder, l.out.bytes, l.out.len + 1),
				 ERR_MALFORMED);
	}
	link_close(&l);
}

static void a_header_of_another_kind_is_malformed(void **state)
{
	static const uint8_t headers[][5] = {
		{0x01, 0, 9, 0, 9}, {0x21, 0, 9, 0, 9}, {0x13, 0, 9, 0, 9}, {0x11, 0, 0, 0, 9},
		{0x11, 0, 9, 0, 0}, {0x11, 0x20, 1, 0, 9}, {0x11, 0, 9, 0xff, 0xff},
	};
	struct decoder *d = decoder_new();

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
		assert_int_equal(decoder_update(d, headers[i], 5), ERR_MALFORMED);
	assert_int_equal(decoder_update(d, NULL, 0), ERR_MALFORMED);
	decoder_free(d);
}

static void the_dirty_rectangles_hold_every_change(void **state)
{
	struct link l;
	uint32_t *before;
	size_t bytes, count;
	const struct picture_rect *dirty;

	(void)state;
	open_desktop(&l);
	bytes = (size_t)l.width * l.height * sizeof(*before);
	before = malloc(bytes);
	assert_non_null(before);
	memcpy(before, l.screen, bytes);
	for (unsigned i = 0; i < 300; i++)
		l.screen[dice(&l) % (l.width * l.height)] ^= 0xff;
	send_all(&l);
	dirty = decoder_dirty(l.decoder, &count);
	assert_in_range(count, 1, DECODER_DIRTY_MAX);
	for (size_t i = 0; i < count; i++)
		for (unsigned y = dirty[i].y; y < (unsigned)dirty[i].y + dirty[i].h; y++)
			memcpy(&before[y * l.width + dirty[i].x],
			       &l.screen[y * l.width + dirty[i].x], dirty[i].w * sizeof(*before));
	assert_memory_equal(before, l.screen, bytes);
	free(before);
	link_close(&l);
}

static void thousands_of_mixed_changes_arrive_as_they_were(void **state)
{
	struct link l;

	(void)state;
	link_open(&l, 331, 217);
	for (unsigned i = 0; i < 1500; i++) {
		unsigned x = dice(&l) % l.width, y = dice(&l) % l.height;
		unsigned w = 1 + dice(&l) % (l.width - x), h = 1 + dice(&l) % (l.height - y);
		switch (dice(&l) % 6) {
		case 0: fill(&l, x, y, w, h, dice(&l) & WHITE); break;
		case 1: draw_text(&l, x, y, w, h / 14); break;
		case 2: scroll_up(&l, x, y, w, h, 1 + dice(&l) % h); break;
		case 3: l.screen[y * l.width + x] = dice(&l) & WHITE; break;
		case 4: scroll_up(&l, 0, 0, l.width, l.height, 1 + dice(&l) % 40); break;
		default: draw_line(&l, x, y, w); break;
		}
		if (dice(&l) % 100 == 0)
			encoder_key(l.encoder);
		send_all(&l);
	}
	link_close(&l);
}

/* Flips of single bits must never crash; the sanitizers look on. */
static void damaged_bytes_do_no_harm(void **state)
{
	struct link l;

	(void)state;
	link_open(&l, 120, 80);
	for (unsigned i = 0; i < 400; i++) {
		draw_line(&l, dice(&l) % 60, dice(&l) % 80, 60);
		encoder_key(l.encoder);
		update(&l, (struct picture_rect){0, 0, 120, 80});
		l.out.bytes[5 + dice(&l) % (l.out.len - 5)] ^= (uint8_t)(1u << dice(&l) % 8);
		(void)decoder_update(l.decoder, l.out.bytes, l.out.len);
	}
	link_close(&l);
}

static uint32_t fnv1a_rgba(const uint32_t *pixels, size_t count)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < count; i++) {
		uint32_t p = pixels[i];
		const uint32_t rgba[] = {p >> 16 & 255, p >> 8 & 255, p & 255, 255};
		for (unsigned k = 0; k < 4; k++)
			hash = (hash ^ rgba[k]) * 16777619u;
	}
	return hash;
}

static bool read_u32(FILE *f, uint32_t *v)
{
	uint8_t b[4];

	if (fread(b, sizeof(b), 1, f) != 1)
		return false;
	*v = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
	return true;
}

static void assert_vector_decodes(const char *path)
{
	static uint8_t update[1 << 18];
	struct decoder *d = decoder_new();
	FILE *f = fopen(path, "rb");
	uint32_t len, hash;
	unsigned steps = 0;

	assert_non_null(f);
	for (; read_u32(f, &len); steps++) {
		assert_in_range(len, 1, sizeof(update));
		assert_int_equal(fread(update, 1, len, f), len);
		assert_true(read_u32(f, &hash));
		assert_int_equal(decoder_update(d, update, len), OK);
		assert_int_equal(fnv1a_rgba(decoder_pixels(d),
					    (size_t)decoder_width(d) * decoder_height(d)), hash);
	}
	assert_int_not_equal(steps, 0);
	fclose(f);
	decoder_free(d);
}

/* The format has not changed by accident; GUICHET_VECTORS is the folder tests/vectors. */
static void the_vectors_still_decode(void **state)
{
	static const char *const names[] = {"text", "drag", "mixed"};
	const char *dir = getenv("GUICHET_VECTORS");
	char path[4096];

	(void)state;
	if (!dir)
		skip();
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/picture/%s.bin", dir, names[i]);
		assert_vector_decodes(path);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_arrives_as_it_was),
		cmocka_unit_test(a_size_out_of_range_has_no_encoder),
		cmocka_unit_test(nothing_is_sent_when_nothing_differs),
		cmocka_unit_test(the_top_byte_of_a_pixel_says_nothing),
		cmocka_unit_test(only_the_damage_is_looked_at),
		cmocka_unit_test(one_pixel_costs_few_bytes),
		cmocka_unit_test(a_scroll_is_a_copy),
		cmocka_unit_test(a_dragged_window_is_a_copy),
		cmocka_unit_test(a_jump_back_moves_the_other_way),
		cmocka_unit_test(a_key_frame_starts_a_new_viewer_in_mid_stream),
		cmocka_unit_test(a_viewer_without_a_key_frame_refuses),
		cmocka_unit_test(no_truncation_is_taken_for_the_whole),
		cmocka_unit_test(a_byte_too_many_is_malformed),
		cmocka_unit_test(a_header_of_another_kind_is_malformed),
		cmocka_unit_test(the_dirty_rectangles_hold_every_change),
		cmocka_unit_test(thousands_of_mixed_changes_arrive_as_they_were),
		cmocka_unit_test(damaged_bytes_do_no_harm),
		cmocka_unit_test(the_vectors_still_decode),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]); /* one test: ./picture_test "*scroll*" */
	return cmocka_run_group_tests_name("picture", tests, NULL, NULL);
}
