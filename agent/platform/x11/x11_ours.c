#include "agent/platform/x11/x11_ours.h"

#include <stdlib.h>
#include <xcb/shape.h>

enum { TREE_DEPTH_MAX = 16 };

struct area {
	int32_t x, y, width, height;
};

struct own_window {
	xcb_window_t window, frame; /* frame: the child of the root that holds the window */
	struct area area;           /* of the frame, borders included */
	bool is_stale, is_mapped;
};

struct x11_ours {
	struct x11_display *display;
	struct own_window own[X11_OURS_MAX];
	size_t count;
};

static void on_event(void *arg, const xcb_generic_event_t *ev)
{
	struct x11_ours *o = arg;
	uint8_t type = x11_event_type(ev);

	if (type != XCB_CONFIGURE_NOTIFY && type != XCB_REPARENT_NOTIFY && type != XCB_MAP_NOTIFY &&
			type != XCB_UNMAP_NOTIFY)
		return;
	for (size_t i = 0; i < o->count; i++)
		o->own[i].is_stale = true;
}

struct x11_ours *x11_ours_new(struct x11_display *d)
{
	struct x11_ours *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->display = d;
	x11_display_listen(d, (struct x11_listener){ .on_event = on_event, .arg = o });
	return o;
}

void x11_ours_free(struct x11_ours *o)
{
	free(o);
}

static void watch(struct x11_ours *o, xcb_window_t window, uint32_t mask)
{
	xcb_change_window_attributes(o->display->xcb, window, XCB_CW_EVENT_MASK, &mask);
	xcb_flush(o->display->xcb);
}

void x11_ours_add(struct x11_ours *o, xcb_window_t window)
{
	if (o->count == X11_OURS_MAX)
		abort();
	o->own[o->count++] = (struct own_window){ .window = window, .is_stale = true };
	watch(o, window, XCB_EVENT_MASK_STRUCTURE_NOTIFY);
}

void x11_ours_remove(struct x11_ours *o, xcb_window_t window)
{
	for (size_t i = 0; i < o->count; i++) {
		if (o->own[i].window == window) {
			o->own[i] = o->own[--o->count];
			return;
		}
	}
}

static xcb_window_t parent_of(struct x11_ours *o, xcb_window_t window)
{
	xcb_query_tree_reply_t *r = xcb_query_tree_reply(
			o->display->xcb, xcb_query_tree(o->display->xcb, window), NULL);
	xcb_window_t parent = r ? r->parent : XCB_NONE;

	free(r);
	return parent;
}

/** The child of the root above `window`, or XCB_NONE. */
static xcb_window_t frame_of(struct x11_ours *o, xcb_window_t window)
{
	for (int depth = 0; depth < TREE_DEPTH_MAX && window != XCB_NONE; depth++) {
		xcb_window_t parent = parent_of(o, window);

		if (parent == o->display->root)
			return window;
		window = parent;
	}
	return XCB_NONE;
}

static bool read_area(struct x11_ours *o, xcb_window_t window, struct area *out)
{
	xcb_get_geometry_reply_t *r = xcb_get_geometry_reply(
			o->display->xcb, xcb_get_geometry(o->display->xcb, window), NULL);

	if (!r)
		return false;
	*out = (struct area){ r->x, r->y, r->width + 2 * r->border_width,
		r->height + 2 * r->border_width };
	free(r);
	return true;
}

static bool is_viewable(struct x11_ours *o, xcb_window_t window)
{
	xcb_get_window_attributes_reply_t *r = xcb_get_window_attributes_reply(
			o->display->xcb, xcb_get_window_attributes(o->display->xcb, window), NULL);
	bool is_seen = r && r->map_state == XCB_MAP_STATE_VIEWABLE &&
			r->_class == XCB_WINDOW_CLASS_INPUT_OUTPUT;

	free(r);
	return is_seen;
}

static void refresh(struct x11_ours *o, struct own_window *w)
{
	if (!w->is_stale)
		return;
	w->frame = frame_of(o, w->window);
	w->is_mapped = w->frame != XCB_NONE && is_viewable(o, w->window) &&
			read_area(o, w->frame, &w->area);
	/* A frame's own moves send us nothing: only a window without frame may be remembered. */
	w->is_stale = w->frame != w->window;
}

