#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/live/http_filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Ten lines are the strings of a head, an empty one is an absent header; the first byte holds the counts.
 * What passes is a plain request to our host: with our origin if it changes something or is a viewer.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct http_rules rules = { "https://b.example", { "b.example" } };
	struct http_head h = { 0 };
	const char **at[] = { &h.method, &h.path, &h.host, &h.origin, &h.upgrade, &h.connection, &h.transfer_encoding,
			      &h.content_length, &h.ws_version, &h.ws_protocol };
	char *text, *rest;

	if (size < 1 || !(text = strndup((const char *)data + 1, size - 1)))
		return 0;
	h.host_count = data[0] & 3;
	h.content_length_count = data[0] >> 2 & 3;
	h.is_upgrade = data[0] & 16;
	rest = text;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]) && rest; i++) {
		char *line = strsep(&rest, "\n");
		*at[i] = *line ? line : NULL;
	}
	if (http_filter(&h, &rules) == 0) {
		int is_agent = h.upgrade && strcmp(h.path, "/agent") == 0;

		if (h.host_count != 1 || strcasecmp(h.host, "b.example") != 0 || h.transfer_encoding ||
				h.content_length_count > 1 || strstr(h.path, "/.") || strstr(h.path, "//"))
			__builtin_trap();
		if (h.content_length && strtol(h.content_length, NULL, 10) > HTTP_BODY_MAX)
			__builtin_trap();
		if (is_agent ? h.origin != NULL
			     : (h.upgrade || http_is_unsafe(h.method)) && (!h.origin || strcmp(h.origin, rules.origin) != 0))
			__builtin_trap();
	}
	free(text);
	return 0;
}
