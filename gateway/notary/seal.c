#include "gateway/notary/seal.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/json.h"
#include "gateway/notary/stored.h"

enum { LINE_DEPTH = 16, NAME_MAX_LEN = 32, TAIL_ROOM = 320, LIST_LINE = 128, CHUNKS_MAX = 999999 };

static const char build[] = "guichet-notary " GUICHET_VERSION;

/* A journal on its way through seal_read(). */
struct reading {
	const char *session;
	struct seal_facts *out;
	crypto_hash_sha256_state list; /* of the recording list, 6.4 */
	bool has_end;
};

/*
 * The name of a line's event. A canonical line ends in ,"event":"…","n":N,"p":"…","session":"…","wall_ms":N},
 * which is compared with what must stand there: no JSON is read for it, a long journal costs its hashes.
 */
static bool take_tail(const struct reading *r, const char *line, size_t len, char event[NAME_MAX_LEN + 1])
{
	static const char before[] = ",\"event\":\"";
	char tail[TAIL_ROOM];
	size_t at = len, tail_len, name;

	event[0] = '\0';
	if (at < 2 || line[--at] != '}')
		return false;
	while (at > 0 && line[at - 1] >= '0' && line[at - 1] <= '9')
		at--;
	tail_len = (size_t)snprintf(tail, sizeof(tail), "\",\"n\":%" PRIu64 ",\"p\":\"%s\",\"session\":\"%s\",\"wall_ms\":",
		r->out->journal_lines, r->out->journal_head, r->session);
	if (at < tail_len || memcmp(line + at - tail_len, tail, tail_len) != 0)
		return false;
	at -= tail_len;
	for (name = 0; name < at && line[at - name - 1] != '"'; name++)
		;
	if (name > NAME_MAX_LEN || at - name < sizeof(before) - 1 ||
			memcmp(line + at - name - (sizeof(before) - 1), before, sizeof(before) - 1) != 0)
		return false;
	memcpy(event, line + at - name, name);
	event[name] = '\0';
	return true;
}

static enum err on_chunk(struct reading *r, const cJSON *data)
{
	const char *hash = json_string(data, "sha256");
	char line[LIST_LINE];
	uint64_t n;

	if (json_u64(data, "n", &n) || n != r->out->chunks + 1 || n > CHUNKS_MAX || !hash || !hex_is(hash, DIGEST_HEX))
		return ERR_MALFORMED;
	r->out->chunks = n;
	snprintf(line, sizeof(line), "%s  chunks/%06" PRIu64 "\n", hash, n);
	crypto_hash_sha256_update(&r->list, (const unsigned char *)line, strlen(line));
	return OK;
}

static enum err on_key(struct reading *r, const cJSON *data)
{
	const char *hash = json_string(data, "sha256");

	if (!hash || !hex_is(hash, DIGEST_HEX) || r->out->key[0])
		return ERR_MALFORMED;
	memcpy(r->out->key, hash, DIGEST_HEX + 1);
	return OK;
}

/* The first one: nothing ends twice. */
static enum err on_end(struct reading *r, const cJSON *data)
{
	const char *reason = json_string(data, "reason");

	if (!reason || strlen(reason) > SEAL_REASON_MAX)
		return ERR_MALFORMED;
	if (!r->has_end)
		memcpy(r->out->reason, reason, strlen(reason) + 1);
	r->has_end = true;
	return OK;
}

static const struct {
	const char *event;
	enum err (*take)(struct reading *r, const cJSON *data);
} takes[] = { { "chunk", on_chunk }, { "key", on_key }, { "end", on_end } };

static enum err take_data(struct reading *r, const char *event, const char *line, size_t len)
{
	enum err e = OK;

	for (size_t i = 0; i < sizeof(takes) / sizeof(*takes); i++) {
		cJSON *o;

		if (strcmp(event, takes[i].event) != 0)
			continue;
		e = json_parse(line, len, LINE_DEPTH, &o);
		if (!e)
			e = takes[i].take(r, cJSON_GetObjectItemCaseSensitive(o, "data"));
		cJSON_Delete(o);
	}
	return e;
}

static enum err take_line(struct reading *r, const char *line, size_t len)
{
	char event[NAME_MAX_LEN + 1];
	enum err e = take_tail(r, line, len, event) ? take_data(r, event, line, len) : ERR_MALFORMED;

	if (e)
		return e;
	r->out->journal_lines++;
	digest_sha256(line, len, r->out->journal_head);
	return OK;
}

enum err seal_read(const char *session, const char *buf, size_t len, const struct consent_chain *consent,
		struct seal_facts *out)
{
	struct reading r = { .session = session, .out = out };
	uint8_t hash[crypto_hash_sha256_BYTES];
	const char *at = buf, *end;
	enum err e = OK;

