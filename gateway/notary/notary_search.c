/* Finding sessions again, seats now, and numbers for who watches over the service (S28, S33). */
#include "gateway/notary/notary_ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "common/bytes.h"
#include "common/json.h"

enum {
	CURSOR_HEX = 32,     /* 16 digits of started_ms, 16 of the row */
	ANSWER_ROOM = 56000, /* bytes of rows: they fit one message */
	ROW_BYTES = 320,     /* of a row, names and numbers */
	OFFICE_ROWS_MAX = 200,
};

/* ---- search ---- */

/* A field that may be missing: "" then. */
static bool take_filter(const struct request *r, const char *name, char *out, size_t room)
{
	out[0] = '\0';
	return !cJSON_GetObjectItemCaseSensitive(r->fields, name) || take_text(r, name, out, room);
}

static bool take_number(const struct request *r, const char *name, uint64_t *out)
{
	*out = 0;
	return !cJSON_GetObjectItemCaseSensitive(r->fields, name) || json_u64(r->fields, name, out) == OK;
}

/* An erased reference reads as spaces; nobody has that one. */
static bool is_blank(const char *s)
{
	return s[0] && s[strspn(s, " ")] == '\0';
}

static uint64_t hex_number(const char *s)
{
	uint8_t bytes[8];
	char digits[17];

	memcpy(digits, s, 16);
	digits[16] = '\0';
	return hex_read(digits, bytes, sizeof(bytes)) ? (uint64_t)get_u32(bytes) << 32 | get_u32(bytes + 4) : 0;
}

/* Whatever place it names, it is a place in what the caller may see anyway. */
static bool take_cursor(const struct request *r, struct store_filter *f)
{
	const char *s = json_string(r->fields, "before");

	if (!s || !s[0])
		return true;
	if (!hex_is(s, CURSOR_HEX))
		return false;
	f->before_ms = hex_number(s);
	f->before_row = hex_number(s + CURSOR_HEX / 2);
	return f->before_ms > 0 && f->before_ms <= (uint64_t)JSON_INTEGER_MAX && f->before_row <= INT64_MAX;
}

static bool take_search(const struct request *r, struct store_filter *f, uint64_t *limit)
{
	*f = (struct store_filter){ 0 };
	if (!take_filter(r, "customer", f->customer, sizeof(f->customer)) ||
			!take_filter(r, "advisor", f->advisor, sizeof(f->advisor)) ||
			!take_filter(r, "purpose", f->purpose, sizeof(f->purpose)) ||
			!take_filter(r, "outcome", f->reason, sizeof(f->reason)) ||
			!take_number(r, "from_ms", &f->from_ms) || !take_number(r, "to_ms", &f->to_ms) ||
			!take_number(r, "limit", limit) || !take_cursor(r, f))
		return false;
	*limit = *limit ? *limit : SEARCH_MAX;
	return *limit <= SEARCH_MAX;
}

static const char *state_of(const struct notary *n, const struct store_found *f)
{
	if (f->erased_ms)
		return "erased";
	if (!f->is_ended)
		return "open";
	return has_seal(n, f->id) ? "sealed" : "ended";
}

static cJSON *found_row(const struct notary *n, const struct store_found *f)
{
	cJSON *o = cJSON_CreateObject();

	if (add_text(o, "session", f->id) && add_text(o, "advisor", f->advisor) && add_text(o, "display", f->display) &&
			add_text(o, "purpose", f->purpose) && add_text(o, "purpose_label", f->label) &&
			add_number(o, "started_ms", f->started_ms) && add_number(o, "ended_ms", f->ended_ms) &&
			add_text(o, "reason", f->reason) && add_text(o, "customer", f->customer) &&
			add_text(o, "state", state_of(n, f)) && add_text(o, "class", f->class) &&
			add_item(o, "hold", cJSON_CreateBool(f->has_hold)))
		return o;
	cJSON_Delete(o);
	return NULL;
}

/* At most this many bytes: every character of a text may be written as two. */
static size_t row_bytes(const struct store_found *f)
{
	return ROW_BYTES + 2 * (strlen(f->advisor) + strlen(f->display) + strlen(f->purpose) + strlen(f->label) +
			strlen(f->customer) + strlen(f->reason));
}

/* One row more than asked for was read: it only says that there is more. */
static const char *add_found(struct notary *n, const struct store_found *f, size_t count, size_t limit, cJSON *answer)
{
	cJSON *list = cJSON_AddArrayToObject(answer, "sessions");
	char cursor[CURSOR_HEX + 1] = "";
	size_t bytes = 0, i = 0;

	for (; list && i < count && i < limit && bytes + row_bytes(&f[i]) <= ANSWER_ROOM; i++) {
		bytes += row_bytes(&f[i]);
		if (!cJSON_AddItemToArray(list, found_row(n, &f[i])))
			return "nomem";
	}
	if (i > 0 && i < count)
		snprintf(cursor, sizeof(cursor), "%016llx%016llx", (unsigned long long)f[i - 1].started_ms,
				(unsigned long long)f[i - 1].row);
	return list && add_text(answer, "next", cursor) ? NULL : "nomem";
}

