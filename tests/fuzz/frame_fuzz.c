#include <stdlib.h>
#include <string.h>

#include "common/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	size_t count, bytes;
	uint32_t sum;
};

static enum err on_frame(void *arg, const struct frame *f, const uint8_t *bytes)
{
	struct seen *s = arg;
	const struct rule *r = gate_rule(f->kind), *again;
	const struct gate_frame g = frame_for_gate(f);
	struct consent *c = consent_new(15);

	if (!r || f->len < r->min || f->len > r->max || f->flags > 1)
		__builtin_trap();
	/* whatever the viewer sends: without a grant nothing that needs one */
	if (c && gate_check(c, PHASE_LIVE, SIDE_VIEWER, &g, &again) == OK && r->needs != CAP_NONE)
		__builtin_trap();
	consent_free(c);
	s->count++;
	s->bytes += WIRE_HEADER_LEN + f->len;
	for (size_t i = 0; i < WIRE_HEADER_LEN + f->len; i++)
		s->sum = s->sum * 31 + bytes[i];
	return OK;
}

/* The same frames come out of any pieces; the first byte says how large they are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame_reader *whole = calloc(1, sizeof(*whole)), *pieces = calloc(1, sizeof(*pieces));
	struct seen a = { 0 }, b = { 0 };
	enum err at_once, in_pieces = OK;
	size_t step = size ? data[0] % 40 + 1 : 1;

	if (size) {
		data++;
		size--;
	}
	if (whole && pieces) {
		at_once = frame_reader_feed(whole, data, size, on_frame, &a);
		for (size_t at = 0; at < size && !in_pieces; at += step)
			in_pieces = frame_reader_feed(pieces, data + at, size - at < step ? size - at : step, on_frame, &b);
		if (at_once != in_pieces || a.count != b.count || a.bytes != b.bytes || a.sum != b.sum || a.bytes > size)
			__builtin_trap();
	}
	if (whole)
		frame_reader_done(whole);
	if (pieces)
		frame_reader_done(pieces);
	free(whole);
	free(pieces);
	return 0;
}
