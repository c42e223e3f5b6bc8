#include "gateway/notary/journal_scan.h"

#include <stdlib.h>
#include <string.h>

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

static enum err take_consent(struct journal_chain *c, const char *session, const cJSON *o)
{
	const char *line = json_string(cJSON_GetObjectItemCaseSensitive(o, "data"), "line");
	struct consent_chain next;
	enum err e;

	if (strcmp(json_string(o, "event"), "consent") != 0)
		return OK;
	e = line ? consent_chain_next(&c->consent, session, line, &next) : ERR_MALFORMED;
	if (!e)
		c->consent = next;
	return e;
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
