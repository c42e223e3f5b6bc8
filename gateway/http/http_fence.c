#include "gateway/http/http_fence.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool http_is_unsafe(const char *method)
{
	return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
}

static bool is_known_method(const char *m)
{
	return strcmp(m, "GET") == 0 || strcmp(m, "HEAD") == 0 || strcmp(m, "POST") == 0;
}

static bool is_our_host(const struct http_head *h, const struct http_rules *rules)
{
	for (size_t i = 0; i < 4 && rules->hosts[i]; i++)
		if (strcasecmp(h->host, rules->hosts[i]) == 0)
			return true;
	return false;
}

/* Bytes the Content-Length announces; -1: not one plain number. */
static long body_length(const struct http_head *h)
{
	size_t digits;

	if (!h->content_length)
		return 0;
	digits = strspn(h->content_length, "0123456789");
	if (digits == 0 || digits > 9 || h->content_length[digits] != '\0')
		return -1;
	return strtol(h->content_length, NULL, 10);
}

static bool has_plain_path(const char *path)
{
	return path && path[0] == '/' && !strstr(path, "//") && !strstr(path, "/.") &&
			!strchr(path, '\\');
}

int http_fence_request(const struct http_head *h, const struct http_rules *rules)
{
	long length = body_length(h);

	if (!h->method || !is_known_method(h->method))
		return 405;
	if (!has_plain_path(h->path) || !h->host || h->host_count != 1)
		return 400;
	if (!is_our_host(h, rules))
		return 421;
	if (h->transfer_encoding)
		return 501;
	if (h->content_length_count > 1 || length < 0)
		return 400;
	return length > HTTP_BODY_MAX ? 413 : 0;
}

int http_fence_origin(const struct http_head *h, const struct http_rules *rules)
{
	if (http_is_unsafe(h->method) && (!h->origin || strcmp(h->origin, rules->origin) != 0))
		return 403;
	return 0;
}
