#include "agent/agent_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/json.h"

/* One frame with all that a handler needs; `o` for JSON, `plain` for what was sealed. */
struct message {
	const struct frame *f;
	const uint8_t *payload;
	size_t len;
	const cJSON *o;
};

/* ---- opening ---- */

static unsigned read_ceiling(const cJSON *list)
{
	unsigned ceiling = 0;
	const cJSON *word;

	cJSON_ArrayForEach(word, list) ceiling |= ceiling_bit(word->valuestring);
	return ceiling;
}

static enum err first_welcome(struct agent *a, const cJSON *o)
{
	const char *session = json_string(o, "session");
	enum err e = face_set_people(
			a->face, json_string(o, "advisor"), json_string(o, "purpose_label"));

	if (e || !hex_is(session, 32))
		return ERR_MALFORMED;
	memcpy(a->session, session, sizeof(a->session));
	a->consent = consent_new(read_ceiling(cJSON_GetObjectItemCaseSensitive(o, "ceiling")));
	if (!a->consent)
		return ERR_NOMEM;
	hands_set_consent(a->hands, a->consent);
	hands_set_advisor(a->hands, json_string(o, "advisor"));
	e = chain_new(a->session, a->sign, &a->chain);
	if (!e)
		e = agent_record_open(a, o);
	snprintf(a->advisor, sizeof(a->advisor), "%s", json_string(o, "advisor"));
	snprintf(a->purpose, sizeof(a->purpose), "%s", json_string(o, "purpose_label"));
	a->opened_ms = platform_wall_ms();
	face_set_since(a->face, a->opened_ms);
	return e;
}

static enum err on_welcome(struct agent *a, const struct message *m)
{
	enum err e = json_fields(m->o,
			"session:s resume:s advisor:s purpose:s purpose_label:s ceiling:a "
			"accepted_ms:i terms:s acceptance:s");

	if (e || session_next(a->phase, EV_AGENT, &a->phase))
		return ERR_MALFORMED;
	if (!hex_is(json_string(m->o, "resume"), 32))
		return ERR_MALFORMED;
	memcpy(a->resume, json_string(m->o, "resume"), sizeof(a->resume));
	a->lost_ms = a->retry_ms = 0;
	if (a->session[0] == '\0')
		e = first_welcome(a, m->o);
	else if (strcmp(a->session, json_string(m->o, "session")) == 0)
		e = agent_resend_lines(a);
	else
		e = ERR_MALFORMED;
	agent_draw(a);
	return e;
}

static enum err on_refused(struct agent *a, const struct message *m)
{
	static const struct {
		const char *word;
		enum text text;
	} texts[] = {
		{ "version", TEXT_TROUBLE_VERSION },
		{ "ticket", TEXT_TROUBLE_TICKET },
		{ "full", TEXT_TROUBLE_BUSY },
		{ "busy", TEXT_TROUBLE_BUSY },
	};
	const char *reason = json_string(m->o, "reason");

	if (json_fields(m->o, "reason:s"))
		return ERR_MALFORMED;
	if (a->session[0]) {
		agent_end(a, strcmp(reason, "evidence") == 0 ? "evidence" : "gateway");
		return ERR_IO;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(reason, texts[i].word) == 0) {
			agent_give_up(a, texts[i].text);
			return ERR_IO;
		}
	agent_give_up(a, TEXT_TROUBLE_NET);
	return ERR_IO;
}

static enum err on_viewer_state(struct agent *a, const struct message *m)
{
	const cJSON *present = cJSON_GetObjectItemCaseSensitive(m->o, "present");

	if (json_fields(m->o, "present:b"))
		return ERR_MALFORMED;
	if (cJSON_IsTrue(present))
		return OK;
	session_next(a->phase, EV_PEER_LOST, &a->phase);
	view_stop(a->view);
	agent_cancel_prompt(a, "lost");
	agent_cancel_file(a, "lost");
	agent_take_away(a, CONSENT_SUSPEND, CAP_CONTROL, "lost");
	agent_draw(a);
	return OK;
}

static enum err on_receipt(struct agent *a, const struct message *m)
{
	uint64_t n = 0;

	if (json_fields(m->o, "n:i hash:s") || json_u64(m->o, "n", &n) || n > UINT32_MAX ||
			!a->chain)
		return ERR_MALFORMED;
	return agent_on_receipt(a, (uint32_t)n);
}

