#include "common/picture/changes.h"

#include <stdlib.h>
#include <string.h>

#define RGB 0xffffffu

/* A rectangle of blocks: what changes_group() forms. */
struct group {
	unsigned x0, x1, y0, y1; /* blocks */
	unsigned changed;        /* marked blocks inside */
};

enum err changes_init(struct changes *c, uint16_t width_px, uint16_t height_px)
{
	size_t blocks;

	*c = (struct changes){
		.cols = (uint16_t)picture_blocks(width_px),
		.rows = (uint16_t)picture_blocks(height_px),
	};
	blocks = (size_t)c->cols * c->rows;
	c->is_changed = calloc(blocks, 1);
	c->groups = calloc(blocks, sizeof(*c->groups));
	if (!c->is_changed || !c->groups) {
		changes_done(c);
		return ERR_NOMEM;
	}
	return OK;
}

void changes_done(struct changes *c)
{
	free(c->is_changed);
	free(c->groups);
	*c = (struct changes){0};
}

/* Grows `a`, which may be empty, to hold (x, y). */
static void extend_to(struct picture_rect *a, unsigned x, unsigned y)
{
	unsigned x1 = a->x + a->w, y1 = a->y + a->h;

	if (a->w == 0) {
		*a = (struct picture_rect){(uint16_t)x, (uint16_t)y, 1, 1};
		return;
	}
	a->x = (uint16_t)(x < a->x ? x : a->x);
	a->y = (uint16_t)(y < a->y ? y : a->y);
	a->w = (uint16_t)((x >= x1 ? x + 1 : x1) - a->x);
	a->h = (uint16_t)((y >= y1 ? y + 1 : y1) - a->y);
}

static void mark(struct changes *c, unsigned col, unsigned row)
{
	uint8_t *is_changed = &c->is_changed[(size_t)row * c->cols + col];

	if (*is_changed)
		return;
	*is_changed = 1;
	c->count++;
	extend_to(&c->extent, col, row);
}

static inline bool differs(const uint32_t *to, const uint32_t *from, unsigned len)
{
	uint32_t difference = 0;

	for (unsigned i = 0; i < len; i++)
		difference |= (from[i] & RGB) ^ to[i];
	return difference != 0;
}

/* Copies the pixels of one row of a block; true if any was different. */
static bool take(uint32_t *to, const uint32_t *from, unsigned len)
{
	/* the constant length lets the compiler compare many at once */
	if (len == PICTURE_BLOCK ? !differs(to, from, PICTURE_BLOCK) : !differs(to, from, len))
		return false;
	for (unsigned i = 0; i < len; i++)
		to[i] = from[i] & RGB;
	return true;
}

void changes_take(struct changes *c, struct canvas *target, const uint32_t *screen,
		  const struct picture_rect *rect)
{
	unsigned x1 = rect->x + rect->w, y1 = rect->y + rect->h;

	for (unsigned y = rect->y; y < y1; y++) {
		const uint32_t *from = screen + (size_t)y * target->width;
		uint32_t *to = canvas_at(target, 0, y);
		for (unsigned x = rect->x, end; x < x1; x = end) {
			end = (x / PICTURE_BLOCK + 1) * PICTURE_BLOCK;
			end = end < x1 ? end : x1;
			if (take(to + x, from + x, end - x))
				mark(c, x / PICTURE_BLOCK, y / PICTURE_BLOCK);
		}
	}
}

struct picture_rect changes_block(const struct canvas *f, unsigned col, unsigned row)
{
	unsigned x = col * PICTURE_BLOCK, y = row * PICTURE_BLOCK;
	unsigned w = f->width - x, h = f->height - y;

	return (struct picture_rect){
		(uint16_t)x,
		(uint16_t)y,
		(uint16_t)(w < PICTURE_BLOCK ? w : PICTURE_BLOCK),
		(uint16_t)(h < PICTURE_BLOCK ? h : PICTURE_BLOCK),
	};
}

bool changes_is_equal(const struct canvas *ca, const struct picture_rect *a,
		      const struct canvas *cb, unsigned x, unsigned y)
{
	for (unsigned i = 0; i < a->h; i++)
		if (memcmp(canvas_at(ca, a->x, a->y + i), canvas_at(cb, x, y + i),
			   a->w * sizeof(uint32_t)) != 0)
			return false;
	return true;
}

