#include "notary_bench.h"

#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

void bench_send(void *arg, uint64_t connection, const char *text, size_t len)
{
	struct bench *b = arg;

	(void)connection;
	b->answers++;
	cJSON_Delete(b->last);
	assert_int_equal(json_parse(text, len, 8, &b->last), OK);
}

void bench_start(struct bench *b)
{
	const struct notary_options o = {
		.directory = b->dir, .seats = b->seats, .clock = &b->clock, .io = &b->io, .send = bench_send, .send_arg = b,
	};

	assert_int_equal(notary_new(&o, &b->n), OK);
}

int notary_setup(void **state)
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

int notary_teardown(void **state)
{
	struct bench *b = *state;
	int result;

	notary_free(b->n);
	cJSON_Delete(b->last);
	result = nftw(b->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(b);
	return result;
}

void send_text(struct bench *b, enum caller from, const char *text)
{
	notary_handle(b->n, from, 1, text, strlen(text));
}

/* Sends {"id":1,"op":op,fields} and waits for the one answer; its error word, or "" for ok. */
const char *ask_as(struct bench *b, enum caller from, const char *op, const char *fields)
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

const char *ask(struct bench *b, const char *op, const char *format, ...)
{
	char fields[8000];
	va_list values;

	va_start(values, format);
	vsnprintf(fields, sizeof(fields), format, values);
	va_end(values);
	return ask_as(b, CALLER_LIVE, op, fields);
}

void keep(const struct bench *b, const char *name, char *out, size_t room)
{
	const char *s = json_string(b->last, name);

	assert_non_null(s);
	assert_true(strlen(s) < room);
	memcpy(out, s, strlen(s) + 1);
}

uint64_t number(const struct bench *b, const char *name)
{
	uint64_t v;

	assert_int_equal(json_u64(b->last, name, &v), OK);
	return v;
}

void add_claire(struct bench *b)
{
	assert_ok(ask_as(b, CALLER_CTL, "advisor_add",
		"\"name\":\"claire\",\"display\":\"Claire Martin\",\"password\":\"correct horse\""));
}

const char *new_session(struct bench *b, struct door *d)
{
	const char *word = ask(b, "session_new", "\"advisor\":\"claire\",\"purpose\":\"formation\","
			"\"purpose_label\":\"Formation\",\"ceiling\":[\"view\",\"control\"]");

	if (!word[0]) {
		keep(b, "session", d->session, sizeof(d->session));
		keep(b, "code", d->code, sizeof(d->code));
	}
	return word;
}

const char *accept_terms(struct bench *b, struct door *d, const char *button, const char *more)
{
	const char *word = ask(b, "acceptance_add", "\"version\":\"2026-11\",\"lang\":\"fr\",\"terms\":\"" TERMS "\","
			"\"articles\":[\"" TERMS "\"],\"button\":\"%s\",\"ip\":\"192.0.2.1\",\"user_agent\":\"x\"%s", button, more);

	if (!word[0])
		keep(b, "acceptance", d->acceptance, sizeof(d->acceptance));
	return word;
}

const char *use_code(struct bench *b, const struct door *d, const char *code, const char *source)
{
	return ask(b, "code_use", "\"code\":\"%s\",\"acceptance\":\"%s\",\"source\":\"%s\"", code, d->acceptance, source);
}

/* An open session with its acceptance bound. */
void open_door(struct bench *b, struct door *d)
{
	assert_ok(new_session(b, d));
	assert_ok(accept_terms(b, d, "accepter", ""));
	assert_ok(use_code(b, d, d->code, "s"));
}

const char *of_session(struct bench *b, const char *op, const struct door *d, const char *more)
{
	return ask(b, op, "\"session\":\"%s\"%s", d->session, more);
}

const char *wrong_code_for(const struct door *d)
{
	return strcmp(d->code, "000000000") == 0 ? "000000001" : "000000000";
}
