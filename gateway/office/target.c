#include "gateway/office/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const char path_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/";

static bool is_printable(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return false;
	return true;
}

bool target_read(const char *target, char *path, size_t path_size, char *query, size_t query_size)
{
	size_t len = strspn(target, path_letters), rest = 0;

	path[0] = query[0] = '\0';
	if (target[0] != '/' || len >= path_size || (target[len] != '\0' && target[len] != '?'))
		return false;
	if (target[len] == '?')
		rest = strlen(target + len + 1);
	if (rest >= query_size || !is_printable(target + len + (rest ? 1 : 0), rest))
		return false;
	memcpy(path, target, len);
	path[len] = '\0';
	memcpy(query, target + len + (rest ? 1 : 0), rest);
	query[rest] = '\0';
	return true;
}

static bool is_address(const char *s)
{
	unsigned char any[16];

	return inet_pton(AF_INET, s, any) == 1 || inet_pton(AF_INET6, s, any) == 1;
}

static bool last_of(const char *list, char *out, size_t size)
{
	const char *comma = list ? strrchr(list, ',') : NULL, *at = comma ? comma + 1 : list;
	size_t len;

	if (!at)
		return false;
	at += strspn(at, " \t");
	len = strcspn(at, " \t");
	if (len == 0 || len >= size || at[len + strspn(at + len, " \t")] != '\0')
		return false;
	memcpy(out, at, len);
	out[len] = '\0';
	return is_address(out);
}

void target_address(const struct sockaddr *peer, const char *forwarded, char *out, size_t size)
{
	const void *at = NULL;

	if (last_of(forwarded, out, size))
		return;
	if (peer && peer->sa_family == AF_INET)
		at = &((const struct sockaddr_in *)(const void *)peer)->sin_addr;
	else if (peer && peer->sa_family == AF_INET6)
		at = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
	if (!at || !inet_ntop(peer->sa_family, at, out, (socklen_t)size))
		snprintf(out, size, "local");
}

static const char *const names[] = {
	"journal.jsonl", "private.jsonl", "key.wrapped", "seal.json", "seal.p7s", "after.jsonl", "terms.txt",
	"checkpoint.txt", "checkpoint.p7s", "checkpoint.tsr", "root.crt", "tsa.crt",
};

bool target_is_evidence(const char *name)
{
	static const char chunks[] = "chunks/";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	if (strncmp(name, chunks, sizeof(chunks) - 1) != 0)
		return false;
	name += sizeof(chunks) - 1;
	return strlen(name) == 6 && strspn(name, "0123456789") == 6 && strcmp(name, "000000") != 0;
}
