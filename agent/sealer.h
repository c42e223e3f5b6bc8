#ifndef AGENT_SEALER_H
#define AGENT_SEALER_H

#include "agent/crypto.h"
#include "common/err.h"
#include "common/frame.h"

/**
 * sealer: seals what goes to the viewer, opens what comes from it (docs/PROTOCOL.md section 5.3).
 *
 * Plain data; sealer_wipe() destroys the keys. The content key never seals and is handed to nobody
 * but wrapped: each agreement has a key derived from it, so that who agreed once can read nothing
 * of another agreement. A counter never repeats under one key: when it would run out, sealing fails
 * and the session ends.
 */
struct sealer {
	uint8_t content_key[CRYPTO_KEY_LEN]; /* M, made once a session */
	uint8_t agent_key[CRYPTO_KEY_LEN];   /* K_av of the present agreement */
	uint8_t viewer_key[CRYPTO_KEY_LEN];  /* K_va of the present agreement */
	uint32_t sent, received;             /* highest counters used; `sent` goes on */
	bool has_agreed;
};

enum err sealer_init(struct sealer *s);
void sealer_wipe(struct sealer *s);
/**
 * Takes the keys of a new agreement: K_av from content key and transcript, K_va as given, whose
 * counter starts anew. ERR_CRYPTO: nothing is sealed or opened until one succeeds.
 */
enum err sealer_agree(struct sealer *s, const uint8_t transcript[CRYPTO_HASH_LEN],
		const uint8_t viewer_key[CRYPTO_KEY_LEN]);

/**
 * Writes header and sealed payload into `out` (WIRE_HEADER_LEN + len + WIRE_TAG_LEN bytes) and sets
 * flags, len and seq of `f`. ERR_CRYPTO: no keys are agreed, or the counter is used up.
 */
enum err sealer_seal(
		struct sealer *s, struct frame *f, const void *plain, size_t len, uint8_t *out);

/** Opens a frame of the viewer into `plain` (f->len - WIRE_TAG_LEN bytes). ERR_CRYPTO: close the
 * link. */
enum err sealer_open(struct sealer *s, const struct frame *f, const uint8_t *bytes, uint8_t *plain);

#endif
