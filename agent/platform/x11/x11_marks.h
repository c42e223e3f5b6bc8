#ifndef X11_MARKS_H
#define X11_MARKS_H

#include <stdint.h>
#include <xcb/xcb.h>

/**
 * x11_marks: draws an arrow and numbered steps (S11), in layers from the outline to the digit.
 *
 * A layer is drawn with the caller's graphics context, so that the outline can also be drawn into a
 * bitmap: the shape of the window. No font is needed.
 */
enum x11_mark_layer { MARK_OUTLINE, MARK_BODY, MARK_DIGIT };

struct x11_arrow {
	int32_t from_x, from_y, to_x, to_y; /* physical pixels of the root window */
};

/** Rectangle of the root window that holds the whole arrow, outline included. */
xcb_rectangle_t x11_arrow_place(const struct x11_arrow *a, int32_t scale);
/** Draws a layer into something whose corner is that of x11_arrow_place(). */
void x11_arrow_draw(xcb_connection_t *c, xcb_drawable_t out, xcb_gcontext_t gc,
		enum x11_mark_layer layer, const struct x11_arrow *a, int32_t scale);

/** The same of a disc with the digit 1..9 around x, y. */
xcb_rectangle_t x11_step_place(int32_t x, int32_t y, int32_t scale);
void x11_step_draw(xcb_connection_t *c, xcb_drawable_t out, xcb_gcontext_t gc,
		enum x11_mark_layer layer, int digit, int32_t scale);

#endif
