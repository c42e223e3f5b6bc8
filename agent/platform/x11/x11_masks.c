#include "agent/platform/x11/x11_masks.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOWS_MAX = 256 };

struct x11_masks {
	struct x11_display *display;
	char *const *rules; /* borrowed */
	size_t count;
	struct platform_rect own; /* width 0: none */
	struct x11_field field[X11_MASKS_MAX];
	size_t field_count;
	xcb_atom_t client_list, active, net_name, utf8;
};

struct x11_masks *x11_masks_new(struct x11_display *d)
{
	struct x11_masks *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->display = d;
	m->client_list = x11_display_atom(d, "_NET_CLIENT_LIST");
	m->active = x11_display_atom(d, "_NET_ACTIVE_WINDOW");
	m->net_name = x11_display_atom(d, "_NET_WM_NAME");
	m->utf8 = x11_display_atom(d, "UTF8_STRING");
	return m;
}

void x11_masks_free(struct x11_masks *m)
{
	free(m);
}

void x11_masks_set(struct x11_masks *m, char *const *rules, size_t count)
{
	m->rules = rules;
	m->count = count;
}

void x11_masks_set_own(struct x11_masks *m, const struct platform_rect *place)
{
	m->own = place ? *place : (struct platform_rect){ 0 };
}

void x11_masks_set_fields(struct x11_masks *m, const struct x11_field *fields, size_t count)
{
	m->field_count = MIN(count, (size_t)X11_MASKS_MAX);
	if (m->field_count)
		memcpy(m->field, fields, m->field_count * sizeof(*fields));
}

/* ---- rules ---- */

/** Part of a title, whatever its case; bytes that are no text are compared as they are. */
static bool has_part(const char *title, const char *part)
{
	char *a = g_utf8_validate(title, -1, NULL) ? g_utf8_casefold(title, -1) : g_strdup(title);
	char *b = g_utf8_validate(part, -1, NULL) ? g_utf8_casefold(part, -1) : g_strdup(part);
	bool has = strstr(a, b) != NULL;

	g_free(a);
	g_free(b);
	return has;
}

bool x11_mask_fits(const char *rule, const char *class, const char *instance, const char *title)
{
	static const char by_class[] = "class:", by_title[] = "title:";

	if (strncmp(rule, by_class, sizeof(by_class) - 1) == 0) {
		rule += sizeof(by_class) - 1;
		return (class && g_ascii_strcasecmp(class, rule) == 0) || (instance && g_ascii_strcasecmp(instance, rule) == 0);
	}
	return strncmp(rule, by_title, sizeof(by_title) - 1) == 0 && title && has_part(title, rule + sizeof(by_title) - 1);
}

/* ---- windows ---- */

/** What tells where a window is. */
struct place_question {
	xcb_get_window_attributes_cookie_t state;
	xcb_get_geometry_cookie_t size;
	xcb_translate_coordinates_cookie_t place;
};

static struct place_question ask_place(struct x11_masks *m, xcb_window_t w)
{
	xcb_connection_t *c = m->display->xcb;

	return (struct place_question){ xcb_get_window_attributes(c, w), xcb_get_geometry(c, w),
		xcb_translate_coordinates(c, w, m->display->root, 0, 0) };
}

static bool hear_place(struct x11_masks *m, const struct place_question *q, struct platform_rect *out)
{
	xcb_connection_t *c = m->display->xcb;
	xcb_get_window_attributes_reply_t *state = xcb_get_window_attributes_reply(c, q->state, NULL);
	xcb_get_geometry_reply_t *size = xcb_get_geometry_reply(c, q->size, NULL);
	xcb_translate_coordinates_reply_t *place = xcb_translate_coordinates_reply(c, q->place, NULL);
	bool is_seen = state && size && place && state->map_state == XCB_MAP_STATE_VIEWABLE;

	if (is_seen)
		*out = (struct platform_rect){ place->dst_x, place->dst_y, size->width, size->height };
	free(state);
	free(size);
	free(place);
	return is_seen;
}

