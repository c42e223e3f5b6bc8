#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "common/json.h"
#include "gateway/office/metrics.h"

static cJSON *stats_of(const char *text)
{
	cJSON *o;

	assert_int_equal(json_parse(text, strlen(text), 2, &o), OK);
	return o;
}

static const char whole[] = "{\"seats\":20,\"taken\":3,\"sessions\":812,\"held\":1,\"erased\":2,\"unsettled\":0,\"unsealed\":1,"
			    "\"entries\":1601,\"waiting\":2,\"stamp_age_ms\":7200000,\"journal_broken\":0,\"reserve_used\":0,"
			    "\"free_bytes\":123456789012,\"sealed\":800,\"seals_failed\":0,\"stamp_failures\":1,\"certificate_ends_ms\":1800000000000,"
			    "\"id\":4,\"ok\":true,\"unknown\":5}";

static char *metrics_of(const char *stats)
{
	const struct metrics_office own = { { 0, 0, 41, 2, 5, 1 }, 1 };
	cJSON *o = stats ? stats_of(stats) : NULL;
	struct text t = { 0 };

	metrics_write(&t, o, &own);
	cJSON_Delete(o);
	return t.at;
}

static void numbers_are_those_of_the_notary(void **state)
{
	char *t = metrics_of(whole);

	(void)state;
	assert_non_null(strstr(t, "\nguichet_notary_up 1\n"));
	assert_non_null(strstr(t, "\nguichet_seats 20\n"));
	assert_non_null(strstr(t, "\nguichet_seats_taken 3\n"));
	assert_non_null(strstr(t, "\nguichet_timestamp_wait_seconds 7200\n"));
	assert_non_null(strstr(t, "\nguichet_store_free_bytes 123456789012\n"));
	assert_non_null(strstr(t, "\nguichet_office_answers_total{code=\"2xx\"} 41\n"));
	assert_null(strstr(t, "unknown"));
	free(t);
}

static void a_number_that_is_not_known_is_left_out(void **state)
{
	char *t = metrics_of("{\"seats\":\"20\"}");

	(void)state;
	assert_null(strstr(t, "guichet_seats"));
	free(t);
	t = metrics_of(NULL);
	assert_non_null(strstr(t, "guichet_notary_up 0\n"));
	assert_null(strstr(t, "guichet_seats"));
	free(t);
}

static int promtool(const char *text)
{
	int in[2], status;
	pid_t pid;

	assert_int_equal(pipe(in), 0);
	pid = fork();
	if (pid == 0) {
		dup2(in[0], 0);
		close(in[0]);
		close(in[1]);
		execlp("promtool", "promtool", "check", "metrics", (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	assert_int_equal(write(in[1], text, strlen(text)), strlen(text));
	close(in[1]);
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void promtool_finds_nothing_to_blame(void **state)
{
	char *t = metrics_of(whole);
	int status = promtool(t);

	(void)state;
	assert_int_equal(status, 0);
	free(t);
	assert_int_not_equal(promtool("guichet_Bad 1\nx{ 2\n"), 0);
}

static void expect_reasons(const char *stats, const char *reasons)
{
	cJSON *o = stats ? stats_of(stats) : NULL, *list = cJSON_CreateArray();
	char *text;

	metrics_reasons(o, 2, list);
	text = cJSON_PrintUnformatted(list);
	assert_string_equal(text, reasons);
	free(text);
	cJSON_Delete(list);
	cJSON_Delete(o);
}

static void ready_is_what_nothing_speaks_against(void **state)
{
	(void)state;
	expect_reasons(NULL, "[\"notary\"]");
	expect_reasons("{}", "[]");
	expect_reasons("{\"reserve_used\":0,\"stamp_age_ms\":7200000}", "[]");
	expect_reasons("{\"reserve_used\":true,\"stamp_age_ms\":7200001}", "[\"reserve\",\"timestamps\"]");
	expect_reasons("{\"reserve_used\":4096}", "[\"reserve\"]");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_those_of_the_notary),
		cmocka_unit_test(a_number_that_is_not_known_is_left_out),
		cmocka_unit_test(promtool_finds_nothing_to_blame),
		cmocka_unit_test(ready_is_what_nothing_speaks_against),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
