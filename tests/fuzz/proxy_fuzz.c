#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/live/peer_addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_address(const char *text)
{
	uint8_t a[16];

	return inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, a) == 1;
}

/* A PROXY header, and the same bytes as a network, as Forwarded and as X-Forwarded-For: only addresses come out. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char out[ADDRESS_TEXT_MAX], *text = strndup((const char *)data, size);
	struct network list[2];
	size_t used;
	enum err e = proxy_header_read(data, size, &used, out);

	if (e == OK && (used == 0 || used > size || used > PROXY_HEADER_MAX || (out[0] && !is_address(out))))
		__builtin_trap();
	if (e == ERR_AGAIN && size >= PROXY_HEADER_MAX)
		__builtin_trap();
	if (!text || !network_read("10.0.0.0/8", &list[0]))
		abort();
	peer_addr_client(list, 1, "10.1.2.3", text, NULL, out);
	if (!is_address(out))
		__builtin_trap();
	peer_addr_client(list, 1, "10.1.2.3", NULL, text, out);
	if (!is_address(out))
		__builtin_trap();
	peer_addr_client(list, 1, "192.0.2.1", text, text, out);
	if (strcmp(out, "192.0.2.1") != 0)
		__builtin_trap();
	if (network_read(text, &list[1]) && list[1].prefix > 128)
		__builtin_trap();
	free(text);
	return 0;
}
