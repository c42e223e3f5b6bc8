#include "agent/platform/x11/x11_capture.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <xcb/damage.h>
#include <xcb/shm.h>

#include "agent/platform/x11/x11_group.h"

enum { DAMAGE_BATCH = 256 };

struct x11_capture {
	struct x11_display *display;
	const struct x11_screens *screens;
	void (*on_damage)(void *arg, const struct platform_rect *r, size_t count);
	void *arg;

	struct x11_masks *masks;
	struct x11_scope *scope;
	struct x11_places masked; /* as last painted */
	cairo_region_t *shown;    /* likewise; NULL: everything */
	struct x11_places stale;  /* where that changed: to be captured again */
	guint again;              /* source that reports what masks uncovered or covered, 0: none */

	bool is_on;
	xcb_damage_damage_t damage;
	struct platform_rect pending[DAMAGE_BATCH];
	size_t pending_count;

	xcb_shm_seg_t segment; /* 0: none, use GetImage */
	uint8_t *shared;
	size_t shared_len; /* bytes */
};

static void flush_damage(struct x11_capture *c)
{
	size_t count = c->pending_count;

	c->pending_count = 0;
	if (count && c->is_on)
		c->on_damage(c->arg, c->pending, count);
}

static void on_event(void *arg, const xcb_generic_event_t *ev)
{
	struct x11_capture *c = arg;
	const xcb_damage_notify_event_t *d = (const xcb_damage_notify_event_t *)ev;

	if (!c->is_on || x11_event_type(ev) != c->display->damage_event + XCB_DAMAGE_NOTIFY ||
			d->damage != c->damage)
		return;
	c->pending[c->pending_count++] = (struct platform_rect){
		d->area.x,
		d->area.y,
		d->area.width,
		d->area.height,
	};
	if (c->pending_count == DAMAGE_BATCH)
		flush_damage(c);
}

static void on_burst_end(void *arg)
{
	flush_damage(arg);
}

struct x11_capture *x11_capture_new(struct x11_display *d, const struct x11_screens *screens,
		struct x11_masks *masks, struct x11_scope *scope,
		void (*on_damage)(void *arg, const struct platform_rect *r, size_t count),
		void *arg)
{
	struct x11_capture *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->display = d;
	c->screens = screens;
	c->masks = masks;
	c->scope = scope;
	c->on_damage = on_damage;
	c->arg = arg;
	x11_display_listen(d, (struct x11_listener){ on_event, on_burst_end, c });
	return c;
}

void x11_capture_free(struct x11_capture *c)
{
	if (!c)
		return;
	x11_capture_stop(c);
	free(c);
}

static void drop_region(cairo_region_t **region)
{
	if (*region)
		cairo_region_destroy(*region);
	*region = NULL;
}

static void drop_segment(struct x11_capture *c)
{
	if (c->segment)
		xcb_shm_detach(c->display->xcb, c->segment);
	if (c->shared)
		shmdt(c->shared);
	c->segment = 0;
	c->shared = NULL;
	c->shared_len = 0;
}

static bool attach_segment(struct x11_capture *c, int shm_id)
{
	xcb_connection_t *x = c->display->xcb;
	xcb_shm_seg_t segment = xcb_generate_id(x);
	xcb_generic_error_t *error = xcb_request_check(
			x, xcb_shm_attach_checked(x, segment, (uint32_t)shm_id, 0));

	if (error) {
		free(error);
		return false;
	}
	c->segment = segment;
	return true;
}

/** The segment's name is gone as soon as both sides hold it: nothing is left behind (S10). */
static void make_segment(struct x11_capture *c, size_t len)
{
	int shm_id;
	void *shared;

	drop_segment(c);
	if (!c->display->has_shm || len == 0)
		return;
	shm_id = shmget(IPC_PRIVATE, len, IPC_CREAT | 0600);
	if (shm_id < 0)
		return;
	shared = shmat(shm_id, NULL, 0);
	if (shared != (void *)-1) {
		c->shared = shared;
		c->shared_len = len;
		if (!attach_segment(c, shm_id))
			drop_segment(c);
	}
	shmctl(shm_id, IPC_RMID, NULL);
}

