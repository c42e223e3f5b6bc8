#include "notary_bench.h"

#include "pki_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent_line.h"
#include "common/bytes.h"
#include "common/frame.h"
#include "gateway/notary/p256.h"

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

void bench_send(void *arg, uint64_t connection, const char *text, size_t len, int fd)
{
	struct bench *b = arg;

	(void)connection;
	if (b->last_fd > 0)
		close(b->last_fd);
	b->last_fd = fd;
	b->answers++;
	cJSON_Delete(b->last);
	assert_int_equal(json_parse(text, len, 8, &b->last), OK);
}

/* SIG is everybody's signature, unless the test wants real ones. */
static bool bench_verify(void *arg, const char *sign, const char *line, const char *sig)
{
	const struct bench *b = arg;

	return b->is_verifying ? p256_holds(sign, line, strlen(line), sig) : strcmp(sig, SIG) == 0;
}

enum err bench_try(struct bench *b)
{
	const struct notary_options o = {
		.directory = b->dir, .seats = b->seats, .reserve_bytes = b->reserve_bytes, .retention = b->retention,
		.clock = &b->clock, .io = &b->io, .send = bench_send, .send_arg = b, .verify = bench_verify, .verify_arg = b,
		.signer = b->signer, .log_name = "banc", .stamper = b->stamper, .stamp_alarm_ms = 3600000,
	};

	return notary_new(&o, &b->n);
}

void bench_start(struct bench *b)
{
	assert_int_equal(bench_try(b), OK);
	if (!b->is_bare)
		assert_ok(ask(b, "terms_put", "\"text\":\"" TERMS_TEXT "\""));
	b->answers = 0;
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
	b->signer = pki_signer(b->dir, b->now_ms);
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
	signer_close(b->signer);
	cJSON_Delete(b->last);
	result = nftw(b->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(b);
	return result;
}

void send_text(struct bench *b, enum caller from, const char *text)
{
	notary_handle(b->n, from, 1, text, strlen(text), -1);
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

void bench_key(struct bench *b, const struct door *d)
{
	assert_ok(put_content_key(b, d));
}

const char *put_content_key(struct bench *b, const struct door *d)
{
	char key[2 * 384 + 1];

	for (size_t i = 0; i < sizeof(key) - 1; i++)
		key[i] = i % 2 ? 'b' : 'a';
	key[sizeof(key) - 1] = '\0';
	return ask(b, "session_key", "\"session\":\"%s\",\"key\":\"%s\"", d->session, key);
}

void open_agent(struct bench *b, struct door *d)
{
	open_door(b, d);
	assert_ok(of_session(b, "session_agent", d, ",\"sign\":\"" SIGN "\",\"resume\":\"" RESUME "\""));
	bench_key(b, d);
}

const char *send_line(struct bench *b, const struct door *d, const char *line, const char *sig)
{
	cJSON *o = cJSON_CreateObject();
	char *text;

	cJSON_AddNumberToObject(o, "id", 1);
	cJSON_AddStringToObject(o, "op", "consent_append");
	cJSON_AddStringToObject(o, "session", d->session);
	cJSON_AddStringToObject(o, "line", line);
	cJSON_AddStringToObject(o, "sig", sig);
	text = cJSON_PrintUnformatted(o);
	send_text(b, CALLER_LIVE, text);
	free(text);
	cJSON_Delete(o);
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(b->last, "ok")) ? "" : json_string(b->last, "error");
}

const char *sign_line(struct bench *b, const struct door *d, int n, char prev[65], const char *event)
{
	char members[2048], open[512], *line;
	const char *word;
	size_t len = 0;

	for (const char *at = event; *at; at++)
		if (*at != '\\')
			members[len++] = *at;
	members[len] = '\0';
	snprintf(open, sizeof(open), "\"acceptance\":\"%s\",\"sign\":\"%s\"", d->acceptance, b->sign[0] ? b->sign : SIGN);
	line = agent_line(d->session, (unsigned)n, prev, members, open);
	word = send_line(b, d, line, b->sign_with ? b->sign_with(b, line) : SIG);
	free(line);
	if (!word[0])
		keep(b, "hash", prev, 65);
	return word;
}

void grant_view(struct bench *b, const struct door *d, char prev[65])
{
	memset(prev, '0', 64);
	prev[64] = '\0';
	assert_ok(sign_line(b, d, 0, prev, OPEN_EVENT));
	assert_ok(sign_line(b, d, 1, prev, "\\\"ask\\\":1,\\\"cap\\\":\\\"view\\\",\\\"event\\\":\\\"ask\\\""));
	assert_ok(sign_line(b, d, 2, prev, "\\\"ask\\\":1,\\\"cap\\\":\\\"view\\\",\\\"event\\\":\\\"grant\\\",\\\"grant\\\":1"));
}

struct recording_chunk make_chunk(uint32_t n, uint64_t from_ms, uint32_t frames, uint32_t first_seq, uint8_t **out)
{
	enum { PAYLOAD = 100, EACH = 4 + WIRE_HEADER_LEN + PAYLOAD };
	struct recording_chunk c = { .n = n, .frames = frames, .from_ms = from_ms, .to_ms = from_ms + 2000,
		.first_seq = frames ? first_seq : 0, .last_seq = frames ? first_seq + frames - 1 : 0,
		.bytes = frames * EACH };

	*out = calloc(1, c.bytes + 1);
	for (uint32_t i = 0; i < frames; i++) {
		struct frame f = { .kind = KIND_PICTURE, .flags = WIRE_SEALED, .len = PAYLOAD, .seq = first_seq + i, .grant = 1 };

		put_u32(*out + i * EACH, i);
		frame_write_header(&f, *out + i * EACH + 4);
		memset(*out + i * EACH + 4 + WIRE_HEADER_LEN, 'x', PAYLOAD);
	}
	return c;
}

int sealed_memfd(const uint8_t *bytes, size_t len)
{
	int fd = memfd_create("chunk", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), 0);
	return fd;
}

const char *add_chunk(struct bench *b, const struct door *d, const struct recording_chunk *c, int fd)
{
	char text[1024];

	snprintf(text, sizeof(text), "{\"id\":1,\"op\":\"chunk_add\",\"session\":\"%s\",\"n\":%u,\"frames\":%u,"
		"\"from_ms\":%llu,\"to_ms\":%llu,\"first_seq\":%u,\"last_seq\":%u,\"bytes\":%zu}", d->session, c->n,
		c->frames, (unsigned long long)c->from_ms, (unsigned long long)c->to_ms, c->first_seq, c->last_seq, c->bytes);
	notary_handle(b->n, CALLER_LIVE, 1, text, strlen(text), fd);
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(b->last, "ok")) ? "" : json_string(b->last, "error");
}

const char *store_chunk(struct bench *b, const struct door *d, uint32_t n, uint32_t frames, uint32_t first_seq)
{
	uint8_t *bytes;
	struct recording_chunk c = make_chunk(n, b->now_ms + 2000 * n, frames, first_seq, &bytes);
	const char *word = add_chunk(b, d, &c, sealed_memfd(bytes, c.bytes));

	free(bytes);
	return word;
}

const char *wrong_code_for(const struct door *d)
{
	return strcmp(d->code, "000000000") == 0 ? "000000001" : "000000000";
}
