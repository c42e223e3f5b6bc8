#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/office/history.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lines of a journal, good or not: what comes out is an object with an end to every right after its beginning. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct history *h;
	cJSON *o;
	const cJSON *right;

	if (history_new(&h))
		return 0;
	for (size_t at = 0; at < size;) {
		const uint8_t *end = memchr(data + at, '\n', size - at);
		size_t len = end ? (size_t)(end - data) - at : size - at;

		(void)history_add(h, (const char *)data + at, len);
		at += len + 1;
	}
	if (history_finish(h, &o) == 0) {
		cJSON_ArrayForEach(right, cJSON_GetObjectItem(o, "rights"))
			if (cJSON_GetObjectItem(right, "to_ms")->valuedouble < cJSON_GetObjectItem(right, "from_ms")->valuedouble)
				__builtin_trap();
		cJSON_Delete(o);
	}
	history_free(h);
	return 0;
}