bool x11_masks_window(struct x11_masks *m, xcb_window_t window, struct platform_rect *out)
{
	const struct place_question q = ask_place(m, window);

	return hear_place(m, &q, out);
}

/** What one window is asked; all questions go before the first answer is read. */
struct question {
	xcb_window_t window;
	struct place_question place;
	xcb_get_property_cookie_t class, net_name, name;
};

static void ask(struct x11_masks *m, struct question *q, xcb_window_t w)
{
	xcb_connection_t *c = m->display->xcb;

	q->window = w;
	q->place = ask_place(m, w);
	q->class = xcb_get_property(c, 0, w, XCB_ATOM_WM_CLASS, XCB_ATOM_STRING, 0, X11_TEXT_WORDS);
	q->net_name = xcb_get_property(c, 0, w, m->net_name, m->utf8, 0, X11_TEXT_WORDS);
	q->name = xcb_get_property(c, 0, w, XCB_ATOM_WM_NAME, XCB_ATOM_ANY, 0, X11_TEXT_WORDS);
}

static bool fits_any(struct x11_masks *m, const char *instance, const char *title)
{
	const char *class = instance ? instance + strlen(instance) + 1 : NULL; /* WM_CLASS: two strings */

	for (size_t i = 0; i < m->count; i++)
		if (x11_mask_fits(m->rules[i], class, instance, title))
			return true;
	return false;
}

/** More than anybody has, or unknown: then nothing is shown at all. */
static void cover_all(struct x11_places *out)
{
	out->at[0] = (struct platform_rect){ 0, 0, INT16_MAX, INT16_MAX };
	out->count = 1;
}

static void add(struct x11_places *out, const struct platform_rect *r)
{
	if (out->count == X11_MASKS_MAX)
		cover_all(out);
	else
		out->at[out->count++] = *r;
}

/** Reads every answer, whatever they are; a window that is gone has none. */
static void hear(struct x11_masks *m, const struct question *q, struct x11_places *out)
{
	struct platform_rect place;
	bool is_seen = hear_place(m, &q->place, &place);
	char *class = x11_display_text(m->display, q->class), *net_name = x11_display_text(m->display, q->net_name),
	     *name = x11_display_text(m->display, q->name);

	if (is_seen && (fits_any(m, class, net_name) || fits_any(m, NULL, name)))
		add(out, &place);
	free(class);
	free(net_name);
	free(name);
}

/** Asks the windows that can be seen; of most that stand on the root nothing is. */
static size_t ask_all(struct x11_masks *m, struct question *q, const xcb_window_t *w, size_t count, size_t done)
{
	xcb_connection_t *c = m->display->xcb;
	xcb_get_window_attributes_cookie_t *state = calloc(count + 1, sizeof(*state));

	if (!state)
		return WINDOWS_MAX;
	for (size_t i = 0; i < count; i++)
		state[i] = xcb_get_window_attributes(c, w[i]);
	for (size_t i = 0; i < count; i++) {
		xcb_get_window_attributes_reply_t *r = xcb_get_window_attributes_reply(c, state[i], NULL);

		if (r && r->map_state == XCB_MAP_STATE_VIEWABLE && done < WINDOWS_MAX)
			ask(m, &q[done++], w[i]);
		free(r);
	}
	free(state);
	return done;
}

/** Windows of the window manager's list, and those that stand on the root without it. */
static size_t ask_desktop(struct x11_masks *m, struct question *q)
{
	xcb_connection_t *c = m->display->xcb;
	xcb_get_property_cookie_t list_of = xcb_get_property(
			c, 0, m->display->root, m->client_list, XCB_ATOM_WINDOW, 0, WINDOWS_MAX);
	xcb_query_tree_cookie_t tree_of = xcb_query_tree(c, m->display->root);
	xcb_get_property_reply_t *list = xcb_get_property_reply(c, list_of, NULL);
	xcb_query_tree_reply_t *tree = xcb_query_tree_reply(c, tree_of, NULL);
	size_t count = 0;

	if (list && list->format == 32)
		count = ask_all(m, q, xcb_get_property_value(list), (size_t)xcb_get_property_value_length(list) / 4, count);
	if (tree && count < WINDOWS_MAX)
		count = ask_all(m, q, xcb_query_tree_children(tree), (size_t)xcb_query_tree_children_length(tree), count);
	free(list);
	free(tree);
	return count;
}

