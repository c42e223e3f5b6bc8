#include "agent/platform/x11/x11_overlay.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/shape.h>

#include "agent/platform/x11/x11_marks.h"

/* All in pixels of scale 1, from the point that is shown. */
enum {
	POINTER_BEFORE = 34,
	POINTER_AFTER = 54,
	POINTER_SIDE = POINTER_BEFORE + POINTER_AFTER,
	RING_RADIUS = 24,
	ARROW_TIP = 31,
	ARROW_NECK = 47,
	ARROW_END = 66,
	FRAME_PX = 6,
	COLOUR_ORANGE = 0xe8500a,
	COLOUR_WHITE = 0xffffff,
	RUNS_PER_ROW = 8,
};

static const double ring_half_px = 4.0, shaft_half_px = 5.0, head_slope = 0.85, outline_px = 2.0;

struct sheet {
	struct x11_overlay *overlay;
	xcb_window_t window; /* XCB_NONE until first shown */
	int32_t scale;       /* the shape was made for it */
	guint timer;
};

enum { SHEET_POINTER, SHEET_FRAME, SHEET_ARROW, SHEET_STEP, SHEETS = SHEET_STEP + OVERLAY_STEPS };

struct x11_overlay {
	struct x11_display *display;
	struct sheet sheet[SHEETS];
	struct x11_arrow arrow; /* that its sheet shows */
};

struct x11_overlay *x11_overlay_new(struct x11_display *d)
{
	struct x11_overlay *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->display = d;
	for (int i = 0; i < SHEETS; i++)
		o->sheet[i].overlay = o;
	return o;
}

static void sheet_hide(struct x11_overlay *o, struct sheet *s)
{
	if (s->timer)
		g_source_remove(s->timer);
	s->timer = 0;
	if (s->window)
		xcb_destroy_window(o->display->xcb, s->window);
	s->window = XCB_NONE;
	xcb_flush(o->display->xcb);
}

void x11_overlay_free(struct x11_overlay *o)
{
	if (!o)
		return;
	x11_overlay_clear(o);
	free(o);
}

static void sheet_make(struct x11_overlay *o, struct sheet *s, const xcb_rectangle_t *at)
{
	xcb_connection_t *c = o->display->xcb;
	const uint32_t values[] = { COLOUR_ORANGE, 1 };

	s->window = xcb_generate_id(c);
	xcb_create_window(c, XCB_COPY_FROM_PARENT, s->window, o->display->root, at->x, at->y,
			at->width, at->height, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
			o->display->screen->root_visual,
			XCB_CW_BACK_PIXEL | XCB_CW_OVERRIDE_REDIRECT, values);
	xcb_shape_rectangles(c, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_INPUT, XCB_CLIP_ORDERING_UNSORTED,
			s->window, 0, 0, 0, NULL);
}

static gboolean on_fade(gpointer arg)
{
	struct sheet *s = arg;

	s->timer = 0;
	sheet_hide(s->overlay, s);
	return G_SOURCE_REMOVE;
}

static void sheet_show(struct x11_overlay *o, struct sheet *s, const xcb_rectangle_t *at)
{
	const uint32_t values[] = { (uint32_t)(int32_t)at->x, (uint32_t)(int32_t)at->y, at->width,
		at->height, XCB_STACK_MODE_ABOVE };

	xcb_configure_window(o->display->xcb, s->window,
			XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y | XCB_CONFIG_WINDOW_WIDTH |
					XCB_CONFIG_WINDOW_HEIGHT | XCB_CONFIG_WINDOW_STACK_MODE,
			values);
	xcb_map_window(o->display->xcb, s->window);
	xcb_flush(o->display->xcb);
	if (s->timer)
		g_source_remove(s->timer);
	s->timer = g_timeout_add(OVERLAY_FADE_MS, on_fade, s);
}

/** True if the point dx, dy lies in the ring or the arrow, both made thicker by `grow`. */
static bool is_drawn(double dx, double dy, double grow)
{
	double along = (dx + dy) * M_SQRT1_2, across = fabs(dx - dy) * M_SQRT1_2;
	double from_ring = fabs(sqrt(dx * dx + dy * dy) - RING_RADIUS);

	if (from_ring <= ring_half_px + grow)
		return true;
	if (along >= ARROW_TIP - grow && along <= ARROW_NECK + grow)
		return across <= (along - ARROW_TIP + grow) * head_slope + grow * 0.5;
	return along > ARROW_NECK && along <= ARROW_END + grow && across <= shaft_half_px + grow;
}

