#include "common/picture/ops.h"

#define COORD_BITS 13  /* 0 to PICTURE_MAX_SIDE - 1 */
#define VECTOR_BITS 15 /* -PICTURE_MAX_SIDE to PICTURE_MAX_SIDE */
#define EVEN_CHANCE 32768

static uint32_t number(struct range *r, bool writing, struct number_bits *q, int bits, uint32_t v)
{
	uint32_t node = 1, read = 0;

	for (int i = bits - 1; i >= 0; i--) {
		bool is_lead = node < 1u << NUMBER_LEAD;
		struct bit *b = is_lead ? &q->lead[node] : &q->rest[i];
		bool value = range_bit(r, writing, b, v >> i & 1);
		read = read << 1 | value;
		if (is_lead)
			node = node << 1 | value;
	}
	return read;
}

static int vector(struct range *r, bool writing, struct number_bits *q, int v)
{
	uint32_t shifted = (uint32_t)(v + PICTURE_MAX_SIDE);
	return (int)number(r, writing, q, VECTOR_BITS, shifted) - PICTURE_MAX_SIDE;
}

static uint16_t coord(struct range *r, bool writing, struct number_bits *q, unsigned v)
{
	return (uint16_t)number(r, writing, q, COORD_BITS, v);
}

static void code_vector(struct ops *o, struct range *r, bool writing, struct op *op)
{
	bool is_same = op->dx == o->last_dx && op->dy == o->last_dy;

	if (range_bit(r, writing, &o->same_vector, is_same)) {
		op->dx = o->last_dx;
		op->dy = o->last_dy;
		return;
	}
	op->dx = o->last_dx = vector(r, writing, &o->dx, op->dx);
	op->dy = o->last_dy = vector(r, writing, &o->dy, op->dy);
}

static void code_rect(struct ops *o, struct range *r, bool writing, struct picture_rect *rect)
{
	rect->x = coord(r, writing, &o->x, rect->x);
	rect->y = coord(r, writing, &o->y, rect->y);
	rect->w = (uint16_t)(coord(r, writing, &o->w, rect->w - 1u) + 1u);
	rect->h = (uint16_t)(coord(r, writing, &o->h, rect->h - 1u) + 1u);
}

static void code_op(struct ops *o, struct range *r, bool writing, struct op *op)
{
	op->kind = (enum op_kind)range_tree(r, writing, o->kind[o->last_kind], 3, op->kind);
	o->last_kind = op->kind;
	if (op->kind == OP_COPY)
		code_vector(o, r, writing, op);
	if (op->kind == OP_COPY || op->kind == OP_PIXELS)
		code_rect(o, r, writing, &op->rect);
}

void ops_write(struct ops *o, struct range *r, const struct op *op)
{
	struct op copy = *op;
	code_op(o, r, true, &copy);
}

void ops_read(struct ops *o, struct range *r, struct op *op)
{
	*op = (struct op){.rect = {0, 0, 1, 1}};
	code_op(o, r, false, op);
}

void ops_write_end_mark(struct range *r)
{
	for (int i = 15; i >= 0; i--)
		range_bit_at(r, true, EVEN_CHANCE, OPS_END_MARK >> i & 1);
}

bool ops_read_end_mark(struct range *r)
{
	uint32_t mark = 0;

	for (int i = 15; i >= 0; i--)
		mark = mark << 1 | range_bit_at(r, false, EVEN_CHANCE, false);
	return mark == OPS_END_MARK;
}
