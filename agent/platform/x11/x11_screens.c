#include "agent/platform/x11/x11_screens.h"

#include <stdlib.h>
#include <xcb/randr.h>

struct x11_screens {
	struct x11_display *display;
	void (*on_change)(void *arg);
	void *arg;
	int32_t width, height; /* as told to the core */
	bool is_changed;
};

static void on_event(void *arg, const xcb_generic_event_t *ev)
{
	struct x11_screens *s = arg;
	uint8_t type = x11_event_type(ev);

	if (type == s->display->randr_event + XCB_RANDR_SCREEN_CHANGE_NOTIFY ||
			type == s->display->randr_event + XCB_RANDR_NOTIFY)
		s->is_changed = true;
}

static void on_burst_end(void *arg)
{
	struct x11_screens *s = arg;

	if (!s->is_changed)
		return;
	s->is_changed = false;
	s->on_change(s->arg);
}

struct x11_screens *x11_screens_new(struct x11_display *d, void (*on_change)(void *arg), void *arg)
{
	struct x11_screens *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->display = d;
	s->on_change = on_change;
	s->arg = arg;
	xcb_randr_select_input(d->xcb, d->root,
			XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE | XCB_RANDR_NOTIFY_MASK_CRTC_CHANGE |
					XCB_RANDR_NOTIFY_MASK_OUTPUT_CHANGE);
	x11_display_listen(d, (struct x11_listener){ on_event, on_burst_end, s });
	return s;
}

void x11_screens_free(struct x11_screens *s)
{
	free(s);
}

static size_t read_monitors(struct x11_screens *s, struct platform_monitor *out, size_t max)
{
	xcb_connection_t *c = s->display->xcb;
	xcb_randr_get_monitors_reply_t *r = xcb_randr_get_monitors_reply(
			c, xcb_randr_get_monitors(c, s->display->root, 1), NULL);
	xcb_randr_monitor_info_iterator_t it;
	size_t count = 0;

	if (!r)
		return 0;
	for (it = xcb_randr_get_monitors_monitors_iterator(r); it.rem && count < max;
			xcb_randr_monitor_info_next(&it)) {
		const xcb_randr_monitor_info_t *m = it.data;

		out[count++] = (struct platform_monitor){
			.area = { m->x, m->y, m->width, m->height },
			.is_primary = m->primary != 0,
		};
	}
	free(r);
	return count;
}

enum err x11_screens_read(struct x11_screens *s, int32_t *width, int32_t *height,
		struct platform_monitor *out, size_t max, size_t *count)
{
	xcb_connection_t *c = s->display->xcb;
	xcb_get_geometry_reply_t *r =
			xcb_get_geometry_reply(c, xcb_get_geometry(c, s->display->root), NULL);

	*width = *height = 0;
	*count = 0;
	if (!r)
		return ERR_IO;
	s->width = *width = r->width;
	s->height = *height = r->height;
	free(r);
	*count = read_monitors(s, out, max);
	if (*count == 0 && max > 0) {
		out[0] = (struct platform_monitor){ { 0, 0, *width, *height }, true };
		*count = 1;
	}
	return OK;
}

void x11_screens_told(const struct x11_screens *s, int32_t *width, int32_t *height)
{
	*width = s->width;
	*height = s->height;
}