struct runs {
	xcb_rectangle_t *run;
	uint32_t count;
};

/** Horizontal runs of the pointer's drawing, at most RUNS_PER_ROW a row. */
static void collect_runs(struct runs *out, int32_t scale, double grow)
{
	int32_t side = POINTER_SIDE * scale;

	for (int32_t y = 0; y < side; y++) {
		int32_t start = -1;
		uint32_t row_end = out->count + RUNS_PER_ROW;

		for (int32_t x = 0; x <= side && out->count < row_end; x++) {
			bool is_in = x < side &&
					is_drawn((x + 0.5) / scale - POINTER_BEFORE,
							(y + 0.5) / scale - POINTER_BEFORE, grow);

			if (is_in && start < 0)
				start = x;
			if (is_in || start < 0)
				continue;
			out->run[out->count++] = (xcb_rectangle_t){ (int16_t)start, (int16_t)y,
				(uint16_t)(x - start), 1 };
			start = -1;
		}
	}
}

static void fill(struct x11_overlay *o, xcb_pixmap_t pixmap, uint32_t colour, const struct runs *r)
{
	xcb_connection_t *c = o->display->xcb;
	xcb_gcontext_t gc = xcb_generate_id(c);

	xcb_create_gc(c, gc, pixmap, XCB_GC_FOREGROUND, &colour);
	xcb_poly_fill_rectangle(c, pixmap, gc, r->count, r->run);
	xcb_free_gc(c, gc);
}

static void draw_pointer(struct x11_overlay *o, int32_t scale)
{
	xcb_window_t window = o->sheet[SHEET_POINTER].window;
	xcb_connection_t *c = o->display->xcb;
	uint16_t side = (uint16_t)(POINTER_SIDE * scale);
	struct runs inner = { calloc((size_t)side * RUNS_PER_ROW, sizeof(xcb_rectangle_t)), 0 };
	struct runs outer = { calloc((size_t)side * RUNS_PER_ROW, sizeof(xcb_rectangle_t)), 0 };
	xcb_pixmap_t pixmap = xcb_generate_id(c);

	if (inner.run && outer.run) {
		collect_runs(&inner, scale, 0.0);
		collect_runs(&outer, scale, outline_px);
		xcb_create_pixmap(c, o->display->screen->root_depth, pixmap, window, side, side);
		fill(o, pixmap, COLOUR_WHITE, &outer);
		fill(o, pixmap, COLOUR_ORANGE, &inner);
		xcb_change_window_attributes(c, window, XCB_CW_BACK_PIXMAP, &pixmap);
		xcb_free_pixmap(c, pixmap);
		xcb_shape_rectangles(c, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_BOUNDING,
				XCB_CLIP_ORDERING_UNSORTED, window, 0, 0, outer.count, outer.run);
	}
	free(inner.run);
	free(outer.run);
}

static int16_t coordinate(int64_t v)
{
	return (int16_t)(v < INT16_MIN ? INT16_MIN : v > INT16_MAX ? INT16_MAX : v);
}

static uint16_t extent(int64_t v)
{
	return (uint16_t)(v < 1 ? 1 : v > INT16_MAX ? INT16_MAX : v);
}

void x11_overlay_pointer(struct x11_overlay *o, int32_t x, int32_t y, int32_t scale)
{
	struct sheet *s = &o->sheet[SHEET_POINTER];
	uint16_t side = (uint16_t)(POINTER_SIDE * scale);
	xcb_rectangle_t at = {
		coordinate((int64_t)x - POINTER_BEFORE * scale),
		coordinate((int64_t)y - POINTER_BEFORE * scale),
		side,
		side,
	};

	if (s->window && s->scale != scale)
		sheet_hide(o, s);
	if (!s->window) {
		sheet_make(o, s, &at);
		s->scale = scale;
		draw_pointer(o, scale);
	}
	sheet_show(o, s, &at);
}

