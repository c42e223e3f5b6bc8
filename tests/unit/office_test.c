#include <pthread.h>
#include <signal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/office/office_http.h"
#include "office_bench.h"

#define S "/api/sessions/" BENCH_SESSION

static int setup(void **state)
{
	(void)state;
	bench_open();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bench_close();
	return 0;
}

static void expect(char *answer, int status, const char *text)
{
	if (bench_status(answer) != status || (text && !strstr(answer, text)))
		print_error("%.1500s\n", answer);
	assert_int_equal(bench_status(answer), status);
	if (text)
		assert_non_null(strstr(answer, text));
	free(answer);
}

/* ---- the fence ---- */

static void what_could_mean_two_things_is_refused(void **state)
{
	static const struct {
		const char *text;
		int status;
	} cases[] = {
		{ "GET / HTTP/1.1\r\nHost: bank.example\r\nHost: bank.example\r\nConnection: close\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 421 },
		{ "GET / HTTP/1.1\r\nHost: bank.example\r\n .evil.example\r\nConnection: close\r\n\r\n", 400 },
		{ "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400 },
		{ "GET http://bank.example/ HTTP/1.1\r\n" BENCH_HOST "Connection: close\r\n\r\n", 400 },
		{ "GET //api/me HTTP/1.1\r\n" BENCH_HOST "Connection: close\r\n\r\n", 400 },
		{ "GET /api/../me HTTP/1.1\r\n" BENCH_HOST "Connection: close\r\n\r\n", 400 },
		{ "GET /office/%2e%2e/shared/words.js HTTP/1.1\r\n" BENCH_HOST "Connection: close\r\n\r\n", 400 },
		{ "GET /api/me%00 HTTP/1.1\r\n" BENCH_HOST "Connection: close\r\n\r\n", 400 },
		{ "GET /api\\me HTTP/1.1\r\n" BENCH_HOST "Connection: close\r\n\r\n", 400 },
		{ "PUT / HTTP/1.1\r\n" BENCH_HOST BENCH_ORIGIN "Content-Length: 0\r\nConnection: close\r\n\r\n", 405 },
		{ "DELETE / HTTP/1.1\r\n" BENCH_HOST BENCH_ORIGIN "Connection: close\r\n\r\n", 405 },
		{ "GET / HTTP/1.1\r\n" BENCH_HOST "Upgrade: h2c\r\nConnection: close\r\n\r\n", 400 },
		{ "POST /api/login HTTP/1.1\r\n" BENCH_HOST BENCH_ORIGIN "Content-Length: 2\r\nContent-Length: 2\r\n"
		  "Connection: close\r\n\r\n{}", 400 },
		{ "POST /api/login HTTP/1.1\r\n" BENCH_HOST BENCH_ORIGIN "Transfer-Encoding: chunked\r\n"
		  "Connection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 501 },
		{ "POST /api/login HTTP/1.1\r\n" BENCH_HOST BENCH_ORIGIN "Content-Length: 16385\r\nConnection: close\r\n\r\n", 413 },
		{ "POST /api/login HTTP/1.1\r\n" BENCH_HOST "Content-Length: 2\r\nConnection: close\r\n\r\n{}", 403 },
		{ "POST /api/login HTTP/1.1\r\n" BENCH_HOST "Origin: https://evil.example\r\nContent-Length: 2\r\n"
		  "Connection: close\r\n\r\n{}", 403 },
		{ "POST /api/login HTTP/1.1\r\n" BENCH_HOST "Origin: null\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", 403 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *answer = bench_talk(cases[i].text, NULL);

		if (bench_status(answer) != cases[i].status)
			print_error("%zu: %.300s\n", i, answer);
		assert_int_equal(bench_status(answer), cases[i].status);
		free(answer);
	}
	assert_int_equal(bench_notary.asked, 0);
}

static void a_second_request_behind_a_refused_one_is_not_answered(void **state)
{
	char *answer = bench_talk("POST /api/login HTTP/1.1\r\n" BENCH_HOST "Content-Length: 60\r\n\r\n"
				  "GET /api/me HTTP/1.1\r\n" BENCH_HOST BENCH_COOKIE "\r\n", NULL);

	(void)state;
	assert_int_equal(bench_status(answer), 403);
	assert_null(strstr(answer + 1, "HTTP/1.1 "));
	assert_int_equal(bench_notary.asked, 0);
	free(answer);
}

static void huge_targets_and_queries_are_refused(void **state)
{
	static char path[3100] = "/api/sessions?customer=";

	(void)state;
	memset(path + strlen(path), 'a', 3000);
	expect(bench_get(path, ""), 400, "malformed");
	expect(bench_get("/api/sessions?customer=%zz", ""), 400, "malformed");
	expect(bench_get("/api/sessions?from_ms=-1", ""), 400, "malformed");
	expect(bench_get("/api/sessions?limit=51", ""), 400, "malformed");
	assert_int_equal(bench_notary.searched, 0);
}

/* ---- doors and roles ---- */

static void every_answer_has_the_security_headers(void **state)
{
	static const char *const paths[] = { "/", "/api/me", "/nothing", S "/files/x" };

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char *answer = bench_get(paths[i], "");

		assert_non_null(strstr(answer, "Content-Security-Policy: default-src 'none'; script-src 'self'"));
		assert_non_null(strstr(answer, "X-Content-Type-Options: nosniff"));
		assert_non_null(strstr(answer, i == 0 ? "Cache-Control: no-cache" : "Cache-Control: no-store"));
		free(answer);
	}
}

static void the_operators_own_door_is_not_reached_through_the_proxy(void **state)
{
	static const char local[] = "Host: 127.0.0.1:11690\r\n" BENCH_COOKIE "Connection: close\r\n\r\n";
	static const char *const doors[] = { "/metrics", "/health", "/ready" };
	char text[512];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		expect(bench_get(doors[i], ""), 404, "path");
		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n%s", doors[i], local);
		expect(bench_talk(text, NULL), 200, NULL);
	}
	snprintf(text, sizeof(text), "GET /api/me HTTP/1.1\r\n%s", local);
	expect(bench_talk(text, NULL), 404, "path");
	snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n%s", local);
	expect(bench_talk(text, NULL), 404, "path");
}

static void a_login_is_a_strict_cookie_of_this_host(void **state)
{
	(void)state;
	expect(bench_post("/api/login", "{\"name\":\"anne\",\"password\":\"secret\"}"), 200,
			"Set-Cookie: __Host-guichet-bureau=" BENCH_LOGIN "; Path=/; Secure; HttpOnly; SameSite=Strict\r\n");
	expect(bench_post("/api/login", "{\"name\":\"anne\",\"password\":\"faux\"}"), 401, "refused");
	expect(bench_post("/api/login", "{\"name\":\"anne\"}"), 400, "malformed");
	expect(bench_post("/api/login", "{\"name\":\"a\",\"name\":\"b\",\"password\":\"c\"}"), 400, "malformed");
	expect(bench_post("/api/logout", "{}"), 200, "Max-Age=0");
}

static void the_proxys_last_address_is_the_persons(void **state)
{
	(void)state;
	free(bench_talk("POST /api/login HTTP/1.1\r\n" BENCH_HOST BENCH_ORIGIN "X-Forwarded-For: 1.2.3.4, 192.0.2.7\r\n"
			"Content-Length: 35\r\nConnection: close\r\n\r\n{\"name\":\"anne\",\"password\":\"secret\"}", NULL));
	assert_non_null(strstr(bench_notary.last, "\"source\":\"192.0.2.7\""));
}

static void without_a_login_nothing_is_asked_for(void **state)
{
	static const char *const cookies[] = { "", "Cookie: __Host-guichet-bureau=\r\n", "Cookie: __Host-guichet-bureau=zz\r\n",
		"Cookie: guichet-bureau=" BENCH_LOGIN "\r\n", "Cookie: __Host-guichet-bureau=" BENCH_LOGIN "0\r\n",
		"Cookie: __Host-guichet-bureau=0" BENCH_LOGIN "\r\n" };
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++) {
		snprintf(text, sizeof(text), "GET " S " HTTP/1.1\r\n" BENCH_HOST "%sConnection: close\r\n\r\n", cookies[i]);
		expect(bench_talk(text, NULL), 401, "refused");
	}
	assert_int_equal(bench_notary.asked, 0);
}

static void each_role_has_its_own_half(void **state)
{
	static const char *const compliance[] = { "/api/sessions", S, S "/files/journal.jsonl", "/api/report.csv" };

	(void)state;
	expect(bench_get("/api/now", ""), 403, "role");
	expect(bench_post("/api/retention", "{\"dry\":true}"), 403, "role");
	bench_notary.role = "operator";
	for (size_t i = 0; i < sizeof(compliance) / sizeof(compliance[0]); i++)
		expect(bench_get(compliance[i], ""), 403, "role");
	expect(bench_post(S "/export", "{\"for\":\"bank\"}"), 403, "role");
	expect(bench_post(S "/erase", "{\"ground\":\"x\"}"), 403, "role");
	expect(bench_post(S "/replay", "{}"), 403, "role");
	expect(bench_get("/api/now", ""), 200, NULL);
	bench_notary.role = "advisor";
	expect(bench_get("/api/now", ""), 403, "role");
	assert_int_equal(bench_notary.opened, 0);
}

/* ---- evidence ---- */

static void only_names_of_evidence_reach_the_notary(void **state)
{
	static const char *const names[] = { "", "x", "journal.jsonl/", "chunks/", "chunks/000000", "chunks/1", "chunks/0000001",
		"chunks/00000a", "chunks/000001/", "inclusion.txt", "content.key", "journal.dropped", "JOURNAL.JSONL", "secret" };
	char path[256];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), S "/files/%s", names[i]);
		expect(bench_get(path, ""), 404, NULL);
	}
	expect(bench_get("/api/sessions/0123456789ABCDEF0123456789abcdef/files/journal.jsonl", ""), 404, "path");
	expect(bench_get("/api/sessions/0123456789abcdef0123456789abcde/files/journal.jsonl", ""), 404, "path");
	assert_int_equal(bench_notary.opened, 0);
	expect(bench_get(S "/files/chunks/000001", ""), 200, "octets d'un fichier\n");
	assert_int_equal(bench_notary.opened, 1);
	expect(bench_get(S "/files/key.wrapped", ""), 200, "Content-Length: 20\r\n");
}

