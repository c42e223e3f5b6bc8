#ifndef NOTARY_BENCH_H
#define NOTARY_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>

#include "common/json.h"
#include "gateway/notary/notary.h"
#include "gateway/notary/recording.h"

/**
 * notary_bench: a notary that a test plays guichet-live to, and the requests that most tests begin with.
 */
#define SIGN "04aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define SIG "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" \
	    "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
#define RESUME "00112233445566778899aabbccddeeff"
#define TERMS_TEXT "Conditions"
#define TERMS "97d4be8960698f97bff3834494ca9adb3ae0fac886a6773300ff107336350a90" /* its SHA-256 */
/* SHA-256 of the wrapped content key that bench_key() stores: 384 bytes of 0xab. */
#define CONTENT_KEY "7efc0d08fdb1ce6d943883290db2368e5aaddd0a337fc43508658f8c274bb6c3"
#define OPEN_EVENT "\\\"content_key\\\":\\\"" CONTENT_KEY "\\\",\\\"event\\\":\\\"open\\\""

/* A notary in a fresh directory, with a clock that only the test moves and a disk that fails on demand. */
struct bench {
	char dir[64];
	uint64_t now_ms;
	bool is_disk_full, is_bare; /* is_bare: a start puts no terms */
	bool is_verifying; /* signatures are real, not SIG; then `sign` and `sign_with` are the agent's */
	char sign[131];
	const char *(*sign_with)(struct bench *b, const char *line);
	struct clock clock;
	struct journal_io io;
	struct signer *signer;
	const struct stamper *stamper; /* NULL: none */
	struct notary *n;
	int answers;
	cJSON *last; /* the last answer */
	int last_fd; /* came with it, 0 or -1: none */
	unsigned seats;
	struct notary_retention retention; /* all 0: everything is kept */
	uint64_t reserve_bytes;
};

struct door {
	char session[33], code[10], acceptance[33];
};

#define assert_ok(call) assert_string_equal(call, "")

void bench_send(void *arg, uint64_t connection, const char *text, size_t len, int fd);
/** Opens the notary; its error. */
enum err bench_try(struct bench *b);
void bench_start(struct bench *b);
int notary_setup(void **state);
int notary_teardown(void **state);
void send_text(struct bench *b, enum caller from, const char *text);
/** Sends {"id":1,"op":op,fields} and waits for the one answer; its error word, or "" for ok. */
const char *ask_as(struct bench *b, enum caller from, const char *op, const char *fields);
__attribute__((format(printf, 3, 4)))
const char *ask(struct bench *b, const char *op, const char *format, ...);
void keep(const struct bench *b, const char *name, char *out, size_t room);
uint64_t number(const struct bench *b, const char *name);
void add_claire(struct bench *b);
const char *new_session(struct bench *b, struct door *d);
const char *accept_terms(struct bench *b, struct door *d, const char *button, const char *more);
const char *use_code(struct bench *b, const struct door *d, const char *code, const char *source);
/** An open session with its acceptance bound. */
void open_door(struct bench *b, struct door *d);
const char *of_session(struct bench *b, const char *op, const struct door *d, const char *more);
/** The same, its error word. */
const char *put_content_key(struct bench *b, const struct door *d);
/** Stores the content key of a session that has an agent. */
void bench_key(struct bench *b, const struct door *d);
/** An open door with an agent and its content key: ready for line 0. */
void open_agent(struct bench *b, struct door *d);
/** consent_append of that very line: its error word, "" for ok. */
const char *send_line(struct bench *b, const struct door *d, const char *line, const char *sig);
/** The agent's next line with this event, quoted for JSON; `prev` is that of the line before, and then its own. */
const char *sign_line(struct bench *b, const struct door *d, int n, char prev[65], const char *event);
/** Asked for and granted, both in the bench's own chain: lines 0 to 2. */
void grant_view(struct bench *b, const struct door *d, char prev[65]);
/** The error word of chunk_add, "" for ok. `fd` is closed. */
const char *add_chunk(struct bench *b, const struct door *d, const struct recording_chunk *c, int fd);
/** A chunk of `frames` frames of 100 bytes whose counters begin at `first_seq`; its bytes go to *out (free). */
struct recording_chunk make_chunk(uint32_t n, uint64_t from_ms, uint32_t frames, uint32_t first_seq, uint8_t **out);
/** A sealed descriptor with these bytes. */
int sealed_memfd(const uint8_t *bytes, size_t len);
/** make_chunk() and add_chunk(). */
const char *store_chunk(struct bench *b, const struct door *d, uint32_t n, uint32_t frames, uint32_t first_seq);
const char *wrong_code_for(const struct door *d);

#endif
