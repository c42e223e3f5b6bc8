#include "agent/sealer.h"

#include <string.h>

#include "agent/platform.h"
#include "common/bytes.h"

static void nonce_of(const char direction[4], uint32_t seq, uint8_t out[CRYPTO_NONCE_LEN])
{
	memcpy(out, direction, 4);
	memset(out + 4, 0, 4);
	put_u32(out + 8, seq);
}

enum err sealer_init(struct sealer *s)
{
	memset(s, 0, sizeof(*s));
	return platform_random(s->content_key, sizeof(s->content_key));
}

void sealer_wipe(struct sealer *s)
{
	crypto_wipe(s, sizeof(*s));
}

enum err sealer_agree(struct sealer *s, const uint8_t transcript[CRYPTO_HASH_LEN],
		const uint8_t viewer_key[CRYPTO_KEY_LEN])
{
	enum err e = crypto_hkdf(s->content_key, CRYPTO_KEY_LEN, transcript, CRYPTO_HASH_LEN,
			"guichet/1 agent to viewer", s->agent_key, CRYPTO_KEY_LEN);

	memcpy(s->viewer_key, viewer_key, CRYPTO_KEY_LEN);
	s->received = 0;
	s->has_agreed = e == OK;
	return e;
}

enum err sealer_seal(struct sealer *s, struct frame *f, const void *plain, size_t len, uint8_t *out)
{
	uint8_t nonce[CRYPTO_NONCE_LEN];

	if (!s->has_agreed || s->sent == UINT32_MAX)
		return ERR_CRYPTO;
	f->flags = WIRE_SEALED;
	f->len = (uint32_t)(len + WIRE_TAG_LEN);
	f->seq = ++s->sent;
	frame_write_header(f, out);
	nonce_of("A>V", f->seq, nonce);
	return crypto_seal(s->agent_key, nonce, out, WIRE_HEADER_LEN, plain, len,
			out + WIRE_HEADER_LEN);
}

enum err sealer_open(struct sealer *s, const struct frame *f, const uint8_t *bytes, uint8_t *plain)
{
	uint8_t nonce[CRYPTO_NONCE_LEN];
	enum err e;

	if (!s->has_agreed || f->seq <= s->received)
		return ERR_CRYPTO;
	nonce_of("V>A", f->seq, nonce);
	e = crypto_open(s->viewer_key, nonce, bytes, WIRE_HEADER_LEN, bytes + WIRE_HEADER_LEN,
			f->len, plain);
	if (!e)
		s->received = f->seq;
	return e;
}
