#ifndef CONSENT_H
#define CONSENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "guichet/capability.h"

/**
 * consent: what the customer has authorised so far in one session.
 *
 * Pure logic: no socket, no clock, no global. The agent applies the events that it writes, the
 * gateway those that it has verified, both through consent_apply(): one set of rules, compiled
 * twice. Source: S5, S12, S15, S16, S17; docs/PROTOCOL.md section 6.
 */
enum consent_kind {
#define EVENT(name, word, effect, fields) CONSENT_##name,
#include "guichet/events.def"
#undef EVENT
	CONSENT_KIND_COUNT
};

/** State of one capability, as both screens show it. */
enum consent_state { CONSENT_NONE, CONSENT_ASKED, CONSENT_GRANTED, CONSENT_SUSPENDED };

/** One event, without the words and times that only the signed line carries. */
struct consent_event {
	enum consent_kind kind;
	enum capability cap; /* CAP_NONE where the event names none */
	uint32_t ask, grant; /* 0 where the event names none */
};

/** What is authorised. Plain data, so that the notary can try a line before it stores it; changed only in consent.c. */
struct consent {
	unsigned ceiling;
	bool is_ended;
	bool is_paused; /* the recording is: nobody may act */
	uint32_t last_ask, last_grant;
	uint32_t pending_ask; /* 0: no prompt is open */
	enum capability pending_cap;
	struct {
		uint32_t grant; /* 0: not granted */
		bool is_suspended;
	} cap[CAP_COUNT];
};

/** Nothing is granted; `ceiling` is a set of CAP_BIT(). */
void consent_init(struct consent *c, unsigned ceiling);
/** The same in memory of its own, freed by consent_free(). NULL if out of memory. */
struct consent *consent_new(unsigned ceiling);
/** Frees it. NULL is allowed. */
void consent_free(struct consent *c);

/**
 * One step. Asks must grow, one prompt stands at a time, POINT and CONTROL need VIEW, nothing goes
 * beyond the ceiling, a grant answers the pending ask and has the next number. What takes rights
 * away always succeeds; losing VIEW loses POINT and CONTROL. A pause takes CONTROL away and lets none be granted; it is
 * begun once and ended once.
 *
 * @return OK; ERR_FORBIDDEN and no change if the rules have no such step
 */
enum err consent_apply(struct consent *c, const struct consent_event *e);

/** Why a request cannot even be shown: "ceiling" or "busy"; NULL if a prompt may be opened. */
const char *consent_ask_refusal(const struct consent *c, enum capability cap, uint32_t ask);

/**
 * Takes up the state that a journal holds, in a gateway that was started anew.
 *
 * @param grant      grant number a capability has now, 0 for none, indexed by capability
 * @param last_ask, last_grant  highest numbers ever used
 */
void consent_restore(struct consent *c, const uint32_t grant[CAP_COUNT], uint32_t last_ask,
		uint32_t last_grant, bool is_ended);

/** After it: the prompt that is open, and whether the recording is paused. `ask` 0: no prompt. */
void consent_restore_pending(struct consent *c, uint32_t ask, enum capability cap, bool is_paused);

/** True while `cap` is granted under that very number. CAP_NONE is always true until the
 * end, CAP_FILES if the ceiling has it: what follows is asked file by file. */
bool consent_allows(const struct consent *c, enum capability cap, uint32_t grant);
enum consent_state consent_state(const struct consent *c, enum capability cap);
/** Number of the live grant of `cap`, 0 if there is none. */
uint32_t consent_grant_of(const struct consent *c, enum capability cap);
/** Number the next grant must have. */
uint32_t consent_next_grant(const struct consent *c);
/** A grant line was signed, but what it answered was taken away before it took effect: its number
 * is used up. */
void consent_skip_grant(struct consent *c, uint32_t grant);
/** The pending ask and its capability; 0 if no prompt is open. */
uint32_t consent_pending(const struct consent *c, enum capability *cap);
bool consent_is_ended(const struct consent *c);

/** Words of the wire: "view", "point", "control"; CAP_NONE is "none". */
const char *capability_name(enum capability cap);
/** CAP_NONE if the word is not one of the three. */
enum capability capability_of(const char *word);
/** Words of a ceiling, CAP_VIEW to CAP_FILES: the three above and "files". */
const char *ceiling_word(enum capability cap);
/** Its CAP_BIT(); 0 if there is no such word. */
unsigned ceiling_bit(const char *word);
/** "open", "grant", ...; the words of events.def. */
const char *consent_word(enum consent_kind kind);
/** False if there is no such event. */
bool consent_kind_of(const char *word, enum consent_kind *kind);

#endif
