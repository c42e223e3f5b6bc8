#ifndef PICTURE_ENCODER_H
#define PICTURE_ENCODER_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/picture/out.h"
#include "common/picture/picture.h"

/*
 * encoder: turns pictures of a screen into updates for common/picture/decoder.h, without loss.
 * It keeps a copy of what the viewer has and looks for differences only inside the damage: first
 * what moved, then the rest pixel by pixel (ops.h has the format). It knows no clock, no socket
 * and no limit of a message: the caller paces, splits and sends.
 *
 * Updates are a chain: the viewer must apply every one, in order. Memory of a 1920x1080 session:
 * about 22 MB.
 */
struct encoder;

/**
 * An encoder whose first update is a key frame.
 *
 * @param width_px, height_px  1 to PICTURE_MAX_SIDE
 * @return NULL if out of memory or the size is out of range
 */
struct encoder *encoder_new(uint16_t width_px, uint16_t height_px);

/** Frees; NULL is fine. */
void encoder_free(struct encoder *e);

/** The next update forgets everything sent so far: for a viewer that joins, or a recording. */
void encoder_key(struct encoder *e);

/**
 * Writes the one update that makes the viewer's picture equal to `screen` inside the damage.
 *
 * @param screen   width * height pixels 0x00RRGGBB, no gaps; the top byte is ignored
 * @param damage   what may have changed, pixels; may overlap, is cut at the picture's edge. A key
 *                 frame takes the whole screen whatever the damage is.
 * @param out      holds the update afterwards: out->len is 0 if there is nothing to send
 * @return OK; ERR_NOMEM, then out->len is 0 and the next update is a key frame
 */
enum err encoder_update(struct encoder *e, const uint32_t *screen,
			const struct picture_rect *damage, size_t damage_count,
			struct picture_out *out);

#endif