static void the_notarys_word_becomes_a_status(void **state)
{
	static const struct {
		const char *word;
		int status;
	} words[] = { { "session", 404 }, { "open", 409 }, { "login", 401 }, { "role", 403 }, { "evidence", 503 },
		{ "a\\\"<b>", 409 } };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		bench_notary.word = words[i].word;
		expect(bench_get(S, ""), words[i].status, i == 5 ? "{\"error\":\"other\"}" : words[i].word);
	}
}

static void a_broken_journal_is_said_and_not_shown(void **state)
{
	(void)state;
	bench_notary.journal = "{\"boot_ms\":1}\n";
	expect(bench_get(S, ""), 503, "journal");
	bench_notary.journal = "{\"boot_ms\":1,\"data\":{\"advisor\":\"claire\"},\"event\":\"session\",\"n\":0,\"wall_ms\":7}\n";
	expect(bench_get(S, ""), 200, "\"advisor\":\"claire\"");
	bench_notary.journal = "{\"boot_ms\":1,\"data\":{},\"event\":\"session\",\"n\":0,\"wall_ms\":7}"; /* no line feed */
	expect(bench_get(S, ""), 503, "journal");
}

static void what_changes_something_is_passed_on_as_it_is(void **state)
{
	(void)state;
	expect(bench_post(S "/hold", "{\"on\":true,\"ground\":\"Litige\"}"), 200, "{}");
	assert_non_null(strstr(bench_notary.last, "\"on\":1"));
	assert_non_null(strstr(bench_notary.last, "\"who\":\"" BENCH_LOGIN "\""));
	expect(bench_post(S "/hold", "{\"on\":1,\"ground\":\"Litige\"}"), 400, "malformed");
	expect(bench_post(S "/rectify", "{\"text\":\"é\",\"who\":\"x\"}"), 400, "malformed");
	expect(bench_post(S "/erase/confirm", "{}"), 200, "{}");
	expect(bench_get(S "/erase", ""), 405, "method");
}

