#include "gateway/notary/journal_scan.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/json.h"

enum { LINE_DEPTH = 16 };

void journal_chain_init(struct journal_chain *c)
{
	*c = (struct journal_chain){ 0 };
	memcpy(c->head, digest_zeros, sizeof(c->head));
	consent_chain_init(&c->consent);
}

void journal_chain_advance(struct journal_chain *c, const char *line, size_t len)
{
	c->next_n++;
	c->bytes += len + 1;
	digest_sha256(line, len, c->head);
}

static enum err check_canonical(const cJSON *o, const char *line, size_t len)
{
	char *text;
	enum err e = json_canonical(o, &text);

	if (!e && (strlen(text) != len || memcmp(text, line, len) != 0))
		e = ERR_MALFORMED;
	free(text);
	return e;
}

static enum err check_link(const struct journal_chain *c, const char *session, const cJSON *o)
{
	uint64_t n;

	if (json_fields(o, "boot_ms:i data:o event:s n:i p:s session:s wall_ms:i") || json_u64(o, "n", &n) ||
			n != c->next_n || strcmp(json_string(o, "p"), c->head) != 0 ||
			strcmp(json_string(o, "session"), session) != 0)
		return ERR_MALFORMED;
	return OK;
}

static enum err on_chunk(struct journal_chain *c, const cJSON *data)
{
	struct recording_chunk chunk;
	enum err e = json_fields(data, "bytes:i first_seq:i frames:i from_ms:i last_seq:i n:i sha256:s to_ms:i");

	if (!e && !hex_is(json_string(data, "sha256"), DIGEST_HEX))
		e = ERR_MALFORMED;
	if (!e)
		e = recording_read(data, &chunk);
	if (!e)
		e = recording_follows(&c->recording, &chunk);
	if (!e)
		recording_advance(&c->recording, &chunk);
	return e;
}

static enum err on_key(struct journal_chain *c, const cJSON *data)
{
	const char *sha256 = json_string(data, "sha256");

	if (!sha256 || !hex_is(sha256, DIGEST_HEX))
		return ERR_MALFORMED;
	if (c->key[0])
		return ERR_FORBIDDEN;
	memcpy(c->key, sha256, sizeof(c->key));
	return OK;
}

/* A text that is missing or too long to be ours counts as none: nothing will be equal to it. */
static void take_text(const cJSON *data, const char *name, char *out, size_t room)
{
	const char *s = json_string(data, name);
	size_t len = s ? strlen(s) : 0;

	memcpy(out, s && len < room ? s : "", len < room ? len + 1 : 1);
}

static enum err on_session(struct journal_chain *c, const cJSON *data)
{
	const cJSON *word;
	unsigned ceiling = 0;

	cJSON_ArrayForEach(word, cJSON_GetObjectItemCaseSensitive(data, "ceiling"))
		ceiling |= ceiling_bit(cJSON_GetStringValue(word));
	consent_init(&c->consent.state, ceiling);
	take_text(data, "purpose", c->purpose, sizeof(c->purpose));
	return OK;
}

static enum err on_agent(struct journal_chain *c, const cJSON *data)
{
	if (c->consent.next_n == 0)
		take_text(data, "sign", c->sign, sizeof(c->sign));
	return OK;
}

static enum err on_accepted(struct journal_chain *c, const cJSON *data)
{
	take_text(data, "acceptance", c->acceptance, sizeof(c->acceptance));
	take_text(data, "version", c->version, sizeof(c->version));
	c->is_accepted = true;
	return OK;
}

static enum err on_failed(struct journal_chain *c, const cJSON *data)
{
	(void)data;
	c->is_failed = true;
	return OK;
}

static enum err on_end(struct journal_chain *c, const cJSON *data)
{
	(void)data;
	c->is_ended = true;
	return OK;
}

static const struct {
	const char *event;
	enum err (*take)(struct journal_chain *c, const cJSON *data);
} meanings[] = {
	{ "chunk",    on_chunk },
	{ "key",      on_key },
	{ "session",  on_session },
	{ "accepted", on_accepted },
	{ "agent",    on_agent },
	{ "failed",   on_failed },
	{ "end",      on_end },
};

enum err journal_chain_event(struct journal_chain *c, const char *event, const cJSON *data)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (strcmp(event, meanings[i].event) == 0)
			return meanings[i].take(c, data);
	return OK;
}

static enum err take_consent(struct journal_chain *c, const char *session, const cJSON *o)
{
	const char *line = json_string(cJSON_GetObjectItemCaseSensitive(o, "data"), "line");

	if (strcmp(json_string(o, "event"), "consent") != 0)
		return OK;
	return line ? consent_chain_take(&c->consent, session, line) : ERR_MALFORMED;
}

static enum err scan_line(struct journal_chain *c, const char *session, const char *line, size_t len)
{
	cJSON *o;
	enum err e = json_parse(line, len, LINE_DEPTH, &o);

	if (!e)
		e = check_canonical(o, line, len);
	if (!e)
		e = check_link(c, session, o);
	if (!e)
		e = take_consent(c, session, o);
	if (!e)
		e = journal_chain_event(c, json_string(o, "event"), cJSON_GetObjectItemCaseSensitive(o, "data"));
	if (!e)
		journal_chain_advance(c, line, len);
	cJSON_Delete(o);
	return e;
}

enum err journal_scan(struct journal_chain *c, const char *session, const char *buf, size_t len, size_t *good)
{
	*good = 0;
	while (*good < len) {
		const char *line = buf + *good, *end = memchr(line, '\n', len - *good);
		enum err e = end ? scan_line(c, session, line, (size_t)(end - line)) : ERR_MALFORMED;

		if (e == ERR_NOMEM)
			return e;
		if (e)
			return OK;
		*good += (size_t)(end - line) + 1;
	}
	return OK;
}
