#include <stdlib.h>
#include <string.h>

#include "common/trailer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is found lies inside the image, and makes the same trailer again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t mark[8] = { 'G', 'U', 'I', 'C', 'H', 'E', 'T', '1' };
	uint8_t *image = malloc(size + sizeof(mark)), *again;
	struct trailer t;
	size_t len;

	if (!image)
		abort();
	memcpy(image, data, size);
	memcpy(image + size, mark, sizeof(mark)); /* so that the lengths are what is tried */
	size += sizeof(mark);
	if (trailer_find(image, size, &t) == OK) {
		if (t.profile < image || t.ticket + t.ticket_len != image + size - 20)
			__builtin_trap();
		if (trailer_make(&t, &again, &len) || len > size || memcmp(again, image + size - len, len) != 0)
			__builtin_trap();
		free(again);
	}
	free(image);
	return 0;
}