static enum err on_head(struct agent *a, const struct message *m)
{
	if (json_fields(m->o, "text:s sig:s") || !a->chain)
		return ERR_MALFORMED;
	return agent_on_head(a, json_string(m->o, "text"), json_string(m->o, "sig"));
}

static enum err on_link_ping(struct agent *a, const struct message *m)
{
	return agent_send(a, KIND_LINK_PONG, m->payload, m->len);
}

static enum err on_ping(struct agent *a, const struct message *m)
{
	return agent_send(a, KIND_PONG, m->payload, m->len);
}

/* ---- agreeing on keys ---- */

static enum err on_pair_start(struct agent *a, const struct message *m)
{
	uint8_t session[16], commit[CRYPTO_HASH_LEN];
	enum err e;

	(void)m;
	session_next(a->phase, EV_PEER_LOST, &a->phase);
	if (++a->pairings > AGENT_PAIRINGS_MAX || !hex_read(a->session, session, sizeof(session))) {
		agent_end(a, "gateway"); /* somebody is guessing words */
		return ERR_IO;
	}
	view_stop(a->view);
	agent_cancel_prompt(a, "lost");
	agent_take_away(a, CONSENT_SUSPEND, CAP_VIEW, "pairing");
	face_set_words(a->face, "");
	pairing_free(a->pairing);
	e = pairing_new(session, crypto_key_point(a->sign), &a->pairing);
	if (e)
		return e;
	pairing_commit(a->pairing, commit);
	return agent_send(a, KIND_PAIR_COMMIT, commit, sizeof(commit));
}

static enum err send_secret(struct agent *a)
{
	static const uint8_t nonce[CRYPTO_NONCE_LEN];
	uint8_t out[WIRE_HEADER_LEN + CRYPTO_KEY_LEN + WIRE_TAG_LEN];
	const struct frame f = { KIND_PAIR_SECRET, WIRE_SEALED, CRYPTO_KEY_LEN + WIRE_TAG_LEN, 0,
		0 };
	enum err e;

	frame_write_header(&f, out);
	e = crypto_seal(pairing_wrap_key(a->pairing), nonce, out, WIRE_HEADER_LEN,
			a->sealer.agent_key, CRYPTO_KEY_LEN, out + WIRE_HEADER_LEN);
	return e ? e : link_send(a->link, out, sizeof(out), false);
}

static enum err on_pair_key(struct agent *a, const struct message *m)
{
	uint8_t reveal[PAIRING_REVEAL_LEN];
	enum err e;

	if (!a->pairing)
		return ERR_MALFORMED;
	e = pairing_agree(a->pairing, m->payload);
	if (!e)
		e = sealer_agree(&a->sealer, pairing_transcript(a->pairing),
				pairing_viewer_key(a->pairing));
	if (e)
		return e;
	pairing_reveal(a->pairing, reveal);
	e = agent_send(a, KIND_PAIR_REVEAL, reveal, sizeof(reveal));
	if (!e)
		e = send_secret(a);
	if (!e)
		e = agent_record_paired(a);
	if (e)
		return e;
	face_set_words(a->face, pairing_words(a->pairing));
	session_next(a->phase, EV_PAIRED, &a->phase);
	agent_draw(a);
	return OK;
}

static enum err on_pair_resume(struct agent *a, const struct message *m)
{
	uint8_t out[WIRE_HEADER_LEN + WIRE_TAG_LEN];
	struct frame f = { .kind = KIND_PAIR_RESUMED };
	uint32_t view = consent_grant_of(a->consent, CAP_VIEW);
	enum err e;

	(void)m; /* that it could be opened is all it says */
	agent_cancel_prompt(a, "lost"); /* a page that comes back was lost, whether we were told or not */
	agent_take_away(a, CONSENT_SUSPEND, CAP_CONTROL, "lost");
	if (a->is_over)
		return ERR_IO;
	e = sealer_seal(&a->sealer, &f, "", 0, out);
	if (!e)
		e = link_send(a->link, out, sizeof(out), false);
	if (e)
		return e;
	session_next(a->phase, EV_PAIRED, &a->phase);
	if (view && view_start(a->view, view))
		agent_take_away(a, CONSENT_LIMIT, CAP_VIEW, NULL);
	agent_draw(a);
	return OK;
}

/* ---- asking and ending ---- */

static enum err on_ask(struct agent *a, const struct message *m)
{
	uint64_t ask = 0;
	enum capability cap;

