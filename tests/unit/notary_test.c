#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/json.h"
#include "gateway/notary/digest.h"
#include "gateway/notary/notary.h"

#define SIGN "04aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define SIG "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" \
	    "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
#define RESUME "00112233445566778899aabbccddeeff"
#define TERMS "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* A notary in a fresh directory, with a clock that only the test moves and a disk that fails on demand. */
struct bench {
	char dir[64];
	uint64_t now_ms;
	bool is_disk_full;
	struct clock clock;
	struct journal_io io;
	struct notary *n;
	int answers;
	cJSON *last; /* the last answer */
	unsigned seats;
};

static uint64_t bench_ms(void *arg)
{
	return ((struct bench *)arg)->now_ms;
}

static ssize_t bench_write(void *arg, int fd, const void *buf, size_t len)
{
	if (((struct bench *)arg)->is_disk_full) {
		errno = ENOSPC;
		return -1;
	}
	return write(fd, buf, len);
}

static void bench_send(void *arg, uint64_t connection, const char *text, size_t len)
{
	struct bench *b = arg;

	(void)connection;
	b->answers++;
	cJSON_Delete(b->last);
	assert_int_equal(json_parse(text, len, 8, &b->last), OK);
}

static void bench_start(struct bench *b)
{
	const struct notary_options o = {
		.directory = b->dir, .seats = b->seats, .clock = &b->clock, .io = &b->io, .send = bench_send, .send_arg = b,
	};

	assert_int_equal(notary_new(&o, &b->n), OK);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	snprintf(b->dir, sizeof(b->dir), "/tmp/notary_test.XXXXXX");
	if (!mkdtemp(b->dir))
		return -1;
	b->now_ms = 1700000000000;
	b->clock = (struct clock){ b, bench_ms, bench_ms };
	b->io = journal_io_posix;
	b->io.arg = b;
	b->io.write = bench_write;
	b->seats = 3;
	bench_start(b);
	*state = b;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

static int teardown(void **state)
{
	struct bench *b = *state;
	int result;

	notary_free(b->n);
	cJSON_Delete(b->last);
	result = nftw(b->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(b);
	return result;
}

static void send_text(struct bench *b, enum caller from, const char *text)
{
	notary_handle(b->n, from, 1, text, strlen(text));
}

/* Sends {"id":1,"op":op,fields} and waits for the one answer; its error word, or "" for ok. */
static const char *ask_as(struct bench *b, enum caller from, const char *op, const char *fields)
{
	char text[8192];
	int before = b->answers;

	snprintf(text, sizeof(text), "{\"id\":1,\"op\":\"%s\"%s%s}", op, fields[0] ? "," : "", fields);
	send_text(b, from, text);
	while (b->answers == before) {
		struct pollfd p = { .fd = notary_fd(b->n), .events = POLLIN };
		assert_int_equal(poll(&p, 1, 20000), 1);
		notary_ready(b->n);
	}
	if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(b->last, "ok")))
		return "";
	return json_string(b->last, "error");
}

__attribute__((format(printf, 3, 4)))
static const char *ask(struct bench *b, const char *op, const char *format, ...)
{
	char fields[8000];
	va_list values;

	va_start(values, format);
	vsnprintf(fields, sizeof(fields), format, values);
	va_end(values);
	return ask_as(b, CALLER_LIVE, op, fields);
}

#define assert_ok(call) assert_string_equal(call, "")

static void keep(const struct bench *b, const char *name, char *out, size_t room)
{
	const char *s = json_string(b->last, name);

	assert_non_null(s);
	assert_true(strlen(s) < room);
	memcpy(out, s, strlen(s) + 1);
}

static uint64_t number(const struct bench *b, const char *name)
{
	uint64_t v;

	assert_int_equal(json_u64(b->last, name, &v), OK);
	return v;
}

static void add_claire(struct bench *b)
{
	assert_ok(ask_as(b, CALLER_CTL, "advisor_add",
		"\"name\":\"claire\",\"display\":\"Claire Martin\",\"password\":\"correct horse\""));
}

