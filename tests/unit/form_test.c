#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/http/form.h"

static const char *value(const char *encoded, const char *name)
{
	static char out[16];

	memset(out, 'x', sizeof(out));
	return form_value(encoded, name, out, sizeof(out)) ? out : NULL;
}

static const char *cookie(const char *header, const char *name)
{
	static char out[16];

	return form_cookie(header, name, out, sizeof(out)) ? out : NULL;
}

static void values_are_found_by_their_whole_name(void **state)
{
	(void)state;
	assert_string_equal(value("code=123&lang=fr", "code"), "123");
	assert_string_equal(value("code=123&lang=fr", "lang"), "fr");
	assert_string_equal(value("a=1&a=2", "a"), "1");
	assert_string_equal(value("&&a=&", "a"), "");
	assert_string_equal(value("a=b=c", "a"), "b=c");
	assert_null(value("xcode=1&code2=2", "code"));
	assert_null(value("code", "code"));
	assert_null(value("", "code"));
	assert_null(value(NULL, "code"));
}

static void escapes_and_plus_are_decoded(void **state)
{
	(void)state;
	assert_string_equal(value("a=%41+%2b%c3%A9", "a"), "A +\xc3\xa9");
	assert_string_equal(value("a=%26b%3D", "a"), "&b=");
	assert_string_equal(value("a=1%0d%0a2%09", "a"), "1\r\n2\t");
}

static void what_is_no_text_is_absent(void **state)
{
	static const char *const bad[] = { "a=%", "a=%4", "a=%4&b=1", "a=%zz", "a=%00", "a=%01", "a=%1b", "a=%7f", "a=%ff", "a=%c3", "a=%c0%80",
					   "a=%e2%82", "a=%f5%80%80%80", "a=\x01", "a=%80" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(value(bad[i], "a"));
}

static void too_long_is_absent_and_not_cut(void **state)
{
	(void)state;
	assert_string_equal(value("a=123456789012345", "a"), "123456789012345");
	assert_null(value("a=1234567890123456", "a"));
	assert_string_equal(cookie("a=123456789012345", "a"), "123456789012345");
	assert_null(cookie("a=1234567890123456", "a"));
}

static void cookies_are_found_by_their_whole_name(void **state)
{
	(void)state;
	assert_string_equal(cookie("a=1; __Host-login=abc; c=3", "__Host-login"), "abc");
	assert_string_equal(cookie("a=1;b=2", "b"), "2");
	assert_string_equal(cookie("a=", "a"), "");
	assert_string_equal(cookie("a=%41", "a"), "%41");
	assert_null(cookie("xa=1; ab=2; a", "a"));
	assert_null(cookie("", "a"));
	assert_null(cookie(NULL, "a"));
	assert_null(cookie(" ; ; ", "a"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_found_by_their_whole_name),
		cmocka_unit_test(escapes_and_plus_are_decoded),
		cmocka_unit_test(what_is_no_text_is_absent),
		cmocka_unit_test(too_long_is_absent_and_not_cut),
		cmocka_unit_test(cookies_are_found_by_their_whole_name),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