const char *on_evidence_search(struct notary *n, const struct request *r, cJSON *answer)
{
	struct store_found *found;
	struct store_filter f;
	struct who who;
	uint64_t limit;
	size_t count = 0;
	const char *word = take_who(n, r, ROLE_COMPLIANCE, &who);

	if (word)
		return word;
	if (!take_search(r, &f, &limit))
		return "malformed";
	found = calloc(SEARCH_MAX + 1, sizeof(*found));
	if (!found)
		return "nomem";
	if (!is_blank(f.customer))
		word = word_of(store_session_search(n->store, &f, found, (size_t)limit + 1, &count));
	if (!word)
		word = add_found(n, found, count, (size_t)limit, answer);
	free(found);
	return word;
}

/* ---- seats ---- */

static cJSON *seat_row(const struct store_session *se)
{
	cJSON *o = cJSON_CreateObject();

	if (add_text(o, "session", se->id) && add_text(o, "advisor", se->advisor) && add_text(o, "display", se->display) &&
			add_text(o, "purpose", se->purpose) && add_text(o, "purpose_label", se->label) &&
			add_number(o, "started_ms", se->started_ms) &&
			add_item(o, "joined", cJSON_CreateBool(se->sign[0] != '\0')))
		return o;
	cJSON_Delete(o);
	return NULL;
}

static const char *add_seats(struct notary *n, char (*ids)[STORE_ID], size_t count, cJSON *answer)
{
	cJSON *list = cJSON_AddArrayToObject(answer, "sessions");
	struct store_session se;
	size_t shown = count < OFFICE_ROWS_MAX ? count : OFFICE_ROWS_MAX, bytes = 0;
	const char *word = list ? NULL : "nomem";

	for (size_t i = 0; !word && i < shown && bytes < ANSWER_ROOM; i++) {
		word = word_of(store_session_get(n->store, ids[i], &se));
		bytes += ROW_BYTES + 2 * (strlen(se.advisor) + strlen(se.display) + strlen(se.purpose) + strlen(se.label));
		if (!word && bytes < ANSWER_ROOM && !cJSON_AddItemToArray(list, seat_row(&se)))
			word = "nomem";
	}
	return word ? word : add_number(answer, "seats", n->o.seats) && add_number(answer, "taken", count) ? NULL : "nomem";
}

const char *on_seats(struct notary *n, const struct request *r, cJSON *answer)
{
	char (*ids)[STORE_ID];
	struct who who;
	size_t count = 0;
	const char *word = take_who(n, r, ROLE_COMPLIANCE | ROLE_OPERATOR, &who);

	if (word)
		return word;
	ids = calloc(SEATS_MAX, sizeof(*ids));
	if (!ids)
		return "nomem";
	word = word_of(store_session_open_ids(n->store, ids, SEATS_MAX, &count));
	if (!word)
		word = add_seats(n, ids, count, answer);
	free(ids);
	return word;
}

/* ---- numbers ---- */

static bool add_disk(const struct notary *n, cJSON *answer)
{
	struct statvfs disk;

	if (statvfs(n->o.directory, &disk) < 0)
		return false;
	return add_number(answer, "free_bytes", (uint64_t)disk.f_bavail * disk.f_frsize);
}

static uint64_t sealed_sessions(const struct notary *n)
{
	const struct log_entries *en;
	uint64_t sealed = 0;

	for (size_t i = 0; (en = transparency_session(n->log, i)) != NULL; i++)
		sealed += en->place[LOG_SEALED] > 0;
	return sealed;
}

static bool add_seals(const struct notary *n, cJSON *answer)
{
	struct notary_seal_stats s;

	notary_seal_stats(n, &s);
	return add_number(answer, "sealed", sealed_sessions(n)) && add_number(answer, "unsealed", s.unsealed) &&
	       add_number(answer, "seals_failed", s.seals_failed) && add_number(answer, "entries", s.log_entries) &&
	       add_number(answer, "waiting", s.unstamped) && add_number(answer, "stamp_age_ms", s.unstamped_oldest_ms) &&
	       add_number(answer, "stamp_failures", s.stamp_failures) &&
	       add_number(answer, "certificate_ends_ms", s.certificate_ends_ms);
}

static bool add_store(const struct notary *n, const struct store_totals *t, cJSON *answer)
{
	return add_number(answer, "seats", n->o.seats) && add_number(answer, "taken", t->sessions - t->ended) &&
	       add_number(answer, "sessions", t->sessions) && add_number(answer, "held", t->held) &&
	       add_number(answer, "erased", t->erased) && add_number(answer, "unsettled", t->unsettled) &&
	       add_number(answer, "journal_broken", journals_broken_count(n->journals) + journals_broken_count(n->after)) &&
	       add_number(answer, "reserve_used", !reserve_is_whole(n->reserve));
}

const char *on_stats(struct notary *n, const struct request *r, cJSON *answer)
{
	struct store_totals t;
	const char *word = word_of(store_session_totals(n->store, &t));

	(void)r;
	if (word)
		return word;
	return add_store(n, &t, answer) && add_seals(n, answer) && add_disk(n, answer) ? NULL : "store";
}
