#include "agent/chain.h"

#include <stdlib.h>
#include <string.h>

#include "agent/platform.h"
#include "common/bytes.h"
#include "common/json.h"

struct chain {
	char session[33];
	const struct crypto_key *key;
	char prev[2 * CRYPTO_HASH_LEN + 1];
	uint32_t next_n;
	struct chain_line *first, **last;
	struct chain_line *waiting; /* first without a receipt */
};

enum err chain_new(const char *session, const struct crypto_key *key, struct chain **out)
{
	struct chain *c = calloc(1, sizeof(*c));

	*out = c;
	if (!c)
		return ERR_NOMEM;
	memcpy(c->session, session, sizeof(c->session));
	memset(c->prev, '0', sizeof(c->prev) - 1);
	c->key = key;
	c->last = &c->first;
	return OK;
}

void chain_free(struct chain *c)
{
	if (!c)
		return;
	while (c->first) {
		struct chain_line *next = c->first->next;
		free(c->first->text);
		free(c->first);
		c->first = next;
	}
	free(c);
}

static bool add_number(cJSON *o, const char *name, uint64_t v)
{
	return cJSON_AddNumberToObject(o, name, (double)v) != NULL;
}

static bool add_common(
		const struct chain *c, cJSON *o, const struct consent_event *e, uint64_t wall_ms)
{
	return add_number(o, "boot_ms", platform_boot_ms()) &&
			add_number(o, "wall_ms", wall_ms) &&
			add_number(o, "n", c->next_n) &&
			cJSON_AddStringToObject(o, "event", consent_word(e->kind)) &&
			cJSON_AddStringToObject(o, "prev", c->prev) &&
			cJSON_AddStringToObject(o, "session", c->session) &&
			(e->cap == CAP_NONE ||
					cJSON_AddStringToObject(
							o, "cap", capability_name(e->cap))) &&
			(e->ask == 0 || add_number(o, "ask", e->ask)) &&
			(e->grant == 0 || add_number(o, "grant", e->grant));
}

static enum err sign(const struct chain *c, struct chain_line *l)
{
	uint8_t sig[CRYPTO_SIGNATURE_LEN];
	enum err e = crypto_sign(c->key, l->text, strlen(l->text), sig);

	if (!e)
		hex_write(sig, sizeof(sig), l->sig);
	return e;
}

static void link_in(struct chain *c, struct chain_line *l)
{
	const struct crypto_part part = { l->text, strlen(l->text) };
	uint8_t hash[CRYPTO_HASH_LEN];

	crypto_sha256(&part, 1, hash);
	hex_write(hash, sizeof(hash), c->prev);
	l->n = c->next_n++;
	*c->last = l;
	c->last = &l->next;
	if (!c->waiting)
		c->waiting = l;
}

enum err chain_append(struct chain *c, const struct consent_event *e, cJSON *fields,
		const struct chain_line **out)
{
	cJSON *o = fields ? fields : cJSON_CreateObject();
	struct chain_line *l = calloc(1, sizeof(*l));
	uint64_t wall_ms = platform_wall_ms();
	enum err err = ERR_NOMEM;

	*out = NULL;
	if (!o || !l || !add_common(c, o, e, wall_ms))
		goto fail;
	err = json_canonical(o, &l->text);
	if (!err)
		err = sign(c, l);
	if (err)
		goto fail;
	l->event = *e;
	l->wall_ms = wall_ms;
	link_in(c, l);
	cJSON_Delete(o);
	*out = l;
	return OK;
fail:
	cJSON_Delete(o);
	if (l)
		free(l->text);
	free(l);
	return err;
}

char *chain_message(const struct chain_line *l)
{
	cJSON *o = cJSON_CreateObject();
	char *text = NULL;

	if (o && cJSON_AddStringToObject(o, "line", l->text) &&
			cJSON_AddStringToObject(o, "sig", l->sig))
		text = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	return text;
}

enum err chain_receipt(struct chain *c, uint32_t n, const struct chain_line **out)
{
	struct chain_line *l = c->waiting;

	*out = l;
	if (!l || l->n != n)
		return ERR_FORBIDDEN;
	l->is_stored = true;
	c->waiting = l->next;
	return OK;
}

const struct chain_line *chain_first(const struct chain *c)
{
	return c->first;
}

const char *chain_head(const struct chain *c)
{
	return c->prev;
}

uint32_t chain_count(const struct chain *c)
{
	return c->next_n;
}

uint32_t chain_stored(const struct chain *c)
{
	return c->waiting ? c->waiting->n : c->next_n;
}

const struct chain_line *chain_unstored(const struct chain *c)
{
	return c->waiting;
}
