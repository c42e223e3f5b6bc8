#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/json.h"
#include "gateway/office/history.h"

static struct history *h;

static int setup(void **state)
{
	(void)state;
	return history_new(&h);
}

static int teardown(void **state)
{
	(void)state;
	history_free(h);
	return 0;
}

static void line(uint64_t ms, const char *event, const char *data)
{
	char text[4096];
	int n = snprintf(text, sizeof(text), "{\"boot_ms\":1,\"data\":%s,\"event\":\"%s\",\"n\":0,\"p\":\"\",\"session\":\"\",\"wall_ms\":%llu}",
			data, event, (unsigned long long)ms);

	assert_int_equal(history_add(h, text, (size_t)n), OK);
}

/* A line that the agent signed, its own clock 500 ms behind and its time of day an hour ahead. */
static void consent(uint64_t ms, const char *event, const char *fields)
{
	char inner[1024], data[2048];
	size_t n = 0;

	snprintf(inner, sizeof(inner), "{\"boot_ms\":%llu,\"event\":\"%s\",\"n\":1,\"prev\":\"0\",\"wall_ms\":%llu%s%s}",
			(unsigned long long)ms - 500, event, (unsigned long long)ms + 3600000, fields[0] ? "," : "", fields);
	n += (size_t)snprintf(data, sizeof(data), "{\"line\":\"");
	for (const char *c = inner; *c; c++)
		n += (size_t)snprintf(data + n, sizeof(data) - n, *c == '"' ? "\\%c" : "%c", *c);
	snprintf(data + n, sizeof(data) - n, "\",\"sig\":\"00\"}");
	line(ms, "consent", data);
}

static void chunk(uint64_t from_ms, uint64_t to_ms)
{
	char data[256];

	snprintf(data, sizeof(data), "{\"bytes\":100,\"from_ms\":%llu,\"to_ms\":%llu}", (unsigned long long)from_ms,
			(unsigned long long)to_ms);
	line(to_ms + 3, "chunk", data);
}

static cJSON *finish(void)
{
	cJSON *o;

	assert_int_equal(history_finish(h, &o), OK);
	return o;
}

static uint64_t number(const cJSON *o, const char *name)
{
	uint64_t v;

	assert_int_equal(json_u64(o, name, &v), OK);
	return v;
}

static void expect(const cJSON *o, const char *name, const char *json)
{
	char *text = cJSON_PrintUnformatted(cJSON_GetObjectItem(o, name));

	assert_string_equal(text, json);
	free(text);
}

static void the_time_of_control_is_that_of_the_agents_clock(void **state)
{
	cJSON *o;

	(void)state;
	line(1000, "session", "{\"advisor\":\"claire\",\"ceiling\":[\"view\",\"control\"],\"purpose\":\"p\",\"purpose_label\":\"P\"}");
	consent(2000, "grant", "\"ask\":1,\"cap\":\"view\",\"grant\":1");
	consent(3000, "grant", "\"ask\":2,\"cap\":\"control\",\"grant\":2");
	consent(5000, "limit", "\"cap\":\"control\",\"grant\":2");
	consent(6000, "grant", "\"ask\":3,\"cap\":\"control\",\"grant\":3");
	consent(6250, "limit", "\"cap\":\"view\",\"grant\":1"); /* the others go with the view */
	line(7000, "end", "{\"reason\":\"customer\"}");
	o = finish();
	assert_int_equal(number(o, "control_ms"), 2250);
	expect(o, "rights", "[{\"cap\":\"control\",\"grant\":2,\"from_ms\":3000,\"to_ms\":5000,\"ms\":2000},"
			    "{\"cap\":\"view\",\"grant\":1,\"from_ms\":2000,\"to_ms\":6250,\"ms\":4250},"
			    "{\"cap\":\"control\",\"grant\":3,\"from_ms\":6000,\"to_ms\":6250,\"ms\":250}]");
	assert_int_equal(number(cJSON_GetObjectItem(o, "facts"), "ended_ms"), 7000);
	cJSON_Delete(o);
}

static void what_nothing_ended_lasts_until_the_end_or_the_last_line(void **state)
{
	cJSON *o;

	(void)state;
	consent(3000, "grant", "\"ask\":2,\"cap\":\"control\",\"grant\":2");
	line(4500, "asked", "{\"cap\":\"view\"}");
	o = finish();
	assert_int_equal(number(o, "control_ms"), 1500);
	cJSON_Delete(o);
}

static void whatever_takes_control_ends_it(void **state)
{
	cJSON *o;

	(void)state;
	consent(2000, "grant", "\"ask\":1,\"cap\":\"view\",\"grant\":1");
	consent(3000, "grant", "\"ask\":2,\"cap\":\"control\",\"grant\":2");
	line(4500, "left", "{\"who\":\"agent\"}");
	consent(5000, "grant", "\"ask\":3,\"cap\":\"control\",\"grant\":3");
	consent(5100, "paired", "\"words\":\"x\"");
	consent(6000, "grant", "\"ask\":4,\"cap\":\"control\",\"grant\":4");
	line(6010, "failed", "{\"what\":\"chunk\",\"where\":\"write\"}");
	line(9000, "end", "{\"reason\":\"evidence\"}");
	o = finish();
	assert_int_equal(number(o, "control_ms"), 1500 + 100 + 10);
	cJSON_Delete(o);
}

