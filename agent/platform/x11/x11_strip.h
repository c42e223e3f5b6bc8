#ifndef X11_STRIP_H
#define X11_STRIP_H

#include "agent/platform.h"
#include "agent/platform/x11/x11_ours.h"

/**
 * x11_strip: « Mettre fin » and one line of state, above everything, while the customer's window is
 * out of sight (S30).
 *
 * The window manager has no say over it (override-redirect), so that a full-screen program cannot
 * lie over it for long. It never has the keyboard. When to show it is decided by x11_sight.
 */
struct x11_strip;

struct x11_strip *x11_strip_new(struct x11_ours *ours, void (*on_end)(void *arg),
		void (*on_doubt)(void *arg), void *arg);
void x11_strip_free(struct x11_strip *s);
/** The words of the window; the strings are copied. */
void x11_strip_write(struct x11_strip *s, const struct ui_state *words);
/** Shows it in the right bottom corner of the main monitor, above all; again: raises it. */
void x11_strip_show(struct x11_strip *s);
void x11_strip_hide(struct x11_strip *s);
/** True if its button is wholly in sight. */
bool x11_strip_is_seen(const struct x11_strip *s);

#endif
