#include <stdlib.h>
#include <string.h>

#include "gateway/office/verify/canon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever was let pass: values lie inside the line, follow each other, and are themselves what they seem. */
static void walk(struct canon v, struct canon within, char *room, unsigned depth)
{
	struct canon key, value, last = { within.at, 0 };
	uint64_t n;
	size_t at = 0, len;

	if (v.len == 0 || v.at < within.at || v.at + v.len > within.at + within.len)
		__builtin_trap();
	if ((v.at[0] == '{' || v.at[0] == '[') && depth > CANON_DEPTH)
		__builtin_trap();
	if (v.at[0] == '{' && depth == 1 && !canon_check(v.at, v.len))
		__builtin_trap();
	while (v.at[0] == '{' && canon_member(v, &at, &key, &value)) {
		struct canon found;

		if (!canon_get(v, "", &found) && key.len == 0)
			__builtin_trap();
		if (value.at <= last.at)
			__builtin_trap();
		last = value;
		walk(value, v, room, depth + 1);
	}
	while (v.at[0] == '[' && canon_next(v, &at, &value))
		walk(value, v, room, depth + 1);
	if (v.at[0] == '"' && (!canon_text(v, room, &len) || len > v.len - 2))
		__builtin_trap();
	if (v.at[0] >= '0' && v.at[0] <= '9' && (!canon_int(v, &n) || n > 1ull << 53))
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct canon line = { (const char *)data, size };
	char *room;

	if (!canon_check(data, size))
		return 0;
	room = malloc(size + 1);
	if (room)
		walk(line, line, room, 1);
	(void)canon_has(line, "a:i b:s c:o d:a e:64");
	free(room);
	return 0;
}
