#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/office/office_config.h"

static const char needed[] = "bank = B\npublic_url = https://b.example/bureau/\nnotary = /n\nweb = /w\nreader = /r\n";

/* The configuration of these lines after what is always needed; what is told of them into `told`. */
static enum err parse(const char *lines, char *told, size_t size)
{
	struct office_config c;
	char text[1024];
	FILE *errors = fmemopen(told, size, "w");
	enum err e;

	snprintf(text, sizeof(text), "[office]\n%s%s", needed, lines);
	told[0] = '\0';
	e = office_config_parse(text, "f", errors, &c);
	fclose(errors);
	office_config_done(&c);
	return e;
}

static void only_this_computer_hears_it_unless_somebody_means_it(void **state)
{
	static const char *const good[] = { "port = 1\n", "listen = 127.0.0.2\nport = 1\n", "listen = ::1\nport = 1\n",
		"listen = unix:/run/office.socket\n", "listen = 10.0.0.1\nport = 1\nadmin_network = yes\n" };
	static const char *const bad[] = { "listen = 0.0.0.0\nport = 1\n", "listen = ::\nport = 1\n", "listen = 10.0.0.1\nport = 1\n",
		"listen = ::ffff:10.0.0.1\nport = 1\n", "listen = localhost\nport = 1\n",
		"listen = 128.0.0.1\nport = 1\nadmin_network = no\n" };
	char told[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(parse(good[i], told, sizeof(told)), OK);
		assert_string_equal(told, "");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(bad[i], told, sizeof(told)), ERR_MALFORMED);
		assert_non_null(strstr(told, "listen: "));
	}
}

static void each_problem_has_its_line(void **state)
{
	char told[2048];

	(void)state;
	assert_int_equal(parse("port = x\nport = 70000\nnope = 1\nconnections = 3\nadmin_network = oui\n[x]\ny = 1\n", told,
					 sizeof(told)), ERR_MALFORMED);
	assert_non_null(strstr(told, "f:7: port: "));
	assert_non_null(strstr(told, "f:8: port: donné deux fois"));
	assert_non_null(strstr(told, "f:9: nope: option inconnue"));
	assert_non_null(strstr(told, "f:10: connections: un nombre de 4 à 512"));
	assert_non_null(strstr(told, "f:11: admin_network: "));
	assert_non_null(strstr(told, "f:13: x: section inconnue"));
	assert_int_equal(parse("listen = unix:relative\n", told, sizeof(told)), ERR_MALFORMED);
	assert_int_equal(parse("listen = unix:/a\nport = 1\n", told, sizeof(told)), ERR_MALFORMED);
	assert_int_equal(parse("", told, sizeof(told)), ERR_MALFORMED);
	assert_non_null(strstr(told, "port: manque"));
}

static void the_public_url_is_https_and_ends_in_a_slash(void **state)
{
	static const char *const bad[] = { "http://b.example/", "https://b.example", "https:///x/", "https://b.example/x", "https://b/?x/" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[256], told[256] = "";
		FILE *errors = fmemopen(told, sizeof(told), "w");
		struct office_config c;

		snprintf(text, sizeof(text), "[office]\nbank = B\npublic_url = %s\nport = 1\nnotary = /n\nweb = /w\nreader = /r\n", bad[i]);
		assert_int_equal(office_config_parse(text, "f", errors, &c), ERR_MALFORMED);
		fclose(errors);
		assert_non_null(strstr(told, "public_url"));
		office_config_done(&c);
	}
}

static void the_example_is_good(void **state)
{
	struct office_config c;
	char origin[128];

	(void)state;
	assert_int_equal(office_config_read(GUICHET_ROOT "/deploy/guichet-office.example.ini", stderr, &c), OK);
	office_config_origin(&c, origin, sizeof(origin));
	assert_string_equal(origin, "https://assistance.banque.example");
	assert_int_equal(c.purpose_count, 2);
	assert_null(office_config_socket(&c));
	office_config_done(&c);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_this_computer_hears_it_unless_somebody_means_it),
		cmocka_unit_test(each_problem_has_its_line),
		cmocka_unit_test(the_public_url_is_https_and_ends_in_a_slash),
		cmocka_unit_test(the_example_is_good),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("office_config", tests, NULL, NULL);
}
