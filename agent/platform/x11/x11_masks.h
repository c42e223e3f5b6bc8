#ifndef X11_MASKS_H
#define X11_MASKS_H

#include "agent/platform.h"
#include "agent/platform/x11/x11_display.h"

/**
 * x11_masks: windows that the bank's signed profile wants hidden from everybody, and fields for passwords (S23).
 *
 * It finds them by class or title and hatches their place in what was captured, before anything is encoded: no pixel
 * of theirs is seen or recorded. The place is the window's rectangle, also where another window lies over it; the
 * window manager's border around it stays.
 */
enum { X11_MASKS_MAX = 32, X11_MASKS_STRIPE_PX = 12, X11_MASKS_DARK = 0x4a505c, X11_MASKS_LIGHT = 0xc8ccd4 };

/** Where they are; `count` at most X11_MASKS_MAX, else one place that is everything. */
struct x11_places {
	struct platform_rect at[X11_MASKS_MAX];
	size_t count;
};

/** A place that goes with a window, measured from its corner; `window` 0: from the corner of the screen. */
struct x11_field {
	xcb_window_t window;
	struct platform_rect at;
};

struct x11_masks;

struct x11_masks *x11_masks_new(struct x11_display *d);
void x11_masks_free(struct x11_masks *m);
/** "class:NAME" or "title:PART", borrowed. */
void x11_masks_set(struct x11_masks *m, char *const *rules, size_t count);
/** A place of the agent's own that is masked beside them, copied; NULL: none. */
void x11_masks_set_own(struct x11_masks *m, const struct platform_rect *place);
/** Places in windows, at most X11_MASKS_MAX, copied; each is masked while its window can be seen. */
void x11_masks_set_fields(struct x11_masks *m, const struct x11_field *fields, size_t count);
/** Where a window's inside is on the screen; false: it is gone, or cannot be seen. */
bool x11_masks_window(struct x11_masks *m, xcb_window_t window, struct platform_rect *out);
/** The window that the window manager says has the focus, and its place; 0: none, or not known. */
xcb_window_t x11_masks_active(struct x11_masks *m, struct platform_rect *out);
/** Adds the places that are masked now; nothing without rules, fields and a place of the agent's own. */
void x11_masks_look(struct x11_masks *m, struct x11_places *out);

/** True if the rule fits a window with this class, instance and title (each may be NULL). */
bool x11_mask_fits(const char *rule, const char *class, const char *instance, const char *title);
/** Hatches what lies in `r` of the places. Rows of `pixels` have `row_px`. Pure. */
void x11_masks_paint(const struct x11_places *places, const struct platform_rect *r, uint32_t *pixels, int32_t row_px);
/** Adds the places of `more`; beyond X11_MASKS_MAX the whole of X11's space is one. */
void x11_places_join(struct x11_places *p, const struct x11_places *more);
bool x11_places_are_same(const struct x11_places *a, const struct x11_places *b);

#endif
