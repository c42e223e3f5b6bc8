#include "notary_after_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SESSIONS = 30 };

/* Thirty sessions of three advisors, a minute apart; every third has a customer. */
struct world {
	struct officers o;
	char id[SESSIONS][33];
	uint64_t began_ms;
};

static const char *const advisors[] = { "claire", "claude", "denis" };

static void make_world(struct bench *b, struct world *w)
{
	b->seats = 100;
	restart(b);
	add_officers(b, &w->o);
	for (int i = 1; i < 3; i++) {
		char fields[128];
		snprintf(fields, sizeof(fields), "\"name\":\"%s\",\"display\":\"%s\",\"password\":\"long enough\"", advisors[i],
				advisors[i]);
		assert_ok(ask_as(b, CALLER_CTL, "advisor_add", fields));
	}
	w->began_ms = b->now_ms;
	for (int i = 0; i < SESSIONS; i++) {
		struct door d;
		char more[64];

		assert_ok(ask(b, "session_new", "\"advisor\":\"%s\",\"purpose\":\"p%d\",\"purpose_label\":\"P\",\"ceiling\":[\"view\"]",
			advisors[i % 3], i % 2));
		keep(b, "session", d.session, sizeof(d.session));
		keep(b, "code", d.code, sizeof(d.code));
		memcpy(w->id[i], d.session, 33);
		if (i % 3 == 0) {
			snprintf(more, sizeof(more), ",\"customer\":\"C%d\"", i % 2);
			assert_ok(accept_terms(b, &d, "accepter", more));
			assert_ok(use_code(b, &d, d.code, "s"));
		}
		if (i % 5 == 0)
			assert_ok(of_session(b, "session_end", &d, i % 10 ? ",\"reason\":\"lost\"" : ",\"reason\":\"advisor\""));
		b->now_ms += i % 4 ? 60000 : 0; /* some at the same millisecond */
	}
}

/* Walks all pages; the numbers of the sessions found, newest first, as indices into w->id. */
static int walk(struct bench *b, const struct world *w, const char *filter, int limit, int *out)
{
	char next[65] = "";
	int count = 0, pages = 0;

	do {
		const cJSON *row;
		assert_ok(ask_for(b, CALLER_OFFICE, w->o.anne, "evidence_search", "\"limit\":%d,\"before\":\"%s\"%s", limit, next,
			filter));
		assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(b->last, "sessions")) <= limit);
		cJSON_ArrayForEach(row, cJSON_GetObjectItem(b->last, "sessions")) {
			int i = 0;
			while (i < SESSIONS && strcmp(w->id[i], json_string(row, "session")) != 0)
				i++;
			assert_true(i < SESSIONS && count < SESSIONS);
			out[count++] = i;
		}
		keep(b, "next", next, sizeof(next));
		assert_true(++pages <= SESSIONS + 1);
	} while (next[0]);
	return count;
}

/* Whether session i should be found with each of the filters of the test below. */
static bool fits(int filter, int i)
{
	switch (filter) {
	case 0: return true;
	case 1: return i % 3 == 0;
	case 2: return i % 3 != 2;
	case 3: return i % 2 == 1;
	case 4: return i % 10 == 5;
	case 5: return i % 3 == 0 && i % 2 == 1;
	case 6: return i % 3 == 0 && i % 2 == 1 && i % 10 == 5;
	case 7: return false;
	default: return i % 3 == 2 && i % 2 == 0;
	}
}

static void every_page_size_finds_every_session_once_and_in_order(void **state)
{
	static const char *const filters[] = {
		"", ",\"advisor\":\"claire\"", ",\"advisor\":\"cla\"", ",\"purpose\":\"p1\"", ",\"outcome\":\"lost\"",
		",\"customer\":\"C1\"", ",\"customer\":\"C1\",\"outcome\":\"lost\",\"advisor\":\"c\"", ",\"customer\":\"c1\"",
		",\"advisor\":\"denis\",\"purpose\":\"p0\"",
	};
	struct bench *b = *state;
	struct world w;
	int found[SESSIONS];

	make_world(b, &w);
	for (int f = 0; f < (int)(sizeof(filters) / sizeof(*filters)); f++)
		for (int limit = 1; limit <= SEARCH_MAX; limit += limit < 12 ? 1 : 19) {
			int count = walk(b, &w, filters[f], limit, found), expected = 0;
			for (int i = SESSIONS - 1; i >= 0; i--)
				if (fits(f, i)) {
					assert_true(expected < count);
					assert_int_equal(found[expected++], i);
				}
			assert_int_equal(count, expected);
		}
}

static void a_period_includes_both_its_ends(void **state)
{
	struct bench *b = *state;
	struct world w;
	char filter[100];
	int found[SESSIONS];

	make_world(b, &w);
	assert_ok(ask_for(b, CALLER_CTL, "root", "evidence_search", "\"limit\":1,\"to_ms\":%llu", (unsigned long long)w.began_ms));
	snprintf(filter, sizeof(filter), ",\"from_ms\":%llu,\"to_ms\":%llu", (unsigned long long)w.began_ms,
			(unsigned long long)w.began_ms);
	assert_int_equal(walk(b, &w, filter, 7, found), 2); /* sessions 0 and 1 share a millisecond */
	snprintf(filter, sizeof(filter), ",\"from_ms\":%llu", (unsigned long long)w.began_ms + 1);
	assert_int_equal(walk(b, &w, filter, 7, found), SESSIONS - 2);
	snprintf(filter, sizeof(filter), ",\"from_ms\":%llu,\"to_ms\":%llu", (unsigned long long)w.began_ms + 2,
			(unsigned long long)w.began_ms + 1);
	assert_int_equal(walk(b, &w, filter, 7, found), 0);
}