	if (json_fields(m->o, "ask:i cap:s") || json_u64(m->o, "ask", &ask) || ask < 1 ||
			ask > UINT32_MAX)
		return ERR_MALFORMED;
	cap = capability_of(json_string(m->o, "cap"));
	return cap == CAP_NONE ? ERR_MALFORMED : agent_on_ask(a, (uint32_t)ask, cap);
}

static enum err on_ask_cancel(struct agent *a, const struct message *m)
{
	uint64_t ask = 0;
	enum capability cap;

	if (json_fields(m->o, "ask:i") || json_u64(m->o, "ask", &ask))
		return ERR_MALFORMED;
	if (a->is_prompt_open && (a->held_ask == ask || consent_pending(a->consent, &cap) == ask))
		agent_cancel_prompt(a, "cancelled");
	agent_draw(a);
	return OK;
}

static enum err on_give_back(struct agent *a, const struct message *m)
{
	enum capability cap = capability_of(json_string(m->o, "cap"));

	if (json_fields(m->o, "cap:s") || cap == CAP_NONE)
		return ERR_MALFORMED;
	agent_take_away(a, CONSENT_RELEASE, cap, NULL);
	return OK;
}

static enum err on_record_pause(struct agent *a, const struct message *m)
{
	static const char *const words[] = { "card", "code", "other" };
	const char *why = json_string(m->o, "why");

	if (json_fields(m->o, "why:s"))
		return ERR_MALFORMED;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(why, words[i]) == 0) {
			agent_pause(a, words[i]);
			return OK;
		}
	return ERR_MALFORMED;
}

static enum err on_record_resume(struct agent *a, const struct message *m)
{
	if (json_fields(m->o, ""))
		return ERR_MALFORMED;
	agent_resume(a);
	return OK;
}

static enum err on_end(struct agent *a, const struct message *m)
{
	if (json_fields(m->o, ""))
		return ERR_MALFORMED;
	agent_end(a, "advisor");
	return OK;
}

/* ---- the picture's way back ---- */

static enum err on_picture_ack(struct agent *a, const struct message *m)
{
	return view_on_ack(a->view, get_u32(m->payload));
}

static enum err on_key_frame(struct agent *a, const struct message *m)
{
	(void)m;
	view_on_key_frame(a->view);
	return OK;
}

static enum err on_visibility(struct agent *a, const struct message *m)
{
	if (m->payload[0] > 1)
		return ERR_MALFORMED;
	view_on_visibility(a->view, m->payload[0]);
	return OK;
}

static enum err on_hands(struct agent *a, const struct message *m)
{
	return hands_act(a->hands, m->f->kind, m->f->grant, m->payload, m->len);
}

/* ---- files ---- */

static enum err read_id(const cJSON *o, uint32_t *id)
{
	uint64_t v = 0;

	if (json_u64(o, "file", &v) || v < 1 || v > UINT32_MAX)
		return ERR_MALFORMED;
	*id = (uint32_t)v;
	return OK;
}

static enum err on_file_offer(struct agent *a, const struct message *m)
{
	uint64_t size = 0;
	uint32_t id;

	if (json_fields(m->o, "file:i name:s sha256:s size:i") || read_id(m->o, &id) || json_u64(m->o, "size", &size) ||
			size < 1 || size > UINT32_MAX || !hex_is(json_string(m->o, "sha256"), 64))
		return ERR_MALFORMED;
	return agent_on_file_offer(a, id, json_string(m->o, "name"), (uint32_t)size, json_string(m->o, "sha256"));
}

static enum err on_file_ask(struct agent *a, const struct message *m)
{
	uint32_t id;

	return json_fields(m->o, "file:i") || read_id(m->o, &id) ? ERR_MALFORMED : agent_on_file_ask(a, id);
}

static enum err on_file_go(struct agent *a, const struct message *m)
{
	return agent_on_file_go(a, get_u32(m->payload), get_u32(m->payload + 4), get_u32(m->payload + 8));
}

static enum err on_file_data(struct agent *a, const struct message *m)
{
	return agent_on_file_data(a, get_u32(m->payload), get_u32(m->payload + 4), m->payload + 8, m->len - 8);
}

static enum err on_file_state(struct agent *a, const struct message *m)
{
	uint64_t at = 0;
	uint32_t id;

	if (json_fields(m->o, "at:i file:i size:i state:s why:s") || read_id(m->o, &id) || json_u64(m->o, "at", &at) ||
			at > UINT32_MAX)
		return ERR_MALFORMED;
	return agent_on_file_state(a, id, json_string(m->o, "state"), json_string(m->o, "why"), (uint32_t)at);
}

