#ifndef RECORDER_H
#define RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/frame.h"

/**
 * recorder: the recording of one session, from the relay to the notary (S26, S27;
 * docs/EVIDENCE.md section 6).
 *
 * Collects the agent's sealed frames as they were sent, decides when a chunk is cut and what stands
 * in it, and watches that the notary answers. Reads nothing that is sealed, knows no file, no clock
 * and no socket: time comes in, chunks go out through a function. Chunks follow each other without
 * a gap while it is on. It never drops: recorder_is_full() says that the agent has to wait.
 */
struct recorder; /* opaque; owned by its room */

enum {
	RECORDER_CHUNK_BYTES = 256 << 10, /* a chunk is cut behind the frame that passes this */
	RECORDER_CHUNK_MS = 2000,         /* longest time in a chunk with frames */
	RECORDER_CUT_MS = 1500,           /* recorder_tick() cuts what has frames and is so old */
	RECORDER_EMPTY_MS = 10000,        /* a chunk without frames is cut after so long */
	RECORDER_FULL_BYTES = 4 << 20,    /* without an answer of the notary: the agent waits… */
	RECORDER_GOOD_BYTES = 2 << 20,    /* …until no more than this has none */
	RECORDER_ANSWER_TICKS = 5,        /* seconds that the notary has to answer */
	RECORDER_SENT_MAX = 32,           /* chunks without an answer; more: no evidence */
	RECORDER_FRAME_HEAD = 4,          /* bytes in front of each frame: ms after from_ms */
};

/** A chunk that is cut: what docs/EVIDENCE.md 6.1 says in front of the frames. */
struct recorder_chunk {
	uint32_t n, frames, first_seq, last_seq; /* n from 1; counters 0 without frames */
	uint64_t from_ms, to_ms;                 /* UTC */
	size_t len;                              /* bytes of the frames */
};

/** Has a chunk stored; recorder_stored() follows, in the order of the chunks. `frames` is borrowed. */
typedef enum err recorder_store_fn(void *arg, const struct recorder_chunk *c, const uint8_t *frames);

/** NULL if out of memory. */
struct recorder *recorder_new(recorder_store_fn *store, void *arg);
/** Forgets what was not cut. NULL is allowed. */
void recorder_free(struct recorder *r);

/** Goes on behind what the journal holds, in a gateway that was started anew. */
void recorder_restore(struct recorder *r, uint32_t chunks, uint64_t to_ms, uint32_t last_seq);
/** Records from now on. Again: nothing. */
void recorder_start(struct recorder *r, uint64_t now_ms);
/** From now on no frame is taken, but time still counts, until recorder_stop(). */
void recorder_mute(struct recorder *r);
/** Cuts the last chunk, which ends now, and is off. Errors: those of recorder_take(). */
enum err recorder_stop(struct recorder *r, uint64_t now_ms);
bool recorder_is_on(const struct recorder *r);

/**
 * A frame of the agent, header and payload in `bytes`; nothing happens while the recorder is off.
 * ERR_MALFORMED: its counter does not grow, close the link; anything else: no evidence, end the
 * session.
 */
enum err recorder_take(struct recorder *r, uint64_t now_ms, const struct frame *f, const uint8_t *bytes);
/** A second has passed. ERR_IO: the notary does not answer. Any error: end the session. */
enum err recorder_tick(struct recorder *r, uint64_t now_ms);
/** The notary has stored chunk n. ERR_IO: it is not the one that was due; end the session. */
enum err recorder_stored(struct recorder *r, uint32_t n);
/** True from RECORDER_FULL_BYTES until no more than RECORDER_GOOD_BYTES wait for an answer. */
bool recorder_is_full(const struct recorder *r);

#endif