static void cursors_that_lie_find_nothing_more_than_is_there(void **state)
{
	static const char *const malformed[] = { "x", "0", "00000000000000000000000000000000", "-1",
		"ffffffffffffffffffffffffffffffff", "000001000000000G0000000000000001", "' OR '1'='1",
		"0000018bcfe56800000000000000000", "0000018bcfe568000000000000000001a", "0000018BCFE568000000000000000001",
		"0000018bcfe56800ffffffffffffffff", "0040000000000000000000000000000x" };
	static const char *const lies[] = { "00000000000000010000000000000001", "001fffffffffffff7fffffffffffffff",
		"0000018bcfe568000000000000000000", "0000018bcfe568000000000000000001" };
	struct bench *b = *state;
	struct world w;

	make_world(b, &w);
	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
		assert_string_equal(ask_for(b, CALLER_OFFICE, w.o.anne, "evidence_search", "\"before\":\"%s\"", malformed[i]),
			"malformed");
	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		assert_ok(ask_for(b, CALLER_OFFICE, w.o.anne, "evidence_search", "\"before\":\"%s\"", lies[i]));
		assert_true(cJSON_GetArraySize(cJSON_GetObjectItem(b->last, "sessions")) <= SESSIONS);
	}
	assert_string_equal(ask_for(b, CALLER_OFFICE, w.o.anne, "evidence_search", "\"limit\":51"), "malformed");
	assert_string_equal(ask_for(b, CALLER_OFFICE, w.o.anne, "evidence_search", "\"limit\":-1"), "malformed");
	assert_string_equal(ask_for(b, CALLER_OFFICE, w.o.anne, "evidence_search", "\"customer\":\"a\\nb\""), "malformed");
	assert_ok(ask_for(b, CALLER_OFFICE, w.o.anne, "evidence_search", "\"advisor\":\"%%\""));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(b->last, "sessions")), 0);
	assert_ok(ask_for(b, CALLER_OFFICE, w.o.anne, "evidence_search", "\"customer\":\"' OR 1=1 --\""));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(b->last, "sessions")), 0);
}

static void a_page_of_the_longest_rows_still_fits_one_message(void **state)
{
	struct bench *b = *state;
	struct officers o;
	char label[257], next[65] = "";
	int count = 0;

	b->seats = 100;
	restart(b);
	add_officers(b, &o);
	memset(label, 'x', 256);
	label[256] = '\0';
	for (int i = 0; i < 256; i += 2)
		memcpy(label + i, "\\\"", 2);
	for (int i = 0; i < 60; i++) {
		struct door d;
		assert_ok(ask(b, "session_new", "\"advisor\":\"claire\",\"purpose\":\"p\",\"purpose_label\":\"%s%s\",\"ceiling\":[\"view\"]",
			label, label));
		keep(b, "session", d.session, sizeof(d.session));
		keep(b, "code", d.code, sizeof(d.code));
		assert_ok(ask(b, "acceptance_add", "\"version\":\"1\",\"lang\":\"fr\",\"terms\":\"" TERMS "\",\"articles\":[],"
			"\"button\":\"accepter\",\"ip\":\"1\",\"user_agent\":\"x\",\"customer\":\"%s%s\"", label, label));
		keep(b, "acceptance", d.acceptance, sizeof(d.acceptance));
		assert_ok(use_code(b, &d, d.code, "s"));
	}
	do {
		assert_ok(ask_for(b, CALLER_OFFICE, o.anne, "evidence_search", "\"before\":\"%s\"", next));
		count += cJSON_GetArraySize(cJSON_GetObjectItem(b->last, "sessions"));
		keep(b, "next", next, sizeof(next));
	} while (next[0]);
	assert_int_equal(count, 60);
}

static void seats_and_numbers_are_what_is_there(void **state)
{
	struct bench *b = *state;
	struct world w;

	make_world(b, &w);
	assert_ok(ask_for(b, CALLER_OFFICE, w.o.omar, "seats", "%s", ""));
	assert_int_equal(number(b, "seats"), 100);
	assert_int_equal(number(b, "taken"), SESSIONS - 6);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(b->last, "sessions")), SESSIONS - 6);
	assert_ok(ask_as(b, CALLER_OFFICE, "stats", ""));
	assert_int_equal(number(b, "sessions"), SESSIONS);
	assert_int_equal(number(b, "taken"), SESSIONS - 6);
	assert_int_equal(number(b, "unsettled"), 0);
	assert_true(number(b, "free_bytes") > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, notary_setup, notary_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(every_page_size_finds_every_session_once_and_in_order),
		TEST(a_period_includes_both_its_ends),
		TEST(cursors_that_lie_find_nothing_more_than_is_there),
		TEST(a_page_of_the_longest_rows_still_fits_one_message),
		TEST(seats_and_numbers_are_what_is_there),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("notary_search", tests, NULL, NULL);
}
