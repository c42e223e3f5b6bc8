#include "common/picture/canvas.h"

#include <stdlib.h>
#include <string.h>

#define GUARD_ROWS 2
#define GUARD_PIXELS 8

static size_t guard_before(const struct canvas *f)
{
	return (size_t)f->width * GUARD_ROWS + GUARD_PIXELS;
}

static size_t memory_len(const struct canvas *f)
{
	return (guard_before(f) + (size_t)f->width * f->height + GUARD_PIXELS) * sizeof(uint32_t);
}

enum err canvas_init(struct canvas *f, uint16_t width_px, uint16_t height_px)
{
	*f = (struct canvas){.width = width_px, .height = height_px};
	f->memory = malloc(memory_len(f));
	if (!f->memory) {
		*f = (struct canvas){0};
		return ERR_NOMEM;
	}
	f->pixels = f->memory + guard_before(f);
	canvas_clear(f);
	return OK;
}

void canvas_done(struct canvas *f)
{
	free(f->memory);
	*f = (struct canvas){0};
}

void canvas_clear(struct canvas *f)
{
	memset(f->memory, 0, memory_len(f));
}

bool canvas_can_move(const struct canvas *f, const struct picture_rect *to, int dx, int dy)
{
	int x = to->x + dx, y = to->y + dy;

	return to->w > 0 && to->h > 0 && to->x + to->w <= f->width && to->y + to->h <= f->height &&
	       x >= 0 && y >= 0 && x + to->w <= f->width && y + to->h <= f->height;
}

void canvas_move(struct canvas *f, const struct picture_rect *to, int dx, int dy)
{
	ptrdiff_t from = (ptrdiff_t)dy * f->width + dx;
	bool is_upward = dy >= 0; /* the source is below: the top row first */

	for (unsigned i = 0; i < to->h; i++) {
		unsigned y = to->y + (is_upward ? i : to->h - 1u - i);
		uint32_t *row = canvas_at(f, to->x, y);
		memmove(row, row + from, to->w * sizeof(*row));
	}
}
