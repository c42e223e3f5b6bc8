#ifndef FRAMES_H
#define FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"

/**
 * frames: one chunk of the recording, read from its bytes (docs/EVIDENCE.md 6.1). Copies nothing.
 */
enum { CHUNK_HEADER_LEN = 64, CHUNK_FRAME_MIN = 4 /* bytes before the frame's own header */ };

struct chunk {
	const uint8_t *session; /* 16 bytes */
	uint32_t number, frames;
	uint64_t from_ms, to_ms;
	struct bytes rest; /* the frames */
};

struct chunk_frame {
	uint32_t after_ms, seq;
	uint8_t kind;      /* a row of messages.def */
	const uint8_t *at; /* its header of 16 bytes and its payload */
	size_t len;
};

/** Reads the header. False if it is none. */
bool chunk_open(struct chunk *c, const void *at, size_t len);
/** The next frame. False at the end, and at anything that is not a frame of a recording: chunk_is_done() tells. */
bool chunk_next(struct chunk *c, struct chunk_frame *f);
/** True if all was read. */
bool chunk_is_done(const struct chunk *c);

#endif