/* ---- the report ---- */

static size_t count_lines(const char *s)
{
	size_t n = 0;

	for (; (s = strchr(s, '\n')) != NULL; s++)
		n++;
	return n;
}

static void a_report_is_sent_page_by_page(void **state)
{
	char *answer;

	(void)state;
	bench_notary.pages = 4;
	answer = bench_get("/api/report.csv?customer=K", "");
	assert_int_equal(bench_status(answer), 200);
	assert_non_null(strstr(answer, "attachment; filename=\"assistances.csv\""));
	assert_non_null(strstr(answer, "\"'=1+1\""));
	assert_non_null(strstr(answer, ",\"Formation, « bases »\",\"K\"\"1\"\"\",customer,"));
	assert_non_null(strstr(answer, "\r\n0\r\n\r\n")); /* ended as it should */
	assert_in_range(count_lines(strstr(answer, "session,debut")), 201, 212);
	assert_int_equal(bench_notary.searched, 4);
	free(answer);
}

static void a_report_that_breaks_off_does_not_look_whole(void **state)
{
	char *answer;

	(void)state;
	bench_notary.pages = 4;
	bench_notary.break_at = 3;
	answer = bench_get("/api/report.csv", "");
	assert_int_equal(bench_status(answer), 200);
	assert_null(strstr(answer, "\r\n0\r\n\r\n"));
	assert_int_equal(atomic_load(&bench_office.exports), 0);
	free(answer);
}

