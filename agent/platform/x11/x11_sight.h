#ifndef X11_SIGHT_H
#define X11_SIGHT_H

#include "agent/platform.h"
#include "agent/platform/x11/x11_display.h"
#include "agent/platform/x11/x11_prompt.h"
#include "agent/platform/x11/x11_strip.h"
#include "agent/platform/x11/x11_window.h"

/**
 * x11_sight: keeps « Mettre fin » in sight (S30).
 *
 * Looks again whenever a window of the screen moves, comes or goes. If the customer's window is
 * hidden, it is raised; if that does not help, the strip is shown above everything; if that one
 * is hidden as well for COVERED_MS, the core is told. A window that fights for the front loses
 * nothing by it: the time runs on until the button has been in sight for as long without a break.
 */
enum {
	X11_SIGHT_LOOK_MS = 50,    /* from a change to the look at it */
	X11_SIGHT_AGAIN_MS = 100,  /* between two looks while the window is hidden */
	X11_SIGHT_RAISE_MS = 1000, /* between two tries to raise the window */
	X11_SIGHT_STRIP_MS = 300,  /* between two tries to raise the strip */
};

struct x11_sight;

/** `on_covered` is called every X11_SIGHT_AGAIN_MS while it is so. The parts are borrowed. */
struct x11_sight *x11_sight_new(struct x11_display *d, struct x11_window *window,
		struct x11_strip *strip, struct x11_prompt *prompt, void (*on_covered)(void *arg),
		void *arg);
void x11_sight_free(struct x11_sight *s);
/** On while a session may run; off: the strip goes away and nobody looks. */
void x11_sight_switch(struct x11_sight *s, bool is_on);

#endif