static bool is_rgb_screen(const struct x11_display *d)
{
	xcb_depth_iterator_t depth = xcb_screen_allowed_depths_iterator(d->screen);
	uint32_t probe = 1;

	if (xcb_get_setup(d->xcb)->image_byte_order !=
			(*(uint8_t *)&probe == 1 ? XCB_IMAGE_ORDER_LSB_FIRST
						 : XCB_IMAGE_ORDER_MSB_FIRST))
		return false;
	for (; depth.rem; xcb_depth_next(&depth)) {
		xcb_visualtype_iterator_t v = xcb_depth_visuals_iterator(depth.data);

		for (; v.rem; xcb_visualtype_next(&v)) {
			if (v.data->visual_id == d->screen->root_visual)
				return depth.data->depth >= 24 && v.data->red_mask == 0xff0000 &&
						v.data->green_mask == 0xff00 &&
						v.data->blue_mask == 0xff;
		}
	}
	return false;
}

static bool has_32_bits(const struct x11_display *d)
{
	xcb_format_iterator_t f = xcb_setup_pixmap_formats_iterator(xcb_get_setup(d->xcb));

	for (; f.rem; xcb_format_next(&f)) {
		if (f.data->depth == d->screen->root_depth)
			return f.data->bits_per_pixel == 32;
	}
	return false;
}

enum err x11_capture_start(struct x11_capture *c)
{
	if (c->is_on)
		return OK;
	if (!is_rgb_screen(c->display) || !has_32_bits(c->display))
		return ERR_IO;
	c->damage = xcb_generate_id(c->display->xcb);
	xcb_damage_create(c->display->xcb, c->damage, c->display->root,
			XCB_DAMAGE_REPORT_LEVEL_DELTA_RECTANGLES);
	c->pending_count = 0;
	c->is_on = true;
	return OK;
}

void x11_capture_stop(struct x11_capture *c)
{
	if (!c->is_on)
		return;
	c->is_on = false;
	c->pending_count = 0;
	c->masked.count = c->stale.count = 0;
	drop_region(&c->shown);
	if (c->again)
		g_source_remove(c->again);
	c->again = 0;
	xcb_damage_destroy(c->display->xcb, c->damage);
	drop_segment(c);
	xcb_flush(c->display->xcb);
}

bool x11_capture_is_on(const struct x11_capture *c)
{
	return c->is_on;
}

static void copy_rect(const struct x11_group *g, const uint8_t *data, const struct platform_rect *r,
		uint32_t *pixels, int32_t row_px)
{
	for (int32_t y = 0; y < r->height; y++) {
		const uint8_t *from = data +
				4 *
						((size_t)(r->y - g->area.y +
								 y) * (size_t)g->area.width +
								(size_t)(r->x - g->area.x));
		uint32_t *to = pixels + (size_t)(r->y + y) * (size_t)row_px + r->x;

		memcpy(to, from, 4 * (size_t)r->width);
		for (int32_t x = 0; x < r->width; x++)
			to[x] &= 0xffffff;
	}
}

static void copy_members(const struct x11_grouping *all, size_t g, const uint8_t *data,
		uint32_t *pixels, int32_t row_px)
{
	for (size_t i = 0; i < all->rect_count; i++) {
		if (all->member_of[i] == g)
			copy_rect(&all->group[g], data, &all->rect[i], pixels, row_px);
	}
}

static size_t group_len(const struct x11_group *g)
{
	return 4 * (size_t)g->area.width * (size_t)g->area.height;
}

