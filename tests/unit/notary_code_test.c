#include "notary_bench.h"

#include <stdio.h>
#include <string.h>

static void a_code_lives_ten_minutes_to_the_millisecond(void **state)
{
	struct bench *b = *state;
	struct door d;

	add_claire(b);
	assert_ok(new_session(b, &d));
	assert_int_equal(number(b, "code_expires_ms"), b->now_ms + CODE_LIFE_MS);
	assert_int_equal(strspn(d.code, "0123456789"), 9);
	assert_ok(accept_terms(b, &d, "accepter", ""));
	b->now_ms += CODE_LIFE_MS;
	assert_string_equal(use_code(b, &d, d.code, "s"), "code");
	b->now_ms--;
	assert_ok(use_code(b, &d, d.code, "s"));
}

static void a_code_opens_once_and_takes_the_others_along(void **state)
{
	struct bench *b = *state;
	struct door d, e;
	char first[10];

	add_claire(b);
	assert_ok(new_session(b, &d));
	memcpy(first, d.code, sizeof(first));
	assert_string_equal(of_session(b, "code_new", &d, ",\"advisor\":\"paul\""), "forbidden");
	assert_ok(of_session(b, "code_new", &d, ",\"advisor\":\"claire\""));
	keep(b, "code", d.code, sizeof(d.code));
	assert_ok(accept_terms(b, &d, "accepter", ""));
	assert_string_equal(use_code(b, &d, first, "s"), "code");
	assert_ok(use_code(b, &d, d.code, "s"));
	assert_string_equal(json_string(b->last, "session"), d.session);
	assert_string_equal(use_code(b, &d, d.code, "s"), "acceptance"); /* bound already */
	assert_ok(accept_terms(b, &e, "accepter", ""));
	assert_string_equal(use_code(b, &e, d.code, "s"), "code");
	assert_string_equal(of_session(b, "code_new", &d, ",\"advisor\":\"claire\""), "bound");
	assert_string_equal(of_session(b, "link_new", &d, ",\"advisor\":\"claire\""), "bound");
}

static void only_the_accepting_button_lets_in(void **state)
{
	struct bench *b = *state;
	struct door d;

	add_claire(b);
	assert_ok(new_session(b, &d));
	assert_ok(accept_terms(b, &d, "refuser", ""));
	assert_string_equal(use_code(b, &d, d.code, "s"), "acceptance");
	assert_string_equal(ask(b, "code_use", "\"code\":\"%s\",\"acceptance\":\"" RESUME "\",\"source\":\"s\"", d.code),
		"acceptance");
}

static void five_wrong_codes_stop_a_source_and_burn_no_good_code(void **state)
{
	struct bench *b = *state;
	struct door d;

	add_claire(b);
	assert_ok(new_session(b, &d));
	assert_ok(accept_terms(b, &d, "accepter", ""));
	for (int i = 0; i < CODE_TRIES_MAX; i++)
		assert_string_equal(use_code(b, &d, wrong_code_for(&d), "s"), "code");
	assert_string_equal(use_code(b, &d, d.code, "s"), "code");
	b->now_ms += CODE_WINDOW_MS - 1;
	assert_string_equal(use_code(b, &d, d.code, "s"), "code");
	b->now_ms -= CODE_WINDOW_MS - 1;
	assert_ok(use_code(b, &d, d.code, "other"));
}

static void a_source_may_try_again_when_its_window_is_over(void **state)
{
	struct bench *b = *state;
	struct door d;

	add_claire(b);
	assert_ok(new_session(b, &d));
	assert_ok(accept_terms(b, &d, "accepter", ""));
	for (int i = 0; i < CODE_TRIES_MAX; i++)
		assert_string_equal(use_code(b, &d, wrong_code_for(&d), "s"), "code");
	b->now_ms += CODE_WINDOW_MS;
	assert_ok(of_session(b, "code_new", &d, ",\"advisor\":\"claire\""));
	keep(b, "code", d.code, sizeof(d.code));
	assert_ok(use_code(b, &d, d.code, "s"));
}

static void sixty_wrong_codes_stop_everybody_until_the_window_is_over(void **state)
{
	struct bench *b = *state;
	struct door d;
	char source[16];

	add_claire(b);
	assert_ok(new_session(b, &d));
	assert_ok(accept_terms(b, &d, "accepter", ""));
	for (int i = 0; i < CODE_TRIES_ALL_MAX - 1; i++) {
		snprintf(source, sizeof(source), "s%d", i);
		assert_string_equal(use_code(b, &d, wrong_code_for(&d), source), "code");
	}
	b->now_ms += CODE_WINDOW_MS - 2;
	assert_ok(of_session(b, "code_new", &d, ",\"advisor\":\"claire\""));
	keep(b, "code", d.code, sizeof(d.code));
	assert_string_equal(use_code(b, &d, wrong_code_for(&d), "sixtieth"), "code");
	assert_string_equal(use_code(b, &d, d.code, "innocent"), "code");
	b->now_ms++;
	assert_string_equal(use_code(b, &d, d.code, "innocent"), "code");
	b->now_ms++;
	assert_ok(use_code(b, &d, d.code, "innocent"));
}