struct door {
	char session[33], code[10], acceptance[33];
};

static const char *new_session(struct bench *b, struct door *d)
{
	const char *word = ask(b, "session_new", "\"advisor\":\"claire\",\"purpose\":\"formation\","
			"\"purpose_label\":\"Formation\",\"ceiling\":[\"view\",\"control\"]");

	if (!word[0]) {
		keep(b, "session", d->session, sizeof(d->session));
		keep(b, "code", d->code, sizeof(d->code));
	}
	return word;
}

static const char *accept_terms(struct bench *b, struct door *d, const char *button, const char *more)
{
	const char *word = ask(b, "acceptance_add", "\"version\":\"2026-11\",\"lang\":\"fr\",\"terms\":\"" TERMS "\","
			"\"articles\":[\"" TERMS "\"],\"button\":\"%s\",\"ip\":\"192.0.2.1\",\"user_agent\":\"x\"%s", button, more);

	if (!word[0])
		keep(b, "acceptance", d->acceptance, sizeof(d->acceptance));
	return word;
}

static const char *use_code(struct bench *b, const struct door *d, const char *code, const char *source)
{
	return ask(b, "code_use", "\"code\":\"%s\",\"acceptance\":\"%s\",\"source\":\"%s\"", code, d->acceptance, source);
}

/* An open session with its acceptance bound. */
static void open_door(struct bench *b, struct door *d)
{
	assert_ok(new_session(b, d));
	assert_ok(accept_terms(b, d, "accepter", ""));
	assert_ok(use_code(b, d, d->code, "s"));
}

static const char *of_session(struct bench *b, const char *op, const struct door *d, const char *more)
{
	return ask(b, op, "\"session\":\"%s\"%s", d->session, more);
}

static const char *wrong_code_for(const struct door *d)
{
	return strcmp(d->code, "000000000") == 0 ? "000000001" : "000000000";
}

static void garbage_is_answered_and_survived(void **state)
{
	static const char *const bad[] = {
		"", "x", "{", "{}", "[]", "null", "1", "\"\"", "{\"id\":1}", "{\"op\":\"login\"}", "{\"id\":-1,\"op\":\"login\"}",
		"{\"id\":1,\"op\":1}", "{\"id\":1,\"op\":\"\"}", "{\"id\":1,\"op\":\"nothing\"}", "{\"id\":1,\"op\":\"login\"}",
		"{\"id\":1,\"op\":\"login\",\"name\":1,\"password\":\"x\",\"source\":\"x\"}",
		"{\"id\":1,\"op\":\"session_get\",\"session\":\"../../etc/passwd\"}",
		"{\"id\":1,\"op\":\"session_get\",\"session\":\"\"}",
		"{\"id\":1,\"op\":\"journal_append\",\"session\":\"x\",\"event\":\"x\",\"data\":[]}",
		"{\"id\":1,\"id\":2,\"op\":\"login_end\",\"login\":\"x\"}",
	};
	struct bench *b = *state;
	unsigned char noise[200];
	uint32_t seed = 1;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		send_text(b, CALLER_LIVE, bad[i]);
		assert_int_equal(b->answers, i + 1);
		assert_true(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(b->last, "ok")));
	}
	for (int i = 0; i < 500; i++) {
		for (size_t k = 0; k < sizeof(noise); k++)
			noise[k] = (unsigned char)((seed = seed * 1664525u + 1013904223u) >> 24);
		notary_handle(b->n, CALLER_LIVE, 1, noise, sizeof(noise));
		assert_string_equal(json_string(b->last, "error"), "malformed");
	}
	add_claire(b);
}

static void an_operation_is_only_for_its_callers(void **state)
{
	struct bench *b = *state;

	assert_string_equal(ask_as(b, CALLER_LIVE, "advisor_add",
		"\"name\":\"a\",\"display\":\"A\",\"password\":\"correct horse\""), "forbidden");
	assert_string_equal(ask_as(b, CALLER_CTL, "session_open_list", ""), "forbidden");
	assert_string_equal(ask_as(b, CALLER_OFFICE, "session_open_list", ""), "forbidden");
	assert_ok(ask_as(b, CALLER_LIVE, "session_open_list", ""));
}

