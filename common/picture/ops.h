#ifndef PICTURE_OPS_H
#define PICTURE_OPS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/picture/picture.h"
#include "common/picture/range.h"

/*
 * ops: what an update is made of (docs/PICTURE.md, 2). An update is one header
 * byte, on a key frame width and height (u16 each, big-endian), then one range-coded stream of
 * operations that ends with OP_END and the end mark.
 *
 *	header   7..4 version (OPS_VERSION), 3..1 zero, 0 key frame
 *	copy     vector as last time? else dx, dy; then the rectangle it goes to
 *	pixels   a rectangle; its pixels follow, coded by the pixel model
 *
 * Nothing here knows the size of the picture: the decoder checks rectangles itself.
 */

#define OPS_VERSION 1
#define OPS_KEY 0x01
#define OPS_END_MARK 0x5a5au

/** Numbers 3 to 7 are free: CACHE, PHOTO and VIDEO shall take them; until then malformed. */
enum op_kind { OP_END, OP_COPY, OP_PIXELS, OP_CACHE, OP_PHOTO, OP_VIDEO, OP_KINDS = 8 };

struct op {
	enum op_kind kind;
	struct picture_rect rect;
	int dx, dy; /* OP_COPY: the source is at rect.x + dx, rect.y + dy */
};

/** Questions of a number: its leading bits are learnt in full, the lower ones by position. */
#define NUMBER_LEAD 6
#define NUMBER_BITS 15
struct number_bits {
	struct bit lead[1 << NUMBER_LEAD];
	struct bit rest[NUMBER_BITS];
};

/** What both sides learnt about operations. All zero: nothing. */
struct ops {
	struct bit kind[OP_KINDS][OP_KINDS]; /* by the kind before */
	struct bit same_vector;
	struct number_bits dx, dy, x, y, w, h;
	enum op_kind last_kind;
	int last_dx, last_dy;
};

/** Writes `op`. range_reserve() made room for OPS_MAX_BYTES. */
void ops_write(struct ops *o, struct range *r, const struct op *op);

/** Reads any operation: each field may be anything that its bits can hold. */
void ops_read(struct ops *o, struct range *r, struct op *op);

/** Most bytes of one operation. */
#define OPS_MAX_BYTES (RANGE_BIT_BYTES * (4 + 6 * NUMBER_BITS))

/** Writes the mark behind OP_END: a reader that lost its way will not meet it by chance. */
void ops_write_end_mark(struct range *r);

/** True if the end mark comes next. */
bool ops_read_end_mark(struct range *r);

#endif
