#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/bytes.h"
#include "common/trailer.h"

static const uint8_t program[] = "\x7f" "ELF and so on";
static const struct trailer parts = { (const uint8_t *)"{\"v\":1}", (const uint8_t *)"signature",
				      (const uint8_t *)"0123456789abcdef0123456789abcdef", 7, 9, 32 };

/* The program with its trailer; free() it. */
static uint8_t *served(const struct trailer *t, size_t *len)
{
	uint8_t *tail, *image;
	size_t n;

	assert_int_equal(trailer_make(t, &tail, &n), OK);
	*len = sizeof(program) + n;
	image = malloc(*len);
	memcpy(image, program, sizeof(program));
	memcpy(image + sizeof(program), tail, n);
	free(tail);
	return image;
}

static void what_was_appended_is_found(void **state)
{
	struct trailer t;
	size_t len;
	uint8_t *image = served(&parts, &len);

	(void)state;
	assert_int_equal(trailer_find(image, len, &t), OK);
	assert_int_equal(t.profile_len, 7);
	assert_memory_equal(t.profile, parts.profile, 7);
	assert_int_equal(t.signature_len, 9);
	assert_memory_equal(t.signature, parts.signature, 9);
	assert_int_equal(t.ticket_len, TRAILER_TICKET_LEN);
	assert_memory_equal(t.ticket, parts.ticket, TRAILER_TICKET_LEN);
	assert_memory_equal(image, program, sizeof(program)); /* the program itself is as it was built */
	free(image);
}

static void empty_parts_are_parts(void **state)
{
	const struct trailer none = { 0 };
	struct trailer t;
	uint8_t *tail;
	size_t len;

	(void)state;
	assert_int_equal(trailer_make(&none, &tail, &len), OK);
	assert_int_equal(len, 20);
	assert_int_equal(trailer_find(tail, len, &t), OK);
	assert_int_equal(t.profile_len + t.signature_len + t.ticket_len, 0);
	free(tail);
}

static void a_cut_file_has_no_trailer(void **state)
{
	struct trailer t;
	size_t len;
	uint8_t *image = served(&parts, &len);

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *copy = malloc(cut + 1); /* a copy so that the sanitizer sees its end */
		memcpy(copy, image, cut);
		assert_int_equal(trailer_find(copy, cut, &t), ERR_MALFORMED);
		free(copy);
	}
	free(image);
}

static void lengths_that_reach_before_the_file_are_refused(void **state)
{
	static const uint32_t lens[] = { 64, 65536, 65537, 0x7fffffff, 0x80000000, 0xffffffff };
	struct trailer t;
	size_t len;
	uint8_t *image = served(&parts, &len);

	(void)state;
	for (size_t field = 0; field < 3; field++)
		for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
			uint8_t *foot = image + len - 20 + 4 * field, kept[4];
			memcpy(kept, foot, 4);
			put_u32(foot, lens[i]);
			assert_int_equal(trailer_find(image, len, &t), ERR_MALFORMED);
			memcpy(foot, kept, 4);
		}
	assert_int_equal(trailer_find(image, len, &t), OK);
	free(image);
}

static void any_other_mark_is_no_mark(void **state)
{
	struct trailer t;
	size_t len;
	uint8_t *image = served(&parts, &len);

	(void)state;
	for (size_t i = len - 8; i < len; i++) {
		image[i] ^= 1;
		assert_int_equal(trailer_find(image, len, &t), ERR_MALFORMED);
		image[i] ^= 1;
	}
	free(image);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_appended_is_found),
		cmocka_unit_test(empty_parts_are_parts),
		cmocka_unit_test(a_cut_file_has_no_trailer),
		cmocka_unit_test(lengths_that_reach_before_the_file_are_refused),
		cmocka_unit_test(any_other_mark_is_no_mark),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("trailer", tests, NULL, NULL);
}
