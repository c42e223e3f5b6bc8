#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/json.h"
#include "gateway/live/alerts.h"
#include "gateway/live/chunk_memfd.h"
#include "gateway/live/live.h"
#include "gateway/live/peer_link.h"
#include "gateway/http/sha256.h"

struct room_entry {
	struct room_entry *next;
	struct live *live;
	struct ports ports;
	struct room *room;
	unsigned asking;         /* answers of the notary that still refer to the room */
	uint64_t empty_since_ms; /* boot clock; 0: somebody is there */
	unsigned turn;           /* of rooms_tick() that is this room's */
	char owed_end[16];       /* reason of an end that the notary was not there to hear, "": none */
};

enum { ROOM_LINGER_MS = 120000 }; /* an empty room stays in memory for so long */

static struct room_entry *entry_of(struct live *l, const struct room *r)
{
	for (struct room_entry *e = l->rooms; e; e = e->next)
		if (e->room == r)
			return e;
	return NULL;
}

struct room *rooms_find(struct live *l, const char *session)
{
	for (struct room_entry *e = l->rooms; e; e = e->next)
		if (strcmp(room_facts(e->room)->id, session) == 0)
			return e->room;
	return NULL;
}

void rooms_hold(struct live *l, const struct room *r, int answers)
{
	struct room_entry *e = entry_of(l, r);

	if (e)
		e->asking += (unsigned)answers;
}

/* ---- ports: cryptography ---- */

static EVP_PKEY *public_key(const char *sign)
{
	uint8_t point[65];
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (b && c && hex_read(sign, point, sizeof(point)) &&
			OSSL_PARAM_BLD_push_utf8_string(b, "group", "prime256v1", 0) &&
			OSSL_PARAM_BLD_push_octet_string(b, "pub", point, sizeof(point)) &&
			(params = OSSL_PARAM_BLD_to_param(b)) != NULL &&
			EVP_PKEY_fromdata_init(c) == 1)
		EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_CTX_free(c);
	return key;
}

/* r || s as on the wire into the DER that OpenSSL verifies; *der is the caller's (OPENSSL_free). */
static int signature_der(const char *sig, unsigned char **der)
{
	uint8_t raw[64];
	ECDSA_SIG *s = ECDSA_SIG_new();
	BIGNUM *r1 = NULL, *s1 = NULL;
	int n = 0;

	*der = NULL;
	if (s && hex_read(sig, raw, sizeof(raw))) {
		r1 = BN_bin2bn(raw, 32, NULL);
		s1 = BN_bin2bn(raw + 32, 32, NULL);
		if (r1 && s1 && ECDSA_SIG_set0(s, r1, s1) == 1)
			n = i2d_ECDSA_SIG(s, der);
	}
	ECDSA_SIG_free(s);
	return n;
}

static bool port_verify(void *arg, const char *sign, const char *text, size_t len, const char *sig)
{
	EVP_PKEY *key = public_key(sign);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	unsigned char *der;
	int n = signature_der(sig, &der);
	bool is_good = false;

	(void)arg;
	if (key && c && n > 0 && EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, key) == 1)
		is_good = EVP_DigestVerify(c, der, (size_t)n, (const unsigned char *)text, len) ==
				1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(key);
	return is_good;
}

static void port_sha256(void *arg, const void *in, size_t len, char out[65])
{
	(void)arg;
	sha256_hex(in, len, out);
}

/* ---- ports: the notary ---- */

struct stored {
	struct room_entry *entry;
	uint32_t n;
};

static void look_if_full(struct room *r, const cJSON *answer)
{
	if (live_is_ok(answer) && cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "full")))
		room_on_full(r);
}

static void on_stored(void *arg, const cJSON *answer)
{
	struct stored *s = arg;

	s->entry->asking--;
	room_on_stored(s->entry->room, s->n,
			live_is_ok(answer) ? json_string(answer, "hash") : NULL);
	look_if_full(s->entry->room, answer);
	free(s);
}

static enum err port_store_line(
		void *arg, struct room *r, uint32_t n, const char *line, const char *sig)
{
	struct room_entry *entry = entry_of(arg, r);
	struct stored *s = calloc(1, sizeof(*s));
	cJSON *o = cJSON_CreateObject();

	if (!s || !entry || !entry->live->notary) {
		free(s);
		cJSON_Delete(o);
		return ERR_IO;
	}
	*s = (struct stored){ entry, n };
	cJSON_AddStringToObject(o, "session", room_facts(r)->id);
	cJSON_AddStringToObject(o, "line", line);
	cJSON_AddStringToObject(o, "sig", sig);
	entry->asking++;
	if (notary_client_call(entry->live->notary, "consent_append", o, on_stored, s)) {
		entry->asking--;
		free(s);
		return ERR_IO;
	}
	return OK;
}

