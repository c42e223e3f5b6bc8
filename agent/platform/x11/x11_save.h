#ifndef X11_SAVE_H
#define X11_SAVE_H

#include <gtk/gtk.h>

#include "agent/platform.h"

/**
 * x11_save: the system's dialog in which the customer says where his receipt goes (S10: nothing is
 * written anywhere else, and nothing without it).
 */
struct x11_save;

typedef void x11_save_fn(void *arg, enum platform_saved result);

struct x11_save *x11_save_new(x11_save_fn *fn, void *arg);
/** Closes the dialog. NULL is allowed. */
void x11_save_free(struct x11_save *s);
/** Opens the dialog before `parent`; `bytes` are copied. While one is open nothing happens. */
void x11_save_open(struct x11_save *s, GtkWindow *parent, const char *title, const char *name,
		const void *bytes, size_t len);

#endif
