#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/json.h"

static enum err parse(const char *text, size_t depth)
{
	cJSON *o;
	enum err e = json_parse(text, strlen(text), depth, &o);

	assert_true(e ? o == NULL : o != NULL);
	cJSON_Delete(o);
	return e;
}

static void what_is_not_strict_json_is_refused(void **state)
{
	static const char *const bad[] = {
		"", " ", "{", "}", "{}x", "{} {}", "[1,]", "[,1]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "{\"a\":1 \"b\":2}",
		"01", "-", "-0", "-01", "+1", "1.0", "1e3", "1E3", ".5", "0x1", "9007199254740993", "NaN", "Infinity",
		"1e999", "tru", "True", "nul", "'a'", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u0000\"", "\"\\ud800\"",
		"\"\\udc00\"", "\"\\ud800x\"", "\"\\ud800\\u0041\"", "\"a\nb\"", "\"a\tb\"", "\"\x01\"", "\"\xff\"",
		"\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "\"\xf8\x88\x80\x80\x80\"",
		"\xef\xbb\xbf{}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "[{\"b\":{\"x\":1,\"y\":2,\"x\":3}}]",
		"// c\n{}", "{}\f", "[1 2]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (parse(bad[i], 8) != ERR_MALFORMED)
			fail_msg("accepted: %s", bad[i]);
}

static void strict_json_is_read(void **state)
{
	static const char *const good[] = {
		"{}", "[]", " {\"a\" : [ 1 , -2 , true , null ] } \n", "0", "-1", "9007199254740992", "-9007199254740992",
		"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"", "\"\\u00e9\\n\\/\"", "{\"a\":1,\"A\":2}", "\"\x7f\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (parse(good[i], 8) != OK)
			fail_msg("refused: %s", good[i]);
}

static void a_final_zero_inside_the_length_is_refused(void **state)
{
	cJSON *o;

	(void)state;
	assert_int_equal(json_parse("{}\0", 3, 4, &o), ERR_MALFORMED);
	assert_int_equal(json_parse("{}garbage", 2, 4, &o), OK); /* the length counts, not the text */
	cJSON_Delete(o);
}

static void depth_and_length_are_capped(void **state)
{
	static char deep[3 * JSON_DEPTH_MAX];
	char *text = malloc(JSON_LEN_MAX + 1);
	cJSON *o;

	(void)state;
	assert_int_equal(parse("{}", 0), ERR_MALFORMED);
	assert_int_equal(parse("1", 0), OK);
	assert_int_equal(parse("{\"a\":[]}", 1), ERR_MALFORMED);
	assert_int_equal(parse("{\"a\":[]}", 2), OK);
	assert_int_equal(parse("[[],[],[]]", 2), OK);
	memset(deep, '[', JSON_DEPTH_MAX + 1);
	memset(deep + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	assert_int_equal(parse(deep, 1000), ERR_MALFORMED);
	assert_non_null(text);
	memset(text, ' ', JSON_LEN_MAX + 1);
	text[0] = '1';
	assert_int_equal(json_parse(text, JSON_LEN_MAX, 1, &o), OK);
	cJSON_Delete(o);
	assert_int_equal(json_parse(text, JSON_LEN_MAX + 1, 1, &o), ERR_MALFORMED);
	free(text);
}

static void fields_must_be_exactly_those_of_the_spec(void **state)
{
	static const char spec[] = "name:s size:i on:b list:a | more:o note:s";
	static const struct {
		const char *text;
		enum err expected;
	} cases[] = {
		{ "{\"name\":\"x\",\"size\":1,\"on\":true,\"list\":[\"a\"]}", OK },
		{ "{\"name\":\"x\",\"size\":1,\"on\":true,\"list\":[],\"more\":{},\"note\":\"\"}", OK },
		{ "{\"name\":\"x\",\"size\":1,\"on\":true}", ERR_MALFORMED },
		{ "{\"name\":\"x\",\"size\":1,\"on\":true,\"list\":[1]}", ERR_MALFORMED },
		{ "{\"name\":\"x\",\"size\":\"1\",\"on\":true,\"list\":[]}", ERR_MALFORMED },
		{ "{\"name\":null,\"size\":1,\"on\":true,\"list\":[]}", ERR_MALFORMED },
		{ "{\"name\":\"x\",\"size\":1,\"on\":1,\"list\":[]}", ERR_MALFORMED },
		{ "{\"Name\":\"x\",\"size\":1,\"on\":true,\"list\":[]}", ERR_MALFORMED },
		{ "{\"name\":\"x\",\"size\":1,\"on\":true,\"list\":[],\"x\":1}", ERR_MALFORMED },
		{ "{\"name\":\"x\",\"size\":1,\"on\":true,\"list\":[],\"more\":[]}", ERR_MALFORMED },
		{ "[]", ERR_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		cJSON *o;
		assert_int_equal(json_parse(cases[i].text, strlen(cases[i].text), 4, &o), OK);
		assert_int_equal(json_fields(o, spec), cases[i].expected);
		cJSON_Delete(o);
	}
}

static void no_fields_means_an_empty_object(void **state)
{
	cJSON *o = cJSON_CreateObject();

	(void)state;
	assert_int_equal(json_fields(o, ""), OK);
	assert_non_null(cJSON_AddNumberToObject(o, "a", 1));
	assert_int_equal(json_fields(o, ""), ERR_MALFORMED);
	assert_int_equal(json_fields(o, "| a:i"), OK);
	cJSON_Delete(o);
}

static void getters_look_at_kind_and_case(void **state)
{
	static const char text[] = "{\"s\":\"t\",\"n\":9007199254740992,\"m\":-1}";
	uint64_t v;
	cJSON *o;

	(void)state;
	assert_int_equal(json_parse(text, sizeof(text) - 1, 1, &o), OK);
	assert_string_equal(json_string(o, "s"), "t");
	assert_null(json_string(o, "S"));
	assert_null(json_string(o, "n"));
	assert_int_equal(json_u64(o, "n", &v), OK);
	assert_true(v == 9007199254740992u);
	assert_int_equal(json_u64(o, "m", &v), ERR_MALFORMED);
	assert_int_equal(json_u64(o, "s", &v), ERR_MALFORMED);
	cJSON_Delete(o);
}

static void canonical_text_is_that_of_rfc_8785(void **state)
{
	static const char in[] = " { \"b\" : [ 3 , -9007199254740992 , true, null ], \"a\\u00e9\" : \"\\u0008\\u000b\\u001F\\/\\\"\\\\\\ud83d\\ude00\","
				 " \"\" : { } , \"a\":0,\"B\":false }";
	static const char out[] = "{\"\":{},\"B\":false,\"a\":0,\"a\xc3\xa9\":\"\\b\\u000b\\u001f/\\\"\\\\\xf0\x9f\x98\x80\","
				  "\"b\":[3,-9007199254740992,true,null]}";
	char *text, *again;
	cJSON *o, *p;

	(void)state;
	assert_int_equal(json_parse(in, sizeof(in) - 1, 4, &o), OK);
	assert_int_equal(json_canonical(o, &text), OK);
	assert_string_equal(text, out);
	assert_int_equal(json_parse(text, strlen(text), 4, &p), OK);
	assert_int_equal(json_canonical(p, &again), OK);
	assert_string_equal(text, again);
	free(text);
	free(again);
	cJSON_Delete(o);
	cJSON_Delete(p);
}

static void fractions_are_not_written(void **state)
{
	cJSON *o = cJSON_CreateArray();
	char *text;

	(void)state;
	cJSON_AddItemToArray(o, cJSON_CreateNumber(1.5));
	assert_int_equal(json_canonical(o, &text), ERR_MALFORMED);
	assert_null(text);
	cJSON_Delete(o);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_strict_json_is_refused),
		cmocka_unit_test(strict_json_is_read),
		cmocka_unit_test(a_final_zero_inside_the_length_is_refused),
		cmocka_unit_test(depth_and_length_are_capped),
		cmocka_unit_test(fields_must_be_exactly_those_of_the_spec),
		cmocka_unit_test(no_fields_means_an_empty_object),
		cmocka_unit_test(getters_look_at_kind_and_case),
		cmocka_unit_test(canonical_text_is_that_of_rfc_8785),
		cmocka_unit_test(fractions_are_not_written),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
