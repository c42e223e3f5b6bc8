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
	ROOM_ASKS = 20,       /* requests and notes of an advisor… */
	ROOM_ASKS_MS = 10000, /* …in so long; more are counted and dropped */
	ROOM_LINES_TOLD_MAX = 8192, /* lines remembered for a viewer that comes back */
	ROOM_NOTE_MAX = 280,        /* bytes of what an advisor notes */
	ROOM_TICK_MS = 1000,        /* between two calls of room_tick() */
	ROOM_WAIT_MS = 1800000,     /* a session whose customer never came ends after so long */
	ROOM_END_MS = 3000,         /* time an agent has to answer the advisor's END */
	ROOM_HEAD_MS = 5000,        /* between two signed heads of the journal for the agent */
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
/** After it: the prompt that was open, 0 for none; a line that answers it may still come. */
void room_restore_ask(struct room *r, uint32_t ask, enum capability cap);
/** After it: the recording goes on behind `chunks` chunks; `is_paused` by the agent's last lines. */
void room_restore_recording(
		struct room *r, uint32_t chunks, uint64_t to_ms, uint32_t last_seq, bool is_paused);

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
/** The notary answered store_chunk(); `is_stored` false: refused, the session ends at once. */
void room_on_chunk(struct room *r, uint32_t n, bool is_stored);
/** The session's evidence is nearly as much as it may be: it ends, `evidence`. */
void room_on_full(struct room *r);
/** The gateway is about to stop: what was collected is handed out; the session goes on with the next one. */
void room_flush(struct room *r);
/** The notary is gone: what is being recorded ends at once (S26). */
void room_notary_away(struct room *r);
/** The notary answered store_key(). Refused or away: the session ends, `evidence`. */
void room_on_key(struct room *r, bool is_stored);
/** The notary answered sign_head(): a head and its signature, or NULL for nothing new or none. */
void room_on_head(struct room *r, const char *text, const char *sig);
/** The spool's answers (docs/PROTOCOL.md section 10): `why` NULL, or the word that ends the transfer. */
void room_on_file_written(struct room *r, enum transfer_way way, uint32_t id, size_t len, const char *why);
void room_on_file_checked(struct room *r, enum transfer_way way, uint32_t id, const char *why);
/** `bytes` NULL: they cannot be read. */
void room_on_file_read(struct room *r, enum transfer_way way, uint32_t id, uint32_t at,
		const uint8_t *bytes, size_t len);
/** The gateway ends the session: "advisor" (from the home page), "lost", "evidence", "gateway". */
void room_end(struct room *r, const char *reason);
/** Time passes: ends what stayed away for WIRE_RESUME_MS, reports refused frames. */
void room_tick(struct room *r);

#endif
