#include "common/consent.h"

#include <stdlib.h>
#include <string.h>

enum effect {
	EFFECT_NONE,
	EFFECT_ASKED,
	EFFECT_GRANTED,
	EFFECT_NOTHING,
	EFFECT_SUSPENDED,
	EFFECT_PAUSED,
	EFFECT_RESUMED,
	EFFECT_TYPED,
	EFFECT_ALL
};

static const struct {
	const char *word;
	enum effect effect;
} events[CONSENT_KIND_COUNT] = {
#define EVENT(name, text, does, fields) [CONSENT_##name] = { text, EFFECT_##does },
#include "guichet/events.def"
#undef EVENT
};

static const char *const capability_words[CAP_COUNT] = { "none", "view", "point", "control" };

void consent_init(struct consent *c, unsigned ceiling)
{
	*c = (struct consent){ .ceiling = ceiling };
}

struct consent *consent_new(unsigned ceiling)
{
	struct consent *c = malloc(sizeof(*c));

	if (c)
		consent_init(c, ceiling);
	return c;
}

void consent_free(struct consent *c)
{
	free(c);
}

static bool is_askable(enum capability cap)
{
	return cap > CAP_NONE && cap < CAP_COUNT;
}

static void clear_pending(struct consent *c)
{
	c->pending_ask = 0;
	c->pending_cap = CAP_NONE;
}

static void take_away(struct consent *c, enum capability cap, bool is_suspended)
{
	c->cap[cap].is_suspended = is_suspended && c->cap[cap].grant != 0;
	c->cap[cap].grant = 0;
	if (c->pending_cap == cap)
		clear_pending(c);
}

static void take_away_with_view(struct consent *c, enum capability cap, bool is_suspended)
{
	take_away(c, cap, is_suspended);
	if (cap == CAP_VIEW) {
		take_away(c, CAP_POINT, is_suspended);
		take_away(c, CAP_CONTROL, is_suspended);
	}
}

const char *consent_ask_refusal(const struct consent *c, enum capability cap, uint32_t ask)
{
	if (!is_askable(cap) || !(c->ceiling & CAP_BIT(cap)))
		return "ceiling";
	if (c->is_ended || c->pending_ask || ask <= c->last_ask || c->cap[cap].grant)
		return "busy";
	if (cap != CAP_VIEW && !c->cap[CAP_VIEW].grant)
		return "ceiling";
	return NULL;
}

static enum err apply_ask(struct consent *c, const struct consent_event *e)
{
	if (consent_ask_refusal(c, e->cap, e->ask))
		return ERR_FORBIDDEN;
	c->last_ask = c->pending_ask = e->ask;
	c->pending_cap = e->cap;
	c->cap[e->cap].is_suspended = false;
	return OK;
}

static enum err apply_grant(struct consent *c, const struct consent_event *e)
{
	if (!is_askable(e->cap) || e->ask == 0 || e->ask != c->pending_ask ||
			e->cap != c->pending_cap || e->grant != consent_next_grant(c))
		return ERR_FORBIDDEN;
	if (e->cap == CAP_CONTROL && c->is_paused)
		return ERR_FORBIDDEN;
	clear_pending(c);
	c->cap[e->cap].grant = c->last_grant = e->grant;
	return OK;
}

static enum err apply_nothing(struct consent *c, const struct consent_event *e)
{
	if (!is_askable(e->cap))
		return ERR_FORBIDDEN;
	if (e->kind != CONSENT_REFUSE)
		take_away_with_view(c, e->cap, false);
	else if (e->ask && e->ask == c->pending_ask)
		clear_pending(c);
	return OK;
}

/* Nobody acts while nothing is recorded. */
static enum err apply_pause(struct consent *c, bool is_paused)
{
	if (c->is_paused == is_paused)
		return ERR_FORBIDDEN;
	c->is_paused = is_paused;
	if (is_paused && c->cap[CAP_CONTROL].grant)
		take_away(c, CAP_CONTROL, true);
	return OK;
}

