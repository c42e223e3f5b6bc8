/*
 * generate DIR: writes the vectors of the screen coder, for the browser's decoder and as a warning
 * when its format changes. Run again only together with a change of docs/PROTOCOL.md.
 *
 * A vector is a stream: u32 length, the update, u32 FNV-1a of the picture afterwards as R, G, B,
 * 255 bytes; and so on. Big-endian.
 *
 * cc -I. tests/vectors/picture/generate.c common/picture/[a-z]*.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/picture/encoder.h"

struct scene {
	unsigned width, height;
	uint32_t *screen;
	struct encoder *encoder;
	struct picture_out out;
	uint32_t seed;
	FILE *file;
};

static void fail(const char *what)
{
	fprintf(stderr, "generate: %s\n", what);
	exit(1);
}

static uint32_t dice(struct scene *s)
{
	s->seed = s->seed * 1664525u + 1013904223u;
	return s->seed >> 8;
}

static void scene_open(struct scene *s, const char *dir, const char *name, unsigned w, unsigned h)
{
	char path[4096];

	*s = (struct scene){.width = w, .height = h, .seed = 7};
	snprintf(path, sizeof(path), "%s/%s.bin", dir, name);
	s->file = fopen(path, "wb");
	s->screen = calloc((size_t)w * h, sizeof(*s->screen));
	s->encoder = encoder_new((uint16_t)w, (uint16_t)h);
	if (!s->file || !s->screen || !s->encoder)
		fail(path);
}

static void scene_close(struct scene *s)
{
	if (fclose(s->file) != 0)
		fail("cannot write");
	encoder_free(s->encoder);
	picture_out_done(&s->out);
	free(s->screen);
}

static void write_u32(FILE *f, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		fputc((int)(v >> shift & 255), f);
}

static uint32_t picture_hash(const struct scene *s)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < (size_t)s->width * s->height; i++) {
		uint32_t p = s->screen[i];
		hash = (hash ^ (p >> 16 & 255)) * 16777619u;
		hash = (hash ^ (p >> 8 & 255)) * 16777619u;
		hash = (hash ^ (p & 255)) * 16777619u;
		hash = (hash ^ 255) * 16777619u;
	}
	return hash;
}

static void step(struct scene *s)
{
	const struct picture_rect all = {0, 0, UINT16_MAX, UINT16_MAX};

	if (encoder_update(s->encoder, s->screen, &all, 1, &s->out))
		fail("out of memory");
	if (s->out.len == 0)
		return; /* painted what was there already */
	write_u32(s->file, (uint32_t)s->out.len);
	fwrite(s->out.bytes, 1, s->out.len, s->file);
	write_u32(s->file, picture_hash(s));
}

static void fill(struct scene *s, unsigned x, unsigned y, unsigned w, unsigned h, uint32_t colour)
{
	for (unsigned j = y; j < y + h && j < s->height; j++)
		for (unsigned i = x; i < x + w && i < s->width; i++)
			s->screen[j * s->width + i] = colour;
}

/* A row of invented letters with coloured edges. */
static void draw_line(struct scene *s, unsigned x, unsigned y, unsigned letters)
{
	fill(s, x, y, letters * 8, 14, 0xffffff);
	for (unsigned k = 0; k < letters; k++) {
		uint32_t letter = dice(s) % 30;
		for (unsigned i = 0; i < 70; i++) {
			uint32_t h = (letter * 70 + i) * 2654435761u;
			uint32_t ink = h >> 30 == 0 ? 0x202020 : h >> 29 == 2 ? 0x90a0b0 : 0xffffff;
			fill(s, x + k * 8 + i % 7, y + 2 + i / 7, 1, 1, ink);
		}
	}
}

static void draw_page(struct scene *s, unsigned x, unsigned y, unsigned lines)
{
	fill(s, x, y, 300, lines * 14 + 20, 0x3040a0);
	for (unsigned i = 0; i < lines; i++)
		draw_line(s, x + 6, y + 14 + i * 14, 36);
}

/* Typing, a scroll, a key frame in the middle. */
static void write_text(const char *dir)
{
	struct scene s;

	scene_open(&s, dir, "text", 400, 300);
	fill(&s, 0, 0, 400, 300, 0xd0d0d0);
	draw_page(&s, 30, 10, 18);
	step(&s);
	for (unsigned i = 0; i < 6; i++) {
		draw_line(&s, 36 + i * 8, 52, 1);
		step(&s);
	}
	for (unsigned i = 0; i < 4; i++) {
		memmove(s.screen + 24 * 400, s.screen + 38 * 400, 238 * 400 * sizeof(*s.screen));
		draw_line(&s, 36, 262, 36);
		if (i == 2)
			encoder_key(s.encoder);
		step(&s);
	}
	scene_close(&s);
}

/* A window dragged over a desktop. */
static void write_drag(const char *dir)
{
	struct scene s;

	scene_open(&s, dir, "drag", 500, 330);
	for (unsigned i = 0; i < 8; i++) {
		fill(&s, 0, 0, 500, 330, 0x336699);
		fill(&s, 60, 60, 200, 90, 0xffffff);
		s.seed = 3;
		draw_page(&s, 10 + i * 23, 5 + i * 11, 14);
		step(&s);
	}
	scene_close(&s);
}

/* Gradients, noise and odd sizes of change. */
static void write_mixed(const char *dir)
{
	struct scene s;

	scene_open(&s, dir, "mixed", 63, 65);
	for (unsigned y = 0; y < 65; y++)
		for (unsigned x = 0; x < 63; x++)
			fill(&s, x, y, 1, 1, (x * 4) << 16 | (y * 3) << 8 | (x + y));
	step(&s);
	for (unsigned i = 0; i < 40; i++) {
		unsigned x = dice(&s) % 63, y = dice(&s) % 65;
		fill(&s, x, y, dice(&s) % 20, dice(&s) % 20, dice(&s) & 0xffffff);
		step(&s);
	}
	for (unsigned i = 0; i < 63 * 65; i++)
		s.screen[i] = dice(&s) & 0xffffff;
	step(&s);
	scene_close(&s);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		fail("usage: generate DIR");
	write_text(argv[1]);
	write_drag(argv[1]);
	write_mixed(argv[1]);
	return 0;
}
