#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/**
 * json_scan: is this strict JSON? One pass over the bytes, nothing is built; duplicate keys are
 * left to json_parse(), which is what callers use.
 *
 * @param depth  levels of objects and arrays that may be open at once
 */
bool json_scan(const void *buf, size_t len, size_t depth);

#endif