	*out = (struct seal_facts){ .agent_lines = consent->next_n };
	memcpy(out->agent_head, consent->head, sizeof(out->agent_head));
	memcpy(out->journal_head, digest_zeros, sizeof(out->journal_head));
	crypto_hash_sha256_init(&r.list);
	while (!e && at < buf + len) {
		end = memchr(at, '\n', (size_t)(buf + len - at));
		e = end ? take_line(&r, at, (size_t)(end - at)) : ERR_MALFORMED;
		if (!e)
			at = end + 1;
	}
	digest_sha256(buf, len, out->journal);
	crypto_hash_sha256_final(&r.list, hash);
	hex_write(hash, sizeof(hash), out->recording);
	return e;
}

static bool add_facts(cJSON *o, const struct seal_facts *f)
{
	return cJSON_AddStringToObject(o, "agent_head", f->agent_head) &&
	       cJSON_AddNumberToObject(o, "agent_lines", (double)f->agent_lines) &&
	       cJSON_AddNumberToObject(o, "chunks", (double)f->chunks) &&
	       cJSON_AddStringToObject(o, "journal", f->journal) &&
	       cJSON_AddStringToObject(o, "journal_head", f->journal_head) &&
	       cJSON_AddNumberToObject(o, "journal_lines", (double)f->journal_lines) &&
	       cJSON_AddStringToObject(o, "key", f->key) && cJSON_AddStringToObject(o, "reason", f->reason) &&
	       cJSON_AddStringToObject(o, "recording", f->recording) && cJSON_AddNumberToObject(o, "v", 1);
}

/* The text of seal.json, line feed included; *text is the caller's (free). */
static enum err write_text(const char *session, const struct seal_facts *f, const char *by, uint64_t wall_ms, char **text)
{
	cJSON *o = cJSON_CreateObject();
	char *line = NULL;
	enum err e = ERR_NOMEM;

	*text = NULL;
	if (o && add_facts(o, f) && cJSON_AddStringToObject(o, "session", session) &&
			cJSON_AddStringToObject(o, "build", by) && cJSON_AddNumberToObject(o, "wall_ms", (double)wall_ms))
		e = json_canonical(o, &line);
	cJSON_Delete(o);
	if (!e && asprintf(text, "%s\n", line) < 0) {
		*text = NULL;
		e = ERR_NOMEM;
	}
	free(line);
	return e;
}

/* An interrupted sealing left this file: it must say the same, made by whatever build at whatever time. */
static enum err check_old(const struct seal_place *p, const struct seal_facts *f, const char *old, size_t len)
{
	uint64_t wall_ms;
	char *same = NULL;
	cJSON *o;
	enum err e = len > 0 ? json_parse(old, len - 1, 1, &o) : ERR_MALFORMED;

	if (e)
		return e;
	if (!json_string(o, "build") || json_u64(o, "wall_ms", &wall_ms))
		e = ERR_MALFORMED;
	if (!e)
		e = write_text(p->session, f, json_string(o, "build"), wall_ms, &same);
	if (!e && (strlen(same) != len || memcmp(same, old, len) != 0))
		e = ERR_MALFORMED;
	free(same);
	cJSON_Delete(o);
	return e;
}

/* seal.json, the one that is there or a new one. */
static enum err settle_text(const struct seal_place *p, const struct seal_facts *f, char **text, size_t *len)
{
	enum err e = stored_read(p->io, p->folder, "seal.json", SEAL_FILE_MAX, text, len);

	if (e == OK)
		return check_old(p, f, *text, *len);
	if (e != ERR_FORBIDDEN)
		return e;
	e = write_text(p->session, f, build, p->wall_ms, text);
	if (e)
		return e;
	*len = strlen(*text);
	return durable_replace(p->io, p->folder, "seal.json", *text, *len);
}

static enum err settle_signature(const struct seal_place *p, const char *text, size_t len)
{
	char *old;
	uint8_t *der;
	size_t der_len;
	enum err e = stored_read(p->io, p->folder, "seal.p7s", SIGNER_FILE_MAX, &old, &der_len);

	free(old);
	if (e == OK) /* the run that wrote it may have failed at making its name durable */
		return durable_sync_folder(p->io, p->folder);
	if (e != ERR_FORBIDDEN)
		return e;
	e = signer_cms(p->signer, text, len, p->wall_ms, &der, &der_len);
	if (!e)
		e = durable_replace(p->io, p->folder, "seal.p7s", der, der_len);
	free(der);
	return e;
}

enum err seal_write(const struct seal_place *p, const struct seal_facts *f, char hash[DIGEST_HEX + 1])
{
	char *text = NULL;
	size_t len = 0;
	enum err e = settle_text(p, f, &text, &len);

	hash[0] = '\0';
	if (!e)
		e = settle_signature(p, text, len);
	if (!e)
		digest_sha256(text, len, hash);
	free(text);
	return e;
}