static bool area_has(const struct area *a, int32_t x, int32_t y)
{
	return x >= a->x && y >= a->y && x < a->x + a->width && y < a->y + a->height;
}

/** Goes down from the root as a click would; true if it meets a window or frame of ours. */
static bool click_reaches_us(struct x11_ours *o, int32_t x, int32_t y)
{
	xcb_connection_t *c = o->display->xcb;
	xcb_window_t at = o->display->root;

	for (int depth = 0; depth < TREE_DEPTH_MAX; depth++) {
		xcb_translate_coordinates_reply_t *r = xcb_translate_coordinates_reply(c,
				xcb_translate_coordinates(
						c, o->display->root, at, (int16_t)x, (int16_t)y),
				NULL);

		at = r ? r->child : XCB_NONE;
		free(r);
		if (at == XCB_NONE)
			return false;
		for (size_t i = 0; i < o->count; i++) {
			if (at == o->own[i].window || at == o->own[i].frame)
				return true;
		}
	}
	return false;
}

bool x11_ours_has_point(struct x11_ours *o, int32_t x, int32_t y)
{
	for (size_t i = 0; i < o->count; i++) {
		refresh(o, &o->own[i]);
		if (o->own[i].is_mapped && area_has(&o->own[i].area, x, y))
			return true;
	}
	return o->count > 0 && click_reaches_us(o, x, y);
}

static bool pointer_is_ours(struct x11_ours *o)
{
	xcb_query_pointer_reply_t *r = xcb_query_pointer_reply(o->display->xcb,
			xcb_query_pointer(o->display->xcb, o->display->root), NULL);
	bool is_ours = r && x11_ours_has_point(o, r->root_x, r->root_y);

	free(r);
	return is_ours;
}

bool x11_ours_has_focus(struct x11_ours *o)
{
	xcb_get_input_focus_reply_t *r = xcb_get_input_focus_reply(
			o->display->xcb, xcb_get_input_focus(o->display->xcb), NULL);
	xcb_window_t focus = r ? r->focus : XCB_NONE;

	free(r);
	if (focus == XCB_NONE || o->count == 0)
		return false;
	if (focus == XCB_INPUT_FOCUS_POINTER_ROOT || focus == o->display->root)
		return pointer_is_ours(o);
	focus = frame_of(o, focus);
	for (size_t i = 0; i < o->count; i++) {
		refresh(o, &o->own[i]);
		if (focus != XCB_NONE && focus == o->own[i].frame)
			return true;
	}
	return false;
}

static bool areas_meet(const struct area *a, const struct area *b)
{
	return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
			b->y < a->y + a->height;
}

bool x11_ours_meets(struct x11_ours *o, const struct platform_rect *r)
{
	const struct area area = { r->x, r->y, r->width, r->height };

	for (size_t i = 0; i < o->count; i++) {
		refresh(o, &o->own[i]);
		if (o->own[i].is_mapped && areas_meet(&o->own[i].area, &area))
			return true;
	}
	return false;
}

/** A compositor's own surface lies over everything but lets clicks through where it shows others.
 */
static bool is_compositor_surface(struct x11_ours *o, xcb_window_t window, const struct area *a,
		const struct area *ours)
{
	xcb_shape_get_rectangles_reply_t *r;
	const xcb_rectangle_t *taken;
	bool is_open;

	if (a->width < o->display->screen->width_in_pixels ||
			a->height < o->display->screen->height_in_pixels)
		return false;
	r = xcb_shape_get_rectangles_reply(o->display->xcb,
			xcb_shape_get_rectangles(o->display->xcb, window, XCB_SHAPE_SK_INPUT),
			NULL);
	is_open = r != NULL;
	taken = r ? xcb_shape_get_rectangles_rectangles(r) : NULL;
	for (int i = 0; r && i < xcb_shape_get_rectangles_rectangles_length(r); i++) {
		const struct area t = { a->x + taken[i].x, a->y + taken[i].y, taken[i].width,
			taken[i].height };

		is_open = is_open && !areas_meet(&t, ours);
	}
	free(r);
	return is_open;
}

