#ifndef AGENT_PAIRING_H
#define AGENT_PAIRING_H

#include "agent/crypto.h"
#include "agent/sealer.h"

/**
 * pairing: agreeing on keys with a viewer so that a gateway in the middle shows
 * (docs/PROTOCOL.md 5.1).
 *
 * The agent commits first, the viewer answers, the agent reveals: neither can choose its value
 * after seeing the other's, so a forger has one chance in 2^22 of matching words.
 */
struct pairing; /* opaque; wiped when freed */

enum { PAIRING_KEY_LEN = 97, PAIRING_REVEAL_LEN = 162, PAIRING_WORDS_MAX = 64 };

/** New ephemeral key and nonce. `sign` is the agent's signing point, `session` 16 bytes. */
enum err pairing_new(const uint8_t session[16], const uint8_t sign[CRYPTO_POINT_LEN],
		struct pairing **out);
void pairing_free(struct pairing *p);
/** Payload of PAIR_COMMIT. */
void pairing_commit(const struct pairing *p, uint8_t out[CRYPTO_HASH_LEN]);
/** Payload of PAIR_REVEAL. */
void pairing_reveal(const struct pairing *p, uint8_t out[PAIRING_REVEAL_LEN]);
/** Takes PAIR_KEY. ERR_CRYPTO: not a point of the curve; ERR_FORBIDDEN: a second one. */
enum err pairing_agree(struct pairing *p, const uint8_t key[PAIRING_KEY_LEN]);
/** After pairing_agree(): the two words joined by a space. */
const char *pairing_words(const struct pairing *p);
/** After pairing_agree(): the transcript T, CRYPTO_HASH_LEN bytes; it names this agreement. */
const uint8_t *pairing_transcript(const struct pairing *p);
const uint8_t *pairing_viewer_key(const struct pairing *p);
const uint8_t *pairing_wrap_key(const struct pairing *p);

#endif