static void on_key(void *arg, const cJSON *answer)
{
	struct room_entry *entry = arg;

	entry->asking--;
	if (!live_is_ok(answer))
		fprintf(stderr, "guichet-live: session %s: key: %s\n", room_facts(entry->room)->id,
				live_error(answer));
	room_on_key(entry->room, live_is_ok(answer));
}

/* Requests are answered in their order, so the key is stored before the line that names it. */
static enum err port_store_key(void *arg, struct room *r, const char *key)
{
	struct room_entry *entry = entry_of(arg, r);
	cJSON *o = cJSON_CreateObject();

	if (!entry || !entry->live->notary) {
		cJSON_Delete(o);
		return ERR_IO;
	}
	cJSON_AddStringToObject(o, "session", room_facts(r)->id);
	cJSON_AddStringToObject(o, "key", key);
	entry->asking++;
	if (notary_client_call(entry->live->notary, "session_key", o, on_key, entry)) {
		entry->asking--;
		return ERR_IO;
	}
	return OK;
}

static void on_head(void *arg, const cJSON *answer)
{
	struct room_entry *entry = arg;
	bool is_new = live_is_ok(answer);

	entry->asking--;
	if (!is_new && strcmp(live_error(answer), "same") != 0)
		fprintf(stderr, "guichet-live: session %s: head: %s\n", room_facts(entry->room)->id,
				live_error(answer));
	room_on_head(entry->room, is_new ? json_string(answer, "text") : NULL,
			is_new ? json_string(answer, "sig") : NULL);
}

static void port_sign_head(void *arg, struct room *r)
{
	struct room_entry *entry = entry_of(arg, r);
	cJSON *o = cJSON_CreateObject();

	if (!entry) {
		cJSON_Delete(o);
		return;
	}
	cJSON_AddStringToObject(o, "session", room_facts(r)->id);
	entry->asking++;
	live_ask(arg, "head_sign", o, on_head, entry);
}

static void on_journaled(void *arg, const cJSON *answer)
{
	struct room_entry *entry = arg;

	entry->asking--;
	if (!live_is_ok(answer) && room_phase(entry->room) != PHASE_ENDED)
		fprintf(stderr, "guichet-live: session %s: journal: %s\n",
				room_facts(entry->room)->id, live_error(answer));
}

static void port_journal(void *arg, struct room *r, const char *event, const char *data)
{
	struct room_entry *entry = entry_of(arg, r);
	cJSON *o = cJSON_CreateObject(), *d = NULL;

	if (!entry || json_parse(data, strlen(data), 3, &d)) {
		cJSON_Delete(o);
		return;
	}
	cJSON_AddStringToObject(o, "session", room_facts(r)->id);
	cJSON_AddStringToObject(o, "event", event);
	cJSON_AddItemToObject(o, "data", d);
	entry->asking++;
	live_ask(arg, "journal_append", o, on_journaled, entry);
}

static void on_end_told(void *arg, const cJSON *answer)
{
	struct room_entry *entry = arg;

	entry->asking--;
	if (answer)
		entry->owed_end[0] = '\0';
}

static void tell_end(struct room_entry *entry)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "session", room_facts(entry->room)->id);
	cJSON_AddStringToObject(o, "reason", entry->owed_end);
	entry->asking++;
	live_ask(entry->live, "session_end", o, on_end_told, entry);
}

static void port_ended(void *arg, struct room *r, const char *reason)
{
	struct room_entry *entry = entry_of(arg, r);

	if (!entry)
		return;
	snprintf(entry->owed_end, sizeof(entry->owed_end), "%s", reason);
	tell_end(entry);
}

/* ---- ports: the recording ---- */

static void on_chunk_stored(void *arg, const cJSON *answer)
{
	struct stored *s = arg;
	struct room_entry *entry = s->entry;

	entry->asking--;
	if (!live_is_ok(answer))
		fprintf(stderr, "guichet-live: session %s: chunk %u: %s\n", room_facts(entry->room)->id,
				s->n, live_error(answer));
	room_on_chunk(entry->room, s->n, live_is_ok(answer));
	look_if_full(entry->room, answer);
	free(s);
}

