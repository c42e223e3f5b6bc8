#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/gate.h"
#include "guichet/wire.h"

/**
 * frame: the header of docs/PROTOCOL.md section 2, and frames out of a stream of bytes.
 */
struct frame {
	uint8_t kind;
	uint16_t flags; /* enum wire_flag */
	uint32_t len;   /* payload, 0..WIRE_PAYLOAD_MAX bytes */
	uint32_t seq;
	uint32_t grant;
};

/** ERR_MALFORMED: other version, unknown kind or flag, or a length outside of its row. */
enum err frame_read_header(const uint8_t in[WIRE_HEADER_LEN], struct frame *f);
void frame_write_header(const struct frame *f, uint8_t out[WIRE_HEADER_LEN]);

/** What gate_check() looks at. */
struct gate_frame frame_for_gate(const struct frame *f);

/**
 * Puts frames together out of any pieces of a stream. Zero it to begin; holds memory only while a
 * frame is incomplete, so that a link at rest costs nothing.
 */
struct frame_reader {
	uint8_t *buf; /* owned; WIRE_HEADER_LEN bytes, then those of the whole frame; NULL while
			 fill is 0 */
	size_t fill;  /* bytes of `buf` */
};

/** Forgets an incomplete frame. */
void frame_reader_done(struct frame_reader *r);

/** A whole frame: `bytes` is header and payload, valid until the callback returns. */
typedef enum err frame_fn(void *arg, const struct frame *f, const uint8_t *bytes);

/**
 * Takes all of `in` and calls `fn` for each whole frame.
 *
 * @return OK; ERR_MALFORMED: close the link; ERR_NOMEM; else what `fn` returned, and the rest of
 * `in` is dropped
 */
enum err frame_reader_feed(
		struct frame_reader *r, const uint8_t *in, size_t len, frame_fn *fn, void *arg);

#endif