void changes_recheck(struct changes *c, const struct canvas *shown, const struct canvas *target)
{
	struct picture_rect old = c->extent;

	c->extent = (struct picture_rect){0};
	c->count = 0;
	for (unsigned row = old.y; row < (unsigned)old.y + old.h; row++)
		for (unsigned col = old.x; col < (unsigned)old.x + old.w; col++) {
			struct picture_rect b = changes_block(shown, col, row);
			uint8_t *is_changed = &c->is_changed[(size_t)row * c->cols + col];
			if (!*is_changed)
				continue;
			*is_changed = 0;
			if (!changes_is_equal(shown, &b, target, b.x, b.y))
				mark(c, col, row);
		}
}

/* The next run of marked blocks in `row` from *col on; single gaps are bridged. */
static bool next_run(const struct changes *c, unsigned row, unsigned *col, struct group *run)
{
	unsigned end = c->extent.x + c->extent.w, x = *col;

	while (x < end && !changes_has(c, x, row))
		x++;
	if (x == end)
		return false;
	*run = (struct group){.x0 = x, .y0 = row, .y1 = row + 1};
	while (x < end && (changes_has(c, x, row) || (x + 1 < end && changes_has(c, x + 1, row)))) {
		run->changed += changes_has(c, x, row);
		x++;
	}
	run->x1 = *col = x;
	return true;
}

/* Joins `run` to the group above it unless more than half of the whole would be unchanged. */
static bool join(struct group *g, const struct group *run)
{
	unsigned x0 = g->x0 < run->x0 ? g->x0 : run->x0, x1 = g->x1 > run->x1 ? g->x1 : run->x1;
	unsigned area = (x1 - x0) * (run->y1 - g->y0);

	if (g->y1 == run->y1 && x0 == g->x0 && x1 == g->x1) {
		g->changed += run->changed; /* another run of this row made room for it */
		return true;
	}
	if (g->y1 != run->y0 || (g->changed + run->changed) * 2 < area)
		return false;
	g->x0 = x0;
	g->x1 = x1;
	g->y1 = run->y1;
	g->changed += run->changed;
	return true;
}

static bool is_row_equal(const struct canvas *a, const struct canvas *b, unsigned x0, unsigned x1,
			 unsigned y)
{
	return memcmp(canvas_at(a, x0, y), canvas_at(b, x0, y), (x1 - x0) * sizeof(uint32_t)) == 0;
}

static bool is_column_equal(const struct canvas *a, const struct canvas *b, unsigned x, unsigned y0,
			    unsigned y1)
{
	for (unsigned y = y0; y < y1; y++)
		if (*canvas_at(a, x, y) != *canvas_at(b, x, y))
			return false;
	return true;
}

void changes_group(struct changes *c)
{
	size_t open = 0; /* groups before this one ended above the row */

	c->group_count = 0;
	for (unsigned row = c->extent.y; row < (unsigned)c->extent.y + c->extent.h; row++) {
		unsigned col = c->extent.x;
		struct group run;

		while (open < c->group_count && c->groups[open].y1 < row)
			open++;
		while (next_run(c, row, &col, &run)) {
			size_t i = open;
			while (i < c->group_count && !join(&c->groups[i], &run))
				i++;
			if (i == c->group_count)
				c->groups[c->group_count++] = run;
		}
	}
}

struct picture_rect changes_rect(const struct changes *c, size_t i, const struct canvas *a,
				 const struct canvas *b)
{
	const struct group *g = &c->groups[i];
	unsigned x0 = g->x0 * PICTURE_BLOCK, x1 = g->x1 * PICTURE_BLOCK;
	unsigned y0 = g->y0 * PICTURE_BLOCK, y1 = g->y1 * PICTURE_BLOCK;

	x1 = x1 < a->width ? x1 : a->width;
	y1 = y1 < a->height ? y1 : a->height;
	while (y0 < y1 && is_row_equal(a, b, x0, x1, y0))
		y0++;
	if (y0 == y1)
		return (struct picture_rect){0};
	while (is_row_equal(a, b, x0, x1, y1 - 1))
		y1--;
	while (is_column_equal(a, b, x0, y0, y1))
		x0++;
	while (is_column_equal(a, b, x1 - 1, y0, y1))
		x1--;
	return (struct picture_rect){(uint16_t)x0, (uint16_t)y0, (uint16_t)(x1 - x0),
				     (uint16_t)(y1 - y0)};
}

void changes_clear(struct changes *c)
{
	for (unsigned row = c->extent.y; row < (unsigned)c->extent.y + c->extent.h; row++)
		memset(&c->is_changed[(size_t)row * c->cols + c->extent.x], 0, c->extent.w);
	c->extent = (struct picture_rect){0};
	c->count = 0;
	c->group_count = 0;
}
