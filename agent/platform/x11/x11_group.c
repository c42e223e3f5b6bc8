#include "agent/platform/x11/x11_group.h"

#include <stdlib.h>

static int32_t min32(int64_t a, int64_t b)
{
	return (int32_t)(a < b ? a : b);
}

static int32_t max32(int64_t a, int64_t b)
{
	return (int32_t)(a > b ? a : b);
}

static int64_t area_of(const struct platform_rect *r)
{
	return (int64_t)r->width * r->height;
}

static bool clip(const struct platform_rect *r, int32_t width, int32_t height,
		struct platform_rect *out)
{
	int32_t left = max32(r->x, 0), top = max32(r->y, 0);
	int32_t right = min32((int64_t)r->x + r->width, width);
	int32_t bottom = min32((int64_t)r->y + r->height, height);

	*out = (struct platform_rect){ left, top, right - left, bottom - top };
	return r->width > 0 && r->height > 0 && right > left && bottom > top;
}

static struct platform_rect join(const struct platform_rect *a, const struct platform_rect *b)
{
	int32_t left = min32(a->x, b->x), top = min32(a->y, b->y);
	int32_t right = max32(a->x + a->width, b->x + b->width);
	int32_t bottom = max32(a->y + a->height, b->y + b->height);

	return (struct platform_rect){ left, top, right - left, bottom - top };
}

/** Puts rectangle `r` into one of the youngest groups if fetching both together wastes little. */
static size_t place(struct x11_grouping *all, const struct platform_rect *r)
{
	size_t back = all->group_count < X11_GROUP_LOOK_BACK ? all->group_count
							     : X11_GROUP_LOOK_BACK;

	for (size_t i = all->group_count; i-- > all->group_count - back;) {
		struct platform_rect both = join(&all->group[i].area, r);

		if (area_of(&both) <=
				area_of(&all->group[i].area) + area_of(r) + X11_GROUP_WASTE_PX) {
			all->group[i].area = both;
			return i;
		}
	}
	all->group[all->group_count].area = *r;
	return all->group_count++;
}

enum err x11_grouping_init(struct x11_grouping *all, const struct platform_rect *r, size_t count,
		int32_t width, int32_t height)
{
	*all = (struct x11_grouping){ 0 };
	if (count == 0)
		return OK;
	all->rect = calloc(count, sizeof(*all->rect));
	all->member_of = calloc(count, sizeof(*all->member_of));
	all->group = calloc(count, sizeof(*all->group));
	if (!all->rect || !all->member_of || !all->group) {
		x11_grouping_done(all);
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		struct platform_rect clipped;

		if (!clip(&r[i], width, height, &clipped))
			continue;
		all->rect[all->rect_count] = clipped;
		all->member_of[all->rect_count++] = place(all, &clipped);
	}
	return OK;
}

void x11_grouping_done(struct x11_grouping *all)
{
	free(all->rect);
	free(all->member_of);
	free(all->group);
	*all = (struct x11_grouping){ 0 };
}
