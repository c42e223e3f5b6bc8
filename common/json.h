#ifndef JSON_H
#define JSON_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * json: strict reading and canonical writing around cJSON, which alone accepts too much.
 *
 * Read: UTF-8 only, no raw control character, no \u0000, no lone surrogate, no duplicate key, no
 * trailing byte, whole numbers of at most 2^53 without leading zero, fraction or exponent. Names
 * are compared with their case. Pure: no file, no clock, no global. Source: docs/PROTOCOL.md
 * section 2; RFC 8785 for the writing.
 */
enum {
	JSON_LEN_MAX = 1 << 20, /* bytes that json_parse() looks at */
	JSON_DEPTH_MAX = 32,    /* levels, whatever the caller allows */
};

/** Largest whole number, both signs: 2^53. */
#define JSON_INTEGER_MAX 9007199254740992.0

/**
 * Parses one value of `len` bytes; no final 0 is needed. *out is the caller's (cJSON_Delete), NULL
 * on error.
 *
 * @param max_depth  levels of objects and arrays: 1 lets {} through, 2 lets {"a":[]} through
 * @return OK; ERR_MALFORMED: not strict JSON, too long or too deep; ERR_NOMEM
 */
enum err json_parse(const void *buf, size_t len, size_t max_depth, cJSON **out);

/** The string `name` of an object, owned by it. NULL: none, or no string. */
const char *json_string(const cJSON *object, const char *name);
/** The whole number `name`. ERR_MALFORMED and 0: none, negative or too large. */
enum err json_u64(const cJSON *object, const char *name, uint64_t *out);

/**
 * Checks that an object has exactly these fields: "name:s size:i | customer:s", each a name, a
 * colon and a kind: s string, i integer, b boolean, a array of strings, o object. Those after '|'
 * may be missing.
 *
 * @return OK; ERR_MALFORMED: no object, a field is missing, unknown or of another kind
 */
enum err json_fields(const cJSON *object, const char *spec);

/**
 * Canonical text (RFC 8785): keys sorted by their bytes, no space, shortest escapes, integers only.
 * *out is the caller's (free), NULL on error.
 *
 * @return OK; ERR_MALFORMED: a fraction, a number past 2^53, a value that JSON has not; ERR_NOMEM
 */
enum err json_canonical(const cJSON *value, char **out);

#endif
