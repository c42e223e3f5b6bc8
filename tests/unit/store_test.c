#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/store/store.h"

#define ID(digit) digit digit digit digit digit digit digit digit
#define A ID("aaaa")
#define B ID("bbbb")

struct bench {
	char dir[64], path[96];
	struct store *s;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	snprintf(b->dir, sizeof(b->dir), "/tmp/store_test.XXXXXX");
	if (!mkdtemp(b->dir))
		return -1;
	snprintf(b->path, sizeof(b->path), "%s/db", b->dir);
	*state = b;
	return store_open(b->path, &b->s) ? -1 : 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	store_close(b->s);
	unlink(b->path);
	rmdir(b->dir);
	free(b);
	return 0;
}

static void add_session(struct store *s, const char *id)
{
	static const struct store_advisor claire = { .name = "claire", .display = "Claire", .password = "x" };
	struct store_session se = { .advisor = "claire", .purpose = "formation", .label = "Formation", .ceiling = 6 };

	(void)store_advisor_add(s, &claire, 1);
	snprintf(se.id, sizeof(se.id), "%s", id);
	assert_int_equal(store_session_add(s, &se), OK);
}

static void add_acceptance(struct store *s, const char *id)
{
	struct store_acceptance a = { .at_ms = 5, .version = "1", .articles = "[]", .button = "accepter" };

	snprintf(a.id, sizeof(a.id), "%s", id);
	assert_int_equal(store_acceptance_add(s, &a), OK);
}

static void what_was_stored_is_there_after_a_restart(void **state)
{
	struct bench *b = *state;
	struct store_session se;
	struct store_advisor a;

	add_session(b->s, A);
	store_close(b->s);
	assert_int_equal(store_open(b->path, &b->s), OK);
	assert_int_equal(store_session_get(b->s, A, &se), OK);
	assert_string_equal(se.display, "Claire");
	assert_int_equal(se.ceiling, 6);
	assert_int_equal(store_session_get(b->s, B, &se), ERR_FORBIDDEN);
	assert_int_equal(store_advisor_get(b->s, "claire' OR '1'='1", &a), ERR_FORBIDDEN);
}

static void what_was_rolled_back_was_never_there(void **state)
{
	struct bench *b = *state;
	struct store_session se;

	assert_int_equal(store_begin(b->s), OK);
	add_session(b->s, A);
	store_rollback(b->s);
	store_rollback(b->s); /* nothing was begun: no harm */
	assert_int_equal(store_session_get(b->s, A, &se), ERR_FORBIDDEN);
}

static void session_and_acceptance_bind_once(void **state)
{
	struct bench *b = *state;
	struct store_acceptance a;

	add_session(b->s, A);
	add_session(b->s, B);
	add_acceptance(b->s, A);
	add_acceptance(b->s, B);
	assert_int_equal(store_session_bind(b->s, A, A), OK);
	assert_int_equal(store_session_bind(b->s, A, B), ERR_FORBIDDEN);
	assert_int_equal(store_begin(b->s), OK);
	assert_int_equal(store_session_bind(b->s, B, A), ERR_FORBIDDEN);
	store_rollback(b->s);
	assert_int_equal(store_acceptance_get(b->s, A, &a), OK);
	assert_string_equal(a.session, A);
}

static bool count_code(void *arg, const struct store_code *c)
{
	(void)c;
	++*(int *)arg;
	return true;
}

static void the_end_burns_codes_links_and_tickets(void **state)
{
	struct bench *b = *state;
	const struct store_code code = { .mac = "m", .session = A, .expires_ms = 100 };
	const struct store_ticket ticket = { .hash = "t", .kind = "join", .acceptance = A, .session = A, .expires_ms = 100 };
	struct store_ticket out;
	char session[STORE_ID];
	uint64_t taken;
	int codes = 0;

	add_session(b->s, A);
	add_acceptance(b->s, A);
	assert_int_equal(store_code_add(b->s, &code), OK);
	assert_int_equal(store_link_add(b->s, "l", A, 100), OK);
	assert_int_equal(store_ticket_add(b->s, &ticket), OK);
	assert_int_equal(store_codes_live(b->s, 99, count_code, &codes), OK);
	assert_int_equal(store_codes_live(b->s, 100, count_code, &codes), OK);
	assert_int_equal(codes, 1);
	assert_int_equal(store_link_get(b->s, "l", 99, session), OK);
	assert_int_equal(store_link_get(b->s, "l", 100, session), ERR_FORBIDDEN);
	assert_int_equal(store_session_end(b->s, A, "lost", 50), OK);
	assert_int_equal(store_session_end(b->s, A, "lost", 51), ERR_FORBIDDEN);
	assert_int_equal(store_codes_live(b->s, 1, count_code, &codes), OK);
	assert_int_equal(codes, 1);
	assert_int_equal(store_link_get(b->s, "l", 1, session), ERR_FORBIDDEN);
	assert_int_equal(store_ticket_take(b->s, "join", "t", 1, &out), ERR_FORBIDDEN);
	assert_int_equal(store_session_open_count(b->s, &taken), OK);
	assert_int_equal(taken, 0);
}

static void a_ticket_is_taken_once_by_its_kind(void **state)
{
	struct bench *b = *state;
	const struct store_ticket ticket = { .hash = "t", .kind = "join", .acceptance = A, .session = A, .expires_ms = 100 };
	struct store_ticket out;

	add_session(b->s, A);
	add_acceptance(b->s, A);
	assert_int_equal(store_ticket_add(b->s, &ticket), OK);
	assert_int_equal(store_ticket_take(b->s, "download", "t", 1, &out), ERR_FORBIDDEN);
	assert_int_equal(store_ticket_take(b->s, "join", "t", 100, &out), ERR_FORBIDDEN);
	assert_int_equal(store_ticket_take(b->s, "join", "t", 99, &out), OK);
	assert_string_equal(out.session, A);
	assert_int_equal(store_ticket_take(b->s, "join", "t", 99, &out), ERR_FORBIDDEN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_stored_is_there_after_a_restart),
		TEST(what_was_rolled_back_was_never_there),
		TEST(session_and_acceptance_bind_once),
		TEST(the_end_burns_codes_links_and_tickets),
		TEST(a_ticket_is_taken_once_by_its_kind),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
