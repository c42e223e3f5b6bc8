#include "agent/platform/x11/x11_marks.h"

#include <math.h>

/* All in pixels of scale 1. */
enum {
	SHAFT_HALF = 6,
	HEAD_LENGTH = 36,
	HEAD_HALF = 24,
	OUTLINE = 3,
	ARROW_ROOM = HEAD_HALF + 4 * OUTLINE, /* around both ends */
	ARROW_POINTS = 7,
	DISC_RADIUS = 26,
	DISC_ROOM = DISC_RADIUS + OUTLINE,
	SEGMENT_LONG = 16,
	SEGMENT_WIDE = 5,
	ONE_LEFT = 7, /* the digit 1 has its strokes at the right */
	FULL_CIRCLE = 360 * 64,
};

static int16_t pixel(double v)
{
	return (int16_t)lround(v < INT16_MIN ? INT16_MIN : v > INT16_MAX ? INT16_MAX : v);
}

xcb_rectangle_t x11_arrow_place(const struct x11_arrow *a, int32_t scale)
{
	double room = ARROW_ROOM * scale;
	double left = fmin(a->from_x, a->to_x) - room, top = fmin(a->from_y, a->to_y) - room;
	double right = fmax(a->from_x, a->to_x) + room, bottom = fmax(a->from_y, a->to_y) + room;

	return (xcb_rectangle_t){ pixel(left), pixel(top), (uint16_t)pixel(right - left),
		(uint16_t)pixel(bottom - top) };
}

/* The seven corners in order, beginning at the tail; all `grow` further out. */
void x11_arrow_draw(xcb_connection_t *c, xcb_drawable_t out, xcb_gcontext_t gc,
		enum x11_mark_layer layer, const struct x11_arrow *a, int32_t scale)
{
	xcb_rectangle_t at = x11_arrow_place(a, scale);
	double dx = (double)a->to_x - a->from_x, dy = (double)a->to_y - a->from_y,
	       length = sqrt(dx * dx + dy * dy);
	double grow = layer == MARK_OUTLINE ? OUTLINE * scale : 0,
	       head = fmin(HEAD_LENGTH * scale, length);
	double ux = length > 0 ? dx / length : 1, uy = length > 0 ? dy / length : 0;
	const struct {
		double along, across;
	} corner[ARROW_POINTS] = {
		{ -grow, SHAFT_HALF * scale + grow },
		{ length - head - grow, SHAFT_HALF * scale + grow },
		{ length - head - grow, HEAD_HALF * scale + 2 * grow },
		{ length + 2 * grow, 0 },
		{ length - head - grow, -HEAD_HALF * scale - 2 * grow },
		{ length - head - grow, -SHAFT_HALF * scale - grow },
		{ -grow, -SHAFT_HALF * scale - grow },
	};
	xcb_point_t point[ARROW_POINTS];

	if (layer == MARK_DIGIT)
		return;
	for (int i = 0; i < ARROW_POINTS; i++) {
		point[i].x = pixel((double)a->from_x - at.x + corner[i].along * ux -
				corner[i].across * uy);
		point[i].y = pixel((double)a->from_y - at.y + corner[i].along * uy +
				corner[i].across * ux);
	}
	xcb_fill_poly(c, out, gc, XCB_POLY_SHAPE_NONCONVEX, XCB_COORD_MODE_ORIGIN, ARROW_POINTS,
			point);
}

xcb_rectangle_t x11_step_place(int32_t x, int32_t y, int32_t scale)
{
	int32_t room = DISC_ROOM * scale;

	return (xcb_rectangle_t){ pixel((double)x - room), pixel((double)y - room),
		(uint16_t)(2 * room), (uint16_t)(2 * room) };
}

/* Seven segments, as on a clock: bit 0 top, 1 upper right, 2 lower right, 3 bottom, 4 lower left, 5
 * upper left, 6 middle. */
static const uint8_t digit_segments[10] = { 0x3f, 0x06, 0x5b, 0x4f, 0x66, 0x6d, 0x7d, 0x07, 0x7f,
	0x6f };

/* Left, top, width and height of each, from the middle of the disc. */
static const int8_t segment_place[7][4] = {
	{ -8, -18, SEGMENT_LONG, SEGMENT_WIDE },
	{ 5, -18, SEGMENT_WIDE, 20 },
	{ 5, -2, SEGMENT_WIDE, 20 },
	{ -8, 13, SEGMENT_LONG, SEGMENT_WIDE },
	{ -10, -2, SEGMENT_WIDE, 20 },
	{ -10, -18, SEGMENT_WIDE, 20 },
	{ -8, -2, SEGMENT_LONG, SEGMENT_WIDE },
};

void x11_step_draw(xcb_connection_t *c, xcb_drawable_t out, xcb_gcontext_t gc,
		enum x11_mark_layer layer, int digit, int32_t scale)
{
	int32_t left = digit == 1 ? ONE_LEFT : 0;
	int32_t radius = (layer == MARK_OUTLINE ? DISC_ROOM : DISC_RADIUS) * scale,
		middle = DISC_ROOM * scale;
	xcb_arc_t disc = { pixel(middle - radius), pixel(middle - radius), (uint16_t)(2 * radius),
		(uint16_t)(2 * radius), 0, FULL_CIRCLE };

	if (layer != MARK_DIGIT) {
		xcb_poly_fill_arc(c, out, gc, 1, &disc);
		return;
	}
	for (int i = 0; i < 7; i++) {
		const int8_t *s = segment_place[i];
		xcb_rectangle_t r = { pixel(middle + (s[0] - left) * scale), pixel(middle + s[1] * scale),
			(uint16_t)(s[2] * scale), (uint16_t)(s[3] * scale) };

		if (digit_segments[digit] >> i & 1)
			xcb_poly_fill_rectangle(c, out, gc, 1, &r);
	}
}
