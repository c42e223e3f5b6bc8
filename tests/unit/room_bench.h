#ifndef ROOM_BENCH_H
#define ROOM_BENCH_H

#include "gateway/core/room.h"

/**
 * room_bench: a room between a played agent and a played viewer, a notary that answers when the test says
 * so, and a clock that only the test moves. A signature is good if it reads "good".
 */
struct bench {
	struct room *room;
	struct ports ports;
	uint64_t now_ms;
	char log[16384];      /* one line a thing that the room did: "viewer CONSENT", "store 3", … */
	char last[8192];      /* payload of the last frame sent, as text */
	uint32_t n;           /* number of the agent's next line */
	char head[65];
	uint32_t seq;         /* counter of the agent's last sealed frame */
	struct recorder_chunk chunk; /* the last one that was to be stored */
	bool is_notary_away, is_outbox_full;
};

extern char bench_agent, bench_viewer; /* their addresses are the two links */

int bench_setup(void **state);
int bench_teardown(void **state);
/** Both sides in, agreed on keys, line 0 stored; the log is empty. */
void bench_live(struct bench *b);
/** Sends a frame. `sealed` payloads are zeros. */
enum err bench_frame(struct bench *b, void *link, uint8_t kind, uint32_t grant, const char *payload, size_t len);
enum { BENCH_KEY_HEX = 768 }; /* digits of a wrapped key */
/** EVIDENCE_KEY with so many digits. */
enum err bench_key(struct bench *b, size_t digits);
/** Line 0, naming the key of BENCH_KEY_HEX digits. */
enum err bench_open(struct bench *b);
/** The agent's next signed line with these fields, `"event":"grant",…`. */
enum err bench_line(struct bench *b, const char *fields);
/** The same with another signature. */
enum err bench_line_signed(struct bench *b, const char *fields, const char *sig);
/** The notary has stored line n. */
void bench_stored(struct bench *b, uint32_t n);
/** Lines that ask for and grant `cap`, stored. */
void bench_give(struct bench *b, const char *cap, unsigned ask, unsigned grant);
/** True if the log has this line. */
bool bench_did(const struct bench *b, const char *line);
void bench_forget(struct bench *b);

#endif
