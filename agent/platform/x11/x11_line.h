#ifndef X11_LINE_H
#define X11_LINE_H

#include <stdbool.h>

#include "agent/platform.h"
#include "agent/platform/x11/x11_ours.h"

/**
 * x11_line: a line in large type that the advisor writes over the screen, under his name (S11, S13).
 *
 * A window of the toolkit that takes no focus and no click, around the place that was named but wholly on its monitor. It never lies
 * over a window of the agent's, so that nobody writes beside the agent's own words as if he were the agent.
 */
enum { X11_LINE_WIDTH_CHARS = 26 };

struct x11_line;

struct x11_line *x11_line_new(struct x11_ours *ours);
void x11_line_free(struct x11_line *l);
/** Shows it for OVERLAY_FADE_MS, in place of an earlier one. False: it would lie over a window of the agent's, and is not shown. */
bool x11_line_show(struct x11_line *l, int32_t x, int32_t y, const char *who, const char *text);
void x11_line_hide(struct x11_line *l);

#endif
