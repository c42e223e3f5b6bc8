/* The proxy that the customer's environment names: https_proxy, HTTPS_PROXY, no_proxy (S10). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/platform.h"

enum { DEFAULT_PORT = 8080 };

static const char *read_env(const char *lower, const char *upper)
{
	const char *value = getenv(lower);

	if (!value || value[0] == '\0')
		value = getenv(upper);
	return value && value[0] != '\0' ? value : NULL;
}

/** One entry of no_proxy: "*", "host", "domain" or ".domain", perhaps with a port. */
static bool entry_matches(const char *entry, size_t len, const char *host)
{
	size_t host_len = strlen(host);
	const char *colon = memchr(entry, ':', len);

	if (colon)
		len = (size_t)(colon - entry);
	if (len == 1 && entry[0] == '*')
		return true;
	while (len > 0 && entry[0] == '.') {
		entry++;
		len--;
	}
	if (len == 0 || len > host_len || strncasecmp(host + host_len - len, entry, len) != 0)
		return false;
	return len == host_len || host[host_len - len - 1] == '.';
}

static bool is_direct(const char *host)
{
	const char *list = read_env("no_proxy", "NO_PROXY");

	while (list && *list) {
		size_t len;

		list += strspn(list, ", \t");
		len = strcspn(list, ", \t");
		if (len && entry_matches(list, len, host))
			return true;
		list += len;
	}
	return false;
}

/** Reads digits up to `end`; 0: not a port. */
static uint16_t read_port(const char *text, const char *end)
{
	uint32_t port = 0;

	for (; text < end; text++) {
		if (*text < '0' || *text > '9')
			return 0;
		port = port * 10 + (uint32_t)(*text - '0');
		if (port > 65535)
			return 0;
	}
	return (uint16_t)port;
}

/** "http://user@host:port/": only the host and port count, and only the plain scheme. */
static bool parse_proxy(const char *url, char *proxy_host, size_t size, uint16_t *port)
{
	const char *host = strstr(url, "://"), *end, *at, *colon;

	if (host && strncasecmp(url, "http://", 7) != 0)
		return false;
	host = host ? host + 3 : url;
	end = host + strcspn(host, "/?#");
	at = memrchr(host, '@', (size_t)(end - host));
	if (at)
		host = at + 1;
	if (*host == '[') {
		const char *close = memchr(host, ']', (size_t)(end - host));

		if (!close)
			return false;
		host++;
		colon = close + 1 < end && close[1] == ':' ? close + 1 : NULL;
		*port = colon ? read_port(colon + 1, end) : DEFAULT_PORT;
		end = close;
	} else {
		colon = memchr(host, ':', (size_t)(end - host));
		*port = colon ? read_port(colon + 1, end) : DEFAULT_PORT;
		end = colon ? colon : end;
	}
	if (end == host || (size_t)(end - host) >= size || *port == 0)
		return false;
	memcpy(proxy_host, host, (size_t)(end - host));
	proxy_host[end - host] = '\0';
	return true;
}

bool platform_http_proxy(const char *host, char *proxy_host, size_t size, uint16_t *port)
{
	const char *url = read_env("https_proxy", "HTTPS_PROXY");

	*port = 0;
	if (size)
		proxy_host[0] = '\0';
	return url && !is_direct(host) && parse_proxy(url, proxy_host, size, port);
}
