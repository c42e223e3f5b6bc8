#ifndef PRIVATE_VALUES_H
#define PRIVATE_VALUES_H

#include <cjson/cJSON.h>

#include "common/err.h"

/**
 * private_values: personal values beside the journal, which holds only their commitments, so that they can be
 * erased (docs/EVIDENCE.md section 4; S33). Pure but for the random salts.
 */
struct private_value {
	const char *name, *value;
};

/**
 * The text of private.jsonl, a line a value, and the object from name to SHA-256(name LF salt LF value) for the
 * line `accepted`; both are the caller's (free, cJSON_Delete), NULL on error. ERR_NOMEM; ERR_MALFORMED: a value
 * is not UTF-8.
 */
enum err private_values_write(const struct private_value *values, size_t count, char **text, cJSON **commitments);

#endif
