#ifndef X11_OURS_H
#define X11_OURS_H

#include <stdbool.h>

#include "agent/platform.h"
#include "agent/platform/x11/x11_display.h"

/**
 * x11_ours: knows the agent's own windows with their frames, so that nothing is injected there and
 * nothing stands before them when it counts (S16).
 *
 * A point is ours if it lies in the area of one of our windows (even behind another window) or if
 * the server says that a click there would reach one. Overlays are not listed: clicks pass through.
 */
enum { X11_OURS_MAX = 8 };

struct x11_ours;

struct x11_ours *x11_ours_new(struct x11_display *d);
void x11_ours_free(struct x11_ours *o);
/** From now on `window` (a top-level window of GTK) is ours. */
void x11_ours_add(struct x11_ours *o, xcb_window_t window);
void x11_ours_remove(struct x11_ours *o, xcb_window_t window);
bool x11_ours_has_point(struct x11_ours *o, int32_t x, int32_t y);
/** True if `r` meets the area of a window of ours, even of one behind another. */
bool x11_ours_meets(struct x11_ours *o, const struct platform_rect *r);
/** The frames around the agent's windows, children of the root; returns how many. */
size_t x11_ours_frames(struct x11_ours *o, xcb_window_t out[X11_OURS_MAX]);
/** True if the agent made this window: one of its own, an overlay, a tip; not the frame around it. Asks nobody. */
bool x11_ours_made(const struct x11_ours *o, xcb_window_t window);
bool x11_ours_has_focus(struct x11_ours *o);
/** True if any part of `window` is hidden by a window above it that is not the agent's own. */
bool x11_ours_is_covered(struct x11_ours *o, xcb_window_t window);
/**
 * True if `part` of `window` (physical pixels from its corner) is wholly on the screen and under
 * nothing but the agent's own windows and overlays.
 */
bool x11_ours_is_seen(struct x11_ours *o, xcb_window_t window, const struct platform_rect *part);

#endif
