#ifndef AGENT_SEALER_H
#define AGENT_SEALER_H

#include "agent/crypto.h"
#include "common/err.h"
#include "common/frame.h"

/**
 * sealer: seals what goes to the viewer, opens what comes from it (docs/PROTOCOL.md section 5.3).
 *
 * Plain data; sealer_wipe() destroys the keys. A counter never repeats under one key: when it would
 * run out, sealing fails and the session ends.
 */
struct sealer {
	uint8_t content_key[CRYPTO_KEY_LEN]; /* K_av, made once a session */
	uint8_t viewer_key[CRYPTO_KEY_LEN];  /* K_va, new with each agreement */
	uint32_t sent, received;             /* highest counters used */
	bool has_viewer_key;
};

enum err sealer_init(struct sealer *s);
void sealer_wipe(struct sealer *s);
/** Takes a new key of the viewer; its counter starts anew. */
void sealer_set_viewer_key(struct sealer *s, const uint8_t key[CRYPTO_KEY_LEN]);

/**
 * Writes header and sealed payload into `out` (WIRE_HEADER_LEN + len + WIRE_TAG_LEN bytes) and sets
 * flags, len and seq of `f`. ERR_CRYPTO: the counter is used up.
 */
enum err sealer_seal(
		struct sealer *s, struct frame *f, const void *plain, size_t len, uint8_t *out);

/** Opens a frame of the viewer into `plain` (f->len - WIRE_TAG_LEN bytes). ERR_CRYPTO: close the
 * link. */
enum err sealer_open(struct sealer *s, const struct frame *f, const uint8_t *bytes, uint8_t *plain);

#endif