enum err consent_apply(struct consent *c, const struct consent_event *e)
{
	if (c->is_ended)
		return e->kind == CONSENT_COUNTS ? OK : ERR_FORBIDDEN;
	switch (events[e->kind].effect) {
	case EFFECT_NONE:
		return OK;
	case EFFECT_ASKED:
		return apply_ask(c, e);
	case EFFECT_GRANTED:
		return apply_grant(c, e);
	case EFFECT_NOTHING:
		return apply_nothing(c, e);
	case EFFECT_SUSPENDED:
		if (!is_askable(e->cap))
			return ERR_FORBIDDEN;
		take_away_with_view(c, e->cap, true);
		return OK;
	case EFFECT_PAUSED:
		return apply_pause(c, true);
	case EFFECT_RESUMED:
		return apply_pause(c, false);
	case EFFECT_TYPED: /* nobody who could type for the customer may act */
		return c->cap[CAP_CONTROL].grant ? ERR_FORBIDDEN : OK;
	case EFFECT_ALL:
		take_away_with_view(c, CAP_VIEW, false);
		clear_pending(c);
		c->is_ended = true;
		return OK;
	}
	return ERR_FORBIDDEN;
}

void consent_restore(struct consent *c, const uint32_t grant[CAP_COUNT], uint32_t last_ask,
		uint32_t last_grant, bool is_ended)
{
	clear_pending(c);
	for (enum capability cap = CAP_VIEW; cap < CAP_COUNT; cap++) {
		c->cap[cap].grant = is_ended ? 0 : grant[cap];
		c->cap[cap].is_suspended = false;
	}
	c->last_ask = last_ask;
	c->last_grant = last_grant;
	c->is_ended = is_ended;
}

void consent_restore_pending(struct consent *c, uint32_t ask, enum capability cap, bool is_paused)
{
	c->is_paused = is_paused;
	if (!ask || c->is_ended)
		return;
	c->pending_ask = ask;
	c->pending_cap = cap;
}

bool consent_allows(const struct consent *c, enum capability cap, uint32_t grant)
{
	if (c->is_ended)
		return false;
	if (cap == CAP_NONE)
		return true;
	if (cap == CAP_FILES)
		return c->ceiling & CAP_BIT(CAP_FILES);
	return is_askable(cap) && grant != 0 && c->cap[cap].grant == grant;
}

enum consent_state consent_state(const struct consent *c, enum capability cap)
{
	if (c->cap[cap].grant)
		return CONSENT_GRANTED;
	if (c->pending_ask && c->pending_cap == cap)
		return CONSENT_ASKED;
	return c->cap[cap].is_suspended ? CONSENT_SUSPENDED : CONSENT_NONE;
}

uint32_t consent_grant_of(const struct consent *c, enum capability cap)
{
	return c->cap[cap].grant;
}

uint32_t consent_next_grant(const struct consent *c)
{
	return c->last_grant + 1;
}

void consent_skip_grant(struct consent *c, uint32_t grant)
{
	if (grant > c->last_grant)
		c->last_grant = grant;
}

uint32_t consent_pending(const struct consent *c, enum capability *cap)
{
	*cap = c->pending_cap;
	return c->pending_ask;
}

bool consent_is_ended(const struct consent *c)
{
	return c->is_ended;
}

const char *capability_name(enum capability cap)
{
	return cap < CAP_COUNT ? capability_words[cap] : "none";
}

enum capability capability_of(const char *word)
{
	for (enum capability cap = CAP_VIEW; word && cap < CAP_COUNT; cap++)
		if (strcmp(word, capability_words[cap]) == 0)
			return cap;
	return CAP_NONE;
}

const char *ceiling_word(enum capability cap)
{
	return cap == CAP_FILES ? "files" : capability_name(cap);
}

unsigned ceiling_bit(const char *word)
{
	for (enum capability cap = CAP_VIEW; word && cap <= CAP_FILES; cap++)
		if (strcmp(word, ceiling_word(cap)) == 0)
			return CAP_BIT(cap);
	return 0;
}

const char *consent_word(enum consent_kind kind)
{
	return events[kind].word;
}

bool consent_kind_of(const char *word, enum consent_kind *kind)
{
	for (enum consent_kind k = 0; word && k < CONSENT_KIND_COUNT; k++)
		if (strcmp(word, events[k].word) == 0) {
			*kind = k;
			return true;
		}
	return false;
}
