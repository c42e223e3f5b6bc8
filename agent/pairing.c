#include "agent/pairing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/platform.h"
#include "agent/words.h"
#include "common/bytes.h"

enum { NONCE_LEN = 32 };

struct pairing {
	struct crypto_key *key;
	uint8_t nonce[NONCE_LEN];
	uint8_t session[16];
	uint8_t sign[CRYPTO_POINT_LEN];
	uint8_t viewer_key[CRYPTO_KEY_LEN], wrap_key[CRYPTO_KEY_LEN];
	uint8_t transcript[CRYPTO_HASH_LEN];
	char words[PAIRING_WORDS_MAX]; /* "" until agreed */
};

enum err pairing_new(const uint8_t session[16], const uint8_t sign[CRYPTO_POINT_LEN],
		struct pairing **out)
{
	struct pairing *p = calloc(1, sizeof(*p));
	enum err e;

	*out = NULL;
	if (!p)
		return ERR_NOMEM;
	memcpy(p->session, session, sizeof(p->session));
	memcpy(p->sign, sign, sizeof(p->sign));
	e = platform_random(p->nonce, sizeof(p->nonce));
	if (!e)
		e = crypto_key_new(&p->key);
	if (e) {
		pairing_free(p);
		return e;
	}
	*out = p;
	return OK;
}

void pairing_free(struct pairing *p)
{
	if (!p)
		return;
	crypto_key_free(p->key);
	crypto_wipe(p, sizeof(*p));
	free(p);
}

void pairing_commit(const struct pairing *p, uint8_t out[CRYPTO_HASH_LEN])
{
	static const char label[] = "guichet/1 commit";
	const struct crypto_part part[] = {
		{ label, sizeof(label) - 1 },
		{ crypto_key_point(p->key), CRYPTO_POINT_LEN },
		{ p->nonce, NONCE_LEN },
		{ p->sign, CRYPTO_POINT_LEN },
	};

	crypto_sha256(part, 4, out);
}

void pairing_reveal(const struct pairing *p, uint8_t out[PAIRING_REVEAL_LEN])
{
	memcpy(out, crypto_key_point(p->key), CRYPTO_POINT_LEN);
	memcpy(out + CRYPTO_POINT_LEN, p->nonce, NONCE_LEN);
	memcpy(out + CRYPTO_POINT_LEN + NONCE_LEN, p->sign, CRYPTO_POINT_LEN);
}

static void transcript_of(const struct pairing *p, const uint8_t key[PAIRING_KEY_LEN],
		uint8_t out[CRYPTO_HASH_LEN])
{
	static const char label[] = "guichet/1 transcript";
	const struct crypto_part part[] = {
		{ label, sizeof(label) - 1 },
		{ p->session, sizeof(p->session) },
		{ crypto_key_point(p->key), CRYPTO_POINT_LEN },
		{ p->nonce, NONCE_LEN },
		{ p->sign, CRYPTO_POINT_LEN },
		{ key, PAIRING_KEY_LEN },
	};

	crypto_sha256(part, 6, out);
}

static enum err choose_words(struct pairing *p, const uint8_t transcript[CRYPTO_HASH_LEN])
{
	uint8_t w[4];
	uint32_t n;
	enum err e = crypto_hkdf(
			transcript, CRYPTO_HASH_LEN, NULL, 0, "guichet/1 words", w, sizeof(w));

	if (e)
		return e;
	n = get_u32(w);
	snprintf(p->words, sizeof(p->words), "%s %s", words_fr[n >> 21 & 2047],
			words_fr[n >> 10 & 2047]);
	return OK;
}

enum err pairing_agree(struct pairing *p, const uint8_t key[PAIRING_KEY_LEN])
{
	uint8_t z[CRYPTO_KEY_LEN];
	const uint8_t *t = p->transcript;
	enum err e;

	if (p->words[0])
		return ERR_FORBIDDEN;
	e = crypto_ecdh(p->key, key, z);
	if (e)
		return e;
	transcript_of(p, key, p->transcript);
	e = crypto_hkdf(z, sizeof(z), t, CRYPTO_HASH_LEN, "guichet/1 wrap", p->wrap_key,
			sizeof(p->wrap_key));
	if (!e)
		e = crypto_hkdf(z, sizeof(z), t, CRYPTO_HASH_LEN, "guichet/1 viewer to agent",
				p->viewer_key, sizeof(p->viewer_key));
	if (!e)
		e = choose_words(p, t);
	crypto_wipe(z, sizeof(z));
	return e;
}

const char *pairing_words(const struct pairing *p)
{
	return p->words;
}

const uint8_t *pairing_transcript(const struct pairing *p)
{
	return p->transcript;
}

const uint8_t *pairing_viewer_key(const struct pairing *p)
{
	return p->viewer_key;
}

const uint8_t *pairing_wrap_key(const struct pairing *p)
{
	return p->wrap_key;
}
