#include "common/picture/range.h"

void range_write(struct range *r, struct picture_out *out)
{
	*r = (struct range){.span = RANGE_FULL, .out = out};
	r->next = out->bytes ? out->bytes + out->len : NULL;
}

enum err range_reserve(struct range *r, size_t more)
{
	enum err e;

	if (r->next)
		r->out->len = (size_t)(r->next - r->out->bytes);
	e = picture_out_reserve(r->out, more);
	if (e == OK)
		r->next = r->out->bytes + r->out->len;
	return e;
}

enum err range_finish(struct range *r)
{
	enum err e = range_reserve(r, RANGE_TAIL);

	if (e)
		return e;
	r->point += RANGE_LEAST - 1; /* in the span, zeros behind the tail */
	range_shift_out(r);
	r->out->len = (size_t)(r->next - r->out->bytes);
	return OK;
}

void range_read(struct range *r, const uint8_t *bytes, size_t len)
{
	*r = (struct range){.in = bytes, .end = bytes + len};
	for (int i = 0; i < RANGE_HEAD / 2; i++)
		range_shift_in(r);
	r->span = RANGE_FULL;
}
