#ifndef AGENT_STATE_H
#define AGENT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/agent.h"
#include "agent/chain.h"
#include "agent/face.h"
#include "agent/hands.h"
#include "agent/link.h"
#include "agent/pairing.h"
#include "agent/sealer.h"
#include "agent/view.h"
#include "common/session.h"

/**
 * agent_state: the inside of struct agent, shared by agent.c (life and link), agent_consent.c (what
 * the customer allows) and agent_messages.c (what comes in). No other file includes it.
 */
struct agent {
	struct platform *platform;
	const struct profile *profile;
	char ticket[33];
	char session[33], resume[33]; /* "" before WELCOME */
	struct crypto_key *sign;
	struct sealer sealer;
	struct pairing *pairing; /* the agreement under way, or the last */
	unsigned pairings;
	struct link *link;
	struct consent *consent; /* NULL before WELCOME */
	struct chain *chain;
	struct view *view;
	struct hands *hands;
	struct face *face;
	enum phase phase;
	bool is_over; /* stopped locally: nothing is shown, shared or done any more */
	bool is_prompt_open;
	uint64_t refused_ms[CAP_COUNT]; /* boot time of the last refusal */
	uint64_t told_refusal_ms; /* boot time of the last line that refused without a prompt */
	uint64_t lost_ms;         /* boot time of the loss of the link, 0: none */
	uint64_t retry_ms;        /* boot time of the next attempt, 0: none */
	uint64_t counts_ms;       /* boot time of the next line of counts */
	uint64_t farewell_ms;     /* boot time at which the link is closed after the end */
};

/* ---- agent.c ---- */

/** Stops everything locally, then tells the gateway. `why` is a word of docs/PROTOCOL.md 6.2. */
void agent_end(struct agent *a, const char *why);
/** Over before a session began: one sentence, link closed. */
void agent_give_up(struct agent *a, enum text why);
void agent_draw(struct agent *a);
/** Queues an unsealed frame. */
enum err agent_send(struct agent *a, uint8_t kind, const void *payload, size_t len);
/** Looks at all that waits for a time and sets the platform's timer. */
void agent_schedule(struct agent *a);

/* ---- agent_consent.c ---- */

/** Appends, signs and queues a line; applies it unless it is a grant (that waits for its receipt).
 */
enum err agent_record(struct agent *a, const struct consent_event *e, cJSON *fields);
/** The advisor asks: opens the prompt, or refuses and says why. */
enum err agent_on_ask(struct agent *a, uint32_t ask, enum capability cap);
/** The prompt was answered. */
void agent_on_answer(struct agent *a, uint32_t ask, enum platform_answer answer);
/** Takes a capability away: LIMIT by the customer, RELEASE by the advisor, SUSPEND with a word why.
 */
void agent_take_away(struct agent *a, enum consent_kind how, enum capability cap, const char *why);
/** Closes an open prompt without an answer of the customer. */
void agent_cancel_prompt(struct agent *a, const char *why);
/** The gateway has stored line n: a grant takes effect now. */
enum err agent_on_receipt(struct agent *a, uint32_t n);
/** Writes a line of counts if there is something to count. */
void agent_record_counts(struct agent *a);
/** Sends again what the gateway has not stored. */
enum err agent_resend_lines(struct agent *a);

/* ---- agent_messages.c ---- */

/** A frame from the gateway: through the gate, then to its on_<message> function. */
enum err agent_on_frame(void *arg, const struct frame *f, const uint8_t *bytes);

#endif
