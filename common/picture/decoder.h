#ifndef PICTURE_DECODER_H
#define PICTURE_DECODER_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/picture/picture.h"

/*
 * decoder: applies the updates of common/picture/encoder.h. Its bytes may come from a hostile
 * peer: it never reads or writes out of bounds, allocates at most what a key frame of
 * PICTURE_MAX_SIDE needs, and codes and moves at most PICTURE_MAX_WORK times the picture for one
 * update. It paints nothing: the caller shows the pixels of the dirty rectangles.
 */
struct decoder;

/** Most rectangles that decoder_dirty() returns. */
#define DECODER_DIRTY_MAX 64

/** A decoder without a picture; NULL if out of memory. */
struct decoder *decoder_new(void);

/** Frees; NULL is fine. */
void decoder_free(struct decoder *d);

/**
 * Applies one whole update.
 *
 * @return OK; ERR_MALFORMED if the bytes are no update, or one that needs a key frame first: the
 *         picture may be half painted and only a key frame is accepted from now on; ERR_NOMEM, the
 *         same
 */
enum err decoder_update(struct decoder *d, const uint8_t *bytes, size_t len);

/** width * height pixels 0x00RRGGBB, valid until the next update; NULL before a key frame. */
const uint32_t *decoder_pixels(const struct decoder *d);

/** Pixels; 0 before the first key frame. */
uint16_t decoder_width(const struct decoder *d);

/** Pixels; 0 before the first key frame. */
uint16_t decoder_height(const struct decoder *d);

/**
 * Where the last update may have painted: at most DECODER_DIRTY_MAX rectangles, which may overlap.
 *
 * @param count  set to their number
 * @return owned by `d`, valid until the next update
 */
const struct picture_rect *decoder_dirty(const struct decoder *d, size_t *count);

#endif