/* ---- the bundle ---- */

static const char journal_of_nobody[] =
	"{\"boot_ms\":1,\"data\":{},\"event\":\"session\",\"n\":0,\"p\":\"\",\"session\":\"" BENCH_SESSION "\",\"wall_ms\":1}\n";

static void a_bundle_is_streamed_whole_with_its_length(void **state)
{
	char *answer = NULL, *body;
	unsigned long length = 0;

	(void)state;
	bench_notary.journal = journal_of_nobody;
	answer = bench_post(S "/export", "{\"for\":\"bank\"}");
	assert_int_equal(bench_status(answer), 200);
	assert_non_null(strstr(answer, "attachment; filename=\"guichet-01234567.zip\""));
	body = strstr(answer, "\r\n\r\n") + 4;
	assert_int_equal(sscanf(strstr(answer, "Content-Length: "), "Content-Length: %lu", &length), 1);
	assert_memory_equal(body, "PK\003\004", 4);
	assert_memory_equal(body + length - 22, "PK\005\006", 4);
	assert_non_null(memmem(body, length, "inclusion.txtguichet-inclusion 1\n", 32));
	assert_non_null(memmem(body, length, "chunks/000003", 13));
	assert_null(memmem(body, length, "checkpoint.tsr", 14));
	free(answer);
}

static void an_export_that_cannot_begin_says_why(void **state)
{
	(void)state;
	bench_notary.word = "open";
	expect(bench_post(S "/export", "{\"for\":\"bank\"}"), 409, "open");
	bench_notary.word = NULL;
	bench_notary.refuse_at = 2;
	bench_notary.journal = journal_of_nobody;
	expect(bench_post(S "/export", "{\"for\":\"bank\"}"), 404, "file");
	expect(bench_post(S "/export", "{\"for\":\"me\"}"), 400, "malformed");
	assert_int_equal(atomic_load(&bench_office.exports), 0);
}

/* Asks for a bundle larger than any buffer and reads nothing of it. */
static int begin_export(void)
{
	static const char text[] = "POST " S "/export HTTP/1.1\r\n" BENCH_HOST BENCH_ORIGIN BENCH_COOKIE
				   "Content-Length: 14\r\n\r\n{\"for\":\"bank\"}";
	int fd = bench_connect();

	assert_int_equal(send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL), sizeof(text) - 1);
	return fd;
}

static void wait_for_exports(unsigned count)
{
	for (int i = 0; i < 1000 && atomic_load(&bench_office.exports) != count; i++)
		usleep(10000);
	assert_int_equal(atomic_load(&bench_office.exports), count);
}

static void a_reader_who_stops_stops_only_his_own_export(void **state)
{
	int fd[OFFICE_EXPORTS_MAX];

	(void)state;
	bench_notary.journal = journal_of_nobody;
	bench_notary.chunk_bytes = 16 << 20;
	for (size_t i = 0; i < OFFICE_EXPORTS_MAX; i++)
		fd[i] = begin_export();
	wait_for_exports(OFFICE_EXPORTS_MAX);
	expect(bench_post(S "/export", "{\"for\":\"bank\"}"), 503, "busy");
	expect(bench_get("/api/me", ""), 200, "Anne Durand");
	expect(bench_get("/api/sessions", ""), 200, NULL);
	for (size_t i = 0; i < OFFICE_EXPORTS_MAX; i++)
		close(fd[i]);
	wait_for_exports(0);
	bench_notary.chunk_bytes = 0;
	expect(bench_post(S "/export", "{\"for\":\"customer\"}"), 200, NULL);
}