static enum err grab_plain(struct x11_capture *c, const struct x11_grouping *all, uint32_t *pixels,
		int32_t row_px)
{
	xcb_connection_t *x = c->display->xcb;

	for (size_t g = 0; g < all->group_count; g++) {
		const struct platform_rect *a = &all->group[g].area;
		xcb_get_image_reply_t *r = xcb_get_image_reply(x,
				xcb_get_image(x, XCB_IMAGE_FORMAT_Z_PIXMAP, c->display->root,
						(int16_t)a->x, (int16_t)a->y, (uint16_t)a->width,
						(uint16_t)a->height, ~0u),
				NULL);

		if (!r)
			return xcb_connection_has_error(x) ? ERR_IO : ERR_AGAIN;
		if ((size_t)xcb_get_image_data_length(r) >= group_len(&all->group[g]))
			copy_members(all, g, xcb_get_image_data(r), pixels, row_px);
		free(r);
	}
	return OK;
}

/** Asks for groups [first, end) in one go, side by side in the segment; returns whether all came.
 */
static bool fetch_shared(struct x11_capture *c, const struct x11_grouping *all, size_t first,
		size_t end, xcb_shm_get_image_cookie_t *cookie)
{
	xcb_connection_t *x = c->display->xcb;
	size_t at = 0;
	bool is_complete = true;

	for (size_t g = first; g < end; g++) {
		const struct platform_rect *a = &all->group[g].area;

		cookie[g] = xcb_shm_get_image(x, c->display->root, (int16_t)a->x, (int16_t)a->y,
				(uint16_t)a->width, (uint16_t)a->height, ~0u,
				XCB_IMAGE_FORMAT_Z_PIXMAP, c->segment, (uint32_t)at);
		at += group_len(&all->group[g]);
	}
	for (size_t g = first; g < end; g++) {
		xcb_shm_get_image_reply_t *r = xcb_shm_get_image_reply(x, cookie[g], NULL);

		is_complete = is_complete && r;
		free(r);
	}
	return is_complete;
}

static enum err grab_shared(struct x11_capture *c, const struct x11_grouping *all, uint32_t *pixels,
		int32_t row_px)
{
	xcb_shm_get_image_cookie_t *cookie = calloc(all->group_count, sizeof(*cookie));
	enum err e = cookie ? OK : ERR_NOMEM;

	for (size_t first = 0, end; !e && first < all->group_count; first = end) {
		size_t len = 0, at = 0;

		for (end = first; end < all->group_count; end++) {
			len += group_len(&all->group[end]);
			if (len > c->shared_len && end > first)
				break;
		}
		if (!fetch_shared(c, all, first, end, cookie)) {
			e = xcb_connection_has_error(c->display->xcb) ? ERR_IO : ERR_AGAIN;
			break;
		}
		for (size_t g = first; g < end; g++) {
			copy_members(all, g, c->shared + at, pixels, row_px);
			at += group_len(&all->group[g]);
		}
	}
	free(cookie);
	return e;
}

static gboolean on_again(gpointer arg)
{
	struct x11_capture *c = arg;
	struct x11_places stale = c->stale;

	c->again = 0;
	c->stale.count = 0;
	if (c->is_on)
		c->on_damage(c->arg, stale.at, stale.count);
	return G_SOURCE_REMOVE;
}

static void capture_again(struct x11_capture *c)
{
	if (c->stale.count && !c->again)
		c->again = g_idle_add(on_again, c);
}

/** A window that is masked since now, or no more, has not changed for the server: its place is captured again. */
static void note_masked(struct x11_capture *c, const struct x11_places *now)
{
	if (x11_places_are_same(&c->masked, now))
		return;
	x11_places_join(&c->stale, &c->masked);
	x11_places_join(&c->stale, now);
	c->masked = *now;
	capture_again(c);
}

