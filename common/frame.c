#include "common/frame.h"

#include <stdlib.h>
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

void frame_reader_done(struct frame_reader *r)
{
	free(r->buf);
	r->buf = NULL;
	r->fill = 0;
}

/* Moves bytes until `want` are in the buffer; ERR_AGAIN while they are not. */
static enum err fill_to(struct frame_reader *r, size_t want, const uint8_t **in, size_t *len)
{
	size_t n = want - r->fill < *len ? want - r->fill : *len;

	memcpy(r->buf + r->fill, *in, n);
	r->fill += n;
	*in += n;
	*len -= n;
	return r->fill == want ? OK : ERR_AGAIN;
}

static enum err make_room(struct frame_reader *r, size_t size)
{
	uint8_t *p = realloc(r->buf, size);

	if (!p)
		return ERR_NOMEM;
	r->buf = p;
	return OK;
}

/* A frame of which only a part is there, or was there before. */
static enum err feed_part(
		struct frame_reader *r, const uint8_t **in, size_t *len, frame_fn *fn, void *arg)
{
	struct frame f;
	enum err e = r->buf ? OK : make_room(r, WIRE_HEADER_LEN);

	if (!e && r->fill < WIRE_HEADER_LEN) {
		e = fill_to(r, WIRE_HEADER_LEN, in, len);
		if (!e)
			e = frame_read_header(r->buf, &f);
		if (!e)
			e = make_room(r, WIRE_HEADER_LEN + f.len);
	}
	if (!e)
		e = frame_read_header(r->buf, &f);
	if (!e)
		e = fill_to(r, WIRE_HEADER_LEN + f.len, in, len);
	if (e)
		return e;
	e = fn(arg, &f, r->buf);
	frame_reader_done(r);
	return e;
}

enum err frame_reader_feed(
		struct frame_reader *r, const uint8_t *in, size_t len, frame_fn *fn, void *arg)
{
	enum err e = OK;

	while (len > 0 && !e) {
		struct frame f;

		if (r->fill == 0 && len >= WIRE_HEADER_LEN) {
			e = frame_read_header(in, &f);
			if (!e && len >= WIRE_HEADER_LEN + f.len) {
				e = fn(arg, &f, in);
				in += WIRE_HEADER_LEN + f.len;
				len -= WIRE_HEADER_LEN + f.len;
				continue;
			}
		}
		if (!e)
			e = feed_part(r, &in, &len, fn, arg);
	}
	return e == ERR_AGAIN && len == 0 ? OK : e;
}
