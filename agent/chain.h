#ifndef AGENT_CHAIN_H
#define AGENT_CHAIN_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/crypto.h"
#include "common/consent.h"

/**
 * chain: the signed, hash-chained lines of the customer's consent (docs/PROTOCOL.md section 6.2).
 *
 * Every line stays here until the session ends, so that those the gateway has not stored can be
 * sent again after a loss. Owns the lines; borrows the key.
 */
struct chain; /* opaque */

struct chain_line {
	uint32_t n;
	struct consent_event event;
	char *text;                             /* canonical JSON, without line feed */
	char sig[2 * CRYPTO_SIGNATURE_LEN + 1]; /* hex */
	uint64_t wall_ms;                       /* as in the line */
	bool is_stored;                         /* the gateway's receipt came */
	struct chain_line *next;
};

/** `session`: 32 hexadecimal digits. */
enum err chain_new(const char *session, const struct crypto_key *key, struct chain **out);
void chain_free(struct chain *c);

/**
 * Adds and signs a line. `fields` holds what the event adds to the common fields; it is freed in
 * every case and may be NULL. On an error nothing was added, and the session must end.
 */
enum err chain_append(struct chain *c, const struct consent_event *e, cJSON *fields,
		const struct chain_line **out);

/** Payload of CONSENT for a line; free() it. NULL if out of memory. */
char *chain_message(const struct chain_line *l);

/** The gateway has stored line n. ERR_FORBIDDEN: not the next line that waits. *out is the line. */
enum err chain_receipt(struct chain *c, uint32_t n, const struct chain_line **out);

/** Lines so far, and how many of them the gateway has stored. */
uint32_t chain_count(const struct chain *c);
uint32_t chain_stored(const struct chain *c);
/** The first line; follow `next`. NULL: there is none. */
const struct chain_line *chain_first(const struct chain *c);
/** Hash of the last line, 64 hexadecimal digits; zeros before the first. */
const char *chain_head(const struct chain *c);
/** First line without a receipt; follow `next`. NULL: all are stored. */
const struct chain_line *chain_unstored(const struct chain *c);

#endif