/** The same for what may be seen of the one window; takes `now`. */
static void note_shown(struct x11_capture *c, cairo_region_t *now)
{
	cairo_region_t *changed = c->shown && now ? cairo_region_copy(now) : NULL;
	struct x11_places one = { .count = 1 };

	if (changed)
		cairo_region_xor(changed, c->shown);
	for (int i = 0; changed && i < cairo_region_num_rectangles(changed); i++) {
		cairo_rectangle_int_t r;

		cairo_region_get_rectangle(changed, i, &r);
		one.at[0] = (struct platform_rect){ r.x, r.y, r.width, r.height };
		x11_places_join(&c->stale, &one);
	}
	if (!changed && c->shown != now) {
		one.at[0] = (struct platform_rect){ 0, 0, INT16_MAX, INT16_MAX };
		x11_places_join(&c->stale, &one);
	}
	drop_region(&changed);
	drop_region(&c->shown);
	c->shown = now;
	capture_again(c);
}

void x11_capture_masks_changed(struct x11_capture *c)
{
	struct x11_places now = { .count = 0 };

	if (!c->is_on)
		return;
	x11_masks_look(c->masks, &now);
	note_masked(c, &now);
	note_shown(c, x11_scope_look(c->scope));
}

/** Covers what of the rectangles is not in the region. */
static void hide_outside(const cairo_region_t *shown, const struct x11_grouping *all, uint32_t *pixels, int32_t row_px)
{
	for (size_t i = 0; i < all->rect_count; i++) {
		const struct platform_rect *r = &all->rect[i];
		cairo_region_t *hidden = cairo_region_create_rectangle(&(cairo_rectangle_int_t){ r->x, r->y, r->width, r->height });

		cairo_region_subtract(hidden, shown);
		for (int k = 0; k < cairo_region_num_rectangles(hidden); k++) {
			cairo_rectangle_int_t p;

			cairo_region_get_rectangle(hidden, k, &p);
			for (int y = p.y; y < p.y + p.height; y++)
				for (int x = p.x; x < p.x + p.width; x++)
					pixels[(size_t)y * (size_t)row_px + (size_t)x] = X11_MASKS_DARK;
		}
		cairo_region_destroy(hidden);
	}
}

/** Before and after the grab, so that a window that came or moved meanwhile is hidden as well. */
static void hide(struct x11_capture *c, struct x11_places *places, cairo_region_t *shown, const struct x11_grouping *all,
		uint32_t *pixels, int32_t row_px)
{
	struct x11_places now = { .count = 0 };
	cairo_region_t *shown_now = x11_scope_look(c->scope);

	x11_masks_look(c->masks, &now);
	if (!x11_places_are_same(places, &now))
		x11_places_join(places, &now);
	if (shown_now && shown)
		cairo_region_intersect(shown, shown_now);
	if (shown)
		hide_outside(shown, all, pixels, row_px);
	for (size_t i = 0; i < all->rect_count; i++)
		x11_masks_paint(places, &all->rect[i], pixels, row_px);
	note_masked(c, &now);
	note_shown(c, shown_now);
}

enum err x11_capture_grab(struct x11_capture *c, const struct platform_rect *r, size_t count,
		uint32_t *pixels)
{
	struct x11_places places = { .count = 0 };
	cairo_region_t *shown;
	struct x11_grouping all;
	int32_t width, height;
	size_t screen_len;
	enum err e;

	x11_screens_told(c->screens, &width, &height);
	screen_len = 4 * (size_t)width * (size_t)height;
	if (!c->is_on || screen_len == 0)
		return ERR_AGAIN;
	e = x11_grouping_init(&all, r, count, width, height);
	if (e)
		return e;
	if (c->shared_len != screen_len)
		make_segment(c, screen_len);
	shown = x11_scope_look(c->scope);
	x11_masks_look(c->masks, &places);
	/* First the subtraction, then the grab: what changes in between is reported anew. */
	xcb_damage_subtract(c->display->xcb, c->damage, XCB_NONE, XCB_NONE);
	if (all.group_count)
		e = c->segment ? grab_shared(c, &all, pixels, width)
			       : grab_plain(c, &all, pixels, width);
	hide(c, &places, shown, &all, pixels, width);
	drop_region(&shown);
	x11_grouping_done(&all);
	return e;
}
