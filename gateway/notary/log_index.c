#include "gateway/notary/log_index.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"

enum { FIRST_SLOTS = 256 };

/* Slots hold places in `all` plus 1. Sessions are random numbers of our own, so their first bits spread. */
struct log_index {
	struct log_entries *all;
	uint32_t *slot;
	size_t count, room, slots;
};

struct log_index *log_index_new(void)
{
	struct log_index *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->slots = FIRST_SLOTS;
	x->slot = calloc(x->slots, sizeof(*x->slot));
	if (x->slot)
		return x;
	log_index_free(x);
	return NULL;
}

void log_index_free(struct log_index *x)
{
	if (!x)
		return;
	free(x->all);
	free(x->slot);
	free(x);
}

static size_t start_of(const struct log_index *x, const char *session)
{
	uint8_t first[4] = { 0 };
	char digits[9];

	memcpy(digits, session, 8);
	digits[8] = '\0';
	hex_read(digits, first, sizeof(first));
	return get_u32(first) & (x->slots - 1);
}

/* The slot where the session is, or where it would be put. */
static size_t slot_of(const struct log_index *x, const char *session)
{
	size_t i = start_of(x, session);

	while (x->slot[i] && strcmp(x->all[x->slot[i] - 1].session, session) != 0)
		i = (i + 1) & (x->slots - 1);
	return i;
}

const struct log_entries *log_index_find(const struct log_index *x, const char *session)
{
	uint32_t at = x->slot[slot_of(x, session)];

	return at ? &x->all[at - 1] : NULL;
}

const struct log_entries *log_index_at(const struct log_index *x, size_t i)
{
	return i < x->count ? &x->all[i] : NULL;
}

static enum err more_slots(struct log_index *x)
{
	uint32_t *old = x->slot, *grown;

	if (2 * (x->count + 1) <= x->slots)
		return OK;
	grown = calloc(2 * x->slots, sizeof(*grown));
	if (!grown || x->count > UINT32_MAX / 4) {
		free(grown);
		return ERR_NOMEM;
	}
	free(old);
	x->slot = grown;
	x->slots *= 2;
	for (size_t i = 0; i < x->count; i++)
		x->slot[slot_of(x, x->all[i].session)] = (uint32_t)(i + 1);
	return OK;
}

static enum err more_room(struct log_index *x)
{
	size_t room = x->room ? 2 * x->room : FIRST_SLOTS / 2;
	struct log_entries *grown;

	if (x->count < x->room)
		return OK;
	grown = realloc(x->all, room * sizeof(*grown));
	if (!grown)
		return ERR_NOMEM;
	x->all = grown;
	x->room = room;
	return OK;
}

enum err log_index_check(const struct log_index *x, enum log_event event, const char *session)
{
	const struct log_entries *have = log_index_find(x, session);

	if (!have)
		return event == LOG_OPENED ? OK : ERR_FORBIDDEN;
	return have->place[event] ? ERR_FORBIDDEN : OK;
}

enum err log_index_add(struct log_index *x, enum log_event event, const char *session, uint64_t n)
{
	enum err e = log_index_check(x, event, session);
	struct log_entries *en;

	if (!e && event == LOG_OPENED) {
		e = more_slots(x);
		if (!e)
			e = more_room(x);
		if (e)
			return e;
		en = &x->all[x->count];
		*en = (struct log_entries){ 0 };
		memcpy(en->session, session, TOKEN_HEX);
		x->slot[slot_of(x, session)] = (uint32_t)++x->count;
	}
	if (!e)
		x->all[x->slot[slot_of(x, session)] - 1].place[event] = n + 1;
	return e;
}
