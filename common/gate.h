#ifndef GATE_H
#define GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/consent.h"
#include "common/session.h"

/**
 * gate: may this frame pass? The one place that decides, compiled into gateway and agent (S15,
 * S16).
 */
enum side { SIDE_AGENT, SIDE_VIEWER, SIDE_GATEWAY };
enum form { FORM_JSON, FORM_BYTES, FORM_SEALED };

/** One row of include/guichet/messages.def. */
struct rule {
	uint8_t id;
	const char *name;
	enum side sender;
	enum form form;
	size_t min, max; /* payload length, bytes, tag included */
	unsigned phases; /* bit i: allowed in enum phase i */
	enum capability needs;
	const char *fields; /* of a JSON message, for json_fields(); NULL: no JSON */
};

/** What the gate looks at: the header as read from the wire. */
struct gate_frame {
	uint8_t kind;
	bool is_sealed;
	size_t len;     /* payload, bytes */
	uint32_t grant; /* number in the header */
};

/** Names of the kinds, from the same rows. */
enum message_kind {
#define MESSAGE(id, name, sender, form, min, max, phases, needs, fields) KIND_##name = (id),
#include "guichet/messages.def"
#undef MESSAGE
};

/** The row of a kind; NULL if there is none. */
const struct rule *gate_rule(uint8_t kind);

/**
 * The single gate; it changes nothing.
 *
 * @param rule  out: the row, also on ERR_FORBIDDEN (to be counted); NULL if unknown
 * @return OK; ERR_MALFORMED: unknown kind, wrong sender, form or length, so close the link;
 *         ERR_FORBIDDEN: wrong phase, no grant or a stale one, so drop the frame and count it
 */
enum err gate_check(const struct consent *c, enum phase phase, enum side from,
		const struct gate_frame *f, const struct rule **rule);

#endif
