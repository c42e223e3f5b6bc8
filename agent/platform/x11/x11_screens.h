#ifndef X11_SCREENS_H
#define X11_SCREENS_H

#include "agent/platform.h"
#include "agent/platform/x11/x11_display.h"

/**
 * x11_screens: size of the desktop and its monitors, and news of their change.
 *
 * The size told last is the row length that the core gives to captures: it changes only when the
 * core asks, never behind its back.
 */
struct x11_screens;

struct x11_screens *x11_screens_new(struct x11_display *d, void (*on_change)(void *arg), void *arg);
void x11_screens_free(struct x11_screens *s);
/** See platform_screens(). */
enum err x11_screens_read(struct x11_screens *s, int32_t *width, int32_t *height,
		struct platform_monitor *out, size_t max, size_t *count);
/** The size told by the last x11_screens_read(), 0 x 0 before it. */
void x11_screens_told(const struct x11_screens *s, int32_t *width, int32_t *height);

#endif
