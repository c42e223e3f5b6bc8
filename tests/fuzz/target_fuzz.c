#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/office/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Three lines: a target, X-Forwarded-For, a file's name. What passes is plain. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[256], query[2048], address[46], *text = strndup((const char *)data, size), *rest = text, *line;

	line = strsep(&rest, "\n");
	if (target_read(line, path, sizeof(path), query, sizeof(query)) &&
			(path[0] != '/' || strpbrk(path, "%\\\"'<> ;\r") || strpbrk(query, " \t\r\n")))
		__builtin_trap();
	target_address(NULL, rest ? strsep(&rest, "\n") : NULL, address, sizeof(address));
	if (strspn(address, "0123456789abcdefABCDEF.:local") != strlen(address))
		__builtin_trap();
	if (rest && target_is_evidence(rest) && (strstr(rest, "..") || rest[0] == '/' || strlen(rest) > 16))
		__builtin_trap();
	free(text);
	return 0;
}