/* ---- fields ---- */

xcb_window_t x11_masks_active(struct x11_masks *m, struct platform_rect *out)
{
	xcb_connection_t *c = m->display->xcb;
	xcb_get_property_reply_t *r = xcb_get_property_reply(
			c, xcb_get_property(c, 0, m->display->root, m->active, XCB_ATOM_WINDOW, 0, 1), NULL);
	xcb_window_t w = 0;

	if (r && r->format == 32 && xcb_get_property_value_length(r) == sizeof(w))
		memcpy(&w, xcb_get_property_value(r), sizeof(w));
	free(r);
	return w && x11_masks_window(m, w, out) ? w : 0;
}

static void look_at_fields(struct x11_masks *m, struct x11_places *out)
{
	struct place_question q[X11_MASKS_MAX];
	struct platform_rect at, window;

	for (size_t i = 0; i < m->field_count; i++)
		if (m->field[i].window)
			q[i] = ask_place(m, m->field[i].window);
	for (size_t i = 0; i < m->field_count; i++) {
		at = m->field[i].at;
		if (!m->field[i].window) {
			add(out, &at);
		} else if (hear_place(m, &q[i], &window)) {
			at.x += window.x;
			at.y += window.y;
			add(out, &at);
		}
	}
}

void x11_masks_look(struct x11_masks *m, struct x11_places *out)
{
	struct question *q;
	size_t count;

	if (m->own.width > 0)
		add(out, &m->own);
	look_at_fields(m, out);
	if (!m->count)
		return;
	q = calloc(WINDOWS_MAX, sizeof(*q));
	count = q ? ask_desktop(m, q) : WINDOWS_MAX;
	for (size_t i = 0; q && i < count && q[i].window; i++)
		hear(m, &q[i], out);
	if (count == WINDOWS_MAX)
		cover_all(out);
	free(q);
}

/* ---- the picture ---- */

static bool meet(const struct platform_rect *a, const struct platform_rect *b, struct platform_rect *out)
{
	int32_t left = MAX(a->x, b->x), top = MAX(a->y, b->y);
	int32_t right = MIN(a->x + a->width, b->x + b->width), bottom = MIN(a->y + a->height, b->y + b->height);

	*out = (struct platform_rect){ left, top, right - left, bottom - top };
	return right > left && bottom > top;
}

static void hatch(const struct platform_rect *p, uint32_t *pixels, int32_t row_px)
{
	for (int32_t y = p->y; y < p->y + p->height; y++)
		for (int32_t x = p->x; x < p->x + p->width; x++)
			pixels[(size_t)y * (size_t)row_px + (size_t)x] = (x + y) / X11_MASKS_STRIPE_PX % 2 ? X11_MASKS_DARK : X11_MASKS_LIGHT;
}

void x11_masks_paint(const struct x11_places *places, const struct platform_rect *r, uint32_t *pixels, int32_t row_px)
{
	for (size_t i = 0; i < places->count; i++) {
		struct platform_rect p;

		if (meet(&places->at[i], r, &p))
			hatch(&p, pixels, row_px);
	}
}

void x11_places_join(struct x11_places *p, const struct x11_places *more)
{
	for (size_t i = 0; i < more->count; i++)
		add(p, &more->at[i]);
}

bool x11_places_are_same(const struct x11_places *a, const struct x11_places *b)
{
	return a->count == b->count && memcmp(a->at, b->at, a->count * sizeof(a->at[0])) == 0;
}
