#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "common/bytes.h"
#include "common/err.h"

static const uint8_t sample[] = { 1, 2, 3, 4, 5, 6, 7 };

static void integers_are_read_in_network_order(void **state)
{
	struct bytes b = bytes_of(sample, sizeof(sample));

	(void)state;
	assert_int_equal(bytes_u8(&b), 1);
	assert_int_equal(bytes_u16(&b), 0x0203);
	assert_false(bytes_done(&b));
	assert_int_equal(bytes_u32(&b), 0x04050607);
	assert_true(bytes_done(&b));
}

static void reading_past_the_end_gives_zeros_and_is_remembered(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(sample); len++) {
		struct bytes b = bytes_of(sample, len);

		bytes_u32(&b);
		bytes_u16(&b);
		bytes_u8(&b);
		assert_false(bytes_done(&b));
		assert_int_equal(bytes_u8(&b), 0);
		assert_null(bytes_take(&b, 0)); /* sticky: also what would fit */
		assert_false(bytes_done(&b));
	}
}

static void trailing_bytes_are_an_error(void **state)
{
	struct bytes b = bytes_of(sample, sizeof(sample));

	(void)state;
	assert_ptr_equal(bytes_take(&b, 6), sample);
	assert_false(bytes_done(&b));
	assert_null(bytes_take(&b, SIZE_MAX));
	assert_false(bytes_done(&b));
}

static void nothing_at_all_can_be_read_as_nothing(void **state)
{
	struct bytes b = bytes_of(NULL, 0);

	(void)state;
	assert_true(bytes_done(&b));
	assert_int_equal(bytes_u16(&b), 0);
	assert_false(bytes_done(&b));
}

static void what_is_put_is_got(void **state)
{
	static const uint32_t values[] = { 0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff };
	uint8_t out[4];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		put_u32(out, values[i]);
		assert_int_equal(get_u32(out), values[i]);
	}
	put_u16(out, 0xa1b2);
	assert_int_equal(out[0], 0xa1);
	assert_int_equal(out[1], 0xb2);
}

static void hexadecimal_goes_both_ways_for_every_byte(void **state)
{
	uint8_t in[256], back[256];
	char text[513];

	(void)state;
	for (unsigned i = 0; i < 256; i++)
		in[i] = (uint8_t)i;
	hex_write(in, sizeof(in), text);
	assert_int_equal(strlen(text), 512);
	assert_true(hex_is(text, 512));
	assert_true(hex_read(text, back, sizeof(back)));
	assert_memory_equal(in, back, sizeof(in));
}

static void only_exactly_so_many_lower_case_digits_are_an_identifier(void **state)
{
	uint8_t out[2];

	(void)state;
	assert_true(hex_is("00af", 4));
	assert_false(hex_is("00af", 3));
	assert_false(hex_is("00af", 5));
	assert_false(hex_is("00aF", 4));
	assert_false(hex_is("", 4));
	assert_true(hex_is("", 0));
	assert_false(hex_read(NULL, out, 2));
	assert_false(hex_read("00a", out, 2));
	assert_false(hex_read("00af0", out, 2));
	for (int c = 1; c < 256; c++) {
		const char text[5] = { '0', '0', 'a', (char)c, '\0' };
		assert_int_equal(hex_is(text, 4), c < 128 && strchr("0123456789abcdef", c) != NULL);
	}
}

static void every_error_has_its_own_name(void **state)
{
	(void)state;
	for (int a = OK; a <= ERR_CRYPTO; a++)
		for (int b = OK; b < a; b++)
			assert_string_not_equal(err_name((enum err)a), err_name((enum err)b));
	assert_string_equal(err_name((enum err)99), "unknown");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_read_in_network_order),
		cmocka_unit_test(reading_past_the_end_gives_zeros_and_is_remembered),
		cmocka_unit_test(trailing_bytes_are_an_error),
		cmocka_unit_test(nothing_at_all_can_be_read_as_nothing),
		cmocka_unit_test(what_is_put_is_got),
		cmocka_unit_test(hexadecimal_goes_both_ways_for_every_byte),
		cmocka_unit_test(only_exactly_so_many_lower_case_digits_are_an_identifier),
		cmocka_unit_test(every_error_has_its_own_name),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
