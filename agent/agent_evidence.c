#include "agent/agent_state.h"
#include "agent/receipt.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/json.h"

/* What the agent does so that both sides can prove what happened (docs/EVIDENCE.md 3, 5, 6.5). */

static void add_hash(cJSON *o, const char *name, const struct crypto_part *part, size_t count)
{
	uint8_t hash[CRYPTO_HASH_LEN];
	char hex[2 * CRYPTO_HASH_LEN + 1];

	crypto_sha256(part, count, hash);
	hex_write(hash, sizeof(hash), hex);
	cJSON_AddStringToObject(o, name, hex);
}

/* ---- keys ---- */

static void add_content_key(struct agent *a, cJSON *o)
{
	static const char label[] = "guichet/1 content key";
	const struct crypto_part wrapped = { a->wrapped, a->wrapped_len };
	const struct crypto_part check[] = {
		{ label, sizeof(label) - 1 },
		{ a->sealer.content_key, CRYPTO_KEY_LEN },
	};

	add_hash(o, "content_key", &wrapped, 1);
	add_hash(o, "key_check", check, 2);
}

enum err agent_record_open(struct agent *a, const cJSON *welcome)
{
	static const char *const copied[] = { "acceptance", "purpose", "terms" };
	const struct consent_event e = { CONSENT_OPEN, CAP_NONE, 0, 0 };
	char point[2 * CRYPTO_POINT_LEN + 1];
	cJSON *o;
	enum err err = crypto_wrap(a->profile->evidence, a->sealer.content_key, CRYPTO_KEY_LEN,
			a->wrapped, sizeof(a->wrapped), &a->wrapped_len);

	if (err)
		return err;
	o = cJSON_CreateObject();
	add_content_key(a, o);
	hex_write(crypto_key_point(a->sign), CRYPTO_POINT_LEN, point);
	cJSON_AddStringToObject(o, "sign", point);
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		cJSON_AddStringToObject(o, copied[i], json_string(welcome, copied[i]));
	cJSON_AddItemToObject(o, "ceiling",
			cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(welcome, "ceiling"), 1));
	err = agent_send_key(a);
	if (err) {
		cJSON_Delete(o);
		return err;
	}
	return agent_record(a, &e, o);
}

enum err agent_send_key(struct agent *a)
{
	const struct chain_line *waiting = chain_unstored(a->chain);
	char text[sizeof("{\"key\":\"\"}") + 2 * sizeof(a->wrapped)];
	size_t len = sizeof("{\"key\":\"") - 1;

	if (chain_count(a->chain) > 0 && (!waiting || waiting->n > 0))
		return OK;
	memcpy(text, "{\"key\":\"", len);
	hex_write(a->wrapped, a->wrapped_len, text + len);
	len += 2 * a->wrapped_len;
	memcpy(text + len, "\"}", 2);
	return agent_send(a, KIND_EVIDENCE_KEY, text, len + 2);
}

enum err agent_record_paired(struct agent *a)
{
	const struct consent_event e = { CONSENT_PAIRED, CAP_NONE, 0, 0 };
	const char *words = pairing_words(a->pairing);
	const struct crypto_part part = { words, strlen(words) };
	char transcript[2 * CRYPTO_HASH_LEN + 1];
	cJSON *o = cJSON_CreateObject();

	add_hash(o, "words", &part, 1);
	hex_write(pairing_transcript(a->pairing), CRYPTO_HASH_LEN, transcript);
	cJSON_AddStringToObject(o, "transcript", transcript);
	cJSON_AddNumberToObject(o, "seq", a->sealer.sent);
	return agent_record(a, &e, o);
}

/* ---- heads ---- */

enum err agent_on_head(struct agent *a, const char *text, const char *sig)
{
	const struct consent_event event = { CONSENT_HEAD, CAP_NONE, 0, 0 };
	enum err e = heads_take(&a->heads, a->profile->seal, a->session, chain_stored(a->chain), text,
			sig);
	cJSON *o;

	if (e == ERR_AGAIN)
		return OK;
	if (e) { /* who signs something else is not the bank's notary */
		agent_end(a, "evidence");
		return OK;
	}
	heads_heard(&a->heads, platform_boot_ms());
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "gateway", text);
	cJSON_AddStringToObject(o, "gateway_sig", sig);
	cJSON_AddNumberToObject(o, "sent", a->sealer.sent);
	if (agent_record(a, &event, o))
		agent_end(a, "evidence");
	return OK;
}

/* ---- the receipt ---- */

void agent_make_receipt(struct agent *a)
{
	char sign[2 * CRYPTO_POINT_LEN + 1], *screen;
	const struct receipt r = {
		.bank = a->profile->bank,
		.advisor = a->advisor,
		.purpose = a->purpose,
		.session = a->session,
		.why = face_over(a->face),
		.from_ms = a->opened_ms,
		.to_ms = platform_wall_ms(),
		.chain = a->chain,
		.heads = &a->heads,
		.sign = sign,
	};

	hex_write(crypto_key_point(a->sign), CRYPTO_POINT_LEN, sign);
	screen = receipt_screen(&r);
	a->receipt = receipt_file(&r);
	if (screen && a->receipt)
		face_set_receipt(a->face, screen);
	free(screen);
}

/* ---- time ---- */

/* In a pause nothing is recorded, so the journal has no reason to grow. */
static bool is_watched(const struct agent *a)
{
	return a->consent && !a->is_over && !a->lost_ms && !a->pause.why &&
			consent_grant_of(a->consent, CAP_VIEW);
}

uint64_t agent_tick_evidence(struct agent *a, uint64_t boot_ms)
{
	uint64_t silent_ms;

	heads_watch(&a->heads, is_watched(a), boot_ms);
	silent_ms = heads_due(&a->heads);
	if (!silent_ms || boot_ms < silent_ms)
		return silent_ms;
	agent_end(a, "evidence");
	return 0;
}
