#ifndef PICTURE_CANVAS_H
#define PICTURE_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/picture/picture.h"

/*
 * canvas: a picture in memory with a guard before the first and behind the last row, so that the
 * pixel model may look at neighbours of any pixel without asking where the border is. There is no
 * gap between rows: the left neighbour of column 0 is the end of the row above, for both sides
 * alike.
 */
struct canvas {
	uint32_t *memory; /* owned */
	uint32_t *pixels; /* width * height, inside memory */
	uint16_t width, height;
};

/**
 * Allocates a black canvas.
 *
 * @param width_px, height_px  1 to PICTURE_MAX_SIDE
 * @return OK; ERR_NOMEM and an empty canvas
 */
enum err canvas_init(struct canvas *f, uint16_t width_px, uint16_t height_px);

/** Frees the pixels; the struct is {0} again. */
void canvas_done(struct canvas *f);

/** Paints everything black, guards included. */
void canvas_clear(struct canvas *f);

/**
 * Moves: `to` gets what was at (to.x + dx, to.y + dy); the areas may overlap. Both lie inside the
 * canvas (canvas_can_move()).
 */
void canvas_move(struct canvas *f, const struct picture_rect *to, int dx, int dy);

/** True if `to` and its source at (dx, dy) lie inside the canvas and are not empty. */
bool canvas_can_move(const struct canvas *f, const struct picture_rect *to, int dx, int dy);

/** The pixel at (x, y); x and y inside the canvas. */
static inline uint32_t *canvas_at(const struct canvas *f, unsigned x, unsigned y)
{
	return f->pixels + (size_t)y * f->width + x;
}

#endif
