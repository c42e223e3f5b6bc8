#include <string.h>

#include "common/bytes.h"
#include "common/json.h"
#include "gateway/core/room_inside.h"

/* What the room has the notary do for the proof: the wrapped key, the signed heads. */

enum { KEY_BYTES_MIN = 384, KEY_BYTES_MAX = 512 }; /* RSA of 3,072 to 4,096 bits */

enum err room_take_key(struct room *r, const cJSON *o)
{
	const char *key = json_string(o, "key");
	uint8_t raw[KEY_BYTES_MAX];
	size_t len;

	if (json_fields(o, "key:s"))
		return ERR_MALFORMED;
	len = strlen(key) / 2;
	if (len < KEY_BYTES_MIN || len > KEY_BYTES_MAX || !hex_is(key, 2 * len) ||
			!hex_read(key, raw, len))
		return ERR_MALFORMED;
	if (r->chain_n > 0) /* sent again: line 0 has named it already */
		return OK;
	r->ports->sha256(r->ports->arg, raw, len, r->key_hash);
	return r->ports->store_key(r->ports->arg, r, key);
}

bool room_is_key_named(const struct room *r, const cJSON *line)
{
	const char *hash = json_string(line, "content_key");

	return hash && r->key_hash[0] && strcmp(hash, r->key_hash) == 0;
}

void room_on_key(struct room *r, bool is_stored)
{
	if (!is_stored && r->phase != PHASE_ENDED)
		room_close_all(r, "evidence");
}

/* Each head makes the agent write a line, so a session at rest would never rest without has_news. */
void room_tick_heads(struct room *r, uint64_t now_ms)
{
	bool is_wanted = r->has_news || consent_grant_of(r->consent, CAP_VIEW);
	bool is_early = now_ms >= r->head_ms && now_ms - r->head_ms < ROOM_HEAD_MS; /* clocks may be set back */

	if (!r->agent || r->phase == PHASE_ENDED || r->chain_n == 0 || r->is_signing || !is_wanted ||
			is_early)
		return;
	r->head_ms = now_ms;
	r->is_signing = true;
	r->has_news = false;
	r->ports->sign_head(r->ports->arg, r);
}

void room_on_head(struct room *r, const char *text, const char *sig)
{
	cJSON *o;

	r->is_signing = false;
	if (!text) /* nothing new yet, or none: the agent waits only HEADS_SILENCE_MS */
		r->head_ms -= ROOM_HEAD_MS - ROOM_TICK_MS;
	if (!text || !sig || !r->agent || r->phase == PHASE_ENDED)
		return;
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "text", text);
	cJSON_AddStringToObject(o, "sig", sig);
	room_send_json(r, r->agent, KIND_HEAD, o);
}
