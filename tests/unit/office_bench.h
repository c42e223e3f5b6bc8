#ifndef OFFICE_BENCH_H
#define OFFICE_BENCH_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/office/office.h"

/**
 * office_bench: guichet-office in the test's process, with a small notary of its own on a real socket, and a client
 * that sends whatever bytes a test likes.
 */
enum { BENCH_PORT = 11690 };

/** The notary's answers as a test wants them. */
struct bench_notary {
	const char *role;       /* of the one login there is */
	const char *journal;    /* bytes of journal.jsonl */
	const char *word;       /* every evidence_… is answered with this error; NULL: as it should be */
	unsigned pages;         /* of evidence_search, 50 rows each */
	unsigned refuse_at;     /* evidence_open that is refused; 0: none */
	long chunk_bytes;       /* of each of the three chunks; 0: a few */
	unsigned break_at;      /* page at which the notary goes away; 0: none */
	unsigned asked, opened, searched; /* requests, evidence_open, evidence_search so far */
	char last[1024];        /* text of the last request */
};

extern struct bench_notary bench_notary;
extern struct office bench_office;

void bench_open(void);
void bench_close(void);
/** Ends the notary alone, and begins it anew; bench_close() is still needed. */
void bench_notary_close(void);
void bench_notary_open(void);
/** A connection to the office. */
int bench_connect(void);
/** Sends `text` on a new connection and reads until the other side closes; the caller's to free. */
char *bench_talk(const char *text, size_t *len);
/** "GET path" as the proxy sends it, signed in; other lines of the head in `more`. */
char *bench_get(const char *path, const char *more);
char *bench_post(const char *path, const char *body);
/** The number in the first line of an answer. */
int bench_status(const char *answer);

#define BENCH_LOGIN "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define BENCH_COOKIE "Cookie: __Host-guichet-bureau=" BENCH_LOGIN "\r\n"
#define BENCH_HOST "Host: bank.example\r\n"
#define BENCH_ORIGIN "Origin: https://bank.example\r\n"
#define BENCH_SESSION "0123456789abcdef0123456789abcdef"

#endif