static const char *log_in(struct bench *b, const char *name, const char *password, const char *source)
{
	return ask(b, "login", "\"name\":\"%s\",\"password\":\"%s\",\"source\":\"%s\"", name, password, source);
}

static void a_login_lasts_half_an_hour_of_idleness_and_ten_hours_at_most(void **state)
{
	struct bench *b = *state;
	char login[65];

	add_claire(b);
	assert_ok(log_in(b, "claire", "correct horse", "s"));
	assert_string_equal(json_string(b->last, "display"), "Claire Martin");
	keep(b, "login", login, sizeof(login));
	assert_int_equal(strlen(login), 64);
	b->now_ms += LOGIN_IDLE_MS - 1;
	assert_ok(ask(b, "login_get", "\"login\":\"%s\"", login));
	b->now_ms += LOGIN_IDLE_MS;
	assert_string_equal(ask(b, "login_get", "\"login\":\"%s\"", login), "login");

	assert_ok(log_in(b, "claire", "correct horse", "s"));
	keep(b, "login", login, sizeof(login));
	for (int i = 0; i < 40; i++) {
		assert_ok(ask(b, "login_get", "\"login\":\"%s\"", login));
		b->now_ms += LOGIN_LIFE_MS / 40;
	}
	b->now_ms--;
	assert_ok(ask(b, "login_get", "\"login\":\"%s\"", login));
	b->now_ms++;
	assert_string_equal(ask(b, "login_get", "\"login\":\"%s\"", login), "login");
}

static void a_login_that_was_ended_is_gone(void **state)
{
	struct bench *b = *state;
	char login[65];

	add_claire(b);
	assert_ok(log_in(b, "claire", "correct horse", "s"));
	keep(b, "login", login, sizeof(login));
	assert_ok(ask(b, "login_end", "\"login\":\"%s\"", login));
	assert_string_equal(ask(b, "login_get", "\"login\":\"%s\"", login), "login");
}

static void five_wrong_passwords_close_the_door_for_five_minutes(void **state)
{
	struct bench *b = *state;
	char source[16];

	add_claire(b);
	assert_string_equal(log_in(b, "nobody", "correct horse", "other"), "refused");
	for (int i = 0; i < LOGIN_TRIES_MAX; i++) {
		snprintf(source, sizeof(source), "s%d", i);
		assert_string_equal(log_in(b, "claire", "wrong", source), "refused");
	}
	assert_string_equal(log_in(b, "claire", "correct horse", "fresh"), "throttled");
	b->now_ms += LOGIN_WINDOW_MS - 1;
	assert_string_equal(log_in(b, "claire", "correct horse", "fresh"), "throttled");
	b->now_ms++;
	assert_ok(log_in(b, "claire", "correct horse", "fresh"));
	for (int i = 0; i < LOGIN_TRIES_MAX; i++) {
		snprintf(source, sizeof(source), "n%d", i);
		assert_string_equal(log_in(b, source, "wrong", "same"), "refused");
	}
	assert_string_equal(log_in(b, "claire", "correct horse", "same"), "throttled");
}

static void the_queue_of_passwords_is_bounded_and_the_journal_does_not_wait_for_it(void **state)
{
	struct bench *b = *state;
	struct door d;
	int before, in_line = LOGIN_QUEUE_MAX + 1;

	add_claire(b);
	assert_ok(new_session(b, &d));
	before = b->answers;
	for (int i = 0; i < in_line; i++) {
		char text[256];
		snprintf(text, sizeof(text), "{\"id\":%d,\"op\":\"login\",\"name\":\"u%d\",\"password\":\"x\",\"source\":\"s%d\"}", i, i, i);
		send_text(b, CALLER_LIVE, text);
	}
	assert_int_equal(b->answers, before);
	assert_string_equal(log_in(b, "claire", "correct horse", "s"), "busy");
	assert_ok(of_session(b, "journal_append", &d, ",\"event\":\"note\",\"data\":{}"));
	while (b->answers < before + 2 + in_line) {
		struct pollfd p = { .fd = notary_fd(b->n), .events = POLLIN };
		assert_int_equal(poll(&p, 1, 20000), 1);
		notary_ready(b->n);
	}
	assert_ok(log_in(b, "claire", "correct horse", "s"));
}

