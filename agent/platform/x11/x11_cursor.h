#ifndef X11_CURSOR_H
#define X11_CURSOR_H

#include "agent/platform.h"
#include "agent/platform/x11/x11_display.h"

/**
 * x11_cursor: where the pointer is and what it looks like (XFIXES), while it is switched on.
 *
 * Never polls: the position is read after raw motion, at most every X11_CURSOR_GAP_MS.
 */
enum { X11_CURSOR_GAP_MS = 8, X11_CURSOR_SIDE_MAX = 64 };

struct x11_cursor;

struct x11_cursor *x11_cursor_new(struct x11_display *d,
		void (*on_cursor)(void *arg, int32_t x, int32_t y, bool is_new_shape), void *arg);
void x11_cursor_free(struct x11_cursor *c);
/** On: tells position and shape at once, then each change. Off: says nothing. */
void x11_cursor_switch(struct x11_cursor *c, bool is_on);
/** The pointer has probably moved. */
void x11_cursor_moved(struct x11_cursor *c);
/** See platform_cursor_shape(). */
enum err x11_cursor_shape(struct x11_cursor *c, uint16_t *width, uint16_t *height, uint16_t *hot_x,
		uint16_t *hot_y, uint8_t rgba[64 * 64 * 4]);
/** Position now. ERR_IO: the server does not answer. */
enum err x11_cursor_position(struct x11_cursor *c, int32_t *x, int32_t *y);

#endif
