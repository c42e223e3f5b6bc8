#ifndef ROOM_H
#define ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/consent.h"
#include "common/frame.h"
#include "common/session.h"
#include "gateway/core/ports.h"

/**
 * room: one session in the gateway: two peers, the phase, and what the customer's signed lines
 * allow.
 *
 * Forwards what gate_check() lets pass and reads nothing that is sealed. It can only narrow: a
 * grant exists here because the agent signed it and the notary stored it (S16, docs/PROTOCOL.md
 * section 6.3). The facts are plain data, filled by the caller from the notary's record.
 */
struct room_facts {
	char id[33];
	char advisor[65]; /* account */
	char advisor_display[128];
	char purpose[65], purpose_label[128];
	unsigned ceiling; /* set of CAP_BIT() */
	char acceptance[33], terms[65], lang[9];
	char code[10]; /* unused code, "" for none */
	uint64_t started_ms, accepted_ms, code_expires_ms;
};

struct room; /* opaque */

enum {
	ROOM_LINES_WAITING_MAX =
			64,   /* consent lines on their way to the notary; more: the session ends */
	ROOM_ASKS = 20,       /* requests of an advisor… */
	ROOM_ASKS_MS = 10000, /* …in so long; more are counted and dropped */
	ROOM_LINES_TOLD_MAX = 8192, /* lines remembered for a viewer that comes back */
	ROOM_TICK_MS = 1000,        /* between two calls of room_tick() */
	ROOM_WAIT_MS = 1800000,     /* a session whose customer never came ends after so long */
	ROOM_END_MS = 3000,         /* time an agent has to answer the advisor's END */
};

/** Copies the facts; borrows the ports. */
struct room *room_new(const struct room_facts *facts, const struct ports *ports);
void room_free(struct room *r);
struct room_facts *room_facts(struct room *r);
enum phase room_phase(const struct room *r);
bool room_is_empty(const struct room *r);
/** True if `link` is the present agent or viewer of the room. */
bool room_has_link(const struct room *r, const void *link);

/** Takes up the consent chain that the journal holds, after a restart. */
void room_restore(struct room *r, const char *sign, uint32_t next_n, const char head[65],
		const uint32_t grant[CAP_COUNT], uint32_t last_ask, uint32_t last_grant,
		bool is_ended);

/**
 * An agent presented its ticket or resume token, already checked. `sign` has 130 digits.
 * ERR_FORBIDDEN: ended, or a second agent. Sends WELCOME with `resume`.
 */
enum err room_agent_joined(struct room *r, void *link, const char *sign, const char *os,
		const char *transport, const char *resume);
/** The advisor's page is there; an older page of the same session is closed ("busy"). */
enum err room_viewer_joined(struct room *r, void *link);
/** A peer's link is gone. */
void room_left(struct room *r, void *link);
/** Facts changed (a new code, an acceptance): tell the viewer. */
void room_tell_viewer(struct room *r);

/** A frame of a peer: header and payload in `bytes`. An error closes that peer's link. */
enum err room_on_frame(struct room *r, void *link, const struct frame *f, const uint8_t *bytes);
/** The notary answered store_line(): `hash` is the journal's head, NULL when it could not be
 * stored. */
void room_on_stored(struct room *r, uint32_t n, const char *hash);
/** The gateway ends the session: "advisor" (from the home page), "lost", "evidence", "gateway". */
void room_end(struct room *r, const char *reason);
/** Time passes: ends what stayed away for WIRE_RESUME_MS, reports refused frames. */
void room_tick(struct room *r);

#endif
