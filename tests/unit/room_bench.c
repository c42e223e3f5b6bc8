#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "agent_line.h"
#include "common/gate.h"
#include "guichet/wire.h"
#include "room_bench.h"

char bench_agent, bench_viewer;

__attribute__((format(printf, 2, 3)))
static void note(struct bench *b, const char *format, ...)
{
	size_t n = strlen(b->log);
	va_list values;

	va_start(values, format);
	vsnprintf(b->log + n, sizeof(b->log) - n, format, values);
	va_end(values);
}

static const char *name_of(const void *link)
{
	return link == &bench_agent ? "agent" : link == &bench_viewer ? "viewer" : "other";
}

static enum err on_send(void *arg, void *link, const uint8_t *frame, size_t len, bool is_bulk)
{
	struct bench *b = arg;

	(void)is_bulk;
	assert_non_null(gate_rule(frame[1]));
	note(b, "%s %s\n", name_of(link), gate_rule(frame[1])->name);
	snprintf(b->last, sizeof(b->last), "%.*s", (int)(len - WIRE_HEADER_LEN), (const char *)frame + WIRE_HEADER_LEN);
	return b->is_outbox_full ? ERR_IO : OK;
}

static void on_close(void *arg, void *link, const char *reason)
{
	note(arg, "close %s %s\n", name_of(link), reason);
}

static bool on_verify(void *arg, const char *sign, const char *text, size_t len, const char *sig)
{
	(void)arg;
	assert_int_equal(strlen(text), len);
	return strlen(sign) == 130 && strcmp(sig, "good") == 0;
}

/* No hash function, but it depends on every byte. */
static void on_sha256(void *arg, const void *in, size_t len, char out[65])
{
	uint64_t h = 14695981039346656037u;

	(void)arg;
	for (size_t i = 0; i < len; i++)
		h = (h ^ ((const uint8_t *)in)[i]) * 1099511628211u;
	for (int i = 0; i < 4; i++)
		snprintf(out + 16 * i, 17, "%016llx", (unsigned long long)h);
}

static enum err on_store(void *arg, struct room *r, uint32_t n, const char *line, const char *sig)
{
	struct bench *b = arg;

	assert_ptr_equal(r, b->room);
	assert_string_equal(sig, "good");
	assert_non_null(strstr(line, "\"session\""));
	if (b->is_notary_away)
		return ERR_IO;
	note(b, "store %u\n", n);
	return OK;
}

static enum err on_store_key(void *arg, struct room *r, const char *key)
{
	struct bench *b = arg;

	(void)r;
	if (b->is_notary_away)
		return ERR_IO;
	note(b, "key %zu\n", strlen(key));
	return OK;
}

static void on_sign_head(void *arg, struct room *r)
{
	(void)r;
	note(arg, "sign head\n");
}

static void on_journal(void *arg, struct room *r, const char *event, const char *data)
{
	(void)r;
	note(arg, "journal %s %s\n", event, data);
}

static void on_ended(void *arg, struct room *r, const char *reason)
{
	(void)r;
	note(arg, "ended %s\n", reason);
}

static enum err on_store_chunk(void *arg, struct room *r, const struct recorder_chunk *c, const uint8_t *frames)
{
	struct bench *b = arg;

	assert_ptr_equal(r, b->room);
	assert_int_equal(c->len > 0, frames && c->frames > 0);
	if (b->is_notary_away)
		return ERR_IO;
	note(b, "chunk %u frames %u\n", c->n, c->frames);
	b->chunk = *c;
	return OK;
}

static void on_hold(void *arg, void *link, bool is_held)
{
	note(arg, "%s %s\n", is_held ? "hold" : "release", name_of(link));
}

static void on_drop_sealed(void *arg, void *link)
{
	note(arg, "drop %s\n", name_of(link));
}

static void on_alert(void *arg, struct room *r, const char *what)
{
	(void)r;
	note(arg, "alert %s\n", what);
}

static uint64_t on_now(void *arg)
{
	return ((struct bench *)arg)->now_ms;
}

#define SIGN65 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0"
static const char sign_a[] = SIGN65 SIGN65;

int bench_setup(void **state)
{
	static const struct room_facts facts = {
		.id = "0123456789abcdef0123456789abcdef", .advisor = "claire", .advisor_display = "Claire Martin",
		.purpose = "mise-en-place", .purpose_label = "Mise en place",
		.ceiling = CAP_BIT(CAP_VIEW) | CAP_BIT(CAP_POINT) | CAP_BIT(CAP_CONTROL), .terms = "2026-11",
		.started_ms = 1700000000000, .code = "123456789",
	};
	struct bench *b = calloc(1, sizeof(*b));

	b->now_ms = facts.started_ms;
	b->ports = (struct ports){ .arg = b, .send = on_send, .close = on_close, .verify = on_verify, .sha256 = on_sha256,
		.store_line = on_store, .store_key = on_store_key, .sign_head = on_sign_head, .journal = on_journal,
		.ended = on_ended, .now_ms = on_now, .store_chunk = on_store_chunk, .hold = on_hold,
		.drop_sealed = on_drop_sealed, .alert = on_alert };
	b->room = room_new(&facts, &b->ports);
	memset(b->head, '0', 64);
	*state = b;
	return b->room ? 0 : -1;
}

