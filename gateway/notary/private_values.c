#include "gateway/notary/private_values.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "gateway/notary/digest.h"

/* {"name","salt","value"} and its line feed behind what is in *text. */
static enum err add_line(const struct private_value *v, const char *salt, char **text)
{
	cJSON *o = cJSON_CreateObject();
	char *line = NULL, *longer = NULL;
	enum err e = ERR_NOMEM;

	if (cJSON_AddStringToObject(o, "name", v->name) && cJSON_AddStringToObject(o, "salt", salt) &&
			cJSON_AddStringToObject(o, "value", v->value))
		e = json_canonical(o, &line);
	cJSON_Delete(o);
	if (!e && asprintf(&longer, "%s%s\n", *text ? *text : "", line) < 0)
		e = ERR_NOMEM;
	free(line);
	if (e)
		return e;
	free(*text);
	*text = longer;
	return OK;
}

static enum err add_commitment(const struct private_value *v, const char *salt, cJSON *commitments)
{
	char *text, hash[DIGEST_HEX + 1];
	int len = asprintf(&text, "%s\n%s\n%s", v->name, salt, v->value);

	if (len < 0)
		return ERR_NOMEM;
	digest_sha256(text, (size_t)len, hash);
	sodium_memzero(text, (size_t)len);
	free(text);
	return cJSON_AddStringToObject(commitments, v->name, hash) ? OK : ERR_NOMEM;
}

enum err private_values_write(const struct private_value *values, size_t count, char **text, cJSON **commitments)
{
	enum err e;

	*text = NULL;
	*commitments = cJSON_CreateObject();
	e = *commitments ? OK : ERR_NOMEM;
	for (size_t i = 0; i < count && !e; i++) {
		char salt[TOKEN_HEX + 1];

		digest_token(TOKEN_HEX, salt);
		e = add_line(&values[i], salt, text);
		if (!e)
			e = add_commitment(&values[i], salt, *commitments);
	}
	if (!e)
		return OK;
	free(*text);
	cJSON_Delete(*commitments);
	*text = NULL;
	*commitments = NULL;
	return e;
}
