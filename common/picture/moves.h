#ifndef PICTURE_MOVES_H
#define PICTURE_MOVES_H

#include <stddef.h>

#include "common/err.h"
#include "common/picture/changes.h"
#include "common/picture/canvas.h"

/*
 * moves: finds what scrolled or was dragged. Anchors, places picked by their content, are noted in
 * the old picture and met again in the new one; each meeting votes for a vector. Blocks are then
 * verified pixel by pixel, gathered into rectangles and grown to the exact edge.
 */
struct moves;

/** How far something moved: what is now at (x, y) was at (x + dx, y + dy). */
struct vector {
	int dx, dy;
};

#define MOVES_MAX_VECTORS 4

/** For pictures of this size; NULL if out of memory. */
struct moves *moves_new(uint16_t width_px, uint16_t height_px);

/** Frees; NULL is fine. */
void moves_free(struct moves *m);

/**
 * The vectors that most of the changed content agrees on, best first.
 *
 * @param vectors  room for MOVES_MAX_VECTORS
 * @return how many were found, 0 if nothing moved
 */
size_t moves_find(struct moves *m, const struct changes *c, const struct canvas *shown,
		  const struct canvas *target, struct vector *vectors);

/**
 * Rectangles of `target` that hold changes and are found in `shown` moved by `v`, in an order in
 * which they can be applied one after the other. Those whose source is overwritten before their
 * turn must be compared again by the caller.
 *
 * @param rects  set to the rectangles, owned by `m`, valid until the next call
 * @return how many
 */
size_t moves_verify(struct moves *m, const struct changes *c, const struct canvas *shown,
		    const struct canvas *target, struct vector v,
		    const struct picture_rect **rects);

#endif
