#include "common/gate.h"

#include "guichet/wire.h"

#define IN(phase) (1u << PHASE_##phase)
#define ANY_PHASE (IN(OPENING) | IN(PAIRING) | IN(LIVE) | IN(ENDED))
#define MESSAGE(id, name, sender, form, min, max, phases, needs, fields)                                   \
	[id] = { id, #name, SIDE_##sender, FORM_##form, min, max, phases, needs, fields },

static const struct rule rules[256] = {
#include "guichet/messages.def"
};

const struct rule *gate_rule(uint8_t kind)
{
	return rules[kind].name ? &rules[kind] : NULL;
}

enum err gate_check(const struct consent *c, enum phase phase, enum side from,
		const struct gate_frame *f, const struct rule **rule)
{
	const struct rule *r = &rules[f->kind];

	*rule = r->name ? r : NULL;
	if (!r->name || r->sender != from || f->len < r->min || f->len > r->max)
		return ERR_MALFORMED;
	if (f->is_sealed != (r->form == FORM_SEALED))
		return ERR_MALFORMED;
	if (!(r->phases & 1u << phase))
		return ERR_FORBIDDEN;
	if (r->needs != CAP_NONE && !consent_allows(c, r->needs, f->grant))
		return ERR_FORBIDDEN;
	return OK;
}
