#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/office/verify/canon.h"

static bool is_canonical(const char *text)
{
	return canon_check(text, strlen(text));
}

static struct canon object(const char *text)
{
	assert_true(is_canonical(text));
	return (struct canon){ text, strlen(text) };
}

static void what_is_canonical_is_taken(void **state)
{
	static const char *const good[] = { "{}", "{\"a\":0}", "{\"a\":9007199254740992}", "{\"a\":[],\"b\":{},\"c\":\"\"}",
		"{\"a\":[1,\"x\",{\"y\":[]}]}", "{\"a\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\"}", "{\"a\":\"é € 😀 \x7f\"}",
		"{\"a\":1,\"aa\":2,\"b\":3}" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_true(is_canonical(good[i]));
}

static void everything_else_is_refused(void **state)
{
	static const char *const bad[] = { "", "{", "}", "[]", "1", "\"a\"", "{} ", " {}", "{}{}", "{\"a\":1,}", "{,}",
		"{\"a\" :1}", "{\"a\": 1}", "{\"b\":1,\"a\":1}", "{\"a\":1,\"a\":1}", "{\"aa\":1,\"a\":1}", "{a:1}", "{\"a\"}",
		"{\"a\":}", "{\"a\":01}", "{\"a\":-1}", "{\"a\":1.0}", "{\"a\":1e3}", "{\"a\":9007199254740993}",
		"{\"a\":99999999999999999}", "{\"a\":true}", "{\"a\":null}", "{\"a\":[1,]}", "{\"a\":[,1]}", "{\"a\":[1 ,2]}",
		"{\"a\":\"\n\"}", "{\"a\":\"\t\"}", "{\"a\":\"\\/\"}", "{\"a\":\"\\u000a\"}", "{\"a\":\"\\u0041\"}",
		"{\"a\":\"\\u001F\"}", "{\"a\":\"\\u0\"}", "{\"a\":\"\\", "{\"a\":\"\\x\"}", "{\"a\":\"\x80\"}", "{\"a\":\"\xc3\"}",
		"{\"a\":\"\xc0\xaf\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\xf4\x90\x80\x80\"}", "{\"a\":\"\xf5\x80\x80\x80\"}",
		"{\"\\\"\":1}", "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{}}}}}}}}}" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (is_canonical(bad[i]))
			fail_msg("taken: %s", bad[i]);
	}
}

static void every_prefix_of_a_line_is_refused(void **state)
{
	static const char line[] = "{\"a\":[1,\"x\\n\",{\"y\":\"é\"}],\"b\":12}";

	(void)state;
	assert_true(is_canonical(line));
	for (size_t len = 0; len < strlen(line); len++)
		assert_false(canon_check(line, len));
}

static void members_are_found_by_name(void **state)
{
	struct canon o = object("{\"a\":1,\"ab\":\"x\",\"b\":{\"a\":2},\"c\":[3,\"4\",[]]}"), v;
	uint64_t n;
	size_t at = 0;

	(void)state;
	assert_true(canon_get(o, "a", &v) && canon_int(v, &n) && n == 1);
	assert_true(canon_get(o, "ab", &v) && canon_is(v, "x"));
	assert_true(canon_get(o, "b", &v));
	assert_int_equal(canon_get_int(v, "a"), 2);
	assert_false(canon_get(o, "x", &v));
	assert_false(canon_get(o, "", &v));
	assert_true(canon_get(o, "c", &v));
	o = v;
	assert_true(canon_next(o, &at, &v) && canon_int(v, &n) && n == 3);
	assert_true(canon_next(o, &at, &v) && canon_is(v, "4"));
	assert_true(canon_next(o, &at, &v) && v.len == 2);
	assert_false(canon_next(o, &at, &v));
}

static void a_shape_is_exact(void **state)
{
	struct canon o = object("{\"a\":1,\"h\":\"00ff\",\"l\":[],\"o\":{},\"s\":\"x\"}");

	(void)state;
	assert_true(canon_has(o, "a:i h:4 l:a o:o s:s"));
	assert_false(canon_has(o, "a:i h:4 l:a o:o"));
	assert_false(canon_has(o, "a:i h:4 l:a o:o s:s t:s"));
	assert_false(canon_has(o, "a:i h:6 l:a o:o s:s"));
	assert_false(canon_has(o, "a:s h:4 l:a o:o s:s"));
	assert_false(canon_has(o, "b:i h:4 l:a o:o s:s"));
	assert_true(canon_has(object("{}"), ""));
	assert_true(canon_holds(o, "a:i o:o"));
	assert_true(canon_holds(o, "s:s a:i"));
	assert_true(canon_holds(o, ""));
	assert_false(canon_holds(o, "a:s"));
	assert_false(canon_holds(o, "a:i t:s"));
}

static void a_text_loses_its_escapes(void **state)
{
	struct canon o = object("{\"a\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001é\"}"), v;
	char text[64];
	size_t len;

	(void)state;
	assert_true(canon_get(o, "a", &v) && v.len <= sizeof(text) && canon_text(v, text, &len));
	assert_int_equal(len, 10);
	assert_memory_equal(text, "\"\\\b\f\n\r\t\x01é", 10);
	assert_false(canon_text((struct canon){ "12", 2 }, text, &len));
}

static void digits_are_lower_case_and_as_many_as_wanted(void **state)
{
	struct canon o = object("{\"a\":\"00af\",\"b\":\"00AF\"}"), v;
	char out[5];

	(void)state;
	assert_true(canon_get(o, "a", &v) && canon_hex(v, 4, out));
	assert_string_equal(out, "00af");
	assert_false(canon_hex(v, 2, NULL));
	assert_true(canon_get(o, "b", &v));
	assert_false(canon_hex(v, 4, NULL));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_canonical_is_taken),
		cmocka_unit_test(everything_else_is_refused),
		cmocka_unit_test(every_prefix_of_a_line_is_refused),
		cmocka_unit_test(members_are_found_by_name),
		cmocka_unit_test(a_shape_is_exact),
		cmocka_unit_test(a_text_loses_its_escapes),
		cmocka_unit_test(digits_are_lower_case_and_as_many_as_wanted),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