static void an_advisor_exists_once_and_has_a_proper_name(void **state)
{
	struct bench *b = *state;

	add_claire(b);
	assert_string_equal(ask_as(b, CALLER_CTL, "advisor_add",
		"\"name\":\"claire\",\"display\":\"X\",\"password\":\"another one\""), "exists");
	assert_string_equal(ask_as(b, CALLER_CTL, "advisor_add",
		"\"name\":\"Claire M\",\"display\":\"X\",\"password\":\"another one\""), "name");
	assert_string_equal(ask_as(b, CALLER_CTL, "advisor_add",
		"\"name\":\"c\",\"display\":\"\",\"password\":\"another one\""), "display");
	assert_string_equal(ask_as(b, CALLER_CTL, "advisor_add",
		"\"name\":\"c\",\"display\":\"X\",\"password\":\"1234567\""), "password");
}

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
	assert_string_equal(accept_terms(b, &e, "accepter", more), "link");
	b->now_ms--;
	assert_ok(accept_terms(b, &e, "refuser", more));
	assert_null(json_string(b->last, "session"));
	assert_ok(accept_terms(b, &d, "accepter", more));
	assert_string_equal(json_string(b->last, "session"), d.session);
	assert_string_equal(accept_terms(b, &e, "accepter", more), "link");
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

static void seats_are_never_oversold_and_freed_by_the_end(void **state)
{
	struct bench *b = *state;
	struct door d[4];

	add_claire(b);
	for (int i = 0; i < 3; i++)
		assert_ok(new_session(b, &d[i]));
	assert_string_equal(new_session(b, &d[3]), "full");
	assert_ok(ask(b, "session_open_list", "%s", ""));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(b->last, "sessions")), 3);
	assert_ok(of_session(b, "session_end", &d[1], ",\"reason\":\"lost\""));
	assert_ok(new_session(b, &d[3]));
	assert_string_equal(new_session(b, &d[1]), "full");
	assert_ok(ask(b, "session_list", "\"advisor\":\"claire\""));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(b->last, "sessions")), 4);
}

static void consent_line(char *out, size_t room, const struct door *d, int n, const char *prev, const char *event)
{
	snprintf(out, room, "{\\\"boot_ms\\\":1,%s,\\\"n\\\":%d,\\\"prev\\\":\\\"%s\\\",\\\"session\\\":\\\"%s\\\",\\\"wall_ms\\\":2}",
		event, n, prev, d->session);
}

static const char *append_consent(struct bench *b, const struct door *d, const char *line)
{
	return ask(b, "consent_append", "\"session\":\"%s\",\"line\":\"%s\",\"sig\":\"" SIG "\"", d->session, line);
}

