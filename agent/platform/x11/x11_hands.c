#include "agent/platform/x11/x11_hands.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/xinput.h>

enum {
	KEYCODES = 256,
	KEYSYM_ESCAPE = 0xff1b,
	/* A keyboard behind a viewer or nested server repeats as release + press: not a release. */
	REPEAT_GAP_MS = 60,
};

struct x11_hands {
	struct x11_display *display;
	struct x11_devices *devices;
	struct x11_hands_events events;
	bool is_escape[KEYCODES];
	bool is_map_stale;
	struct {
		gint64 since_us; /* 0: Escape is not held */
		bool is_told;
		guint hold_timer, gap_timer;
	} panic;
};

static void stop_timer(guint *id)
{
	if (*id)
		g_source_remove(*id);
	*id = 0;
}

static void forget_escape(struct x11_hands *h)
{
	stop_timer(&h->panic.hold_timer);
	stop_timer(&h->panic.gap_timer);
	h->panic.since_us = 0;
	h->panic.is_told = false;
}

static void maybe_panic(struct x11_hands *h)
{
	gint64 held_us = g_get_monotonic_time() - h->panic.since_us;

	if (h->panic.is_told || held_us < X11_HANDS_PANIC_MS * G_GINT64_CONSTANT(1000))
		return;
	h->panic.is_told = true;
	h->events.on_panic(h->events.arg);
}

static gboolean on_hold_timer(gpointer arg)
{
	struct x11_hands *h = arg;

	h->panic.hold_timer = 0;
	if (h->panic.since_us && !h->panic.gap_timer)
		maybe_panic(h);
	return G_SOURCE_REMOVE;
}

static gboolean on_gap_timer(gpointer arg)
{
	struct x11_hands *h = arg;

	h->panic.gap_timer = 0;
	forget_escape(h);
	return G_SOURCE_REMOVE;
}

static void on_escape(struct x11_hands *h, bool is_press)
{
	if (!is_press) {
		if (h->panic.since_us && !h->panic.gap_timer)
			h->panic.gap_timer = g_timeout_add(REPEAT_GAP_MS, on_gap_timer, h);
		return;
	}
	stop_timer(&h->panic.gap_timer);
	if (h->panic.since_us) {
		maybe_panic(h);
		return;
	}
	h->panic.since_us = g_get_monotonic_time();
	h->panic.hold_timer = g_timeout_add(X11_HANDS_PANIC_MS + 1, on_hold_timer, h);
}

static enum platform_hand hand_of(uint16_t event_type)
{
	switch (event_type) {
	case XCB_INPUT_RAW_KEY_PRESS:
		return HAND_KEY;
	case XCB_INPUT_RAW_BUTTON_PRESS:
	case XCB_INPUT_RAW_MOTION:
	case XCB_INPUT_RAW_TOUCH_BEGIN:
	case XCB_INPUT_RAW_TOUCH_UPDATE:
		return HAND_MOUSE;
	default:
		return HAND_RELEASE;
	}
}

static void on_raw(struct x11_hands *h, const xcb_input_raw_key_press_event_t *ev)
{
	bool is_key = ev->event_type == XCB_INPUT_RAW_KEY_PRESS ||
			ev->event_type == XCB_INPUT_RAW_KEY_RELEASE;

	if (ev->event_type == XCB_INPUT_RAW_MOTION)
		h->events.on_motion(h->events.arg);
	if (!x11_devices_is_physical(h->devices, ev->sourceid))
		return;
	if (is_key && ev->detail < KEYCODES && h->is_escape[ev->detail])
		on_escape(h, ev->event_type == XCB_INPUT_RAW_KEY_PRESS);
	h->events.on_local_hand(h->events.arg, hand_of(ev->event_type));
}

