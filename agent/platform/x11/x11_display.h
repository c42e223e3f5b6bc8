#ifndef X11_DISPLAY_H
#define X11_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xcb/xcb.h>

#include "common/err.h"

/**
 * x11_display: the agent's own connection to the X server, beside the one of GTK.
 *
 * Everything that looks at or touches the whole desktop (capture, input, overlay) goes through it,
 * so that a slow window of ours never delays a grab. Its events are read by the GLib main loop and
 * offered to each listener in turn. Fields are read-only for everyone but x11_display.c.
 */
enum { X11_LISTENERS_MAX = 8, X11_TEXT_WORDS = 128 /* of a property that is a text, 4 bytes each */ };

struct x11_listener {
	void (*on_event)(void *arg, const xcb_generic_event_t *ev);
	/** Called once after each burst of events; NULL: not needed. */
	void (*on_burst_end)(void *arg);
	void *arg;
};

struct x11_display {
	xcb_connection_t *xcb;
	xcb_screen_t *screen;
	xcb_window_t root;
	uint8_t damage_event, fixes_event, randr_event, xkb_event; /* first event numbers */
	uint8_t xi_opcode;
	bool has_shm;
	struct x11_source *source;
	struct x11_listener listeners[X11_LISTENERS_MAX];
	size_t listener_count;
};

/** Connects to $DISPLAY. ERR_IO: none, or an extension is missing (a sentence went to stderr). */
enum err x11_display_open(struct x11_display **out);
void x11_display_close(struct x11_display *d);
/** Offers every event to `l` until close. At most X11_LISTENERS_MAX. */
void x11_display_listen(struct x11_display *d, struct x11_listener l);
/** Calls `on_lost` (from the loop, once) when the server has gone. */
void x11_display_on_lost(struct x11_display *d, void (*on_lost)(void *arg), void *arg);
xcb_atom_t x11_display_atom(struct x11_display *d, const char *name);
/** The bytes of a property with two final zeros, free() them; NULL: there are none. */
char *x11_display_text(struct x11_display *d, xcb_get_property_cookie_t cookie);
/** The title of a window as its program wrote it, free() it; NULL: it has none. */
char *x11_display_title(struct x11_display *d, xcb_window_t window);

/** Event number without the "sent by a client" bit. */
static inline uint8_t x11_event_type(const xcb_generic_event_t *ev)
{
	return ev->response_type & 0x7f;
}

#endif
