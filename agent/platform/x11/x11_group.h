#ifndef X11_GROUP_H
#define X11_GROUP_H

#include "agent/platform.h"

/**
 * x11_group: many small rectangles become few grabs.
 *
 * A scrolling terminal damages thousands of rectangles a second; each grab costs the server about
 * as much as 16,000 pixels, so neighbours are fetched together when that wastes less. Pure.
 */
enum { X11_GROUP_WASTE_PX = 16384, X11_GROUP_LOOK_BACK = 8 };

struct x11_group {
	struct platform_rect area;
};

/** Rectangles clipped to the screen, and the group that fetches each. */
struct x11_grouping {
	struct platform_rect *rect;
	size_t *member_of;
	size_t rect_count;
	struct x11_group *group;
	size_t group_count;
};

/** Clips to width x height, drops what is empty. x11_grouping_done() frees. ERR_NOMEM. */
enum err x11_grouping_init(struct x11_grouping *all, const struct platform_rect *r, size_t count,
		int32_t width, int32_t height);
void x11_grouping_done(struct x11_grouping *all);

#endif
