#ifndef X11_CHOOSE_H
#define X11_CHOOSE_H

#include <gtk/gtk.h>

#include "agent/platform.h"
#include "agent/platform/x11/x11_display.h"
#include "agent/platform/x11/x11_ours.h"

/**
 * x11_choose: the list in which the customer says which window he shows (S17): one large button a window, by its title.
 */
enum { X11_CHOOSE_MAX = 64 /* windows in the list */ };

struct x11_choose;

/** `window` 0: none. `title` as its program wrote it, made valid UTF-8. */
typedef void x11_choose_fn(void *arg, xcb_window_t window, const char *title);

struct x11_choose *x11_choose_new(struct x11_display *d, struct x11_ours *ours, x11_choose_fn *fn, void *arg);
void x11_choose_free(struct x11_choose *c);
/** Opens it, with the windows that are there now. While it is open: nothing. */
void x11_choose_open(struct x11_choose *c, GtkWindow *parent, const struct ui_choose *words);
/** Closes it without an answer. */
void x11_choose_close(struct x11_choose *c);

#endif
