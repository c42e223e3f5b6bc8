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
	bool breaks_rules; /* signed, but the rules have no such step */
	char why[16];      /* of an end line */
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
	uint64_t asks_since_ms; /* start of the window in which `asks` are counted */
	unsigned asks;
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
/** Ends and closes both legs, once. */
void room_close_all(struct room *r, const char *reason);

#endif
