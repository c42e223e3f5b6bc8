/*
 * picture_bench: bytes and milliseconds of the screen coder beside zstd -1.
 *
 *	picture_bench                     synthetic text screens
 *	picture_bench FRAME.xwd ...       a recording: dumps of a 32-bit display (Xvfb -fbdir)
 *
 * cc -O2 -I. tests/bench/picture_bench.c common/picture/[a-z]*.c -lzstd
 */
#define _POSIX_C_SOURCE 200809L
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zstd.h>

#include "common/picture/decoder.h"
#include "common/picture/encoder.h"

#define WIDTH 1920
#define HEIGHT 1080

struct bench {
	unsigned width, height;
	uint32_t *screen;
	struct encoder *encoder;
	struct decoder *decoder;
	struct picture_out out;
	void *zstd_out;
	size_t total, zstd_total;
	double encode_ms, decode_ms;
	uint32_t seed;
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void *need(void *p)
{
	if (!p) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
	return p;
}

static void bench_open(struct bench *b, unsigned width, unsigned height)
{
	size_t bytes = (size_t)width * height * sizeof(uint32_t);

	*b = (struct bench){ .width = width, .height = height, .seed = 1 };
	b->screen = need(calloc(1, bytes));
	b->encoder = need(encoder_new((uint16_t)width, (uint16_t)height));
	b->decoder = need(decoder_new());
	b->zstd_out = need(malloc(ZSTD_compressBound(bytes)));
	printf("%-12s %9s %9s %9s %9s\n", "", "bytes", "zstd -1", "enc ms", "dec ms");
}

static void bench_close(struct bench *b)
{
	printf("%-12s %9zu %9zu %9.2f %9.2f\n", "all", b->total, b->zstd_total, b->encode_ms,
			b->decode_ms);
	picture_out_done(&b->out);
	decoder_free(b->decoder);
	encoder_free(b->encoder);
	free(b->zstd_out);
	free(b->screen);
}

static bool is_row_equal(const struct bench *b, const uint32_t *old, unsigned y)
{
	size_t at = (size_t)y * b->width;

	return memcmp(old + at, b->screen + at, b->width * sizeof(*old)) == 0;
}

/* What zstd -1 makes of the rows that changed, pixels as they are; `old` NULL: the whole. */
static size_t zstd_bytes(struct bench *b, const uint32_t *old)
{
	unsigned first = 0, last = b->height;
	size_t row = b->width * sizeof(uint32_t);

	while (old && first < last && is_row_equal(b, old, first))
		first++;
	while (old && last > first && is_row_equal(b, old, last - 1))
		last--;
	if (first == last)
		return 0;
	return ZSTD_compress(b->zstd_out, ZSTD_compressBound(row * b->height),
			b->screen + first * b->width, (last - first) * row, 1);
}

/* One update with the whole screen as damage, unless told better. */
static void step(struct bench *b, const char *name, struct picture_rect damage)
{
	size_t zstd = zstd_bytes(b, decoder_pixels(b->decoder));
	double start = now_ms(), encoded, decoded;

	if (encoder_update(b->encoder, b->screen, &damage, 1, &b->out))
		exit(1);
	encoded = now_ms();
	if (b->out.len > 0 && decoder_update(b->decoder, b->out.bytes, b->out.len))
		exit(1);
	decoded = now_ms();
	if (memcmp(decoder_pixels(b->decoder), b->screen, (size_t)b->width * b->height * 4) != 0) {
		fprintf(stderr, "%s: not the same picture\n", name);
		exit(1);
	}
	b->total += b->out.len;
	b->zstd_total += zstd;
	b->encode_ms += encoded - start;
	b->decode_ms += decoded - encoded;
	printf("%-12.12s %9zu %9zu %9.2f %9.2f\n", name, b->out.len, zstd, encoded - start,
			decoded - encoded);
}

static const struct picture_rect everything = { 0, 0, UINT16_MAX, UINT16_MAX };

static uint32_t dice(struct bench *b)
{
	b->seed = b->seed * 1664525u + 1013904223u;
	return b->seed >> 8;
}

static void fill(struct bench *b, unsigned x, unsigned y, unsigned w, unsigned h, uint32_t colour)
{
	for (unsigned j = y; j < y + h; j++)
		for (unsigned i = x; i < x + w; i++)
			b->screen[j * b->width + i] = colour;
}

static void draw_line(struct bench *b, unsigned x, unsigned y, unsigned letters)
{
	fill(b, x, y, letters * 8, 16, 0xffffff);
	for (unsigned k = 0; k < letters; k++) {
		uint32_t letter = dice(b) % 40;
		for (unsigned i = 0; i < 70 && letter < 32; i++) {
			uint32_t h = (letter * 70 + i) * 2654435761u;
			uint32_t ink = h >> 30 == 0 ? 0x202020 : h >> 29 == 2 ? 0x90a0b0 : 0xffffff;
			b->screen[(y + 3 + i / 7) * b->width + x + k * 8 + i % 7] = ink;
		}
	}
}

static void synthetic(void)
{
	struct bench b;

	bench_open(&b, WIDTH, HEIGHT);
	fill(&b, 0, 0, WIDTH, HEIGHT, 0x336699);
	fill(&b, 80, 40, 1200, 1000, 0xffffff);
	for (unsigned i = 0; i < 60; i++)
		draw_line(&b, 90, 60 + i * 16, 20 + dice(&b) % 120);
	step(&b, "key", everything);
	for (unsigned i = 0; i < 5; i++) {
		draw_line(&b, 90, 60 + 16 * (dice(&b) % 60), 140);
		step(&b, "line", (struct picture_rect){ 80, 40, 1200, 1000 });
	}
	for (unsigned i = 0; i < 5; i++) {
		for (unsigned y = 60; y < 1000; y++)
			memmove(b.screen + y * WIDTH + 80, b.screen + (y + 16) * WIDTH + 80,
					1200 * 4);
		draw_line(&b, 90, 1000, 140);
		step(&b, "scroll", everything);
	}
	bench_close(&b);
}

static uint32_t big_endian(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Reads the pixels of an X window dump; opens the bench with the first. */
static bool read_xwd(struct bench *b, const char *path)
{
	uint8_t header[100];
	uint32_t header_len, colours, width, height;
	FILE *f = fopen(path, "rb");
	bool is_read = false;

	if (!f || fread(header, sizeof(header), 1, f) != 1)
		goto done;
	header_len = big_endian(header);
	width = big_endian(header + 16);
	height = big_endian(header + 20);
	colours = big_endian(header + 76);
	if (!b->screen)
		bench_open(b, width, height);
	is_read = width == b->width && height == b->height &&
			fseek(f, (long)(header_len + colours * 12), SEEK_SET) == 0 &&
			fread(b->screen, 4, (size_t)width * height, f) == (size_t)width * height;
	for (size_t i = 0; i < (size_t)width * height; i++)
		b->screen[i] &= 0xffffff;
done:
	if (f)
		fclose(f);
	return is_read;
}

int main(int argc, char **argv)
{
	struct bench b = { 0 };

	if (argc < 2) {
		synthetic();
		return 0;
	}
	for (int i = 1; i < argc; i++) {
		const char *slash = strrchr(argv[i], '/');
		if (!read_xwd(&b, argv[i])) {
			fprintf(stderr, "%s: no such dump\n", argv[i]);
			return 1;
		}
		step(&b, slash ? slash + 1 : argv[i], everything);
	}
	bench_close(&b);
	return 0;
}
