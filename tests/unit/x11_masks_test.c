#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "agent/platform/x11/x11_masks.h"

enum { SIDE = 64, SECRET = 0x123456 };

static void a_rule_fits_by_class_or_by_part_of_the_title(void **state)
{
	(void)state;
	assert_true(x11_mask_fits("class:KeePassXC", "keepassxc", NULL, NULL));
	assert_true(x11_mask_fits("class:keepassxc", NULL, "KeePassXC", "x"));
	assert_false(x11_mask_fits("class:KeePass", "KeePassXC", "KeePassXC", "KeePass")); /* a class is whole */
	assert_true(x11_mask_fits("title:coffre-fort", NULL, NULL, "Mon COFFRE-FORT – Banque"));
	assert_true(x11_mask_fits("title:épargne", NULL, NULL, "Mon ÉPARGNE"));
	assert_false(x11_mask_fits("title:coffre", "coffre", "coffre", NULL));
	assert_false(x11_mask_fits("coffre", "coffre", "coffre", "coffre"));
	assert_true(x11_mask_fits("title:a", NULL, NULL, "\xff a")); /* no text: by its bytes */
}

static void only_what_was_captured_is_hatched_and_all_of_the_place(void **state)
{
	struct x11_places places = { .at = { { -10, 10, 30, 20 }, { 60, 60, 100, 100 } }, .count = 2 };
	const struct platform_rect r = { 5, 0, SIDE - 5, SIDE };
	uint32_t pixels[SIDE * SIDE];
	bool has_dark = false, has_light = false;

	(void)state;
	for (size_t i = 0; i < SIDE * SIDE; i++)
		pixels[i] = SECRET;
	x11_masks_paint(&places, &r, pixels, SIDE);
	for (int y = 0; y < SIDE; y++)
		for (int x = 0; x < SIDE; x++) {
			bool is_masked = x >= 5 && ((x < 20 && y >= 10 && y < 30) || (x >= 60 && y >= 60));

			assert_int_equal(pixels[y * SIDE + x] != SECRET, is_masked);
			has_dark |= pixels[y * SIDE + x] == 0x4a505c;
			has_light |= pixels[y * SIDE + x] == 0xc8ccd4;
		}
	assert_true(has_dark && has_light);
}

static void too_many_places_hide_everything(void **state)
{
	struct x11_places all = { .count = 0 }, one = { .at = { { 1, 1, 1, 1 } }, .count = 1 };

	(void)state;
	for (int i = 0; i < X11_MASKS_MAX; i++)
		x11_places_join(&all, &one);
	assert_int_equal(all.count, X11_MASKS_MAX);
	x11_places_join(&all, &one);
	assert_int_equal(all.count, 1);
	assert_true(all.at[0].width >= 8192 && all.at[0].height >= 8192 && all.at[0].x == 0);
	assert_false(x11_places_are_same(&all, &one));
	assert_true(x11_places_are_same(&one, &one));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_fits_by_class_or_by_part_of_the_title),
		cmocka_unit_test(only_what_was_captured_is_hatched_and_all_of_the_place),
		cmocka_unit_test(too_many_places_hide_everything),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("x11_masks", tests, NULL, NULL);
}
