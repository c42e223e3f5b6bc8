#include "common/bytes.h"

#include <string.h>

struct bytes bytes_of(const void *buf, size_t len)
{
	static const uint8_t none;
	const uint8_t *p = buf ? buf : &none;

	return (struct bytes){ .at = p, .end = p + len };
}

const uint8_t *bytes_take(struct bytes *b, size_t len)
{
	const uint8_t *p = b->at;

	if (b->is_short || (size_t)(b->end - b->at) < len) {
		b->is_short = true;
		return NULL;
	}
	b->at += len;
	return p;
}

uint8_t bytes_u8(struct bytes *b)
{
	const uint8_t *p = bytes_take(b, 1);

	return p ? p[0] : 0;
}

uint16_t bytes_u16(struct bytes *b)
{
	const uint8_t *p = bytes_take(b, 2);

	return (uint16_t)(p ? p[0] << 8 | p[1] : 0);
}

uint32_t bytes_u32(struct bytes *b)
{
	const uint8_t *p = bytes_take(b, 4);

	return p ? get_u32(p) : 0;
}

bool bytes_done(const struct bytes *b)
{
	return !b->is_short && b->at == b->end;
}

void put_u16(uint8_t out[2], uint16_t v)
{
	out[0] = (uint8_t)(v >> 8);
	out[1] = (uint8_t)v;
}

void put_u32(uint8_t out[4], uint32_t v)
{
	put_u16(out, (uint16_t)(v >> 16));
	put_u16(out + 2, (uint16_t)v);
}

uint32_t get_u32(const uint8_t in[4])
{
	return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | in[3];
}

void hex_write(const void *in, size_t len, char *out)
{
	static const char digit[] = "0123456789abcdef";
	const uint8_t *p = in;

	for (size_t i = 0; i < len; i++) {
		*out++ = digit[p[i] >> 4];
		*out++ = digit[p[i] & 15];
	}
	*out = '\0';
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_is(const char *s, size_t digits)
{
	for (size_t i = 0; i < digits; i++)
		if (digit_value(s[i]) < 0)
			return false;
	return s[digits] == '\0';
}

bool hex_read(const char *in, void *out, size_t len)
{
	uint8_t *p = out;

	if (!in || !hex_is(in, 2 * len))
		return false;
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(digit_value(in[2 * i]) << 4 | digit_value(in[2 * i + 1]));
	return true;
}