void x11_overlay_frame(struct x11_overlay *o, const struct platform_rect *r, int32_t scale)
{
	struct sheet *s = &o->sheet[SHEET_FRAME];
	uint16_t edge = (uint16_t)(FRAME_PX * scale);
	uint16_t width = extent((int64_t)r->width + 2 * edge),
		 height = extent((int64_t)r->height + 2 * edge);
	xcb_rectangle_t at = { coordinate((int64_t)r->x - edge), coordinate((int64_t)r->y - edge),
		width, height };
	const xcb_rectangle_t sides[] = {
		{ 0, 0, width, edge },
		{ 0, (int16_t)(height - edge), width, edge },
		{ 0, 0, edge, height },
		{ (int16_t)(width - edge), 0, edge, height },
	};

	if (!s->window)
		sheet_make(o, s, &at);
	xcb_shape_rectangles(o->display->xcb, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_BOUNDING,
			XCB_CLIP_ORDERING_UNSORTED, s->window, 0, 0, 4, sides);
	sheet_show(o, s, &at);
}

/* What a sheet shows of x11_marks: the arrow, or a digit. */
static void draw_layer(struct x11_overlay *o, const struct sheet *s, xcb_drawable_t out,
		enum x11_mark_layer layer, uint32_t colour)
{
	xcb_connection_t *c = o->display->xcb;
	xcb_gcontext_t gc = xcb_generate_id(c);
	int which = (int)(s - o->sheet);

	xcb_create_gc(c, gc, out, XCB_GC_FOREGROUND, &colour);
	if (which == SHEET_ARROW)
		x11_arrow_draw(c, out, gc, layer, &o->arrow, s->scale);
	else
		x11_step_draw(c, out, gc, layer, which - SHEET_STEP + 1, s->scale);
	xcb_free_gc(c, gc);
}

/* The window's bounding shape: the outline as a bitmap. */
static void shape_mark(struct x11_overlay *o, const struct sheet *s, const xcb_rectangle_t *at)
{
	xcb_connection_t *c = o->display->xcb;
	xcb_pixmap_t mask = xcb_generate_id(c);
	xcb_gcontext_t gc = xcb_generate_id(c);
	const xcb_rectangle_t all = { 0, 0, at->width, at->height };
	const uint32_t none = 0;

	xcb_create_pixmap(c, 1, mask, s->window, at->width, at->height);
	xcb_create_gc(c, gc, mask, XCB_GC_FOREGROUND, &none);
	xcb_poly_fill_rectangle(c, mask, gc, 1, &all);
	xcb_free_gc(c, gc);
	draw_layer(o, s, mask, MARK_OUTLINE, 1);
	xcb_shape_mask(c, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_BOUNDING, s->window, 0, 0, mask);
	xcb_free_pixmap(c, mask);
}

static void show_mark(
		struct x11_overlay *o, struct sheet *s, const xcb_rectangle_t *at, int32_t scale)
{
	xcb_connection_t *c = o->display->xcb;
	xcb_pixmap_t pixmap = xcb_generate_id(c);

	if (s->window && s->scale != scale)
		sheet_hide(o, s);
	s->scale = scale;
	if (!s->window) {
		sheet_make(o, s, at);
		xcb_create_pixmap(c, o->display->screen->root_depth, pixmap, s->window, at->width,
				at->height);
		draw_layer(o, s, pixmap, MARK_OUTLINE, COLOUR_WHITE);
		draw_layer(o, s, pixmap, MARK_BODY, COLOUR_ORANGE);
		draw_layer(o, s, pixmap, MARK_DIGIT, COLOUR_WHITE);
		xcb_change_window_attributes(c, s->window, XCB_CW_BACK_PIXMAP, &pixmap);
		xcb_free_pixmap(c, pixmap);
		shape_mark(o, s, at);
	}
	sheet_show(o, s, at);
}

void x11_overlay_arrow(struct x11_overlay *o, int32_t from_x, int32_t from_y, int32_t to_x,
		int32_t to_y, int32_t scale)
{
	const struct x11_arrow a = { from_x, from_y, to_x, to_y };
	xcb_rectangle_t at = x11_arrow_place(&a, scale);

	if (memcmp(&a, &o->arrow, sizeof(a)) != 0)
		sheet_hide(o, &o->sheet[SHEET_ARROW]);
	o->arrow = a;
	show_mark(o, &o->sheet[SHEET_ARROW], &at, scale);
}

void x11_overlay_step(struct x11_overlay *o, int number, int32_t x, int32_t y, int32_t scale)
{
	xcb_rectangle_t at = x11_step_place(x, y, scale);

	if (number >= 1 && number <= OVERLAY_STEPS)
		show_mark(o, &o->sheet[SHEET_STEP + number - 1], &at, scale);
}

void x11_overlay_clear(struct x11_overlay *o)
{
	for (int i = 0; i < SHEETS; i++)
		sheet_hide(o, &o->sheet[i]);
}
