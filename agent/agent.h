#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "agent/platform.h"
#include "agent/profile.h"
#include "guichet/wire.h"

/**
 * agent: one session on the customer's side, from the ticket to the end. The only authority over
 * what the advisor may do (S16). Portable: everything of the system comes through platform.h.
 */
struct agent; /* opaque */

enum {
	AGENT_ASK_PAUSE_MS =
			5000, /* after a refusal the same capability cannot be asked for so long */
	AGENT_REFUSAL_MS = 250,   /* between two lines that refuse without a prompt; the rest is
				     counted */
	AGENT_COUNTS_MS = 1000,   /* between two lines of counts */
	AGENT_FAREWELL_MS = WIRE_RESUME_MS, /* longest wait for the end line to be stored: a frozen gateway may wake */
	AGENT_PAIRINGS_MAX = 64,  /* agreements on keys in one session */
	AGENT_CHAT_MAX = 8,       /* messages of one side… */
	AGENT_CHAT_MS = 10000,    /* …in so long; more are not shown */
	AGENT_DOUBT_MS = 1500,    /* a double click on « Un doute ? » does not take it back */
	AGENT_CONTROL_MS = 900000, /* control lasts so long, then it needs a new click */
	AGENT_DELETE_FOCUS_MS = 2000, /* an answer to Suppr waits so long for the focus to leave the prompt */
	AGENT_SECRET_MS = 2000,   /* after the keyboard has left a field for a password */
	AGENT_PAUSE_MS = 300000,  /* a pause of the recording ends by itself */
};

/** `ticket`: 32 hexadecimal digits, used once. The profile is borrowed. */
enum err agent_new(const struct profile *profile, const char *ticket, struct agent **out);
/** Runs until the customer closes the window. */
void agent_run(struct agent *a);
void agent_free(struct agent *a);

/** Shows one sentence and waits for the customer to close the window: no profile, no ticket. */
void agent_show_trouble(void);

#endif