static cJSON *chunk_request(const struct room_facts *facts, const struct recorder_chunk *c)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "session", facts->id);
	cJSON_AddNumberToObject(o, "n", c->n);
	cJSON_AddNumberToObject(o, "frames", c->frames);
	cJSON_AddNumberToObject(o, "from_ms", (double)c->from_ms);
	cJSON_AddNumberToObject(o, "to_ms", (double)c->to_ms);
	cJSON_AddNumberToObject(o, "first_seq", c->first_seq);
	cJSON_AddNumberToObject(o, "last_seq", c->last_seq);
	cJSON_AddNumberToObject(o, "bytes", (double)c->len);
	return o;
}

static enum err port_store_chunk(
		void *arg, struct room *r, const struct recorder_chunk *c, const uint8_t *frames)
{
	struct room_entry *entry = entry_of(arg, r);
	struct stored *s;
	enum err e;
	int fd;

	if (!entry || !entry->live->notary)
		return ERR_IO;
	s = calloc(1, sizeof(*s));
	fd = s ? chunk_memfd(frames, c->len) : -1;
	if (fd < 0) {
		free(s);
		return ERR_NOMEM;
	}
	*s = (struct stored){ entry, c->n };
	entry->asking++;
	e = notary_client_call_with(entry->live->notary, "chunk_add",
			chunk_request(room_facts(r), c), fd, on_chunk_stored, s);
	if (e) {
		entry->asking--;
		free(s);
	}
	return e;
}

void rooms_flush(struct live *l)
{
	for (struct room_entry *e = l->rooms; e; e = e->next)
		room_flush(e->room);
}

bool rooms_are_asking(const struct live *l)
{
	for (const struct room_entry *e = l->rooms; e; e = e->next)
		if (e->asking)
			return true;
	return false;
}

void rooms_notary_away(struct live *l)
{
	for (struct room_entry *e = l->rooms; e; e = e->next)
		room_notary_away(e->room);
}

static void port_alert(void *arg, struct room *r, const char *what)
{
	struct live *l = arg;

	alerts_send(l->alerts, room_facts(r), what);
}

static uint64_t port_now(void *arg)
{
	(void)arg;
	return live_now_ms();
}

/* ---- loading ---- */

struct loading {
	struct live *live;
	char session[33];
	rooms_fn *fn;
	void *arg;
};

static void copy_string(const cJSON *o, const char *name, char *out, size_t size)
{
	const char *s = json_string(o, name);

	snprintf(out, size, "%s", s ? s : "");
}

static void read_facts(const cJSON *o, struct room_facts *f)
{
	const cJSON *word;

	memset(f, 0, sizeof(*f));
	copy_string(o, "session", f->id, sizeof(f->id));
	copy_string(o, "advisor", f->advisor, sizeof(f->advisor));
	copy_string(o, "display", f->advisor_display, sizeof(f->advisor_display));
	copy_string(o, "purpose", f->purpose, sizeof(f->purpose));
	copy_string(o, "purpose_label", f->purpose_label, sizeof(f->purpose_label));
	copy_string(o, "acceptance", f->acceptance, sizeof(f->acceptance));
	copy_string(o, "version", f->terms, sizeof(f->terms));
	copy_string(o, "lang", f->lang, sizeof(f->lang));
	json_u64(o, "started_ms", &f->started_ms);
	json_u64(o, "accepted_ms", &f->accepted_ms);
	cJSON_ArrayForEach(word, cJSON_GetObjectItemCaseSensitive(o, "ceiling")) f->ceiling |=
			ceiling_bit(word->valuestring);
}

static uint32_t small(const cJSON *o, const char *name)
{
	uint64_t v = 0;

	return !json_u64(o, name, &v) && v <= UINT32_MAX ? (uint32_t)v : 0;
}

static void restore(struct room *r, const cJSON *o)
{
	const cJSON *grants = cJSON_GetObjectItemCaseSensitive(o, "grants");
	const char *sign = json_string(o, "sign"), *head = json_string(o, "consent_head");
	const char *state = json_string(o, "state");
	uint32_t grant[CAP_COUNT] = { 0 };
	uint64_t to_ms = 0;

	for (enum capability cap = CAP_VIEW; cap < CAP_COUNT; cap++)
		grant[cap] = small(grants, capability_name(cap));
	room_restore(r, sign ? sign : "", small(o, "consent_n"), head ? head : "", grant,
			small(o, "ask_last"), small(o, "grant_last"),
			!state || strcmp(state, "open") != 0);
	room_restore_ask(r, small(o, "ask_pending"), capability_of(json_string(o, "ask_cap")));
	json_u64(o, "chunk_to_ms", &to_ms);
	room_restore_recording(r, small(o, "chunks"), to_ms, small(o, "chunk_seq"),
			cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "paused")));
}

