#include "gateway/notary/consent_chain.h"

#include <string.h>

#include "common/consent_line.h"
#include "common/json.h"

enum { LINE_DEPTH = 4, HEAD_DEPTH = 1 };

void consent_chain_init(struct consent_chain *c)
{
	*c = (struct consent_chain){ 0 };
	memcpy(c->head, digest_zeros, sizeof(c->head));
}

static enum err check_link(const struct consent_chain *c, const char *session, const cJSON *line)
{
	const char *of = json_string(line, "session"), *prev = json_string(line, "prev");
	uint64_t n;

	if (!of || !prev || json_u64(line, "n", &n))
		return ERR_MALFORMED;
	return strcmp(of, session) == 0 && n == c->next_n && strcmp(prev, c->head) == 0 ? OK : ERR_FORBIDDEN;
}

static uint64_t lines_of_head(const cJSON *line)
{
	const char *text = json_string(line, "gateway");
	uint64_t n = 0;
	cJSON *o;

	if (!text || json_parse(text, strlen(text), HEAD_DEPTH, &o))
		return 0;
	(void)json_u64(o, "n", &n);
	cJSON_Delete(o);
	return n;
}

static void advance(struct consent_chain *c, const cJSON *o, const struct consent_event *event, const char *line,
		size_t len)
{
	if (event->kind == CONSENT_HEAD)
		c->head_n = lines_of_head(o);
	c->next_n++;
	c->bytes += len;
	digest_sha256(line, len, c->head);
}

enum err consent_chain_next(const struct consent_chain *c, const char *session, const char *line,
		struct consent_chain *next)
{
	struct consent_event event;
	size_t len = strlen(line);
	cJSON *o;
	enum err e = consent_line_read(line, len, &o, &event);

	*next = *c;
	if (e)
		return e;
	e = check_link(c, session, o);
	if (!e && (c->next_n >= EVIDENCE_LINES_MAX || c->bytes + len > EVIDENCE_LINES_BYTES))
		e = ERR_AGAIN;
	if (!e)
		e = consent_apply(&next->state, &event);
	if (!e)
		advance(next, o, &event, line, len);
	cJSON_Delete(o);
	return e;
}

enum err consent_chain_take(struct consent_chain *c, const char *session, const char *line)
{
	struct consent_event event;
	size_t len = strlen(line);
	cJSON *o;
	enum err e = json_parse(line, len, LINE_DEPTH, &o);

	if (e)
		return e;
	e = check_link(c, session, o);
	if (!e && consent_line_event(o, &event))
		(void)consent_apply(&c->state, &event); /* what it forbids changes nothing */
	else if (!e)
		event = (struct consent_event){ .kind = CONSENT_COUNTS };
	if (!e)
		advance(c, o, &event, line, len);
	cJSON_Delete(o);
	return e;
}

bool consent_chain_is_last(const struct consent_chain *c, const char *line)
{
	char hash[DIGEST_HEX + 1];

	digest_sha256(line, strlen(line), hash);
	return c->next_n > 0 && digest_is_same(hash, c->head);
}

bool consent_chain_is_full(const struct consent_chain *c)
{
	return c->next_n >= EVIDENCE_LINES_SOON || c->bytes >= EVIDENCE_LINES_BYTES_SOON;
}
