#include "agent/profile.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/crypto.h"
#include "common/json.h"

static char *copy_of(const char *s, size_t n)
{
	char *p = malloc(n + 1);

	if (p) {
		memcpy(p, s, n);
		p[n] = '\0';
	}
	return p;
}

static char *field(const cJSON *o, const char *name)
{
	const char *s = json_string(o, name);

	return s ? copy_of(s, strlen(s)) : NULL;
}

/* What people read and dial: digits and what stands between them. */
static bool is_phone(const char *s)
{
	return !s || (strlen(s) <= PROFILE_PHONE_MAX && s[strspn(s, "0123456789 +().-")] == '\0');
}

/* "https://host[:port]/path/": port and path. The host stands in its own field. */
static enum err read_url(const char *url, struct profile *p)
{
	static const char scheme[] = "https://";
	const char *path, *colon;
	unsigned long port = 443;

	if (!url || strncmp(url, scheme, sizeof(scheme) - 1) != 0)
		return ERR_MALFORMED;
	url += sizeof(scheme) - 1;
	path = strchr(url, '/');
	if (!path || path[strlen(path) - 1] != '/')
		return ERR_MALFORMED;
	colon = memchr(url, ':', (size_t)(path - url));
	if (colon) {
		char *end;
		port = strtoul(colon + 1, &end, 10);
		if (end != path || port == 0 || port > 65535)
			return ERR_MALFORMED;
	}
	p->web_port = (uint16_t)port;
	p->path = copy_of(path, strlen(path));
	return p->path ? OK : ERR_NOMEM;
}

static bool is_mask(const char *s)
{
	static const char *const kinds[] = { "class:", "title:" };
	size_t len = strlen(s);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(s, kinds[i], strlen(kinds[i])) == 0)
			return len > strlen(kinds[i]) && len <= PROFILE_MASK_MAX;
	return false;
}

/* An unknown rule is refused: what the bank wanted hidden may not be shown. */
static enum err read_masks(const cJSON *list, struct profile *p)
{
	const cJSON *rule;

	cJSON_ArrayForEach(rule, list)
	{
		if (p->mask_count == PROFILE_MASKS_MAX || !is_mask(rule->valuestring))
			return ERR_MALFORMED;
		p->masks[p->mask_count] = copy_of(rule->valuestring, strlen(rule->valuestring));
		if (!p->masks[p->mask_count++])
			return ERR_NOMEM;
	}
	return OK;
}

enum err profile_read(const char *key_pem, const uint8_t *text, size_t len, const uint8_t *sig,
		size_t sig_len, struct profile *out)
{
	cJSON *o = NULL;
	uint64_t port = 0;
	enum err e = crypto_verify_pem(key_pem, text, len, sig, sig_len);

	memset(out, 0, sizeof(*out));
	if (e)
		return e;
	e = json_parse(text, len, 2, &o);
	if (e)
		return e;
	e = json_fields(o, "bank:s ca:s evidence:s host:s native_port:i seal:s url:s v:i | masks:a phone:s");
	if (!e)
		e = json_u64(o, "native_port", &port) || port > 65535 ? ERR_MALFORMED : OK;
	if (!e && !is_phone(json_string(o, "phone")))
		e = ERR_MALFORMED;
	if (!e)
		e = read_masks(cJSON_GetObjectItemCaseSensitive(o, "masks"), out);
	if (!e)
		e = read_url(json_string(o, "url"), out);
	if (!e) {
		out->native_port = (uint16_t)port;
		out->bank = field(o, "bank");
		out->ca = field(o, "ca");
		out->evidence = field(o, "evidence");
		out->host = field(o, "host");
		out->seal = field(o, "seal");
		out->phone = json_string(o, "phone") ? field(o, "phone") : copy_of("", 0);
		if (!out->phone || !out->bank || !out->ca || !out->evidence || !out->host || !out->seal)
			e = ERR_NOMEM;
	}
	cJSON_Delete(o);
	if (e)
		profile_done(out);
	return e;
}

void profile_done(struct profile *p)
{
	free(p->bank);
	free(p->host);
	free(p->ca);
	free(p->evidence);
	free(p->seal);
	free(p->phone);
	for (size_t i = 0; i < p->mask_count; i++)
		free(p->masks[i]);
	free(p->path);
	memset(p, 0, sizeof(*p));
}
