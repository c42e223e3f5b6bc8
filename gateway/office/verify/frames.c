#include "gateway/office/verify/frames.h"

#include <string.h>

#include "guichet/wire.h"

enum { PICTURE = 0x40, CURSOR = 0x41, SCREENS = 0x42, NOTICE = 0x46, CHAT = 0x47 };

static uint64_t u64(struct bytes *b)
{
	uint64_t high = bytes_u32(b);

	return high << 32 | bytes_u32(b);
}

bool chunk_open(struct chunk *c, const void *at, size_t len)
{
	struct bytes b = bytes_of(at, len);
	const uint8_t *magic = bytes_take(&b, 8);

	c->session = bytes_take(&b, 16);
	c->number = bytes_u32(&b);
	c->frames = bytes_u32(&b);
	c->from_ms = u64(&b);
	c->to_ms = u64(&b);
	(void)bytes_take(&b, 16); /* salt */
	c->rest = b;
	return !b.is_short && memcmp(magic, "GUICHETR", 8) == 0;
}

bool chunk_next(struct chunk *c, struct chunk_frame *f)
{
	struct bytes b = c->rest;
	uint32_t length;
	uint8_t version;
	uint16_t flags;

	f->after_ms = bytes_u32(&b);
	f->at = b.at;
	version = bytes_u8(&b);
	f->kind = bytes_u8(&b);
	flags = bytes_u16(&b);
	length = bytes_u32(&b);
	f->seq = bytes_u32(&b);
	(void)bytes_u32(&b); /* grant */
	f->len = WIRE_HEADER_LEN + (size_t)length;
	if (length < WIRE_TAG_LEN || length > WIRE_PAYLOAD_MAX || !bytes_take(&b, length))
		return false;
	if (version != WIRE_VERSION || flags != WIRE_SEALED ||
			(f->kind != PICTURE && f->kind != CURSOR && f->kind != SCREENS && f->kind != NOTICE &&
			f->kind != CHAT))
		return false;
	c->rest = b;
	return true;
}

bool chunk_is_done(const struct chunk *c)
{
	return bytes_done(&c->rest);
}
