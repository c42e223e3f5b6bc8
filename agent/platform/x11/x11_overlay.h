#ifndef X11_OVERLAY_H
#define X11_OVERLAY_H

#include "agent/platform.h"
#include "agent/platform/x11/x11_display.h"

/**
 * x11_overlay: the advisor's pointer, frame, arrow and steps, drawn over everything (S13 « montrer »).
 *
 * Shaped windows that no window manager touches and that let every click through (empty input
 * shape); works with and without a compositor. Each goes away OVERLAY_FADE_MS after its last call.
 */
struct x11_overlay;

struct x11_overlay *x11_overlay_new(struct x11_display *d);
void x11_overlay_free(struct x11_overlay *o);
/** Ring and arrow whose tip is at x, y. `scale` is 2 on a screen with double pixels. */
void x11_overlay_pointer(struct x11_overlay *o, int32_t x, int32_t y, int32_t scale);
/** Border around `r`. */
void x11_overlay_frame(struct x11_overlay *o, const struct platform_rect *r, int32_t scale);
/** Arrow to the tip `to`. */
void x11_overlay_arrow(struct x11_overlay *o, int32_t from_x, int32_t from_y, int32_t to_x, int32_t to_y, int32_t scale);
/** Disc with the number, 1..OVERLAY_STEPS, around x, y; each number stands once. Others are ignored. */
void x11_overlay_step(struct x11_overlay *o, int number, int32_t x, int32_t y, int32_t scale);
void x11_overlay_clear(struct x11_overlay *o);

#endif
