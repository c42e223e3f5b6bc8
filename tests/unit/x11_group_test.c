#include "agent/platform/x11/x11_group.h"

#undef NDEBUG
#include <assert.h>
#include <stdio.h>

static void nothing_outside_the_screen_is_fetched(void)
{
	const struct platform_rect r[] = {
		{ -10, -10, 20, 20 }, { 90, 90, 50, 50 }, { 200, 0, 5, 5 },
		{ 0, 0, 0, 10 },      { 5, 5, -3, 3 },    { INT32_MAX, 0, INT32_MAX, 1 },
	};
	struct x11_grouping g;

	assert(x11_grouping_init(&g, r, 6, 100, 100) == OK);
	assert(g.rect_count == 2);
	assert(g.rect[0].x == 0 && g.rect[0].width == 10 && g.rect[1].height == 10);
	x11_grouping_done(&g);
}

static void every_rectangle_lies_in_its_group(void)
{
	struct platform_rect r[500];
	struct x11_grouping g;

	for (int i = 0; i < 500; i++)
		r[i] = (struct platform_rect){ (i * 7919) % 1900, (i * 104729) % 1000, 1 + i % 40,
			1 + i % 23 };
	assert(x11_grouping_init(&g, r, 500, 1920, 1080) == OK);
	assert(g.group_count <= g.rect_count);
	for (size_t i = 0; i < g.rect_count; i++) {
		const struct platform_rect *a = &g.group[g.member_of[i]].area, *b = &g.rect[i];

		assert(b->x >= a->x && b->y >= a->y && b->x + b->width <= a->x + a->width &&
				b->y + b->height <= a->y + a->height);
	}
	x11_grouping_done(&g);
}

static void lines_of_a_terminal_become_one_grab(void)
{
	struct platform_rect r[24];
	struct x11_grouping g;

	for (int i = 0; i < 24; i++)
		r[i] = (struct platform_rect){ 10, 10 + 16 * i, 640, 16 };
	assert(x11_grouping_init(&g, r, 24, 1920, 1080) == OK);
	assert(g.group_count == 1);
	x11_grouping_done(&g);
}

static void far_corners_are_fetched_apart(void)
{
	const struct platform_rect r[] = { { 0, 0, 10, 10 }, { 1900, 1060, 10, 10 } };
	struct x11_grouping g;

	assert(x11_grouping_init(&g, r, 2, 1920, 1080) == OK);
	assert(g.group_count == 2);
	x11_grouping_done(&g);
}

int main(void)
{
	nothing_outside_the_screen_is_fetched();
	every_rectangle_lies_in_its_group();
	lines_of_a_terminal_become_one_grab();
	far_corners_are_fetched_apart();
	puts("ok");
	return 0;
}
