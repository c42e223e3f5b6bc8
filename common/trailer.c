#include "common/trailer.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"

static const char mark[8] = { 'G', 'U', 'I', 'C', 'H', 'E', 'T', '1' };
enum { FOOT_LEN = 12 + sizeof(mark) };

enum err trailer_find(const uint8_t *image, size_t len, struct trailer *out)
{
	struct bytes foot;
	size_t total;

	memset(out, 0, sizeof(*out));
	if (len < FOOT_LEN || memcmp(image + len - sizeof(mark), mark, sizeof(mark)) != 0)
		return ERR_MALFORMED;
	foot = bytes_of(image + len - FOOT_LEN, 12);
	out->profile_len = bytes_u32(&foot);
	out->signature_len = bytes_u32(&foot);
	out->ticket_len = bytes_u32(&foot);
	if (out->profile_len > TRAILER_PART_MAX || out->signature_len > TRAILER_PART_MAX ||
			out->ticket_len > TRAILER_PART_MAX)
		return ERR_MALFORMED;
	total = out->profile_len + out->signature_len + out->ticket_len + FOOT_LEN;
	if (total > len)
		return ERR_MALFORMED;
	out->profile = image + len - total;
	out->signature = out->profile + out->profile_len;
	out->ticket = out->signature + out->signature_len;
	return OK;
}

static uint8_t *put(uint8_t *at, const void *in, size_t len)
{
	if (len)
		memcpy(at, in, len);
	return at + len;
}

enum err trailer_make(const struct trailer *t, uint8_t **out, size_t *len)
{
	uint8_t *p;

	*len = t->profile_len + t->signature_len + t->ticket_len + FOOT_LEN;
	*out = p = malloc(*len);
	if (!p) {
		*len = 0;
		return ERR_NOMEM;
	}
	p = put(p, t->profile, t->profile_len);
	p = put(p, t->signature, t->signature_len);
	p = put(p, t->ticket, t->ticket_len);
	put_u32(p, (uint32_t)t->profile_len);
	put_u32(p + 4, (uint32_t)t->signature_len);
	put_u32(p + 8, (uint32_t)t->ticket_len);
	put(p + 12, mark, sizeof(mark));
	return OK;
}
