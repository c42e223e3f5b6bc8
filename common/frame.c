#include "common/frame.h"

#include <string.h>

#include "common/bytes.h"

enum err frame_read_header(const uint8_t in[WIRE_HEADER_LEN], struct frame *f)
{
	struct bytes b = bytes_of(in, WIRE_HEADER_LEN);
	uint8_t version = bytes_u8(&b);
	const struct rule *r;

	f->kind = bytes_u8(&b);
	f->flags = bytes_u16(&b);
	f->len = bytes_u32(&b);
	f->seq = bytes_u32(&b);
	f->grant = bytes_u32(&b);
	r = gate_rule(f->kind);
	if (version != WIRE_VERSION || (f->flags & ~(unsigned)WIRE_SEALED) || !r)
		return ERR_MALFORMED;
	return f->len < r->min || f->len > r->max ? ERR_MALFORMED : OK;
}

void frame_write_header(const struct frame *f, uint8_t out[WIRE_HEADER_LEN])
{
	out[0] = WIRE_VERSION;
	out[1] = f->kind;
	put_u16(out + 2, f->flags);
	put_u32(out + 4, f->len);
	put_u32(out + 8, f->seq);
	put_u32(out + 12, f->grant);
}

struct gate_frame frame_for_gate(const struct frame *f)
{
	return (struct gate_frame){ f->kind, f->flags & WIRE_SEALED, f->len, f->grant };
}

/* Moves bytes until `want` are in the buffer; true when they are. */
static bool fill_to(struct frame_reader *r, size_t want, const uint8_t **in, size_t *len)
{
	size_t n = want > r->fill ? want - r->fill : 0;

	if (n > *len)
		n = *len;
	if (n)
		memcpy(r->buf + r->fill, *in, n);
	r->fill += n;
	*in += n;
	*len -= n;
	return r->fill >= want;
}

enum err frame_reader_feed(struct frame_reader *r, const uint8_t *in, size_t len, frame_fn *fn, void *arg)
{
	struct frame f;
	enum err e;

	while (fill_to(r, WIRE_HEADER_LEN, &in, &len)) {
		e = frame_read_header(r->buf, &f);
		if (e)
			return e;
		if (!fill_to(r, WIRE_HEADER_LEN + f.len, &in, &len))
			break;
		r->fill = 0;
		e = fn(arg, &f, r->buf);
		if (e)
			return e;
	}
	return OK;
}
