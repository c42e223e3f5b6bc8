#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <sqlite3.h>

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
	static const struct store_person claire = { .name = "claire", .display = "Claire", .password = "x" };
	struct store_session se = { .advisor = "claire", .purpose = "formation", .label = "Formation", .ceiling = 6 };

	(void)store_person_add(s, STORE_ADVISORS, &claire, 1);
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
	struct store_person a;

	add_session(b->s, A);
	store_close(b->s);
	assert_int_equal(store_open(b->path, &b->s), OK);
	assert_int_equal(store_session_get(b->s, A, &se), OK);
	assert_string_equal(se.display, "Claire");
	assert_int_equal(se.ceiling, 6);
	assert_int_equal(store_session_get(b->s, B, &se), ERR_FORBIDDEN);
	assert_int_equal(store_person_get(b->s, STORE_ADVISORS, "claire' OR '1'='1", &a), ERR_FORBIDDEN);
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

/* The files of the store as they lie on the disk. */
static unsigned find_bytes(const struct bench *b, const char *bytes)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	unsigned found = 0;

	for (size_t i = 0; i < 3; i++) {
		char path[128], *buf = malloc(16 << 20);
		size_t len = 0;
		FILE *f;

		snprintf(path, sizeof(path), "%s%s", b->path, suffixes[i]);
		f = fopen(path, "r");
		if (f) {
			len = fread(buf, 1, 16 << 20, f);
			fclose(f);
		}
		for (char *at = buf; (at = memmem(at, (size_t)(buf + len - at), bytes, strlen(bytes))) != NULL; at++)
			found++;
		free(buf);
	}
	return found;
}

static uint32_t dice(uint32_t *seed, uint32_t n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % n;
}

/* Every other one comes to a session, which makes its row longer. */
static void add_person(struct store *s, uint32_t n, uint32_t *seed, char id[STORE_ID])
{
	struct store_acceptance a = { .at_ms = n, .version = "1", .articles = "[]", .button = "accepter" };

	snprintf(a.id, sizeof(a.id), "%08x%08x%08x%08x", n, dice(seed, 1 << 24), dice(seed, 1 << 24), n);
	snprintf(a.ip, sizeof(a.ip), "IPMARK%u", n);
	snprintf(a.user_agent, sizeof(a.user_agent), "UAMARK%u%*s", n, (int)dice(seed, 900), "u");
	snprintf(a.customer, sizeof(a.customer), "CUMARK\xc3\xa9%u%*s", n, 1 + (int)dice(seed, 60), "c");
	snprintf(a.articles, sizeof(a.articles), "[%*s]", 1 + (int)dice(seed, 600), "1");
	assert_int_equal(store_acceptance_add(s, &a), OK);
	memcpy(id, a.id, STORE_ID);
	if (n % 2) {
		add_session(s, a.id);
		assert_int_equal(store_session_bind(s, a.id, a.id), OK);
	}
}

/* In any order, and with other rows coming in between: SQLite moves rows about and leaves copies. */
static void nobody_is_found_after_everybody_was_erased(void **state)
{
	struct bench *b = *state;
	struct store_acceptance a;
	char (*ids)[STORE_ID] = calloc(2000, sizeof(*ids));
	uint32_t seed = 7;

	assert_int_equal(store_begin(b->s), OK);
	for (uint32_t n = 0; n < 2000; n++) {
		add_person(b->s, n, &seed, ids[n]);
		if (n % 3 == 2)
			assert_int_equal(store_acceptance_erase(b->s, ids[dice(&seed, n)]), OK);
		if (n % 100 == 99) {
			assert_int_equal(store_commit(b->s), OK);
			assert_int_equal(store_begin(b->s), OK);
		}
	}
	assert_int_equal(store_commit(b->s), OK);
	assert_true(find_bytes(b, "CUMARK") > 500);
	for (size_t i = 0; i < 2000; i++)
		assert_int_equal(store_acceptance_erase(b->s, ids[(i * 7) % 2000]), OK);
	assert_int_equal(store_scrub(b->s), OK);
	assert_int_equal(find_bytes(b, "CUMARK") + find_bytes(b, "UAMARK") + find_bytes(b, "IPMARK"), 0);
	assert_int_equal(store_acceptance_get(b->s, ids[0], &a), OK);
	assert_string_equal(a.customer, "");
	assert_string_equal(a.ip, "");
	assert_string_equal(a.version, "1");
	free(ids);
}

/* A database of the first schema with somebody in it, as the first version left it. */
static void make_old(const char *path)
{
	static const char *const rows[] = {
#define SCHEMA(sql) sql,
#include "gateway/store/schema/001.def"
#undef SCHEMA
		"INSERT INTO advisors(name, display, password, created_ms) VALUES('claire', 'Claire', 'x', 1)",
		"INSERT INTO acceptances(id, at_ms, version, lang, terms, articles, button, ip, user_agent, customer)"
		" VALUES('" A "', 1, '1', 'fr', '', '[]', 'accepter', 'IPMARK', 'UAMARK', 'CUMARK')",
		"INSERT INTO sessions(id, advisor, purpose, label, ceiling, ended, started_ms, ended_ms, acceptance, sign)"
		" VALUES('" A "', 'claire', 'p', 'P', 6, 1, 5, 9, '" A "', '04')",
	};
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(sqlite3_exec(db, rows[i], NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_store_of_the_first_version_is_taken_over_whole(void **state)
{
	struct bench *b = *state;
	struct store_acceptance a;
	struct store_session se;

	store_close(b->s);
	unlink(b->path);
	make_old(b->path);
	assert_int_equal(store_open(b->path, &b->s), OK);
	assert_int_equal(store_acceptance_get(b->s, A, &a), OK);
	assert_string_equal(a.customer, "CUMARK");
	assert_string_equal(a.user_agent, "UAMARK");
	assert_int_equal(store_session_get(b->s, A, &se), OK);
	assert_string_equal(se.class, "proof"); /* the longest period is the safe one */
	assert_int_equal(store_scrub(b->s), OK);
	assert_int_equal(find_bytes(b, "CUMARK"), 1);
	assert_int_equal(store_acceptance_erase(b->s, A), OK);
	assert_int_equal(store_scrub(b->s), OK);
	assert_int_equal(find_bytes(b, "CUMARK") + find_bytes(b, "UAMARK") + find_bytes(b, "IPMARK"), 0);
}

static void a_store_of_a_newer_version_is_left_alone(void **state)
{
	struct bench *b = *state;
	sqlite3 *db;

	store_close(b->s);
	assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 999", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(store_open(b->path, &b->s), ERR_IO);
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
		TEST(nobody_is_found_after_everybody_was_erased),
		TEST(a_store_of_the_first_version_is_taken_over_whole),
		TEST(a_store_of_a_newer_version_is_left_alone),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
