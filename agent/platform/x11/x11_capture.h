#ifndef X11_CAPTURE_H
#define X11_CAPTURE_H

#include "agent/platform.h"
#include "agent/platform/x11/x11_display.h"
#include "agent/platform/x11/x11_masks.h"
#include "agent/platform/x11/x11_scope.h"
#include "agent/platform/x11/x11_screens.h"

/**
 * x11_capture: pixels of the screen and news of what changed (MIT-SHM, DAMAGE).
 *
 * An area is reported once, then again only after the next grab: between two grabs a busy
 * program costs nothing. Without shared memory (a display on another computer) it uses GetImage.
 */
struct x11_capture;

struct x11_capture *x11_capture_new(struct x11_display *d, const struct x11_screens *screens,
		struct x11_masks *masks, struct x11_scope *scope,
		void (*on_damage)(void *arg, const struct platform_rect *r, size_t count),
		void *arg);
void x11_capture_free(struct x11_capture *c);
/** ERR_IO: this screen's pixels are not 32-bit RGB. */
enum err x11_capture_start(struct x11_capture *c);
void x11_capture_stop(struct x11_capture *c);
/** What is masked may have changed: captures those places again. */
void x11_capture_masks_changed(struct x11_capture *c);
bool x11_capture_is_on(const struct x11_capture *c);
/** See platform_capture(). ERR_AGAIN: the screen changed size meanwhile; on_screens follows. */
enum err x11_capture_grab(struct x11_capture *c, const struct platform_rect *r, size_t count,
		uint32_t *pixels);

#endif
