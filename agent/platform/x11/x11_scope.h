#ifndef X11_SCOPE_H
#define X11_SCOPE_H

#include <cairo.h>

#include "agent/platform.h"
#include "agent/platform/x11/x11_display.h"
#include "agent/platform/x11/x11_ours.h"

/**
 * x11_scope: the one window that the customer shows, if he does not show his whole screen (S17, S23).
 *
 * What may be seen is the window's inside with the dialogs that belong to it and the menus its program opens, less what
 * any other program's window covers: pixels of others are in no captured picture. The shadow a program draws around
 * itself is not of the window. Windows of the agent lie over it as they are. It says nothing about what shines through
 * a window that its program has made translucent. When the window is gone nothing may be seen.
 */
enum { X11_SCOPE_MEMBERS = 32, X11_SCOPE_CHILDREN = 1024 }; /* dialogs; windows on the root: with more, nothing is seen */

struct x11_scope;

struct x11_scope *x11_scope_new(struct x11_display *d, struct x11_ours *ours);
void x11_scope_free(struct x11_scope *s);
/** 0: the whole screen. */
void x11_scope_set(struct x11_scope *s, xcb_window_t window);
bool x11_scope_is_set(const struct x11_scope *s);
/** What may be seen now, the caller's; NULL: everything. */
cairo_region_t *x11_scope_look(struct x11_scope *s);
/** True if a click there would meet what may be seen. */
bool x11_scope_has_point(struct x11_scope *s, int32_t x, int32_t y);
/** True if what is typed would go there. */
bool x11_scope_has_focus(struct x11_scope *s);

#endif