static enum err on_chat_say(struct agent *a, const struct message *m)
{
	return agent_on_chat(a, m->payload, m->len);
}

/* ---- the way in ---- */

typedef enum err handler_fn(struct agent *a, const struct message *m);

static handler_fn *const handlers[256] = {
	[KIND_WELCOME] = on_welcome,
	[KIND_RECEIPT] = on_receipt,
	[KIND_REFUSED] = on_refused,
	[KIND_VIEWER_STATE] = on_viewer_state,
	[KIND_LINK_PING] = on_link_ping,
	[KIND_PAIR_START] = on_pair_start,
	[KIND_PAIR_KEY] = on_pair_key,
	[KIND_PAIR_RESUME] = on_pair_resume,
	[KIND_ASK] = on_ask,
	[KIND_ASK_CANCEL] = on_ask_cancel,
	[KIND_GIVE_BACK] = on_give_back,
	[KIND_END] = on_end,
	[KIND_HEAD] = on_head,
	[KIND_RECORD_PAUSE] = on_record_pause,
	[KIND_RECORD_RESUME] = on_record_resume,
	[KIND_PICTURE_ACK] = on_picture_ack,
	[KIND_KEY_FRAME] = on_key_frame,
	[KIND_VISIBILITY] = on_visibility,
	[KIND_POINT] = on_hands,
	[KIND_WRITE] = on_hands,
	[KIND_MOUSE] = on_hands,
	[KIND_TEXT] = on_hands,
	[KIND_KEY] = on_hands,
	[KIND_FILE_OFFER] = on_file_offer,
	[KIND_FILE_ASK] = on_file_ask,
	[KIND_FILE_GO] = on_file_go,
	[KIND_FILE_DATA] = on_file_data,
	[KIND_FILE_STATE] = on_file_state,
	[KIND_CHAT_SAY] = on_chat_say,
	[KIND_PING] = on_ping,
};

static enum err gate(struct agent *a, const struct frame *f, const struct rule **r)
{
	static const enum side senders[] = { SIDE_GATEWAY, SIDE_VIEWER };
	const struct gate_frame g = frame_for_gate(f);
	enum err e = ERR_MALFORMED;

	for (size_t i = 0; i < 2 && e == ERR_MALFORMED; i++) {
		if (a->consent) {
			e = gate_check(a->consent, a->phase, senders[i], &g, r);
		} else {
			struct consent *none = consent_new(0);
			if (!none)
				return ERR_NOMEM;
			e = gate_check(none, a->phase, senders[i], &g, r);
			consent_free(none);
		}
	}
	return e;
}

static enum err on_sealed(
		struct agent *a, const struct frame *f, const uint8_t *bytes, uint8_t *plain)
{
	const struct message m = { f, plain, f->len - WIRE_TAG_LEN, NULL };
	enum err e = sealer_open(&a->sealer, f, bytes, plain);

	if (e && f->kind == KIND_PAIR_RESUME) /* the keys of another page: agree anew (section 5.4)
					       */
		return on_pair_start(a, &m);
	return e ? e : handlers[f->kind](a, &m);
}

enum err agent_on_frame(void *arg, const struct frame *f, const uint8_t *bytes)
{
	struct agent *a = arg;
	struct message m = { f, bytes + WIRE_HEADER_LEN, f->len, NULL };
	uint8_t plain[512]; /* the longest sealed message of a viewer is 416 bytes, see messages.def
			     */
	const struct rule *r;
	cJSON *o = NULL;
	enum err e = gate(a, f, &r);

	if (a->is_over && f->kind != KIND_RECEIPT)
		return OK;
	if (e == ERR_FORBIDDEN) {
		hands_count_refused(a->hands);
		agent_schedule(a);
		return OK;
	}
	if (!e && r->form == FORM_JSON)
		e = json_parse(m.payload, m.len, 4, &o);
	if (!e && (!handlers[f->kind] || (r->form == FORM_SEALED && f->len > sizeof(plain))))
		e = ERR_MALFORMED;
	m.o = o;
	if (!e)
		e = r->form == FORM_SEALED ? on_sealed(a, f, bytes, plain)
					   : handlers[f->kind](a, &m);
	cJSON_Delete(o);
	crypto_wipe(plain, sizeof(plain));
	agent_schedule(a);
	return e;
}
