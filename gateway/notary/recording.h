#ifndef RECORDING_H
#define RECORDING_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "gateway/notary/digest.h"

/**
 * recording: the chunks of a session's recording (docs/EVIDENCE.md section 6): what a chunk must be, and how
 * its file begins. Pure: no file, no clock.
 */
enum {
	RECORDING_HEADER = 64,          /* bytes in front of the frames */
	RECORDING_SALT = 16,
	RECORDING_FRAMES_MAX = (256 << 10) + 4 + 65536, /* bytes: 256 KiB and one frame */
	RECORDING_CHUNKS_MAX = 999999,  /* six digits in a name */
	RECORDING_NAME = 8,             /* of a chunk's file, with the final 0 */
};

/** What is said of a chunk: by live before it is stored, by the line `chunk` afterwards. */
struct recording_chunk {
	uint32_t n, frames;
	uint64_t from_ms, to_ms;
	uint32_t first_seq, last_seq; /* both 0 without frames */
	size_t bytes;                 /* live: of the frames; the line: of the file */
};

/** How far a recording has come. */
struct recording {
	uint32_t chunks;
	uint64_t to_ms;    /* of the last chunk */
	uint32_t last_seq; /* highest counter */
	uint64_t bytes;    /* of all files */
};

/** Reads n, frames, from_ms, to_ms, first_seq, last_seq and bytes. ERR_MALFORMED. */
enum err recording_read(const cJSON *o, struct recording_chunk *out);
/** Writes them. NULL: no memory. */
cJSON *recording_write(const struct recording_chunk *c);
/** ERR_FORBIDDEN: the chunk does not follow what is there (number, time, counter). */
enum err recording_follows(const struct recording *r, const struct recording_chunk *c);
/** The recording with one chunk more. */
void recording_advance(struct recording *r, const struct recording_chunk *c);
/**
 * Whether `len` bytes are exactly the frames that are said: sealed frames of the agent to the viewer with
 * growing counters, their times in the chunk's. ERR_MALFORMED.
 */
enum err recording_check_frames(const struct recording_chunk *c, const uint8_t *frames, size_t len);
/** What stands in front of the frames; `session` has 32 digits. */
void recording_header(const char *session, const struct recording_chunk *c, const uint8_t salt[RECORDING_SALT],
		uint8_t out[RECORDING_HEADER]);
/** "000001" */
void recording_name(uint32_t n, char out[RECORDING_NAME]);

#endif