static void an_ended_session_refuses_all_but_reading_and_trailing_lines(void **state)
{
	struct bench *b = *state;
	struct door d;
	char line[1024], prev[65];

	add_claire(b);
	open_door(b, &d);
	consent_line(line, sizeof(line), &d, 0, digest_zeros, "\\\"event\\\":\\\"open\\\"");
	assert_string_equal(append_consent(b, &d, line), "agent");
	assert_ok(of_session(b, "session_agent", &d, ",\"sign\":\"" SIGN "\",\"resume\":\"" RESUME "\""));
	assert_ok(append_consent(b, &d, line));
	keep(b, "hash", prev, sizeof(prev));
	assert_ok(of_session(b, "session_end", &d, ",\"reason\":\"customer\""));
	assert_string_equal(of_session(b, "session_end", &d, ",\"reason\":\"customer\""), "ended");
	assert_string_equal(of_session(b, "journal_append", &d, ",\"event\":\"note\",\"data\":{}"), "ended");
	assert_string_equal(of_session(b, "code_new", &d, ",\"advisor\":\"claire\""), "ended");
	assert_string_equal(of_session(b, "session_agent", &d, ",\"sign\":\"" SIGN "\",\"resume\":\"" RESUME "\""), "ended");
	assert_ok(of_session(b, "session_get", &d, ""));
	assert_string_equal(json_string(b->last, "state"), "ended");
	assert_string_equal(json_string(b->last, "reason"), "customer");
	b->now_ms += TRAILING_MS;
	consent_line(line, sizeof(line), &d, 1, prev, "\\\"event\\\":\\\"end\\\"");
	assert_string_equal(append_consent(b, &d, line), "ended");
	b->now_ms--;
	assert_ok(append_consent(b, &d, line));
	assert_ok(of_session(b, "session_get", &d, ""));
	assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(b->last, "ended")));
}

static void a_restart_forgets_neither_rows_nor_grants(void **state)
{
	struct bench *b = *state;
	struct door d;
	char line[1024], prev[65], hash[65];
	const cJSON *grants;

	add_claire(b);
	open_door(b, &d);
	assert_ok(of_session(b, "session_agent", &d, ",\"sign\":\"" SIGN "\",\"resume\":\"" RESUME "\""));
	consent_line(line, sizeof(line), &d, 0, digest_zeros, "\\\"event\\\":\\\"open\\\"");
	assert_ok(append_consent(b, &d, line));
	keep(b, "hash", prev, sizeof(prev));
	consent_line(line, sizeof(line), &d, 1, prev, "\\\"ask\\\":7,\\\"cap\\\":\\\"view\\\",\\\"event\\\":\\\"grant\\\",\\\"grant\\\":1");
	assert_ok(append_consent(b, &d, line));
	keep(b, "hash", prev, sizeof(prev));
	notary_free(b->n);
	bench_start(b);
	assert_ok(of_session(b, "session_get", &d, ""));
	grants = cJSON_GetObjectItemCaseSensitive(b->last, "grants");
	assert_int_equal(cJSON_GetObjectItemCaseSensitive(grants, "view")->valueint, 1);
	assert_int_equal(number(b, "consent_n"), 2);
	assert_int_equal(number(b, "grant_last"), 1);
	assert_string_equal(json_string(b->last, "consent_head"), prev);
	assert_string_equal(json_string(b->last, "sign"), SIGN);
	digest_sha256(RESUME, 32, hash);
	assert_string_equal(json_string(b->last, "resume_sha256"), hash);
	assert_string_equal(json_string(b->last, "terms"), TERMS);
	assert_string_equal(append_consent(b, &d, "{}"), "malformed");
	consent_line(line, sizeof(line), &d, 9, prev, "\\\"event\\\":\\\"end\\\"");
	assert_string_equal(append_consent(b, &d, line), "chain");
}

static void another_agent_takes_over_only_before_the_first_signed_line(void **state)
{
	struct bench *b = *state;
	struct door d;
	char line[1024];

	add_claire(b);
	assert_ok(new_session(b, &d));
	assert_string_equal(of_session(b, "session_agent", &d, ",\"sign\":\"" SIGN "\",\"resume\":\"" RESUME "\""), "unbound");
	assert_ok(accept_terms(b, &d, "accepter", ""));
	assert_ok(use_code(b, &d, d.code, "s"));
	assert_ok(of_session(b, "session_agent", &d, ",\"sign\":\"04" TERMS TERMS "\",\"resume\":\"" RESUME "\""));
	assert_ok(of_session(b, "session_agent", &d, ",\"sign\":\"" SIGN "\",\"resume\":\"" RESUME "\""));
	consent_line(line, sizeof(line), &d, 0, digest_zeros, "\\\"event\\\":\\\"open\\\"");
	assert_ok(append_consent(b, &d, line));
	assert_ok(of_session(b, "session_agent", &d, ",\"sign\":\"" SIGN "\",\"resume\":\"ff112233445566778899aabbccddeeff\""));
	assert_string_equal(of_session(b, "session_agent", &d, ",\"sign\":\"04" TERMS TERMS "\",\"resume\":\"" RESUME "\""), "agent");
}

