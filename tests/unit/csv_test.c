#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/office/csv.h"

static void expect(const char *value, const char *field)
{
	struct text t = { 0 };
	unsigned count = 0;

	csv_field(&t, &count, value);
	assert_string_equal(t.at ? t.at : "", field);
	text_done(&t);
}

static void fields_are_those_of_rfc_4180(void **state)
{
	(void)state;
	expect("", "");
	expect("Claire Martin", "Claire Martin");
	expect("a,b", "\"a,b\"");
	expect("a\"b", "\"a\"\"b\"");
	expect("a\r\nb", "\"a\r\nb\"");
	expect(" a", "\" a\"");
}

static void nothing_is_a_formula_to_a_spreadsheet(void **state)
{
	static const char *const risky[] = { "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "  \t@x", "|cmd", "%x",
					     "\xef\xbc\x9d" "1", "\xef\xbc\x8b" "1", "\xef\xbc\x8d" "1", "\xef\xbc\xa0" "x" };

	(void)state;
	for (size_t i = 0; i < sizeof(risky) / sizeof(risky[0]); i++) {
		struct text t = { 0 };
		unsigned count = 0;

		csv_field(&t, &count, risky[i]);
		assert_memory_equal(t.at, "\"'", 2);
		assert_int_equal(t.at[t.len - 1], '"');
		text_done(&t);
	}
	expect("=\"x\"", "\"'=\"\"x\"\"\"");
	expect("a=1", "a=1");
}

static void records_end_with_cr_lf_and_fields_with_commas(void **state)
{
	struct text t = { 0 };
	unsigned count = 0;

	(void)state;
	csv_field(&t, &count, "");
	csv_field(&t, &count, "b");
	csv_time(&t, &count, 1793710925999ull);
	csv_time(&t, &count, 0);
	csv_end(&t, &count);
	csv_field(&t, &count, "c");
	assert_string_equal(t.at, ",b,2026-11-03T13:02:05Z,\r\nc");
	text_done(&t);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_those_of_rfc_4180),
		cmocka_unit_test(nothing_is_a_formula_to_a_spreadsheet),
		cmocka_unit_test(records_end_with_cr_lf_and_fields_with_commas),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
