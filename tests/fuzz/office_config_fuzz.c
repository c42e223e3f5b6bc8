#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/office/office_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A configuration that is good says where it listens, and that is this computer or meant to be another. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	struct office_config c;
	char *text = strndup((const char *)data, size), origin[128];

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	if (text && office_config_parse(text, "fuzz", nowhere, &c) == OK) {
		office_config_origin(&c, origin, sizeof(origin));
		if (!office_config_socket(&c) && !c.admin_network && strncmp(c.listen, "127.", 4) != 0 && !strchr(c.listen, ':'))
			__builtin_trap();
	}
	if (text)
		office_config_done(&c);
	free(text);
	return 0;
}
