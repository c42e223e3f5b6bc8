#ifndef X11_WINDOW_H
#define X11_WINDOW_H

#include <gtk/gtk.h>

#include "agent/platform.h"
#include "agent/platform/x11/x11_ours.h"

/**
 * x11_window: the customer's window, always in sight, with « Mettre fin » (S11, S17, S30, S34).
 *
 * It shows what struct ui_state says and knows no session. Updated in place; the button that ends
 * stays outside of what can scroll. Closing the window means the button. Whether it is in sight is
 * watched by x11_sight.
 */
struct x11_window;

struct x11_window_events {
	void (*on_end)(void *arg);
	void (*on_limit)(void *arg, enum capability cap);
	/** Click on the button about what is shown. */
	void (*on_scope)(void *arg);
	void (*on_save)(void *arg);
	/** Click on the button that stops a file. */
	void (*on_file_stop)(void *arg);
	void (*on_doubt)(void *arg);
	void (*on_fine)(void *arg);
	void (*on_write)(void *arg);
	void *arg;
};

struct x11_window *x11_window_new(struct x11_ours *ours, struct x11_window_events events);
void x11_window_free(struct x11_window *w);
/** True if « Mettre fin » is wholly in sight. */
bool x11_window_is_seen(const struct x11_window *w);
/** Asks the window manager to put it in front. */
void x11_window_raise(struct x11_window *w);
/** The window itself, for a dialog that belongs to it; NULL before it was shown. */
GtkWindow *x11_window_widget(const struct x11_window *w);
/** The button that shows the messages, beside the advisor's name; NULL: none. Before x11_window_show(): nothing. */
void x11_window_offer(struct x11_window *w, const char *write);
/** Shows or updates. The strings are copied. */
void x11_window_show(struct x11_window *w, const struct ui_state *s);

#endif
