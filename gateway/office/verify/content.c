/* The item `content`: with the content key, every frame opens (sections 5 and 6). */
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "gateway/office/verify/frames.h"
#include "gateway/office/verify/inside.h"
#include "guichet/wire.h"

/* content.key: 64 digits and a line feed. */
static bool read_key(const struct verify_file *f, uint8_t key[PROOF_KEY_LEN])
{
	char digits[PROOF_HEX];
	bool is_key;

	if (f->len != PROOF_HEX || f->at[64] != '\n')
		return false;
	memcpy(digits, f->at, 64);
	digits[64] = '\0';
	is_key = hex_read(digits, key, PROOF_KEY_LEN);
	OPENSSL_cleanse(digits, sizeof(digits));
	return is_key;
}

static bool fits_check(const struct verify *v, const uint8_t key[PROOF_KEY_LEN])
{
	static const char prefix[] = "guichet/1 content key";
	uint8_t text[sizeof(prefix) - 1 + PROOF_KEY_LEN];
	char hash[PROOF_HEX];
	struct canon said;

	memcpy(text, prefix, sizeof(prefix) - 1);
	memcpy(text + sizeof(prefix) - 1, key, PROOF_KEY_LEN);
	proof_sha256_hex(text, sizeof(text), hash);
	OPENSSL_cleanse(text, sizeof(text));
	return v->agent_count && canon_get(v->agent[0].object, "key_check", &said) && canon_is(said, hash);
}

/* The keys of the agreements, in the order of the counters. */
struct ring {
	struct agreement {
		uint64_t seq; /* frames with a higher counter, up to the next one's, have this key */
		uint8_t key[PROOF_KEY_LEN];
	} *agreement;
	size_t count;
};

static enum err ring_init(struct ring *r, const struct verify *v, const uint8_t content_key[PROOF_KEY_LEN])
{
	*r = (struct ring){ calloc(v->agent_count + 1, sizeof(*r->agreement)), 0 };
	for (size_t i = 0; r->agreement && i < v->agent_count; i++) {
		struct agreement *a = &r->agreement[r->count];
		uint8_t transcript[PROOF_HASH_LEN];
		struct canon said;
		char digits[PROOF_HEX];

		if (!canon_is(v->agent[i].event, "paired") || !canon_get(v->agent[i].object, "transcript", &said) ||
				!canon_hex(said, 64, digits) || !hex_read(digits, transcript, sizeof(transcript)))
			continue;
		a->seq = canon_get_int(v->agent[i].object, "seq");
		if (!proof_agreement_key(content_key, transcript, a->key))
			return ERR_NOMEM;
		r->count++;
	}
	return r->agreement ? OK : ERR_NOMEM;
}

static void ring_done(struct ring *r)
{
	if (r->agreement)
		OPENSSL_cleanse(r->agreement, r->count * sizeof(*r->agreement));
	free(r->agreement);
}

/* The key of a frame: that of the last agreement before it; NULL if there was none. */
static const uint8_t *ring_key(const struct ring *r, uint32_t seq)
{
	for (size_t i = r->count; i > 0; i--) {
		if (r->agreement[i - 1].seq < seq)
			return r->agreement[i - 1].key;
	}
	return NULL;
}

static enum err open_chunks(struct verify *v, const struct ring *ring, EVP_CIPHER_CTX *ctx, uint8_t *room)
{
	size_t frames = 0;

	for (size_t i = 0; i < v->count; i++) {
		struct verify_file *f = &v->files[i];
		struct chunk_frame frame;
		struct chunk c;

		if (strncmp(f->name, "chunks/", 7) != 0 || !chunk_open(&c, f->at, f->len))
			continue;
		for (; chunk_next(&c, &frame); frames++) {
			const uint8_t *key = ring_key(ring, frame.seq);

			if (!key || !proof_opens(ctx, key, frame.seq, frame.at, frame.len, room))
				return verify_fail(v, f->name, "l’image de compteur %u ne s’ouvre pas avec cette clé", frame.seq);
		}
	}
	verify_say(v, VERIFY_OK, "%zu images et signes s’ouvrent", frames);
	return OK;
}

static enum err open_all(struct verify *v, const uint8_t key[PROOF_KEY_LEN])
{
	uint8_t *room = malloc(WIRE_PAYLOAD_MAX);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	struct ring ring;
	enum err e = ring_init(&ring, v, key);

	if (!e)
		e = ctx && room ? open_chunks(v, &ring, ctx, room) : ERR_NOMEM;
	if (room)
		OPENSSL_cleanse(room, WIRE_PAYLOAD_MAX);
	ring_done(&ring);
	EVP_CIPHER_CTX_free(ctx);
	free(room);
	return e;
}

enum err verify_content(struct verify *v)
{
	const struct verify_file *f = verify_file(v, "content.key");
	uint8_t key[PROOF_KEY_LEN];
	enum err e;

	if (!f) {
		verify_say(v, VERIFY_ABSENT, "la clé n’est pas dans ce dossier : les images restent fermées");
		return OK;
	}
	if (!read_key(f, key))
		return verify_fail(v, f->name, "ce n’est pas une clé");
	if (fits_check(v, key))
		e = open_all(v, key);
	else
		e = verify_fail(v, f->name, "ce n’est pas la clé de cet enregistrement");
	OPENSSL_cleanse(key, sizeof(key));
	return e;
}
