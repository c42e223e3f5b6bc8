#include "agent/heads.h"

#include <string.h>

#include "common/bytes.h"
#include "common/json.h"

/* The numbers of a head's text; ERR_MALFORMED unless it is one of this session. */
static enum err read_head(const char *text, const char *session, uint64_t *n, uint64_t *chunks)
{
	cJSON *o = NULL;
	enum err e = json_parse(text, strlen(text), 2, &o);

	if (!e)
		e = json_fields(o, "chunks:i head:s n:i session:s wall_ms:i");
	if (!e && (json_u64(o, "n", n) || json_u64(o, "chunks", chunks) || *n == 0 ||
				  !hex_is(json_string(o, "head"), 2 * CRYPTO_HASH_LEN) ||
				  strcmp(json_string(o, "session"), session) != 0))
		e = ERR_MALFORMED;
	cJSON_Delete(o);
	return e;
}

enum err heads_take(struct heads *h, const char *seal_pem, const char *session, uint32_t stored,
		const char *text, const char *sig)
{
	uint8_t raw[CRYPTO_SIGNATURE_LEN];
	uint64_t n = 0, chunks = 0;
	size_t len = strlen(text);
	enum err e;

	if (len > HEADS_TEXT_MAX || !hex_is(sig, 2 * sizeof(raw)) || !hex_read(sig, raw, sizeof(raw)))
		return ERR_MALFORMED;
	e = crypto_verify_raw(seal_pem, text, len, raw);
	if (!e)
		e = read_head(text, session, &n, &chunks);
	if (e)
		return e;
	if (n == h->n && strcmp(text, h->text) == 0)
		return ERR_AGAIN;
	if (n <= h->n || chunks < h->chunks || n < stored)
		return ERR_MALFORMED;
	h->n = n;
	h->chunks = chunks;
	memcpy(h->text, text, len + 1);
	memcpy(h->sig, sig, sizeof(h->sig));
	return OK;
}

void heads_watch(struct heads *h, bool is_live, uint64_t boot_ms)
{
	if (!is_live)
		h->since_ms = 0;
	else if (!h->since_ms)
		h->since_ms = boot_ms;
}

void heads_heard(struct heads *h, uint64_t boot_ms)
{
	if (h->since_ms)
		h->since_ms = boot_ms;
}

uint64_t heads_due(const struct heads *h)
{
	return h->since_ms ? h->since_ms + HEADS_SILENCE_MS : 0;
}
