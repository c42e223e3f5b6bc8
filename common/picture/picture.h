#ifndef PICTURE_H
#define PICTURE_H

#include <stdint.h>

/*
 * picture: what encoder and decoder of the screen share: limits and shapes.
 * A pixel is a uint32_t 0x00RRGGBB; a picture is width * height of them, row by row, no gaps.
 */

/** Longest side of a picture, pixels. */
#define PICTURE_MAX_SIDE 8192

/** Side of the squares in which changes are found, pixels. */
#define PICTURE_BLOCK 16

/** Pixels that one update may code, and that it may move, as a multiple of the picture. */
#define PICTURE_MAX_WORK 4

/** A rectangle, pixels: x in [x, x + w), y in [y, y + h). */
struct picture_rect {
	uint16_t x, y, w, h;
};

/** Blocks that cover `side_px` pixels. */
static inline unsigned picture_blocks(unsigned side_px)
{
	return (side_px + PICTURE_BLOCK - 1) / PICTURE_BLOCK;
}

/** Pixels of pictures of this size that one update may code (or move), counted in whole blocks. */
static inline uint64_t picture_work(unsigned width_px, unsigned height_px)
{
	return (uint64_t)picture_blocks(width_px) * picture_blocks(height_px) *
	       (PICTURE_BLOCK * PICTURE_BLOCK * PICTURE_MAX_WORK);
}

#endif
