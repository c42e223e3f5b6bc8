#include "agent/platform/x11/x11_sight.h"

#include <glib.h>
#include <stdlib.h>

struct x11_sight {
	struct x11_display *display;
	struct x11_window *window;
	struct x11_strip *strip;
	struct x11_prompt *prompt;
	void (*on_covered)(void *arg);
	void *arg;
	bool is_on, is_changed;
	guint timer;
	gint64 hidden_us; /* since when the button is hidden, or came and went; 0: it is in sight */
	gint64 seen_us;   /* since when it is in sight again; 0: it is not */
	gint64 raised_us, strip_us; /* last tries */
};

static gint64 us(gint64 ms)
{
	return ms * 1000;
}

/** Raises the window, then the strip; true if one of the two buttons is in sight. */
static bool bring_back(struct x11_sight *s, gint64 now_us)
{
	if (x11_window_is_seen(s->window)) {
		x11_strip_hide(s->strip);
		s->raised_us = 0;
		return true;
	}
	if (!s->raised_us || now_us - s->raised_us >= us(X11_SIGHT_RAISE_MS)) {
		bool is_first = !s->raised_us;

		s->raised_us = now_us;
		if (!x11_prompt_is_open(s->prompt)) /* the window must not lie over the question */
			x11_window_raise(s->window);
		if (is_first)
			return false; /* the next look tells whether it helped */
	}
	if (x11_strip_is_seen(s->strip))
		return true;
	if (now_us - s->strip_us >= us(X11_SIGHT_STRIP_MS)) {
		s->strip_us = now_us;
		x11_strip_show(s->strip);
	}
	return false;
}

/** How long it has been hidden counts on until it has been in sight as long without a break. */
static void count_time(struct x11_sight *s, bool is_seen, gint64 now_us)
{
	if (!is_seen) {
		s->seen_us = 0;
		if (!s->hidden_us)
			s->hidden_us = now_us;
		return;
	}
	if (!s->seen_us)
		s->seen_us = now_us;
	if (now_us - s->seen_us >= us(COVERED_MS))
		s->hidden_us = 0;
}

static gboolean on_look(gpointer arg);

static void look_in(struct x11_sight *s, guint delay_ms)
{
	if (s->is_on && !s->timer)
		s->timer = g_timeout_add(delay_ms, on_look, s);
}

static gboolean on_look(gpointer arg)
{
	struct x11_sight *s = arg;
	gint64 now_us = g_get_monotonic_time();
	bool is_seen = bring_back(s, now_us);

	s->timer = 0;
	count_time(s, is_seen, now_us);
	if (!is_seen && now_us - s->hidden_us >= us(COVERED_MS))
		s->on_covered(s->arg);
	if (s->hidden_us)
		look_in(s, X11_SIGHT_AGAIN_MS);
	return G_SOURCE_REMOVE;
}

static void on_event(void *arg, const xcb_generic_event_t *ev)
{
	struct x11_sight *s = arg;

	switch (x11_event_type(ev)) {
	case XCB_CONFIGURE_NOTIFY:
	case XCB_MAP_NOTIFY:
	case XCB_UNMAP_NOTIFY:
	case XCB_REPARENT_NOTIFY:
	case XCB_CIRCULATE_NOTIFY:
	case XCB_DESTROY_NOTIFY:
		s->is_changed = true;
		break;
	default:
		break;
	}
}

static void on_burst_end(void *arg)
{
	struct x11_sight *s = arg;

	if (s->is_changed)
		look_in(s, X11_SIGHT_LOOK_MS);
	s->is_changed = false;
}

struct x11_sight *x11_sight_new(struct x11_display *d, struct x11_window *window,
		struct x11_strip *strip, struct x11_prompt *prompt, void (*on_covered)(void *arg),
		void *arg)
{
	struct x11_sight *s = calloc(1, sizeof(*s));
	const uint32_t mask = XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY;

	if (!s)
		return NULL;
	s->display = d;
	s->window = window;
	s->strip = strip;
	s->prompt = prompt;
	s->on_covered = on_covered;
	s->arg = arg;
	xcb_change_window_attributes(d->xcb, d->root, XCB_CW_EVENT_MASK, &mask);
	x11_display_listen(d,
			(struct x11_listener){ .on_event = on_event,
					.on_burst_end = on_burst_end,
					.arg = s });
	return s;
}

void x11_sight_free(struct x11_sight *s)
{
	if (!s)
		return;
	x11_sight_switch(s, false);
	free(s);
}

void x11_sight_switch(struct x11_sight *s, bool is_on)
{
	if (s->is_on == is_on)
		return;
	s->is_on = is_on;
	s->hidden_us = s->seen_us = s->raised_us = 0;
	if (is_on) {
		look_in(s, COVERED_MS); /* the window manager takes its time to show a window */
		return;
	}
	if (s->timer)
		g_source_remove(s->timer);
	s->timer = 0;
	x11_strip_hide(s->strip);
}
