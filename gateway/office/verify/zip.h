#ifndef ZIP_H
#define ZIP_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * zip: reads a zip whose members are stored, not compressed (method 0), in memory. Copies nothing.
 *
 * Strict, since two readers that see different members in one zip would be a way to cheat: no zip64, no encryption,
 * no comment, no data descriptor, no bytes before, between or behind what the central directory names; local and
 * central headers say the same. CRC-32 is not looked at: SHA256SUMS is.
 */
enum {
	ZIP_NAME_MAX = 255,
	ZIP_MEMBERS_MAX = 65534,
	/* lengths of the three records, and their signatures */
	ZIP_LOCAL_LEN = 30,
	ZIP_CENTRAL_LEN = 46,
	ZIP_END_LEN = 22,
};
#define ZIP_LOCAL 0x04034b50u
#define ZIP_CENTRAL 0x02014b50u
#define ZIP_END 0x06054b50u

struct zip_member {
	const char *name; /* name_len bytes inside the zip, no final 0 */
	size_t name_len;
	const uint8_t *at;
	size_t len;
};

/** How many members; what == NULL: a zip. Else a French sentence says what is wrong with it. */
struct zip {
	const uint8_t *at;
	size_t len;
	size_t count;
	size_t directory; /* offset of the central directory */
	const char *what;
};

/** Reads the end record. ERR_MALFORMED and `what` if it is not such a zip. */
enum err zip_open(struct zip *z, const void *at, size_t len);

/**
 * The members in the order of the central directory, which is that of the file.
 *
 * @param members  room for z->count
 * @return ERR_MALFORMED and z->what
 */
enum err zip_read(struct zip *z, struct zip_member *members);

#endif
