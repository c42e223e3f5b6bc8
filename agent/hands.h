#ifndef AGENT_HANDS_H
#define AGENT_HANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/outlet.h"
#include "agent/platform.h"
#include "common/consent.h"

/**
 * hands: carries out what the advisor points at and types, after asking once more (docs/PROTOCOL.md
 * 8).
 *
 * The last line before the operating system: every function asks consent_allows() itself, whatever
 * the gate has said (S15, S16). The customer's own hand always wins (S17). Counts, never contents
 * (S27).
 */
struct hands; /* opaque */

enum {
	HANDS_LOCAL_MS = 1500
}; /* the advisor's input is dropped for so long after the customer's */

struct hands_counts {
	uint32_t mouse, text, key, point; /* carried out */
	uint32_t refused;                 /* no grant, stale number, own window, wrong phase */
	uint32_t local;                   /* dropped because the customer's hand moved */
};

/** Borrows the platform. Nothing is allowed before hands_set_consent(). */
enum err hands_new(struct platform *p, const struct outlet *out, struct hands **h);
/** Borrows the consent that is asked before every act. */
void hands_set_consent(struct hands *h, const struct consent *c);
void hands_free(struct hands *h);

/** Carries out the opened payload of POINT, MOUSE, TEXT or KEY. ERR_MALFORMED: close the link. */
enum err hands_act(struct hands *h, uint8_t kind, uint32_t grant, const uint8_t *plain, size_t len);
/** The customer's own mouse or keyboard was used. */
void hands_on_local(struct hands *h);
/** While a prompt is open nothing is injected. */
void hands_on_prompt(struct hands *h, bool is_open);
/** Lets go of everything. On every loss, limit and end. */
void hands_stop(struct hands *h);

/** One more refused frame. */
void hands_count_refused(struct hands *h);
/** True if hands_take_counts() would tell something. */
bool hands_has_counts(const struct hands *h);
/** Counts since the last call; false if all are 0. */
bool hands_take_counts(struct hands *h, struct hands_counts *out);

#endif
