#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/live/terms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A text that is accepted has all its parts; one that is refused says why and holds nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char trouble[200] = "", *copy = malloc(size + !size);
	struct terms t;

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	if (terms_parse(copy, size, &t, trouble, sizeof(trouble)) == OK) {
		if (!t.version || !t.lang || !t.title || !t.banner || !t.note || strlen(t.hash) != 64)
			__builtin_trap();
		for (size_t i = 0; i < TERMS_ARTICLES; i++)
			if (!t.article[i].title || !t.article[i].body || strlen(t.article[i].hash) != 64)
				__builtin_trap();
	} else if (!trouble[0] || t.version || t.article[0].title) {
		__builtin_trap();
	}
	terms_done(&t);
	free(copy);
	return 0;
}
