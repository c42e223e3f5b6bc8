#include <stdlib.h>
#include <string.h>

#include "gateway/live/live_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file that is called good has all that the gateway takes for granted. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *told = NULL, origin[4096];
	struct live_config c;
	size_t len;
	FILE *errors = open_memstream(&told, &len);
	enum err e;

	if (!text || !errors)
		abort();
	e = live_config_parse(text, "x", errors, &c);
	fclose(errors);
	if ((e == OK) != (len == 0))
		__builtin_trap();
	if (!e) {
		if (!c.bank || !c.key || !c.signature || !c.customer_header || c.port > 65535 || c.purpose_count == 0)
			__builtin_trap();
		live_config_origin(&c, origin, sizeof(origin));
		if (strncmp(origin, "https://", 8) != 0 || strchr(origin + 8, '/'))
			__builtin_trap();
	}
	live_config_done(&c);
	free(told);
	free(text);
	return 0;
}