static void gaps_are_told_with_their_reason(void **state)
{
	cJSON *o;

	(void)state;
	chunk(1000, 3000);
	chunk(3000, 5000);
	consent(5500, "pause", "\"who\":\"advisor\",\"why\":\"card\"");
	chunk(5000, 5600);
	consent(9000, "resume", "");
	chunk(9100, 11000);
	chunk(20000, 22000); /* the view was taken back in between */
	o = finish();
	expect(o, "recorded", "[{\"from_ms\":1000,\"to_ms\":5600},{\"from_ms\":9100,\"to_ms\":11000},{\"from_ms\":20000,\"to_ms\":22000}]");
	expect(o, "gaps", "[{\"from_ms\":5600,\"to_ms\":9100,\"why\":\"pause\"},{\"from_ms\":11000,\"to_ms\":20000,\"why\":\"view\"}]");
	assert_int_equal(number(o, "chunks"), 5);
	assert_int_equal(number(o, "bytes"), 500);
	cJSON_Delete(o);
}

static void a_pause_takes_control_away(void **state)
{
	cJSON *o;

	(void)state;
	consent(3000, "grant", "\"ask\":2,\"cap\":\"control\",\"grant\":2");
	consent(4000, "pause", "\"who\":\"advisor\",\"why\":\"code\"");
	line(9000, "end", "{\"reason\":\"advisor\"}");
	o = finish();
	assert_int_equal(number(o, "control_ms"), 1000);
	cJSON_Delete(o);
}

static void counts_are_summed_and_heads_are_no_events(void **state)
{
	cJSON *o;

	(void)state;
	consent(1000, "counts", "\"done_key\":1,\"done_mouse\":10,\"local\":0,\"refused\":3");
	consent(2000, "counts", "\"done_key\":2,\"done_mouse\":20,\"local\":5,\"refused\":0");
	consent(2500, "head", "\"gateway\":\"x\",\"gateway_sig\":\"y\",\"sent\":9");
	consent(3000, "ask", "\"ask\":1,\"cap\":\"view\",\"text\":\"Bonjour\"");
	o = finish();
	expect(o, "counts", "{\"done_key\":3,\"done_mouse\":30,\"local\":5,\"refused\":3}");
	expect(o, "events", "[{\"ms\":3000,\"event\":\"ask\",\"data\":{\"ask\":1,\"cap\":\"view\",\"text\":\"Bonjour\"}}]");
	cJSON_Delete(o);
}

static void keys_and_signatures_are_left_out(void **state)
{
	cJSON *o;
	char *text;

	(void)state;
	line(1, "agent", "{\"sign\":\"04aa\"}");
	consent(1002, "open", "\"content_key\":\"bb\",\"key_check\":\"cc\",\"purpose\":\"p\",\"sign\":\"04aa\"");
	line(1003, "accepted", "{\"articles\":[\"dd\"],\"at_ms\":1,\"private\":{\"customer\":\"ee\"},\"version\":\"v\"}");
	o = finish();
	text = cJSON_PrintUnformatted(o);
	for (const char *const *secret = (const char *const[]){ "04aa", "bb", "cc\"", "dd", "\"ee\"", NULL }; *secret; secret++)
		assert_null(strstr(text, *secret));
	free(text);
	cJSON_Delete(o);
}

static void a_long_journal_is_cut_and_says_so(void **state)
{
	cJSON *o;

	(void)state;
	for (uint64_t i = 0; i < HISTORY_EVENTS_MAX + 10; i++)
		line(i + 1, "asked", "{\"cap\":\"view\"}");
	o = finish();
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(o, "events")), HISTORY_EVENTS_MAX);
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(o, "truncated")));
	cJSON_Delete(o);
}

static void what_is_no_line_is_refused(void **state)
{
	static const char *const bad[] = { "", "{}", "[]", "x", "{\"data\":{},\"event\":\"x\"}", "{\"data\":[],\"event\":\"x\",\"wall_ms\":1}",
		"{\"data\":{},\"event\":1,\"wall_ms\":1}", "{\"data\":{},\"event\":\"consent\",\"wall_ms\":1}",
		"{\"data\":{\"line\":\"x\"},\"event\":\"consent\",\"wall_ms\":1}",
		"{\"data\":{\"line\":\"{}\"},\"event\":\"consent\",\"wall_ms\":1}" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(history_add(h, bad[i], strlen(bad[i])), ERR_MALFORMED);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_time_of_control_is_that_of_the_agents_clock),
		TEST(what_nothing_ended_lasts_until_the_end_or_the_last_line),
		TEST(whatever_takes_control_ends_it),
		TEST(gaps_are_told_with_their_reason),
		TEST(a_pause_takes_control_away),
		TEST(counts_are_summed_and_heads_are_no_events),
		TEST(keys_and_signatures_are_left_out),
		TEST(a_long_journal_is_cut_and_says_so),
		TEST(what_is_no_line_is_refused),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
