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
	HANDS_LOCAL_MS = 1500, /* the advisor's input is dropped for so long after the customer's */
	HANDS_GAP_MS = 1000,   /* a button that is held is let go when nothing was heard of the mouse for so long */
};

struct hands_counts {
	uint32_t mouse, text, key, point; /* carried out */
	uint32_t refused;                 /* no grant, stale number, own window, wrong phase */
	uint32_t local;                   /* dropped because the customer's hand moved */
	uint32_t own_mouse, own_key;      /* the customer's own, while a right is live (S25) */
};

/** Suppr, with its modifiers: not pressed, but told; whoever listens asks the customer (S24). */
typedef void hands_delete_fn(void *arg, uint32_t grant, uint8_t modifiers);

/** Borrows the platform. Nothing is allowed before hands_set_consent(). */
enum err hands_new(struct platform *p, const struct outlet *out, struct hands **h);
/** Borrows the consent that is asked before every act. */
void hands_set_consent(struct hands *h, const struct consent *c);
void hands_free(struct hands *h);

/** Whose name stands over what he writes; copied, "" before. */
void hands_set_advisor(struct hands *h, const char *name);
/** Carries out the opened payload of POINT, WRITE, MOUSE, TEXT or KEY. ERR_MALFORMED: close the link. */
enum err hands_act(struct hands *h, uint8_t kind, uint32_t grant, const uint8_t *plain, size_t len);
/** Who asks the customer before Suppr is pressed. Without anybody, Suppr is refused. */
void hands_on_delete(struct hands *h, hands_delete_fn *ask, void *arg);
/** Presses Suppr once, after the customer's click on « Autoriser ». ERR_AGAIN: the focus is in a window
 * of the agent, not pressed; ERR_FORBIDDEN: control is not live under that number. */
enum err hands_delete(struct hands *h, uint32_t grant, uint8_t modifiers);
/** The customer's own mouse or keyboard was used: counted while he shows his screen, and the
 * advisor's input is dropped for HANDS_LOCAL_MS. */
void hands_on_local(struct hands *h, enum platform_hand hand);
/** While a prompt is open, or a click on one waits to be carried out, nothing else is injected. */
void hands_on_prompt(struct hands *h, bool is_open);
/** Lets go of a button of which nothing is heard any more. Next boot time to look, or 0. */
uint64_t hands_tick(struct hands *h, uint64_t boot_ms);
/** Lets go of everything. On every loss, limit and end. */
void hands_stop(struct hands *h);

/** One more refused frame. */
void hands_count_refused(struct hands *h);
/** True if hands_take_counts() would tell something. */
bool hands_has_counts(const struct hands *h);
/** Counts since the last call; false if all are 0. */
bool hands_take_counts(struct hands *h, struct hands_counts *out);

#endif
