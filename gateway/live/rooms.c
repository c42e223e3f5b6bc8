#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/json.h"
#include "gateway/live/live.h"
#include "gateway/live/peer_link.h"
#include "gateway/live/sha256.h"

struct room_entry {
	struct room_entry *next;
	struct live *live;
	struct ports ports;
	struct room *room;
	unsigned asking;         /* answers of the notary that still refer to the room */
	uint64_t empty_since_ms; /* boot clock; 0: somebody is there */
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

static void on_stored(void *arg, const cJSON *answer)
{
	struct stored *s = arg;

	s->entry->asking--;
	room_on_stored(s->entry->room, s->n,
			live_is_ok(answer) ? json_string(answer, "hash") : NULL);
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

static void port_ended(void *arg, struct room *r, const char *reason)
{
	struct room_entry *entry = entry_of(arg, r);
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "session", room_facts(r)->id);
	cJSON_AddStringToObject(o, "reason", reason);
	if (!entry) {
		cJSON_Delete(o);
		return;
	}
	entry->asking++;
	live_ask(arg, "session_end", o, on_journaled, entry);
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
			CAP_BIT(capability_of(word->valuestring));
	f->ceiling &= ~CAP_BIT(CAP_NONE);
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

	for (enum capability cap = CAP_VIEW; cap < CAP_COUNT; cap++)
		grant[cap] = small(grants, capability_name(cap));
	room_restore(r, sign ? sign : "", small(o, "consent_n"), head ? head : "", grant,
			small(o, "ask_last"), small(o, "grant_last"),
			!state || strcmp(state, "open") != 0);
}

static struct room *make_room(struct live *l, const cJSON *o)
{
	struct room_entry *e = calloc(1, sizeof(*e));
	struct room_facts facts;

	if (!e)
		return NULL;
	e->live = l;
	e->ports = (struct ports){ l, peer_link_send, peer_link_close, port_verify, port_sha256,
		port_store_line, port_journal, port_ended, port_now };
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
	if (e->asking || !room_is_empty(e->room)) {
		e->empty_since_ms = 0;
		return false;
	}
	if (!e->empty_since_ms)
		e->empty_since_ms = now;
	return now - e->empty_since_ms >= ROOM_LINGER_MS;
}

void rooms_tick(struct live *l)
{
	uint64_t now = live_boot_ms();

	for (struct room_entry **at = &l->rooms; *at;) {
		struct room_entry *e = *at;

		room_tick(e->room);
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