static struct room *make_room(struct live *l, const cJSON *o)
{
	struct room_entry *e = calloc(1, sizeof(*e));
	struct room_facts facts;

	if (!e)
		return NULL;
	e->live = l;
	e->turn = l->rooms_made++ % LIVE_TURNS;
	e->ports = (struct ports){ l, peer_link_send, peer_link_close, port_verify, port_sha256,
		port_store_line, port_store_key, port_sign_head, port_journal, port_ended, port_now,
		port_store_chunk, peer_link_hold, peer_link_drop_sealed, l->spool ? &l->files : NULL,
		spool_open, spool_write, spool_read, spool_check, spool_drop, port_alert };
	read_facts(o, &facts);
	e->room = room_new(&facts, &e->ports);
	if (!e->room) {
		free(e);
		return NULL;
	}
	restore(e->room, o);
	e->next = l->rooms;
	l->rooms = e;
	return e->room;
}

/* What changes outside of the room between two looks: the acceptance. */
static void refresh_facts(struct room *r, const cJSON *o)
{
	struct room_facts now, *f = room_facts(r);

	read_facts(o, &now);
	memcpy(now.code, f->code, sizeof(now.code));
	now.code_expires_ms = f->code_expires_ms;
	if (now.acceptance[0])
		now.code[0] = '\0';
	*f = now;
}

static void on_loaded(void *arg, const cJSON *answer)
{
	struct loading *g = arg;
	struct room *r = NULL;

	if (live_is_ok(answer)) {
		r = rooms_find(g->live, g->session);
		if (r)
			refresh_facts(r, answer);
		else
			r = make_room(g->live, answer);
	}
	g->fn(g->arg, r, r ? answer : NULL);
	free(g);
}

void rooms_load(struct live *l, const char *session, rooms_fn *fn, void *arg)
{
	struct loading *g = calloc(1, sizeof(*g));
	cJSON *o = cJSON_CreateObject();

	if (!g || !o) {
		free(g);
		cJSON_Delete(o);
		fn(arg, NULL, NULL);
		return;
	}
	*g = (struct loading){ .live = l, .fn = fn, .arg = arg };
	snprintf(g->session, sizeof(g->session), "%s", session);
	cJSON_AddStringToObject(o, "session", session);
	live_ask(l, "session_get", o, on_loaded, g);
}

/* ---- sessions that nobody is in ---- */

static void nothing_more(void *arg, struct room *r, const cJSON *facts)
{
	(void)arg;
	(void)r;
	(void)facts; /* being in memory is enough: room_tick() ends what does not come back */
}

static void on_open_list(void *arg, const cJSON *answer)
{
	struct live *l = arg;
	const cJSON *id;

	if (!live_is_ok(answer))
		return;
	cJSON_ArrayForEach(id, cJSON_GetObjectItemCaseSensitive(answer, "sessions"))
	{
		if (cJSON_IsString(id) && !rooms_find(l, id->valuestring))
			rooms_load(l, id->valuestring, nothing_more, NULL);
	}
}

void rooms_look_for_orphans(struct live *l)
{
	live_ask(l, "session_open_list", cJSON_CreateObject(), on_open_list, l);
}

/* ---- time ---- */

static bool may_go(struct room_entry *e, uint64_t now)
{
	if (e->asking || e->owed_end[0] || !room_is_empty(e->room)) {
		e->empty_since_ms = 0;
		return false;
	}
	if (!e->empty_since_ms)
		e->empty_since_ms = now;
	return now - e->empty_since_ms >= ROOM_LINGER_MS;
}

void rooms_tick(struct live *l, unsigned turn)
{
	uint64_t now = live_boot_ms();

	for (struct room_entry **at = &l->rooms; *at;) {
		struct room_entry *e = *at;

		if (e->turn != turn) {
			at = &e->next;
			continue;
		}
		room_tick(e->room);
		if (e->owed_end[0] && !e->asking && l->notary)
			tell_end(e);
		if (may_go(e, now)) {
			*at = e->next;
			room_free(e->room);
			free(e);
		} else {
			at = &e->next;
		}
	}
}

void rooms_free(struct live *l)
{
	while (l->rooms) {
		struct room_entry *next = l->rooms->next;
		room_free(l->rooms->room);
		free(l->rooms);
		l->rooms = next;
	}
}
