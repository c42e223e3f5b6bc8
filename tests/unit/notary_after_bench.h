#ifndef NOTARY_AFTER_BENCH_H
#define NOTARY_AFTER_BENCH_H

#include "notary_bench.h"

/**
 * notary_after_bench: a notary with sealed sessions and three officers, and what the tests of the evidence
 * afterwards ask it.
 */
#define CUSTOMER "DOSSIER-4711-ZULU"
#define GROUND "demande du client, article 17"

/** Logins of officers: anne and paul are of compliance, omar is an operator. */
struct officers {
	char anne[65], paul[65], omar[65];
};

void add_officers(struct bench *b, struct officers *o);
/** Who asks: an officer's login, or a name at guichetctl. */
__attribute__((format(printf, 5, 6)))
const char *ask_for(struct bench *b, enum caller from, const char *who, const char *op, const char *format, ...);
/** The same of one session, as the office. */
__attribute__((format(printf, 5, 6)))
const char *ask_of(struct bench *b, const char *who, const char *op, const char *session, const char *format, ...);
/** A session with customer, key and a grant, ended and sealed. */
void sealed_session(struct bench *b, struct door *d);
/** A session of that kind: nobody came, joined without a grant, with a grant. */
enum kind { KIND_UNUSED, KIND_QUALITY, KIND_PROOF };
void ended_session(struct bench *b, struct door *d, enum kind kind);
/** Lets the time pass until the session's seal is there. */
void wait_for_seal(struct bench *b, const char *session);
/** "DIR/sessions/ID/NAME", valid until the next call. */
const char *file_of(const struct bench *b, const char *session, const char *name);
bool is_there(const struct bench *b, const char *session, const char *name);
/** Events of after.jsonl, separated by spaces; each line checked to follow the one before. */
void events_of(struct bench *b, const char *session, char *out, size_t room);
/** How often the bytes stand in the files below the notary's directory. */
unsigned find_bytes(const struct bench *b, const void *bytes, size_t len);
/** Starts the notary anew. */
void restart(struct bench *b);

#endif