/* A dead link takes nothing from the act of acceptance (S1): it is stored, and a code will do. */
static void assert_kept_without_session(struct bench *b, const struct door *d, const char *word)
{
	assert_string_equal(word, "");
	assert_null(json_string(b->last, "session"));
	assert_ok(ask(b, "acceptance_get", "\"acceptance\":\"%s\"", d->acceptance));
	assert_string_equal(json_string(b->last, "session"), "");
}

static void a_link_binds_the_acceptance_at_once_and_once(void **state)
{
	struct bench *b = *state;
	struct door d, e;
	char link[33], more[64];

	add_claire(b);
	assert_ok(new_session(b, &d));
	assert_ok(of_session(b, "link_new", &d, ",\"advisor\":\"claire\""));
	keep(b, "link", link, sizeof(link));
	snprintf(more, sizeof(more), ",\"link\":\"%s\"", link);
	b->now_ms += LINK_LIFE_MS;
	assert_kept_without_session(b, &e, accept_terms(b, &e, "accepter", more));
	b->now_ms--;
	assert_ok(accept_terms(b, &e, "refuser", more));
	assert_null(json_string(b->last, "session"));
	assert_ok(accept_terms(b, &d, "accepter", more));
	assert_string_equal(json_string(b->last, "session"), d.session);
	assert_kept_without_session(b, &e, accept_terms(b, &e, "accepter", more));
	assert_ok(ask(b, "acceptance_get", "\"acceptance\":\"%s\"", d.acceptance));
	assert_string_equal(json_string(b->last, "advisor"), "claire");
	assert_string_equal(json_string(b->last, "purpose"), "formation");
}

static void tickets_are_few_short_and_for_once(void **state)
{
	struct bench *b = *state;
	struct door d;
	char ticket[33];

	add_claire(b);
	assert_ok(new_session(b, &d));
	assert_ok(accept_terms(b, &d, "accepter", ""));
	assert_string_equal(ask(b, "ticket_new", "\"kind\":\"join\",\"acceptance\":\"%s\"", d.acceptance), "unbound");
	assert_ok(use_code(b, &d, d.code, "s"));
	assert_string_equal(ask(b, "ticket_new", "\"kind\":\"other\",\"acceptance\":\"%s\"", d.acceptance), "malformed");
	for (int i = 0; i < TICKETS_MAX; i++) {
		assert_ok(ask(b, "ticket_new", "\"kind\":\"join\",\"acceptance\":\"%s\"", d.acceptance));
		keep(b, "ticket", ticket, sizeof(ticket));
	}
	assert_string_equal(ask(b, "ticket_new", "\"kind\":\"join\",\"acceptance\":\"%s\"", d.acceptance), "limit");
	assert_string_equal(ask(b, "ticket_use", "\"kind\":\"download\",\"ticket\":\"%s\"", ticket), "ticket");
	b->now_ms += TICKET_LIFE_MS;
	assert_string_equal(ask(b, "ticket_use", "\"kind\":\"join\",\"ticket\":\"%s\"", ticket), "ticket");
	b->now_ms--;
	assert_ok(ask(b, "ticket_use", "\"kind\":\"join\",\"ticket\":\"%s\"", ticket));
	assert_string_equal(json_string(b->last, "session"), d.session);
	assert_string_equal(json_string(b->last, "acceptance"), d.acceptance);
	assert_string_equal(json_string(b->last, "terms"), TERMS);
	assert_string_equal(json_string(b->last, "version"), "2026-11");
	assert_string_equal(ask(b, "ticket_use", "\"kind\":\"join\",\"ticket\":\"%s\"", ticket), "ticket");
	assert_ok(ask(b, "ticket_new", "\"kind\":\"download\",\"acceptance\":\"%s\"", d.acceptance));
	keep(b, "ticket", ticket, sizeof(ticket));
	assert_ok(of_session(b, "session_end", &d, ",\"reason\":\"customer\""));
	assert_string_equal(ask(b, "ticket_use", "\"kind\":\"download\",\"ticket\":\"%s\"", ticket), "ticket");
	assert_string_equal(ask(b, "ticket_new", "\"kind\":\"download\",\"acceptance\":\"%s\"", d.acceptance), "ended");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, notary_setup, notary_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_code_lives_ten_minutes_to_the_millisecond),
		TEST(a_code_opens_once_and_takes_the_others_along),
		TEST(only_the_accepting_button_lets_in),
		TEST(five_wrong_codes_stop_a_source_and_burn_no_good_code),
		TEST(a_source_may_try_again_when_its_window_is_over),
		TEST(sixty_wrong_codes_stop_everybody_until_the_window_is_over),
		TEST(a_link_binds_the_acceptance_at_once_and_once),
		TEST(tickets_are_few_short_and_for_once),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("notary_code", tests, NULL, NULL);
}