int bench_teardown(void **state)
{
	struct bench *b = *state;

	room_free(b->room);
	free(b);
	return 0;
}

enum err bench_frame(struct bench *b, void *link, uint8_t kind, uint32_t grant, const char *payload, size_t len)
{
	static uint8_t bytes[WIRE_FRAME_MAX];
	struct frame f = { .kind = kind, .len = (uint32_t)len, .grant = grant };

	if (gate_rule(kind)->form == FORM_SEALED)
		f.flags = WIRE_SEALED;
	if (kind == KIND_PICTURE || kind == KIND_CURSOR || kind == KIND_SCREENS || kind == KIND_NOTICE ||
			kind == KIND_CHAT)
		f.seq = ++b->seq;
	frame_write_header(&f, bytes);
	memset(bytes + WIRE_HEADER_LEN, 0, len);
	if (payload)
		memcpy(bytes + WIRE_HEADER_LEN, payload, len);
	return room_on_frame(b->room, link, &f, bytes);
}

enum err bench_line_signed(struct bench *b, const char *fields, const char *sig)
{
	char *line = agent_line(room_facts(b->room)->id, b->n, b->head, fields, ""), quoted[4096], payload[8192];
	size_t n = 0;
	enum err e;

	for (const char *c = line; *c; c++) {
		if (*c == '"')
			quoted[n++] = '\\';
		quoted[n++] = *c;
	}
	quoted[n] = '\0';
	snprintf(payload, sizeof(payload), "{\"line\":\"%s\",\"sig\":\"%s\"}", quoted, sig);
	e = bench_frame(b, &bench_agent, KIND_CONSENT, 0, payload, strlen(payload));
	if (!e && strcmp(sig, "good") == 0) {
		on_sha256(b, line, strlen(line), b->head);
		b->n++;
	}
	free(line);
	return e;
}

enum err bench_line(struct bench *b, const char *fields)
{
	return bench_line_signed(b, fields, "good");
}

enum err bench_key(struct bench *b, size_t digits)
{
	char payload[2048] = "{\"key\":\"";
	size_t len = strlen(payload);

	memset(payload + len, 'a', digits);
	memcpy(payload + len + digits, "\"}", 3);
	return bench_frame(b, &bench_agent, KIND_EVIDENCE_KEY, 0, payload, len + digits + 2);
}

enum err bench_open(struct bench *b)
{
	uint8_t raw[BENCH_KEY_HEX / 2];
	char fields[128], hash[65];

	memset(raw, 0xaa, sizeof(raw));
	on_sha256(b, raw, sizeof(raw), hash);
	snprintf(fields, sizeof(fields), "\"content_key\":\"%s\",\"event\":\"open\"", hash);
	return bench_line(b, fields);
}

void bench_stored(struct bench *b, uint32_t n)
{
	room_on_stored(b->room, n, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
}

void bench_live(struct bench *b)
{
	assert_int_equal(room_viewer_joined(b->room, &bench_viewer), OK);
	assert_int_equal(room_agent_joined(b->room, &bench_agent, sign_a, "linux-x11", "native",
		"ffffffffffffffffffffffffffffffff"), OK);
	assert_int_equal(bench_key(b, BENCH_KEY_HEX), OK);
	assert_int_equal(bench_open(b), OK);
	bench_stored(b, 0);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_PAIR_START, 0, NULL, 0), OK);
	assert_int_equal(bench_frame(b, &bench_agent, KIND_PAIR_SECRET, 0, NULL, 48), OK);
	assert_int_equal(room_phase(b->room), PHASE_LIVE);
	bench_forget(b);
}

void bench_give(struct bench *b, const char *cap, unsigned ask, unsigned grant)
{
	char fields[128];

	snprintf(fields, sizeof(fields), "\"event\":\"ask\",\"ask\":%u,\"cap\":\"%s\"", ask, cap);
	assert_int_equal(bench_line(b, fields), OK);
	bench_stored(b, b->n - 1);
	snprintf(fields, sizeof(fields), "\"event\":\"grant\",\"ask\":%u,\"cap\":\"%s\",\"grant\":%u", ask, cap, grant);
	assert_int_equal(bench_line(b, fields), OK);
	bench_stored(b, b->n - 1);
}

bool bench_did(const struct bench *b, const char *line)
{
	size_t n = strlen(line);

	for (const char *at = b->log; at && *at; at = strchr(at, '\n') + 1)
		if (strncmp(at, line, n) == 0 && at[n] == '\n')
			return true;
	return false;
}

void bench_forget(struct bench *b)
{
	b->log[0] = '\0';
}
