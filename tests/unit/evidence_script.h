#ifndef EVIDENCE_SCRIPT_H
#define EVIDENCE_SCRIPT_H

#include "notary_bench.h"

/**
 * evidence_script: the life of one session, request by request, for tests that break the disk under it (E2, E3,
 * E4): every answer that says "stored" is noted, and looked for on the disk afterwards.
 */
enum { ACKS_MAX = 320 };

/** What the notary has said is stored. */
struct ack {
	enum { ACK_TERMS, ACK_EVENT, ACK_CONSENT, ACK_LINE } kind;
	char session[33];
	char event[16]; /* ACK_EVENT: a line with this event */
	char hash[65];  /* ACK_CONSENT: of the agent's line; ACK_LINE: of the journal's line; ACK_TERMS: of the text */
};

struct acks {
	struct ack ack[ACKS_MAX];
	unsigned count;
	unsigned refused;                 /* answers that were an error */
	void (*on_ack)(void *arg);        /* or NULL */
	void *arg;
};

/** A directory with an advisor in its store, made once, to be copied: his password takes its time. */
void script_template(char dir[64]);
/** A bench in a fresh copy of it under `parent`, not started. */
struct bench *script_bench(const char *template, const char *parent, const struct journal_io *io);
/** Ends the notary, removes its directory, frees the bench. */
void script_bench_free(struct bench *b);
/**
 * Terms, session, acceptance, agent, key, consent, `chunks` chunks with `frames` frames, end: goes on after an
 * error with what still can be asked. The notary runs.
 */
void script_run(struct bench *b, struct acks *acks, struct door *d, unsigned chunks, unsigned frames);
/**
 * Fails unless all that was acknowledged is in the directory after a recovery, and every line of a file has its
 * file; sees that a second recovery changes no byte. Real calls only.
 */
void assert_all_stored(const char *dir, const struct acks *acks, unsigned count, const struct clock *clock);
/** private.jsonl is what the line `accepted` commits to; fails the test otherwise. */
void assert_accepted(const char *dir, const char *session);
/** Number of the session's journal lines with this event, 0 if there is no journal. */
unsigned count_events(const char *dir, const char *session, const char *event);
/** Silences stderr: what the notary logs of thousands of failures. */
void set_quiet(bool is_quiet);
/** Where to make directories that many small files go through: in memory if there is such a place. */
const char *script_parent(void);

#endif
