#ifndef BUNDLE_ZIP_H
#define BUNDLE_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * bundle_zip: the three records of a zip whose members are stored. Pure: bytes in the caller's buffer.
 *
 * No flag, no extra field, no comment; 1980-01-01 00:00; made by Unix, 0644, or 0755 for a program.
 */
enum { BUNDLE_LOCAL_LEN = 30, BUNDLE_CENTRAL_LEN = 46, BUNDLE_END_LEN = 22 };

struct bundle_member {
	const char *name;
	uint32_t len, crc, offset; /* offset: of its local header */
	bool is_program;
};

/** Both write the fixed part; the name follows it. */
void bundle_local(const struct bundle_member *m, uint8_t out[BUNDLE_LOCAL_LEN]);
void bundle_central(const struct bundle_member *m, uint8_t out[BUNDLE_CENTRAL_LEN]);
void bundle_end(size_t count, uint32_t directory_len, uint32_t directory_offset, uint8_t out[BUNDLE_END_LEN]);

/** CRC-32 as zip has it; begin with 0 and hand on what it returned. */
uint32_t bundle_crc(uint32_t crc, const void *at, size_t len);

#endif
