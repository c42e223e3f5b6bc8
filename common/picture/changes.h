#ifndef PICTURE_CHANGES_H
#define PICTURE_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/picture/canvas.h"

/*
 * changes: which blocks (PICTURE_BLOCK squares) differ between the picture that the viewer has
 * and the one that it shall have, and the rectangles that cover them.
 */
struct changes {
	uint16_t cols, rows;         /* blocks */
	uint8_t *is_changed;         /* owned, cols * rows */
	struct picture_rect extent;  /* of the changed blocks, in blocks; w 0: none */
	size_t count;                /* changed blocks */
	struct group *groups;        /* owned; what changes_group() formed */
	size_t group_count;
};

/**
 * Allocates for pictures of this size; nothing is changed.
 *
 * @return OK; ERR_NOMEM and an empty struct
 */
enum err changes_init(struct changes *c, uint16_t width_px, uint16_t height_px);

/** Frees; the struct is {0} again. */
void changes_done(struct changes *c);

/**
 * Takes `rect` of `screen` over into `target` and marks blocks where it differed.
 *
 * @param screen  pixels of target's size; the top byte of each is ignored
 * @param rect    inside the picture
 */
void changes_take(struct changes *c, struct canvas *target, const uint32_t *screen,
		  const struct picture_rect *rect);

/** Clears the marks of blocks in which `shown` has become equal to `target`. */
void changes_recheck(struct changes *c, const struct canvas *shown, const struct canvas *target);

/** True if the block at (col, row) is marked. */
static inline bool changes_has(const struct changes *c, unsigned col, unsigned row)
{
	return c->is_changed[(size_t)row * c->cols + col];
}

/** Pixels of the block at (col, row), cut at the picture's edge. */
struct picture_rect changes_block(const struct canvas *f, unsigned col, unsigned row);

/** True if `a` of one picture and the rectangle of its size at (x, y) of the other are equal. */
bool changes_is_equal(const struct canvas *ca, const struct picture_rect *a,
		      const struct canvas *cb, unsigned x, unsigned y);

/**
 * Gathers the marked blocks into group_count rectangles. Each holds at most as many unmarked as
 * marked blocks, so together they are at most twice the picture.
 */
void changes_group(struct changes *c);

/**
 * The rectangle of group `i` in pixels, trimmed to where the two pictures still differ.
 *
 * @return w 0 if they do not differ
 */
struct picture_rect changes_rect(const struct changes *c, size_t i, const struct canvas *a,
				 const struct canvas *b);

/** Clears all marks and groups. */
void changes_clear(struct changes *c);

#endif
