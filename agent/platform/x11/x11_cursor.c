#include "agent/platform/x11/x11_cursor.h"

#include <glib.h>
#include <stdlib.h>
#include <xcb/xfixes.h>

struct x11_cursor {
	struct x11_display *display;
	void (*on_cursor)(void *arg, int32_t x, int32_t y, bool is_new_shape);
	void *arg;
	bool is_on, is_new_shape, has_moved;
	int32_t x, y;    /* as told */
	guint gap_timer; /* runs after a read: the next one waits for it */
};

static void tell(struct x11_cursor *c)
{
	bool is_new_shape = c->is_new_shape;
	int32_t x, y;

	c->has_moved = c->is_new_shape = false;
	if (x11_cursor_position(c, &x, &y))
		return;
	if (!is_new_shape && x == c->x && y == c->y)
		return;
	c->x = x;
	c->y = y;
	c->on_cursor(c->arg, x, y, is_new_shape);
}

static gboolean on_gap_timer(gpointer arg)
{
	struct x11_cursor *c = arg;

	if (!c->has_moved && !c->is_new_shape) {
		c->gap_timer = 0;
		return G_SOURCE_REMOVE;
	}
	tell(c);
	if (c->is_on)
		return G_SOURCE_CONTINUE;
	return G_SOURCE_REMOVE; /* switched off meanwhile: the id is already forgotten */
}

static void on_event(void *arg, const xcb_generic_event_t *ev)
{
	struct x11_cursor *c = arg;

	if (x11_event_type(ev) == c->display->fixes_event + XCB_XFIXES_CURSOR_NOTIFY)
		c->is_new_shape = true;
}

static void on_burst_end(void *arg)
{
	struct x11_cursor *c = arg;

	if (!c->is_on || c->gap_timer || (!c->has_moved && !c->is_new_shape))
		return;
	c->gap_timer = g_timeout_add(X11_CURSOR_GAP_MS, on_gap_timer, c);
	tell(c);
}

struct x11_cursor *x11_cursor_new(struct x11_display *d,
		void (*on_cursor)(void *arg, int32_t x, int32_t y, bool is_new_shape), void *arg)
{
	struct x11_cursor *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->display = d;
	c->on_cursor = on_cursor;
	c->arg = arg;
	x11_display_listen(d, (struct x11_listener){ on_event, on_burst_end, c });
	return c;
}

void x11_cursor_free(struct x11_cursor *c)
{
	if (!c)
		return;
	x11_cursor_switch(c, false);
	free(c);
}

void x11_cursor_switch(struct x11_cursor *c, bool is_on)
{
	if (c->is_on == is_on)
		return;
	c->is_on = is_on;
	xcb_xfixes_select_cursor_input(c->display->xcb, c->display->root,
			is_on ? XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR : 0);
	if (c->gap_timer)
		g_source_remove(c->gap_timer);
	c->gap_timer = 0;
	if (!is_on)
		return;
	c->is_new_shape = true;
	c->gap_timer = g_timeout_add(0, on_gap_timer, c);
}

void x11_cursor_moved(struct x11_cursor *c)
{
	c->has_moved = true;
}

enum err x11_cursor_position(struct x11_cursor *c, int32_t *x, int32_t *y)
{
	xcb_query_pointer_reply_t *r = xcb_query_pointer_reply(c->display->xcb,
			xcb_query_pointer(c->display->xcb, c->display->root), NULL);

	*x = *y = 0;
	if (!r)
		return ERR_IO;
	*x = r->root_x;
	*y = r->root_y;
	free(r);
	return OK;
}

static uint8_t unpremultiply(uint32_t channel, uint32_t alpha)
{
	uint32_t value = alpha ? ((channel & 0xff) * 255 + alpha / 2) / alpha : 0;

	return (uint8_t)(value > 255 ? 255 : value);
}

static bool copy_shape(const uint32_t *argb, size_t count, uint8_t *rgba)
{
	bool is_visible = false;

	for (size_t i = 0; i < count; i++) {
		uint32_t alpha = argb[i] >> 24;

		rgba[4 * i] = unpremultiply(argb[i] >> 16, alpha);
		rgba[4 * i + 1] = unpremultiply(argb[i] >> 8, alpha);
		rgba[4 * i + 2] = unpremultiply(argb[i], alpha);
		rgba[4 * i + 3] = (uint8_t)alpha;
		is_visible = is_visible || alpha;
	}
	return is_visible;
}

enum err x11_cursor_shape(struct x11_cursor *c, uint16_t *width, uint16_t *height, uint16_t *hot_x,
		uint16_t *hot_y, uint8_t rgba[64 * 64 * 4])
{
	xcb_xfixes_get_cursor_image_reply_t *r = xcb_xfixes_get_cursor_image_reply(
			c->display->xcb, xcb_xfixes_get_cursor_image(c->display->xcb), NULL);
	enum err e = ERR_AGAIN;

	*width = *height = *hot_x = *hot_y = 0;
	if (!r)
		return ERR_AGAIN;
	if (r->width > 0 && r->height > 0 && r->width <= X11_CURSOR_SIDE_MAX &&
			r->height <= X11_CURSOR_SIDE_MAX &&
			copy_shape(xcb_xfixes_get_cursor_image_cursor_image(r),
					(size_t)r->width * r->height, rgba)) {
		*width = r->width;
		*height = r->height;
		*hot_x = r->xhot;
		*hot_y = r->yhot;
		e = OK;
	}
	free(r);
	return e;
}
