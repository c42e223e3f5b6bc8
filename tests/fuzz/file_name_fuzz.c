#include <stdint.h>
#include <string.h>

#include "common/file_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any bytes give a name that is clean, has no separator and is not too long. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[FILE_NAME_SIZE];

	file_name_clean(data, size, name);
	if (!name[0] || strlen(name) > FILE_NAME_MAX || strpbrk(name, "/\\:\n\r\x1b") || name[0] == '.' ||
			!file_name_is_clean(name))
		__builtin_trap();
	return 0;
}