static bool is_own_frame(struct x11_ours *o, xcb_window_t window)
{
	for (size_t i = 0; i < o->count; i++) {
		refresh(o, &o->own[i]);
		if (window == o->own[i].frame)
			return true;
	}
	return false;
}

static bool hides(struct x11_ours *o, xcb_window_t window, const struct area *ours)
{
	struct area a;

	return is_viewable(o, window) && read_area(o, window, &a) && areas_meet(&a, ours) &&
			!is_compositor_surface(o, window, &a, ours) && !is_own_frame(o, window);
}

static bool is_of_same_program(const struct x11_ours *o, xcb_window_t a, xcb_window_t b)
{
	const uint32_t mask = xcb_get_setup(o->display->xcb)->resource_id_mask;

	return (a & ~mask) == (b & ~mask);
}

/** Pointer and frame are made on the agent's own connection: their numbers say so. */
static bool is_overlay(const struct x11_ours *o, xcb_window_t window)
{
	return is_of_same_program(o, window, xcb_get_setup(o->display->xcb)->resource_id_base);
}

bool x11_ours_made(const struct x11_ours *o, xcb_window_t window)
{
	return is_overlay(o, window) || (o->count && is_of_same_program(o, window, o->own[0].window));
}

size_t x11_ours_frames(struct x11_ours *o, xcb_window_t out[X11_OURS_MAX])
{
	for (size_t i = 0; i < o->count; i++) {
		refresh(o, &o->own[i]);
		out[i] = o->own[i].frame;
	}
	return o->count;
}

/** True if a window above `frame` lies over a part of `area`, or if there is no such frame. */
static bool is_under_others(struct x11_ours *o, xcb_window_t frame, const struct area *area,
		bool counts_overlays)
{
	xcb_query_tree_reply_t *r = xcb_query_tree_reply(
			o->display->xcb, xcb_query_tree(o->display->xcb, o->display->root), NULL);
	const xcb_window_t *child = r ? xcb_query_tree_children(r) : NULL;
	int count = r ? xcb_query_tree_children_length(r) : 0;
	bool is_above = false, is_covered = false;

	for (int i = 0; i < count && !is_covered; i++) { /* from the bottom to the top */
		is_covered = is_above && (counts_overlays || !is_overlay(o, child[i])) &&
				hides(o, child[i], area);
		is_above = is_above || child[i] == frame;
	}
	free(r);
	return is_covered || !is_above;
}

bool x11_ours_is_covered(struct x11_ours *o, xcb_window_t window)
{
	xcb_window_t frame = frame_of(o, window);
	struct area area;

	return frame == XCB_NONE || !read_area(o, frame, &area) ||
			is_under_others(o, frame, &area, true);
}

/** `part` of a window in coordinates of the root; false if any of it is off the screen. */
static bool place_part(struct x11_ours *o, xcb_window_t window, const struct platform_rect *part,
		struct area *out)
{
	xcb_connection_t *c = o->display->xcb;
	xcb_translate_coordinates_reply_t *at = xcb_translate_coordinates_reply(c,
			xcb_translate_coordinates(c, window, o->display->root, (int16_t)part->x,
					(int16_t)part->y),
			NULL);
	struct area screen;
	bool is_inside = at && part->width > 0 && part->height > 0 &&
			read_area(o, o->display->root, &screen);

	if (is_inside) {
		*out = (struct area){ at->dst_x, at->dst_y, part->width, part->height };
		is_inside = out->x >= 0 && out->y >= 0 && out->x + out->width <= screen.width &&
				out->y + out->height <= screen.height;
	}
	free(at);
	return is_inside;
}

bool x11_ours_is_seen(struct x11_ours *o, xcb_window_t window, const struct platform_rect *part)
{
	struct area area;

	return is_viewable(o, window) && place_part(o, window, part, &area) &&
			!is_under_others(o, frame_of(o, window), &area, false);
}
