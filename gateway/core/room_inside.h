#ifndef ROOM_INSIDE_H
#define ROOM_INSIDE_H

#include <cjson/cJSON.h>

#include "gateway/core/room.h"
#include "guichet/wire.h"

/**
 * room_inside: the inside of struct room, shared by room.c (peers, phase, end) and relay.c (frames
 * and consent lines). No other file includes it.
 */

/* A verified line that the notary has not stored yet. */
struct waiting_line {
	struct waiting_line *next;
	uint32_t n;
	struct consent_event event;
	char why[16];      /* of an end line, or of a file */
	enum transfer_way way;
	struct transfer_file file; /* of a line about a file; id 0: none */
	const char *alert; /* what the bank is told once it is stored, NULL: nothing */
	uint8_t *payload;  /* CONSENT as it came, for the viewer */
	size_t len;
};

struct room {
	struct room_facts facts;
	const struct ports *ports;
	enum phase phase;
	struct consent *consent;  /* what is in force: the gate asks it */
	struct consent *verified; /* what the lines verified so far say, stored or not */
	char sign[131], os[32], transport[8];
	void *agent, *viewer; /* links, NULL: not there */
	uint32_t chain_n;     /* number the next line must have */
	char chain_head[65];  /* hash of the last verified line */
	struct waiting_line *waiting, **waiting_last;
	unsigned waiting_count;
	struct waiting_line *told,
			**told_last; /* stored and told: told again to a viewer that comes back */
	unsigned told_count;
	char key_hash[65];      /* SHA-256 of the wrapped content key, "" before it came */
	uint64_t head_ms;       /* when a head was asked for last */
	bool is_signing;        /* an answer is due */
	bool has_news;          /* a line was stored that is not itself about a head */
	uint64_t asks_since_ms; /* start of the window in which `asks` are counted */
	unsigned asks;
	struct recorder *recorder;
	uint32_t pause_n; /* number of the last verified `pause`, plus 1; 0: none */
	bool is_paused;   /* by the stored lines */
	bool is_holding;  /* the agent is not read: the notary is slow */
	struct transfer *transfer[WAY_COUNT];
	unsigned refused_viewer, refused_agent; /* since the last report */
	uint64_t lost_ms;                       /* since when a peer is missing, 0: none */
	uint64_t ending_ms;                     /* when the advisor asked to end, 0: not */
	char end_reason[16];
	bool is_closed;
};

enum err room_send(struct room *r, void *link, uint8_t kind, const void *payload, size_t len);
/** Frees `o`. */
enum err room_send_json(struct room *r, void *link, uint8_t kind, cJSON *o);
void room_line_free(struct waiting_line *l);
/** Sends a viewer all the lines that are remembered. */
void room_tell_lines(struct room *r);
/** Records from now on if the view is granted and there is no pause. */
void room_record(struct room *r);
/** The agent's line n is not stored, and the journal says so; `why` is a word of docs/EVIDENCE.md 2.2. */
void room_note_refused(struct room *r, uint32_t n, const char *why);
/** Ends with `evidence` if `e` is an error of the recorder. */
void room_recorded(struct room *r, enum err e);
/** EVIDENCE_KEY: has it stored. ERR_IO: it cannot be. */
enum err room_take_key(struct room *r, const cJSON *o);
/** True if line 0 names the key that came before it. */
bool room_is_key_named(const struct room *r, const cJSON *line);
/* ---- room_files.c ---- */

/** ERR_NOMEM. */
enum err room_files_new(struct room *r);
void room_files_free(struct room *r);
/** True if this kind is about files. */
bool room_is_about_files(uint8_t kind);
/** A frame about a file; `o` of JSON. An error closes the peer's link. */
enum err room_on_file(
		struct room *r, enum side from, uint8_t kind, const uint8_t *payload, size_t len, const cJSON *o);
/** Takes the file out of a verified line, if it is about one. ERR_MALFORMED. */
enum err room_read_file(const cJSON *line, struct waiting_line *out);
/** The line is verified: what takes back counts at once. */
void room_file_verified(struct room *r, const struct waiting_line *l);
/** The line is stored: what was accepted may go. */
void room_file_stored(struct room *r, const struct waiting_line *l);
void room_files_joined(struct room *r, enum side who);
void room_files_tick(struct room *r);
/** Nothing is kept of what was under way. */
void room_files_stop(struct room *r, const char *why);
/** Asks for a head when it is time. */
void room_tick_heads(struct room *r, uint64_t now_ms);
/** Ends and closes both legs, once. */
void room_close_all(struct room *r, const char *reason);

#endif
