#include "agent/platform/x11/x11_scope.h"

#include <stdlib.h>
#include <xcb/shape.h>

enum { TREE_DEPTH_MAX = 16, LIST_MAX = 256 };

/** A window that may be seen: its number, and that of the root's child it lies in. */
struct member {
	xcb_window_t window, top;
};

struct members {
	struct member at[X11_SCOPE_MEMBERS];
	size_t count;
};

struct x11_scope {
	struct x11_display *display;
	struct x11_ours *ours;
	xcb_window_t window; /* 0: the whole screen */
	xcb_atom_t client_list, frame_extents;
};

struct x11_scope *x11_scope_new(struct x11_display *d, struct x11_ours *ours)
{
	struct x11_scope *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->display = d;
	s->ours = ours;
	s->client_list = x11_display_atom(d, "_NET_CLIENT_LIST");
	s->frame_extents = x11_display_atom(d, "_GTK_FRAME_EXTENTS");
	return s;
}

void x11_scope_free(struct x11_scope *s)
{
	free(s);
}

void x11_scope_set(struct x11_scope *s, xcb_window_t window)
{
	s->window = window;
}

bool x11_scope_is_set(const struct x11_scope *s)
{
	return s->window != 0;
}

/** The server gives each program numbers of its own: two windows with the same are of one program. */
static bool is_same_program(const struct x11_scope *s, xcb_window_t window)
{
	const uint32_t mask = xcb_get_setup(s->display->xcb)->resource_id_mask;

	return (window & ~mask) == (s->window & ~mask);
}

/* ---- which windows ---- */

/** The root's child that `window` is or lies in; 0: it is gone. */
static xcb_window_t top_of(struct x11_scope *s, xcb_window_t window)
{
	for (int depth = 0; depth < TREE_DEPTH_MAX && window; depth++) {
		xcb_query_tree_reply_t *r = xcb_query_tree_reply(
				s->display->xcb, xcb_query_tree(s->display->xcb, window), NULL);
		xcb_window_t parent = r ? r->parent : 0;

		free(r);
		if (parent == s->display->root)
			return window;
		window = parent;
	}
	return 0;
}

static bool has_member(const struct members *m, xcb_window_t window)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->at[i].window == window)
			return true;
	return false;
}

static bool add_member(struct x11_scope *s, struct members *m, xcb_window_t window)
{
	xcb_window_t top = m->count < X11_SCOPE_MEMBERS && !has_member(m, window) ? top_of(s, window) : 0;

	if (top)
		m->at[m->count++] = (struct member){ window, top };
	return top != 0;
}

/** Adds the windows of the list that say they belong to a member, of the same program; true if there was one. */
static bool add_dialogs(struct x11_scope *s, struct members *m, const xcb_window_t *list, const xcb_window_t *owner, size_t count)
{
	bool has_more = false;

	for (size_t i = 0; i < count; i++)
		if (owner[i] && has_member(m, owner[i]) && is_same_program(s, list[i]))
			has_more |= add_member(s, m, list[i]);
	return has_more;
}

static void find_members(struct x11_scope *s, struct members *m)
{
	xcb_connection_t *c = s->display->xcb;
	xcb_get_property_reply_t *r = xcb_get_property_reply(
			c, xcb_get_property(c, 0, s->display->root, s->client_list, XCB_ATOM_WINDOW, 0, LIST_MAX), NULL);
	const xcb_window_t *list = r && r->format == 32 ? xcb_get_property_value(r) : NULL;
	size_t count = list ? (size_t)xcb_get_property_value_length(r) / 4 : 0;
	xcb_get_property_cookie_t asked[LIST_MAX];
	xcb_window_t owner[LIST_MAX];

	m->count = 0;
	add_member(s, m, s->window);
	for (size_t i = 0; i < count; i++)
		asked[i] = xcb_get_property(c, 0, list[i], XCB_ATOM_WM_TRANSIENT_FOR, XCB_ATOM_WINDOW, 0, 1);
	for (size_t i = 0; i < count; i++) {
		xcb_get_property_reply_t *t = xcb_get_property_reply(c, asked[i], NULL);

		owner[i] = t && xcb_get_property_value_length(t) == 4 ? *(xcb_window_t *)xcb_get_property_value(t) : 0;
		free(t);
	}
	while (add_dialogs(s, m, list, owner, count))
		; /* a dialog of a dialog */
	free(r);
}

/* ---- where they are ---- */

static bool is_seen(const xcb_get_window_attributes_reply_t *a)
{
	return a && a->map_state == XCB_MAP_STATE_VIEWABLE && a->_class == XCB_WINDOW_CLASS_INPUT_OUTPUT;
}

/** A window's shape on the screen, with its border; empty if it cannot be seen. */
static cairo_region_t *shape_of(struct x11_scope *s, xcb_window_t window)
{
	xcb_connection_t *c = s->display->xcb;
	xcb_get_window_attributes_cookie_t attributes = xcb_get_window_attributes(c, window);
	xcb_translate_coordinates_cookie_t place = xcb_translate_coordinates(c, window, s->display->root, 0, 0);
	xcb_shape_get_rectangles_cookie_t shape = xcb_shape_get_rectangles(c, window, XCB_SHAPE_SK_BOUNDING);
	xcb_get_window_attributes_reply_t *a = xcb_get_window_attributes_reply(c, attributes, NULL);
	xcb_translate_coordinates_reply_t *p = xcb_translate_coordinates_reply(c, place, NULL);
	xcb_shape_get_rectangles_reply_t *r = xcb_shape_get_rectangles_reply(c, shape, NULL);
	cairo_region_t *region = cairo_region_create();

	for (int i = 0; is_seen(a) && p && r && i < xcb_shape_get_rectangles_rectangles_length(r); i++) {
		const xcb_rectangle_t *at = &xcb_shape_get_rectangles_rectangles(r)[i];

		cairo_region_union_rectangle(region,
				&(cairo_rectangle_int_t){ p->dst_x + at->x, p->dst_y + at->y, at->width, at->height });
	}
	free(a);
	free(p);
	free(r);
	return region;
}

