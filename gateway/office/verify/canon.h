#ifndef CANON_H
#define CANON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * canon: reads the canonical JSON of docs/EVIDENCE.md (a subset of RFC 8785) and nothing else.
 *
 * Nothing is built and nothing is allocated: a value is a range of bytes inside the line. canon_check() goes over
 * a line once and refuses whatever is not canonical; all others expect values that it has let pass.
 */
enum { CANON_DEPTH = 8, CANON_LINE_MAX = 1 << 17 /* bytes */ };

/** One value, as it stands in the line. */
struct canon {
	const char *at;
	size_t len;
};

/** True if the `len` bytes are one object in canonical form and nothing more. */
bool canon_check(const void *line, size_t len);

/** The member `key`. False if there is none; *value is empty then. */
bool canon_get(struct canon object, const char *key, struct canon *value);
/**
 * True if the members are exactly those of `shape`, "boot_ms:i data:o event:s p:64", names sorted: i an integer, s a
 * string, o an object, a an array, a number that many lower-case hexadecimal digits.
 */
bool canon_has(struct canon object, const char *shape);
/** The same, but other members may stand between them. */
bool canon_holds(struct canon object, const char *shape);
/** The next value of an array; false at its end. *at is 0 at first. */
bool canon_next(struct canon array, size_t *at, struct canon *value);
/** The next member of an object; false at its end. *at is 0 at first. */
bool canon_member(struct canon object, size_t *at, struct canon *key, struct canon *value);

bool canon_int(struct canon value, uint64_t *out);
/** True if it is the string `text`, which needs no escape. */
bool canon_is(struct canon value, const char *text);
/** True if it is a string of exactly `digits` lower-case hexadecimal digits; `out`, or NULL, gets them and a 0. */
bool canon_hex(struct canon value, size_t digits, char *out);
/** Writes the string without its escapes, at most value.len bytes, no final 0; false if it is no string. */
bool canon_text(struct canon value, char *out, size_t *len);

/** The integer at `key`; 0 if it is none. */
uint64_t canon_get_int(struct canon object, const char *key);

#endif
