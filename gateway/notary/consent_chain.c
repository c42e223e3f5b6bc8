#include "gateway/notary/consent_chain.h"

#include <string.h>

#include "common/consent.h"
#include "common/json.h"

enum { LINE_DEPTH = 4 };

void consent_chain_init(struct consent_chain *c)
{
	*c = (struct consent_chain){ 0 };
	memcpy(c->head, digest_zeros, sizeof(c->head));
}

static void take_away(struct consent_chain *c, enum capability cap)
{
	c->grant[cap] = 0;
	if (cap == CAP_VIEW)
		memset(c->grant, 0, sizeof(c->grant));
}

static enum err number_of(const cJSON *line, const char *name, uint32_t *out)
{
	uint64_t v;
	enum err e = json_u64(line, name, &v);

	*out = e || v > UINT32_MAX ? 0 : (uint32_t)v;
	return e || v > UINT32_MAX ? ERR_MALFORMED : OK;
}

static enum err on_ask(struct consent_chain *c, const cJSON *line, enum capability cap)
{
	uint32_t ask;
	enum err e = number_of(line, "ask", &ask);

	(void)cap;
	if (!e && ask > c->last_ask)
		c->last_ask = ask;
	return e;
}

static enum err on_grant(struct consent_chain *c, const cJSON *line, enum capability cap)
{
	uint32_t grant;
	enum err e = number_of(line, "grant", &grant);

	if (e || grant == 0)
		return ERR_MALFORMED;
	c->grant[cap] = grant;
	if (grant > c->last_grant)
		c->last_grant = grant;
	return OK;
}

static enum err on_loss(struct consent_chain *c, const cJSON *line, enum capability cap)
{
	(void)line;
	take_away(c, cap);
	return OK;
}

static enum err on_end(struct consent_chain *c, const cJSON *line, enum capability cap)
{
	(void)line;
	(void)cap;
	take_away(c, CAP_VIEW);
	c->is_ended = true;
	return OK;
}

/* Empty row: the event changes no right. */
static const struct {
	enum err (*apply)(struct consent_chain *c, const cJSON *line, enum capability cap);
	bool needs_cap;
} steps[CONSENT_KIND_COUNT] = {
	[CONSENT_ASK]     = { on_ask,   true },
	[CONSENT_GRANT]   = { on_grant, true },
	[CONSENT_LIMIT]   = { on_loss,  true },
	[CONSENT_RELEASE] = { on_loss,  true },
	[CONSENT_SUSPEND] = { on_loss,  true },
	[CONSENT_END]     = { on_end,   false },
};

static enum err apply(struct consent_chain *c, const cJSON *line)
{
	enum capability cap = capability_of(json_string(line, "cap"));
	enum consent_kind kind;

	if (!consent_kind_of(json_string(line, "event"), &kind) || (steps[kind].needs_cap && cap == CAP_NONE))
		return ERR_MALFORMED;
	return steps[kind].apply ? steps[kind].apply(c, line, cap) : OK;
}

static enum err check_link(const struct consent_chain *c, const char *session, const cJSON *line)
{
	const char *of = json_string(line, "session"), *prev = json_string(line, "prev");
	uint64_t n, wall_ms, boot_ms;

	if (!of || !prev || json_u64(line, "n", &n) || json_u64(line, "wall_ms", &wall_ms) ||
			json_u64(line, "boot_ms", &boot_ms))
		return ERR_MALFORMED;
	return strcmp(of, session) == 0 && n == c->next_n && strcmp(prev, c->head) == 0 ? OK : ERR_FORBIDDEN;
}

enum err consent_chain_next(const struct consent_chain *c, const char *session, const char *line,
		struct consent_chain *next)
{
	size_t len = strlen(line);
	cJSON *o = NULL;
	enum err e = len > CONSENT_LINE_MAX ? ERR_MALFORMED : json_parse(line, len, LINE_DEPTH, &o);

	*next = *c;
	if (!e)
		e = check_link(c, session, o);
	if (!e)
		e = apply(next, o);
	cJSON_Delete(o);
	if (e)
		return e;
	next->next_n++;
	digest_sha256(line, len, next->head);
	return OK;
}

bool consent_chain_is_last(const struct consent_chain *c, const char *line)
{
	char hash[DIGEST_HEX + 1];

	digest_sha256(line, strlen(line), hash);
	return c->next_n > 0 && digest_is_same(hash, c->head);
}
