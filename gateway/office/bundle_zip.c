#include "gateway/office/bundle_zip.h"

#include <string.h>

enum {
	VERSION = 10,         /* 1.0: stored */
	MADE_BY = 3 << 8 | 20, /* Unix */
	DATE = 1 << 5 | 1,    /* 1980-01-01 */
};
#define MODE_FILE (0100644u << 16)
#define MODE_PROGRAM (0100755u << 16)

static void put16(uint8_t *out, unsigned v)
{
	out[0] = (uint8_t)v;
	out[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *out, uint32_t v)
{
	put16(out, v & 0xffff);
	put16(out + 2, v >> 16);
}

/* What local and central header have in common: 26 bytes from "version needed" on. */
static void put_common(const struct bundle_member *m, uint8_t *out)
{
	memset(out, 0, 26);
	put16(out, VERSION);
	put16(out + 8, DATE);
	put32(out + 10, m->crc);
	put32(out + 14, m->len);
	put32(out + 18, m->len);
	put16(out + 22, (unsigned)strlen(m->name));
}

void bundle_local(const struct bundle_member *m, uint8_t out[BUNDLE_LOCAL_LEN])
{
	put32(out, 0x04034b50);
	put_common(m, out + 4);
}

void bundle_central(const struct bundle_member *m, uint8_t out[BUNDLE_CENTRAL_LEN])
{
	memset(out, 0, BUNDLE_CENTRAL_LEN);
	put32(out, 0x02014b50);
	put16(out + 4, MADE_BY);
	put_common(m, out + 6);
	put32(out + 38, m->is_program ? MODE_PROGRAM : MODE_FILE);
	put32(out + 42, m->offset);
}

void bundle_end(size_t count, uint32_t directory_len, uint32_t directory_offset, uint8_t out[BUNDLE_END_LEN])
{
	memset(out, 0, BUNDLE_END_LEN);
	put32(out, 0x06054b50);
	put16(out + 8, (unsigned)count);
	put16(out + 10, (unsigned)count);
	put32(out + 12, directory_len);
	put32(out + 16, directory_offset);
}

/* Four tables, four bytes a turn: CRC would else cost more than SHA-256. */
struct crc_tables {
	uint32_t row[4][256];
};

static void make_tables(struct crc_tables *t)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
		t->row[0][i] = c;
	}
	for (uint32_t i = 0; i < 256; i++) {
		for (int k = 1; k < 4; k++)
			t->row[k][i] = t->row[0][t->row[k - 1][i] & 0xff] ^ t->row[k - 1][i] >> 8;
	}
}

uint32_t bundle_crc(uint32_t crc, const void *at, size_t len)
{
	struct crc_tables t;
	const uint8_t *p = at;

	make_tables(&t);
	crc = ~crc;
	for (; len >= 4; len -= 4, p += 4) {
		crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
		crc = t.row[3][crc & 0xff] ^ t.row[2][crc >> 8 & 0xff] ^ t.row[1][crc >> 16 & 0xff] ^ t.row[0][crc >> 24];
	}
	for (; len > 0; len--, p++)
		crc = t.row[0][(crc ^ *p) & 0xff] ^ crc >> 8;
	return ~crc;
}
