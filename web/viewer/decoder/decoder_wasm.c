/*
 * decoder_wasm: common/picture/decoder.h for the browser. One decoder an instance. It keeps the
 * picture a second time as RGBA bytes, ready for ImageData, and converts only what an update
 * touched. Nothing is imported from JavaScript; pointers are offsets into the exported memory and
 * may move with each call of decoder_wasm_alloc_input() or decoder_wasm_update().
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/picture/decoder.h"

#define EXPORT(name) __attribute__((export_name(name)))
#define OPAQUE 0xff000000u
#define INPUT_MAX (64u << 20)

uint8_t *decoder_wasm_alloc_input(size_t len);
int decoder_wasm_update(const uint8_t *bytes, size_t len);
const uint32_t *decoder_wasm_pixels(void);
unsigned decoder_wasm_width(void);
unsigned decoder_wasm_height(void);
size_t decoder_wasm_dirty_count(void);
const struct picture_rect *decoder_wasm_dirty_ptr(void);
void decoder_wasm_reset(void);

/* The one instance: a wasm module is an object by itself. */
static struct {
	struct decoder *decoder;
	uint8_t *input;
	size_t input_size;
	uint32_t *rgba; /* bytes R, G, B, A of width * height pixels */
	uint16_t width, height;
	bool is_valid; /* the last update was applied */
} self;

/* Where to put the bytes of the next update; NULL if `len` is too large. */
EXPORT("decoder_wasm_alloc_input") uint8_t *decoder_wasm_alloc_input(size_t len)
{
	if (len > INPUT_MAX)
		return NULL;
	if (len > self.input_size || !self.input) {
		free(self.input);
		self.input = malloc(len);
		self.input_size = self.input ? len : 0;
	}
	return self.input;
}

static uint32_t rgba_of(uint32_t pixel)
{
	return OPAQUE | (pixel & 0xff) << 16 | (pixel & 0xff00) | (pixel >> 16 & 0xff);
}

static void convert(const struct picture_rect *r)
{
	for (unsigned y = r->y; y < (unsigned)r->y + r->h; y++) {
		const uint32_t *from = decoder_pixels(self.decoder) + (size_t)y * self.width + r->x;
		uint32_t *to = self.rgba + (size_t)y * self.width + r->x;
		for (unsigned i = 0; i < r->w; i++)
			to[i] = rgba_of(from[i]);
	}
}

/* Makes the RGBA picture as large as the decoder's. */
static enum err fit_rgba(void)
{
	uint16_t width = decoder_width(self.decoder), height = decoder_height(self.decoder);

	if (self.rgba && width == self.width && height == self.height)
		return OK;
	free(self.rgba);
	self.width = self.height = 0;
	self.rgba = malloc((size_t)width * height * sizeof(*self.rgba));
	if (!self.rgba)
		return ERR_NOMEM;
	self.width = width;
	self.height = height;
	return OK;
}

static enum err update(const uint8_t *bytes, size_t len)
{
	enum err e;
	size_t count;
	const struct picture_rect *dirty;

	if (!self.decoder)
		self.decoder = decoder_new();
	if (!self.decoder)
		return ERR_NOMEM;
	e = decoder_update(self.decoder, bytes, len);
	if (e == OK)
		e = fit_rgba();
	if (e)
		return e;
	dirty = decoder_dirty(self.decoder, &count);
	for (size_t i = 0; i < count; i++)
		convert(&dirty[i]);
	return OK;
}

/* Applies the update at `bytes` (decoder_wasm_alloc_input()); 0 or a number of enum err. */
EXPORT("decoder_wasm_update") int decoder_wasm_update(const uint8_t *bytes, size_t len)
{
	enum err e = ERR_MALFORMED;

	if (bytes == self.input && len <= self.input_size)
		e = update(bytes, len);
	self.is_valid = e == OK;
	return (int)e;
}

/* width * height * 4 bytes R, G, B, 255; NULL before the first key frame. */
EXPORT("decoder_wasm_pixels") const uint32_t *decoder_wasm_pixels(void)
{
	return self.rgba;
}

/* Pixels; 0 before the first key frame. */
EXPORT("decoder_wasm_width") unsigned decoder_wasm_width(void)
{
	return self.width;
}

/* Pixels; 0 before the first key frame. */
EXPORT("decoder_wasm_height") unsigned decoder_wasm_height(void)
{
	return self.height;
}

/* Rectangles that the last update touched; 0 if it failed. */
EXPORT("decoder_wasm_dirty_count") size_t decoder_wasm_dirty_count(void)
{
	size_t count = 0;

	if (self.is_valid)
		decoder_dirty(self.decoder, &count);
	return count;
}

/* The rectangles, four u16 each: x, y, w, h; NULL if there are none. */
EXPORT("decoder_wasm_dirty_ptr") const struct picture_rect *decoder_wasm_dirty_ptr(void)
{
	size_t count;

	return self.is_valid ? decoder_dirty(self.decoder, &count) : NULL;
}

/* As new: waits for a key frame. */
EXPORT("decoder_wasm_reset") void decoder_wasm_reset(void)
{
	decoder_free(self.decoder);
	self.decoder = NULL;
	free(self.rgba);
	self.rgba = NULL;
	self.width = self.height = 0;
	self.is_valid = false;
}
