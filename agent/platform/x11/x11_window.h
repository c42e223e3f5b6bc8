#ifndef X11_WINDOW_H
#define X11_WINDOW_H

#include "agent/platform.h"
#include "agent/platform/x11/x11_ours.h"

/**
 * x11_window: the customer's window, always in sight, with « Mettre fin » (S11, S17, S30, S34).
 *
 * It shows what struct ui_state says and knows no session. Updated in place; the button that ends
 * stays outside of what can scroll. Closing the window means the button.
 */
struct x11_window;

struct x11_window_events {
	void (*on_end)(void *arg);
	void (*on_limit)(void *arg, enum capability cap);
	void *arg;
};

struct x11_window *x11_window_new(struct x11_ours *ours, struct x11_window_events events);
void x11_window_free(struct x11_window *w);
/** Shows or updates. The strings are copied. */
void x11_window_show(struct x11_window *w, const struct ui_state *s);

#endif
