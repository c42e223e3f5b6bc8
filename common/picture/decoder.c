#include "common/picture/decoder.h"

#include <stdbool.h>
#include <stdlib.h>

#include "common/picture/canvas.h"
#include "common/picture/model.h"
#include "common/picture/ops.h"

#define HEADER_LEN 1
#define KEY_HEADER_LEN 5

struct decoder {
	struct canvas shown;
	struct model *model;
	struct ops ops;
	bool needs_key;
	struct picture_rect dirty[DECODER_DIRTY_MAX];
	size_t dirty_count;
};

/* What one update may still do, pixels. */
struct allowance {
	uint64_t coded, moved;
};

struct decoder *decoder_new(void)
{
	struct decoder *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->needs_key = true;
	d->model = model_new();
	if (!d->model) {
		decoder_free(d);
		return NULL;
	}
	return d;
}

void decoder_free(struct decoder *d)
{
	if (!d)
		return;
	model_free(d->model);
	canvas_done(&d->shown);
	free(d);
}

static struct picture_rect bounds(const struct picture_rect *a, const struct picture_rect *b)
{
	unsigned x0 = a->x < b->x ? a->x : b->x, y0 = a->y < b->y ? a->y : b->y;
	unsigned ax1 = a->x + a->w, bx1 = b->x + b->w, ay1 = a->y + a->h, by1 = b->y + b->h;

	return (struct picture_rect){
		(uint16_t)x0,
		(uint16_t)y0,
		(uint16_t)((ax1 > bx1 ? ax1 : bx1) - x0),
		(uint16_t)((ay1 > by1 ? ay1 : by1) - y0),
	};
}

static uint32_t area(const struct picture_rect *r)
{
	return (uint32_t)r->w * r->h;
}

/* Pixels that a common rectangle has and the two have not; negative if they overlap. */
static int64_t waste(const struct picture_rect *a, const struct picture_rect *b)
{
	struct picture_rect both = bounds(a, b);
	return (int64_t)area(&both) - area(a) - area(b);
}

/* Adds `r`: to the rectangle with which it goes best if that is free or there is no room. */
static void add_dirty(struct decoder *d, const struct picture_rect *r)
{
	size_t best = 0;

	for (size_t i = 1; i < d->dirty_count; i++)
		if (waste(&d->dirty[i], r) < waste(&d->dirty[best], r))
			best = i;
	if (d->dirty_count > 0 &&
	    (d->dirty_count == DECODER_DIRTY_MAX || waste(&d->dirty[best], r) <= 0))
		d->dirty[best] = bounds(&d->dirty[best], r);
	else
		d->dirty[d->dirty_count++] = *r;
}

static bool is_inside(const struct canvas *f, const struct picture_rect *r)
{
	return r->w > 0 && r->h > 0 && r->x + r->w <= f->width && r->y + r->h <= f->height;
}

static bool spend(uint64_t *allowance, const struct picture_rect *r)
{
	if (area(r) > *allowance)
		return false;
	*allowance -= area(r);
	return true;
}

static enum err on_copy(struct decoder *d, const struct op *op, struct allowance *left)
{
	if (!canvas_can_move(&d->shown, &op->rect, op->dx, op->dy) ||
	    !spend(&left->moved, &op->rect))
		return ERR_MALFORMED;
	canvas_move(&d->shown, &op->rect, op->dx, op->dy);
	add_dirty(d, &op->rect);
	return OK;
}

static enum err on_pixels(struct decoder *d, struct range *r, const struct op *op,
			  struct allowance *left)
{
	if (!is_inside(&d->shown, &op->rect) || !spend(&left->coded, &op->rect))
		return ERR_MALFORMED;
	add_dirty(d, &op->rect);
	return model_read(d->model, r, &d->shown, &op->rect);
}

static enum err on_op(struct decoder *d, struct range *r, const struct op *op,
		      struct allowance *left)
{
	switch (op->kind) {
	case OP_COPY: return on_copy(d, op, left);
	case OP_PIXELS: return on_pixels(d, r, op, left);
	case OP_END:
	case OP_CACHE:
	case OP_PHOTO:
	case OP_VIDEO:
	case OP_KINDS: break;
	}
	return ERR_MALFORMED;
}

static enum err read_ops(struct decoder *d, struct range *r)
{
	uint64_t work = picture_work(d->shown.width, d->shown.height);
	struct allowance left = {work, work};

	while (range_is_sound(r)) {
		struct op op;
		enum err e;

		ops_read(&d->ops, r, &op);
		if (op.kind == OP_END)
			return ops_read_end_mark(r) && range_is_done(r) ? OK : ERR_MALFORMED;
		e = on_op(d, r, &op, &left);
		if (e)
			return e;
	}
	return ERR_MALFORMED;
}

static unsigned get_u16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* Starts anew with a black picture of the size in the header. */
static enum err read_key(struct decoder *d, const uint8_t *header)
{
	unsigned width = get_u16(header + 1), height = get_u16(header + 3);

	if (width < 1 || height < 1 || width > PICTURE_MAX_SIDE || height > PICTURE_MAX_SIDE)
		return ERR_MALFORMED;
	if (width == d->shown.width && height == d->shown.height) {
		canvas_clear(&d->shown);
	} else {
		canvas_done(&d->shown);
		if (canvas_init(&d->shown, (uint16_t)width, (uint16_t)height))
			return ERR_NOMEM;
	}
	model_reset(d->model);
	d->ops = (struct ops){0};
	add_dirty(d, &(struct picture_rect){0, 0, (uint16_t)width, (uint16_t)height});
	return OK;
}

static enum err read_update(struct decoder *d, const uint8_t *bytes, size_t len)
{
	struct range r;
	bool is_key;
	size_t header_len;

	if (len < HEADER_LEN || (bytes[0] & ~OPS_KEY) != OPS_VERSION << 4)
		return ERR_MALFORMED;
	is_key = bytes[0] & OPS_KEY;
	header_len = is_key ? KEY_HEADER_LEN : HEADER_LEN;
	if (len < header_len || (!is_key && d->needs_key))
		return ERR_MALFORMED;
	if (is_key) {
		enum err e = read_key(d, bytes);
		if (e)
			return e;
	}
	range_read(&r, bytes + header_len, len - header_len);
	return read_ops(d, &r);
}

enum err decoder_update(struct decoder *d, const uint8_t *bytes, size_t len)
{
	enum err e;

	d->dirty_count = 0;
	e = read_update(d, bytes, len);
	d->needs_key = e != OK;
	return e;
}

const uint32_t *decoder_pixels(const struct decoder *d)
{
	return d->shown.pixels;
}

uint16_t decoder_width(const struct decoder *d)
{
	return d->shown.width;
}

uint16_t decoder_height(const struct decoder *d)
{
	return d->shown.height;
}

const struct picture_rect *decoder_dirty(const struct decoder *d, size_t *count)
{
	*count = d->dirty_count;
	return d->dirty;
}