/** The keycodes that say Escape on their first level, in any layout. */
static void read_escape_keys(struct x11_hands *h)
{
	const xcb_setup_t *setup = xcb_get_setup(h->display->xcb);
	uint8_t count = (uint8_t)(setup->max_keycode - setup->min_keycode + 1);
	xcb_get_keyboard_mapping_reply_t *r = xcb_get_keyboard_mapping_reply(h->display->xcb,
			xcb_get_keyboard_mapping(h->display->xcb, setup->min_keycode, count), NULL);

	memset(h->is_escape, 0, sizeof(h->is_escape));
	if (!r)
		return;
	for (size_t i = 0; i < count && r->keysyms_per_keycode; i++) {
		const xcb_keysym_t *syms =
				xcb_get_keyboard_mapping_keysyms(r) + i * r->keysyms_per_keycode;

		h->is_escape[setup->min_keycode + i] = syms[0] == KEYSYM_ESCAPE;
	}
	free(r);
}

static void on_event(void *arg, const xcb_generic_event_t *ev)
{
	struct x11_hands *h = arg;
	const xcb_ge_generic_event_t *ge = (const xcb_ge_generic_event_t *)ev;

	if (x11_event_type(ev) == XCB_MAPPING_NOTIFY ||
			x11_event_type(ev) == h->display->xkb_event) {
		h->is_map_stale = true;
		return;
	}
	if (x11_event_type(ev) != XCB_GE_GENERIC || ge->extension != h->display->xi_opcode)
		return;
	switch (ge->event_type) {
	case XCB_INPUT_HIERARCHY:
		x11_devices_forget(h->devices);
		break;
	case XCB_INPUT_RAW_KEY_PRESS:
	case XCB_INPUT_RAW_KEY_RELEASE:
	case XCB_INPUT_RAW_BUTTON_PRESS:
	case XCB_INPUT_RAW_BUTTON_RELEASE:
	case XCB_INPUT_RAW_MOTION:
	case XCB_INPUT_RAW_TOUCH_BEGIN:
	case XCB_INPUT_RAW_TOUCH_UPDATE:
	case XCB_INPUT_RAW_TOUCH_END:
		on_raw(h, (const xcb_input_raw_key_press_event_t *)ev);
		break;
	default:
		break;
	}
}

static void on_burst_end(void *arg)
{
	struct x11_hands *h = arg;

	if (h->is_map_stale)
		read_escape_keys(h);
	h->is_map_stale = false;
}

static void select_events(struct x11_display *d, uint16_t device, uint32_t mask)
{
	struct {
		xcb_input_event_mask_t head;
		uint32_t mask;
	} want = { .head = { .deviceid = device, .mask_len = 1 }, .mask = mask };

	xcb_input_xi_select_events(d->xcb, d->root, 1, &want.head);
}

struct x11_hands *x11_hands_new(
		struct x11_display *d, struct x11_devices *devices, struct x11_hands_events events)
{
	struct x11_hands *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->display = d;
	h->devices = devices;
	h->events = events;
	read_escape_keys(h);
	select_events(d, XCB_INPUT_DEVICE_ALL, XCB_INPUT_XI_EVENT_MASK_HIERARCHY);
	select_events(d, XCB_INPUT_DEVICE_ALL_MASTER,
			XCB_INPUT_XI_EVENT_MASK_RAW_KEY_PRESS |
					XCB_INPUT_XI_EVENT_MASK_RAW_KEY_RELEASE |
					XCB_INPUT_XI_EVENT_MASK_RAW_BUTTON_PRESS |
					XCB_INPUT_XI_EVENT_MASK_RAW_BUTTON_RELEASE |
					XCB_INPUT_XI_EVENT_MASK_RAW_MOTION |
					XCB_INPUT_XI_EVENT_MASK_RAW_TOUCH_BEGIN |
					XCB_INPUT_XI_EVENT_MASK_RAW_TOUCH_UPDATE |
					XCB_INPUT_XI_EVENT_MASK_RAW_TOUCH_END);
	x11_display_listen(d, (struct x11_listener){ on_event, on_burst_end, h });
	return h;
}

void x11_hands_free(struct x11_hands *h)
{
	if (!h)
		return;
	forget_escape(h);
	free(h);
}
