#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/platform.h"

static bool ask(const char *proxy, const char *no_proxy, const char *host, const char *is_host,
		uint16_t is_port)
{
	char out[64];
	uint16_t port;
	bool found;

	setenv("https_proxy", proxy, 1);
	setenv("no_proxy", no_proxy, 1);
	found = platform_http_proxy(host, out, sizeof(out), &port);
	return found ? strcmp(out, is_host) == 0 && port == is_port : is_port == 0;
}

static void the_proxy_of_the_environment_is_read(void)
{
	assert(ask("http://proxy.bank:3128", "", "a.example", "proxy.bank", 3128));
	assert(ask("http://user:secret@proxy:1/", "", "a.example", "proxy", 1));
	assert(ask("proxy:3128", "", "a.example", "proxy", 3128));
	assert(ask("http://proxy", "", "a.example", "proxy", 8080));
	assert(ask("http://[::1]:3128/", "", "a.example", "::1", 3128));
	assert(ask("HTTP://proxy:3128", "", "a.example", "proxy", 3128));
}

static void hosts_of_no_proxy_are_reached_directly(void)
{
	assert(ask("http://proxy:1", "a.example", "a.example", "", 0));
	assert(ask("http://proxy:1", "x, .example", "a.example", "", 0));
	assert(ask("http://proxy:1", "EXAMPLE:443", "a.example", "", 0));
	assert(ask("http://proxy:1", "*", "a.example", "", 0));
	assert(ask("http://proxy:1", "ample", "a.example", "proxy", 1));
	assert(ask("http://proxy:1", "b.example", "a.example", "proxy", 1));
}

static void what_is_no_plain_proxy_is_ignored(void)
{
	assert(ask("https://proxy:1", "", "a.example", "", 0));
	assert(ask("socks5://proxy:1", "", "a.example", "", 0));
	assert(ask("http://:1", "", "a.example", "", 0));
	assert(ask("http://proxy:70000", "", "a.example", "", 0));
	assert(ask("http://proxy:0", "", "a.example", "", 0));
	assert(ask("http://[::1", "", "a.example", "", 0));
	assert(ask("", "", "a.example", "", 0));
}

int main(void)
{
	unsetenv("HTTPS_PROXY");
	unsetenv("NO_PROXY");
	the_proxy_of_the_environment_is_read();
	hosts_of_no_proxy_are_reached_directly();
	what_is_no_plain_proxy_is_ignored();
	puts("ok");
	return 0;
}
