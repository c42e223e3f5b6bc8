#include "common/picture/encoder.h"

#include <stdbool.h>
#include <stdlib.h>

#include "common/picture/changes.h"
#include "common/picture/canvas.h"
#include "common/picture/model.h"
#include "common/picture/moves.h"
#include "common/picture/ops.h"

struct encoder {
	struct canvas shown;  /* what the viewer has */
	struct canvas target; /* what it shall have; equal to shown between updates */
	struct changes changes;
	struct moves *moves;
	struct model *model;
	struct ops ops;
	bool wants_key;
};

struct encoder *encoder_new(uint16_t width_px, uint16_t height_px)
{
	struct encoder *e;

	if (width_px < 1 || height_px < 1 || width_px > PICTURE_MAX_SIDE ||
	    height_px > PICTURE_MAX_SIDE)
		return NULL;
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->wants_key = true;
	e->moves = moves_new(width_px, height_px);
	e->model = model_new();
	if (!e->moves || !e->model || canvas_init(&e->shown, width_px, height_px) ||
	    canvas_init(&e->target, width_px, height_px) ||
	    changes_init(&e->changes, width_px, height_px)) {
		encoder_free(e);
		return NULL;
	}
	return e;
}

void encoder_free(struct encoder *e)
{
	if (!e)
		return;
	changes_done(&e->changes);
	canvas_done(&e->target);
	canvas_done(&e->shown);
	model_free(e->model);
	moves_free(e->moves);
	free(e);
}

void encoder_key(struct encoder *e)
{
	e->wants_key = true;
}

static void forget(struct encoder *e)
{
	canvas_clear(&e->shown);
	canvas_clear(&e->target);
	changes_clear(&e->changes);
	model_reset(e->model);
	e->ops = (struct ops){0};
}

/* `r` cut at the edge of the picture; false if nothing is left. */
static bool clip(const struct canvas *f, struct picture_rect *r)
{
	if (r->x >= f->width || r->y >= f->height)
		return false;
	if (r->w > f->width - r->x)
		r->w = (uint16_t)(f->width - r->x);
	if (r->h > f->height - r->y)
		r->h = (uint16_t)(f->height - r->y);
	return r->w > 0 && r->h > 0;
}

static void take_damage(struct encoder *e, const uint32_t *screen,
			const struct picture_rect *damage, size_t damage_count)
{
	for (size_t i = 0; i < damage_count; i++) {
		struct picture_rect r = damage[i];
		if (clip(&e->shown, &r))
			changes_take(&e->changes, &e->target, screen, &r);
	}
}

static void put_u16(struct picture_out *out, unsigned v)
{
	out->bytes[out->len++] = (uint8_t)(v >> 8);
	out->bytes[out->len++] = (uint8_t)v;
}

static enum err write_header(const struct encoder *e, bool is_key, struct picture_out *out)
{
	enum err err = picture_out_reserve(out, 5);

	if (err)
		return err;
	out->bytes[out->len++] = (uint8_t)(OPS_VERSION << 4 | (is_key ? OPS_KEY : 0));
	if (is_key) {
		put_u16(out, e->shown.width);
		put_u16(out, e->shown.height);
	}
	return OK;
}

static enum err write_op(struct encoder *e, struct range *r, const struct op *op)
{
	enum err err = range_reserve(r, OPS_MAX_BYTES);

	if (err == OK)
		ops_write(&e->ops, r, op);
	return err;
}

/* One rectangle that moved by `v`, unless an earlier move has spoilt its source. */
static enum err write_copy(struct encoder *e, struct range *r, const struct picture_rect *to,
			   struct vector v, uint64_t *work)
{
	struct op op = {.kind = OP_COPY, .rect = *to, .dx = v.dx, .dy = v.dy};
	uint64_t area = (uint64_t)to->w * to->h;
	enum err err;

	if (area > *work || !changes_is_equal(&e->target, to, &e->shown, (unsigned)(to->x + v.dx),
					      (unsigned)(to->y + v.dy)))
		return OK;
	*work -= area;
	err = write_op(e, r, &op);
	if (err == OK)
		canvas_move(&e->shown, to, v.dx, v.dy);
	return err;
}

static enum err write_copies(struct encoder *e, struct range *r)
{
	struct vector vectors[MOVES_MAX_VECTORS];
	size_t count = moves_find(e->moves, &e->changes, &e->shown, &e->target, vectors);
	uint64_t work = picture_work(e->shown.width, e->shown.height);

	for (size_t i = 0; i < count && e->changes.count > 0; i++) {
		const struct picture_rect *rects;
		size_t n = moves_verify(e->moves, &e->changes, &e->shown, &e->target, vectors[i],
					&rects);
		for (size_t k = 0; k < n; k++) {
			enum err err = write_copy(e, r, &rects[k], vectors[i], &work);
			if (err)
				return err;
		}
		if (n > 0)
			changes_recheck(&e->changes, &e->shown, &e->target);
	}
	return OK;
}

static enum err write_pixels(struct encoder *e, struct range *r)
{
	changes_group(&e->changes);
	for (size_t i = 0; i < e->changes.group_count; i++) {
		struct op op = {.kind = OP_PIXELS};
		enum err err;

		op.rect = changes_rect(&e->changes, i, &e->shown, &e->target);
		if (op.rect.w == 0)
			continue;
		err = write_op(e, r, &op);
		if (err == OK)
			err = model_write(e->model, r, &e->shown, &e->target, &op.rect);
		if (err)
			return err;
	}
	changes_clear(&e->changes);
	return OK;
}

static enum err write_end(struct encoder *e, struct range *r)
{
	enum err err = write_op(e, r, &(struct op){.kind = OP_END});

	if (err == OK)
		err = range_reserve(r, 16 * RANGE_BIT_BYTES);
	if (err)
		return err;
	ops_write_end_mark(r);
	return range_finish(r);
}

static enum err write_update(struct encoder *e, bool is_key, struct picture_out *out)
{
	struct range r;
	enum err err = write_header(e, is_key, out);

	if (err)
		return err;
	range_write(&r, out);
	if (!is_key)
		err = write_copies(e, &r);
	if (err == OK)
		err = write_pixels(e, &r);
	if (err == OK)
		err = write_end(e, &r);
	return err;
}

enum err encoder_update(struct encoder *e, const uint32_t *screen,
			const struct picture_rect *damage, size_t damage_count,
			struct picture_out *out)
{
	const struct picture_rect whole = {0, 0, e->shown.width, e->shown.height};
	bool is_key = e->wants_key;
	enum err err;

	out->len = 0;
	if (is_key)
		forget(e);
	take_damage(e, screen, is_key ? &whole : damage, is_key ? 1 : damage_count);
	if (!is_key && e->changes.count == 0)
		return OK;

	e->wants_key = false;
	err = write_update(e, is_key, out);
	if (err) {
		out->len = 0;
		e->wants_key = true;
	}
	return err;
}
