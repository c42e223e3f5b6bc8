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

/**
 * notary_bench: a notary that a test plays guichet-live to, and the requests that most tests begin with.
 */
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

struct door {
	char session[33], code[10], acceptance[33];
};

#define assert_ok(call) assert_string_equal(call, "")

void bench_send(void *arg, uint64_t connection, const char *text, size_t len);
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
const char *wrong_code_for(const struct door *d);

#endif