static void an_export_that_breaks_off_does_not_look_whole(void **state)
{
	char *answer;
	size_t len;
	unsigned long length = 0;

	(void)state;
	bench_notary.journal = journal_of_nobody;
	bench_notary.chunk_bytes = 1 << 20; /* more than a pipe holds: it breaks while it is read, not before */
	bench_notary.refuse_at = 11;	    /* the second chunk, in the second reading */
	answer = bench_talk("POST " S "/export HTTP/1.1\r\n" BENCH_HOST BENCH_ORIGIN BENCH_COOKIE
			    "Content-Length: 14\r\nConnection: close\r\n\r\n{\"for\":\"bank\"}", &len);
	assert_int_equal(bench_status(answer), 200);
	assert_int_equal(sscanf(strstr(answer, "Content-Length: "), "Content-Length: %lu", &length), 1);
	assert_true(length > 3u << 20);
	assert_true(len - (size_t)(strstr(answer, "\r\n\r\n") + 4 - answer) < length);
	bench_notary.chunk_bytes = 0;
	free(answer);
}

/* ---- being slow, being away ---- */

static void *ask_slowly(void *arg)
{
	(void)arg;
	return bench_get("/api/sessions?customer=lent", "");
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void slow_answers_and_slow_readers_stop_nobody_else(void **state)
{
	enum { SLOW = 6, SILENT = 12 };
	pthread_t threads[SLOW];
	int silent[SILENT];
	double begun;

	(void)state;
	for (size_t i = 0; i < SILENT; i++) {
		silent[i] = bench_connect();
		assert_true(send(silent[i], "GET / HT", 8, MSG_NOSIGNAL) == 8);
	}
	for (size_t i = 0; i < SLOW; i++)
		pthread_create(&threads[i], NULL, ask_slowly, NULL);
	usleep(200000);
	begun = seconds();
	expect(bench_get("/api/me", ""), 200, "Anne Durand");
	expect(bench_get("/api/sessions", ""), 200, NULL);
	assert_true(seconds() - begun < 1.0);
	for (size_t i = 0; i < SLOW; i++) {
		void *answer;

		pthread_join(threads[i], &answer);
		expect(answer, 200, NULL);
	}
	for (size_t i = 0; i < SILENT; i++)
		close(silent[i]);
}

static void without_the_notary_it_says_so_and_is_not_ready(void **state)
{
	static const char local[] = "Host: 127.0.0.1:11690\r\nConnection: close\r\n\r\n";
	char text[512];

	(void)state;
	expect(bench_get("/api/me", ""), 200, NULL); /* so that a connection lies idle */
	bench_notary_close();
	expect(bench_get("/api/me", ""), 503, "notary");
	snprintf(text, sizeof(text), "GET /ready HTTP/1.1\r\n%s", local);
	expect(bench_talk(text, NULL), 503, "\"reasons\":[\"notary\"]");
	snprintf(text, sizeof(text), "GET /health HTTP/1.1\r\n%s", local);
	expect(bench_talk(text, NULL), 200, "alive");
	snprintf(text, sizeof(text), "GET /metrics HTTP/1.1\r\n%s", local);
	expect(bench_talk(text, NULL), 200, "guichet_notary_up 0\n");
}

static void the_first_question_to_a_new_notary_is_answered(void **state)
{
	(void)state;
	expect(bench_get("/api/me", ""), 200, NULL);
	bench_notary_close();
	bench_notary_open();
	expect(bench_get("/api/me", ""), 200, "Anne Durand");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_could_mean_two_things_is_refused),
		TEST(a_second_request_behind_a_refused_one_is_not_answered),
		TEST(huge_targets_and_queries_are_refused),
		TEST(every_answer_has_the_security_headers),
		TEST(the_operators_own_door_is_not_reached_through_the_proxy),
		TEST(a_login_is_a_strict_cookie_of_this_host),
		TEST(the_proxys_last_address_is_the_persons),
		TEST(without_a_login_nothing_is_asked_for),
		TEST(each_role_has_its_own_half),
		TEST(only_names_of_evidence_reach_the_notary),
		TEST(the_notarys_word_becomes_a_status),
		TEST(a_broken_journal_is_said_and_not_shown),
		TEST(what_changes_something_is_passed_on_as_it_is),
		TEST(a_report_is_sent_page_by_page),
		TEST(a_report_that_breaks_off_does_not_look_whole),
		TEST(a_bundle_is_streamed_whole_with_its_length),
		TEST(an_export_that_cannot_begin_says_why),
		TEST(a_reader_who_stops_stops_only_his_own_export),
		TEST(an_export_that_breaks_off_does_not_look_whole),
		TEST(slow_answers_and_slow_readers_stop_nobody_else),
		TEST(without_the_notary_it_says_so_and_is_not_ready),
		TEST(the_first_question_to_a_new_notary_is_answered),
	};
	signal(SIGPIPE, SIG_IGN); /* as main_office.c does */
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("office", tests, NULL, NULL);
}
