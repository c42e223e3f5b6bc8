#ifndef PICTURE_MODEL_H
#define PICTURE_MODEL_H

#include "common/err.h"
#include "common/picture/canvas.h"
#include "common/picture/picture.h"
#include "common/picture/range.h"

/*
 * model: codes the pixels of a rectangle without loss, in place, row by row. Each pixel is guessed
 * from its surroundings: from tables that remember which colour followed the same surroundings
 * before (wide, near, small, and the old picture), from the neighbours themselves, from colours
 * recently seen right of the left neighbour's colour, from a palette; what none of them guesses is
 * coded channel by channel. Where all around is unchanged or flat, whole runs are coded at once.
 *
 * The tables learn from update to update; model_reset() belongs to key frames. About 4.6 MB.
 * Writer and reader must see the same pictures, guards included, and the same sequence of
 * rectangles since the reset.
 */
struct model;

/** A model that knows nothing; NULL if out of memory. */
struct model *model_new(void);

/** Frees; NULL is fine. */
void model_free(struct model *m);

/** Forgets everything. */
void model_reset(struct model *m);

/**
 * Writes the pixels of `rect` of `target` and paints them into `shown`.
 *
 * @param rect    not empty, inside both pictures, which are of one size
 * @return OK; ERR_NOMEM, then model and picture are good for nothing but a key frame
 */
enum err model_write(struct model *m, struct range *r, struct canvas *shown,
		     const struct canvas *target, const struct picture_rect *rect);

/**
 * Reads the pixels of `rect` into `shown`.
 *
 * @param rect    not empty, inside the picture
 * @return OK; ERR_MALFORMED if the bytes ended early, then only a key frame helps
 */
enum err model_read(struct model *m, struct range *r, struct canvas *shown,
		    const struct picture_rect *rect);

#endif