static void live_cannot_write_the_notarys_own_events(void **state)
{
	static const char *const own[] = { "session", "accepted", "agent", "end", "consent", "recover" };
	struct bench *b = *state;
	struct door d;
	char more[64];

	add_claire(b);
	assert_ok(new_session(b, &d));
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		snprintf(more, sizeof(more), ",\"event\":\"%s\",\"data\":{}", own[i]);
		assert_string_equal(of_session(b, "journal_append", &d, more), "forbidden");
	}
	assert_string_equal(of_session(b, "journal_append", &d, ",\"event\":\"No Such\",\"data\":{}"), "malformed");
	assert_ok(of_session(b, "journal_append", &d, ",\"event\":\"note\",\"data\":{}"));
	assert_int_equal(number(b, "n"), 1);
}

static void without_evidence_nothing_begins_and_the_end_still_ends(void **state)
{
	struct bench *b = *state;
	struct door d, e;

	add_claire(b);
	assert_ok(new_session(b, &d));
	assert_ok(accept_terms(b, &d, "accepter", ""));
	b->is_disk_full = true;
	assert_string_equal(new_session(b, &e), "evidence");
	assert_string_equal(use_code(b, &d, d.code, "s"), "evidence");
	assert_ok(ask(b, "acceptance_get", "\"acceptance\":\"%s\"", d.acceptance));
	assert_string_equal(json_string(b->last, "session"), ""); /* not bound */
	b->is_disk_full = false;
	assert_string_equal(of_session(b, "journal_append", &d, ",\"event\":\"note\",\"data\":{}"), "evidence");
	assert_string_equal(of_session(b, "session_end", &d, ",\"reason\":\"evidence\""), "evidence");
	assert_ok(ask(b, "session_open_list", "%s", ""));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(b->last, "sessions")), 0);
}

static void a_directory_serves_one_notary(void **state)
{
	struct bench *b = *state;
	const struct notary_options o = {
		.directory = b->dir, .seats = 1, .clock = &b->clock, .io = &b->io, .send = bench_send, .send_arg = b,
	};
	struct notary *second;

	assert_int_equal(notary_new(&o, &second), ERR_IO);
	assert_null(second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(garbage_is_answered_and_survived),
		TEST(an_operation_is_only_for_its_callers),
		TEST(a_login_lasts_half_an_hour_of_idleness_and_ten_hours_at_most),
		TEST(a_login_that_was_ended_is_gone),
		TEST(five_wrong_passwords_close_the_door_for_five_minutes),
		TEST(the_queue_of_passwords_is_bounded_and_the_journal_does_not_wait_for_it),
		TEST(an_advisor_exists_once_and_has_a_proper_name),
		TEST(a_code_lives_ten_minutes_to_the_millisecond),
		TEST(a_code_opens_once_and_takes_the_others_along),
		TEST(only_the_accepting_button_lets_in),
		TEST(five_wrong_codes_stop_a_source_and_burn_no_good_code),
		TEST(a_source_may_try_again_when_its_window_is_over),
		TEST(sixty_wrong_codes_stop_everybody_until_the_window_is_over),
		TEST(a_link_binds_the_acceptance_at_once_and_once),
		TEST(tickets_are_few_short_and_for_once),
		TEST(seats_are_never_oversold_and_freed_by_the_end),
		TEST(an_ended_session_refuses_all_but_reading_and_trailing_lines),
		TEST(a_restart_forgets_neither_rows_nor_grants),
		TEST(another_agent_takes_over_only_before_the_first_signed_line),
		TEST(live_cannot_write_the_notarys_own_events),
		TEST(without_evidence_nothing_begins_and_the_end_still_ends),
		TEST(a_directory_serves_one_notary),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("notary", tests, NULL, NULL);
}