/** Takes away the shadow and the invisible edge that a program draws around its window itself. */
static void cut_shadow(struct x11_scope *s, xcb_window_t window, cairo_region_t *region)
{
	xcb_connection_t *c = s->display->xcb;
	xcb_get_property_reply_t *r = xcb_get_property_reply(
			c, xcb_get_property(c, 0, window, s->frame_extents, XCB_ATOM_CARDINAL, 0, 4), NULL);
	const uint32_t *edge = r && r->format == 32 && xcb_get_property_value_length(r) == 16 ? xcb_get_property_value(r) : NULL;
	cairo_rectangle_int_t inside;

	cairo_region_get_extents(region, &inside);
	if (edge && edge[0] <= INT16_MAX && edge[1] <= INT16_MAX && edge[2] <= INT16_MAX && edge[3] <= INT16_MAX) {
		inside.x += (int)edge[0];
		inside.y += (int)edge[2];
		inside.width -= (int)(edge[0] + edge[1]);
		inside.height -= (int)(edge[2] + edge[3]);
		if (inside.width <= 0 || inside.height <= 0)
			inside = (cairo_rectangle_int_t){ 0, 0, 0, 0 };
		cairo_region_intersect_rectangle(region, &inside);
	}
	free(r);
}

/** A child of the root, from the top down: adds what may be seen of it, then what it covers of those below. */
static void take_child(struct x11_scope *s, const struct members *m, xcb_window_t child, bool is_unmanaged,
		cairo_region_t *shown, cairo_region_t *covered)
{
	cairo_region_t *whole = shape_of(s, child), *inside;

	for (size_t i = 0; i < m->count; i++) {
		if (m->at[i].top != child)
			continue;
		inside = shape_of(s, m->at[i].window);
		cut_shadow(s, m->at[i].window, inside);
		cairo_region_intersect(inside, whole);
		cairo_region_subtract(inside, covered);
		cairo_region_union(shown, inside);
		cairo_region_destroy(inside);
	}
	if (is_unmanaged && is_same_program(s, child)) { /* a menu, a list, a tip */
		inside = cairo_region_copy(whole);
		cut_shadow(s, child, inside);
		cairo_region_subtract(inside, covered);
		cairo_region_union(shown, inside);
		cairo_region_destroy(inside);
	}
	cairo_region_union(covered, whole);
	cairo_region_destroy(whole);
}

static bool is_ours(const struct x11_scope *s, const xcb_window_t *frame, size_t frames, xcb_window_t child)
{
	bool is = x11_ours_made(s->ours, child);

	for (size_t i = 0; i < frames; i++)
		is = is || frame[i] == child;
	return is;
}

/** Which children can be seen is asked of all at once: most cannot. */
static void look_at_children(struct x11_scope *s, const struct members *m, const xcb_window_t *child, int count, cairo_region_t *shown)
{
	xcb_connection_t *c = s->display->xcb;
	xcb_get_window_attributes_cookie_t *asked = calloc((size_t)count + 1, sizeof(*asked));
	cairo_region_t *covered = cairo_region_create();
	xcb_window_t frame[X11_OURS_MAX];
	size_t frames = x11_ours_frames(s->ours, frame);

	for (int i = 0; asked && i < count; i++)
		asked[i] = xcb_get_window_attributes(c, child[i]);
	for (int i = count - 1; asked && i >= 0; i--) {
		xcb_get_window_attributes_reply_t *a = xcb_get_window_attributes_reply(c, asked[i], NULL);

		if (is_seen(a) && !is_ours(s, frame, frames, child[i]))
			take_child(s, m, child[i], a->override_redirect, shown, covered);
		free(a);
	}
	cairo_region_destroy(covered);
	free(asked);
}

cairo_region_t *x11_scope_look(struct x11_scope *s)
{
	xcb_connection_t *c = s->display->xcb;
	cairo_region_t *shown;
	xcb_query_tree_reply_t *tree;
	struct members m;

	if (!s->window)
		return NULL;
	shown = cairo_region_create();
	find_members(s, &m);
	tree = m.count ? xcb_query_tree_reply(c, xcb_query_tree(c, s->display->root), NULL) : NULL;
	if (tree && xcb_query_tree_children_length(tree) <= X11_SCOPE_CHILDREN)
		look_at_children(s, &m, xcb_query_tree_children(tree), xcb_query_tree_children_length(tree), shown);
	free(tree);
	return shown;
}

bool x11_scope_has_point(struct x11_scope *s, int32_t x, int32_t y)
{
	cairo_region_t *shown = x11_scope_look(s);
	bool has = !shown || cairo_region_contains_point(shown, x, y);

	if (shown)
		cairo_region_destroy(shown);
	return has;
}

bool x11_scope_has_focus(struct x11_scope *s)
{
	xcb_connection_t *c = s->display->xcb;
	xcb_get_input_focus_reply_t *r;
	xcb_window_t focus, top;
	struct members m;
	bool has = false;

	if (!s->window)
		return true;
	r = xcb_get_input_focus_reply(c, xcb_get_input_focus(c), NULL);
	focus = r ? r->focus : 0;
	free(r);
	top = focus > XCB_INPUT_FOCUS_POINTER_ROOT ? top_of(s, focus) : 0; /* where the pointer is, or nowhere: no */
	find_members(s, &m);
	for (size_t i = 0; i < m.count; i++)
		has = has || (top && m.at[i].top == top);
	return has;
}
