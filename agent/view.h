#ifndef AGENT_VIEW_H
#define AGENT_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/outlet.h"
#include "agent/platform.h"

/**
 * view: sends the screen, its size and the cursor while VIEW is granted (docs/PROTOCOL.md section
 * 7).
 *
 * Newest wins: while pace.h says that too much is on its way, damage is merged.
 * Nothing is captured or sent before view_start() or after view_stop() (S23, S31).
 */
struct view; /* opaque */

enum {
	VIEW_KEY_MS = 60000,   /* after so long the next update stands alone, for seeking */
	VIEW_FRAGMENT = 65492, /* bytes of an update in one frame */
};

enum err view_new(struct platform *p, const struct outlet *out, struct view **v);
void view_free(struct view *v);
/** Starts capturing under this grant, from a key frame. ERR_IO: no capture on this computer. */
enum err view_start(struct view *v, uint32_t grant);
/** Stops at once: no capture, no frame. Safe at any time. */
void view_stop(struct view *v);

void view_on_damage(struct view *v, const struct platform_rect *r, size_t count);
void view_on_cursor(struct view *v, int32_t x, int32_t y, bool is_new_shape);
void view_on_screens(struct view *v);
/** Acknowledges the oldest update in flight; another number is ERR_MALFORMED. */
enum err view_on_ack(struct view *v, uint32_t update);
void view_on_key_frame(struct view *v);
void view_on_visibility(struct view *v, bool is_visible);

/** While it is held nothing is captured and nothing sent; what changes meanwhile is sent after. */
void view_hold(struct view *v, bool is_held);

/** Sends what is due. Returns the boot time of the next call, 0: wait for an event. */
uint64_t view_tick(struct view *v, uint64_t boot_ms);
/** Size of the desktop in pixels while started. */
void view_size(const struct view *v, int32_t *width, int32_t *height);

#endif
