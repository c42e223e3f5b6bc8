#ifndef PICTURE_OUT_H
#define PICTURE_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/*
 * out: the growing buffer into which an update is written. The caller owns it, starts it as
 * {0}, hands it to every encoder_update() so that it is reused, and frees it once at the end.
 */
struct picture_out {
	uint8_t *bytes; /* owned; NULL while size is 0 */
	size_t len;     /* bytes of the last update */
	size_t size;    /* bytes allocated */
};

/**
 * Makes room for `more` bytes behind len.
 *
 * @return OK; ERR_NOMEM and the buffer as it was
 */
enum err picture_out_reserve(struct picture_out *o, size_t more);

/** Frees the bytes; the struct is {0} again. */
void picture_out_done(struct picture_out *o);

#endif
