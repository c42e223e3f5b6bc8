#ifndef AGENT_BENCH_H
#define AGENT_BENCH_H

#include <openssl/evp.h>

#include "agent/agent_state.h"
#include "fake_platform.h"

/** agent_bench: the agent's core up to a live session with the view granted (1), without a link. */
#define SESSION "0123456789abcdef0123456789abcdef"

struct bench {
	struct agent agent;
	struct profile profile;
	struct tray tray;
	EVP_PKEY *notary;
};

int bench_setup(void **state);
int bench_teardown(void **state);
void bench_record(struct agent *a, enum consent_kind kind, enum capability cap, uint32_t number);
/** All that is waiting has its receipt. */
void bench_store_all(struct agent *a);
/** Asked, clicked, stored. */
void bench_give(struct agent *a, enum capability cap, uint32_t number);
/** The last line. */
const char *bench_last(struct agent *a);
/** Fails unless the last line has these words. */
void bench_says(struct agent *a, const char *words);

#endif
