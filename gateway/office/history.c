#include "gateway/office/history.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"

enum { DEPTH = 8, RIGHTS = 3 };

/* A right that is live: since when by the gateway's clock and by the agent's. */
struct right {
	bool is_live;
	uint64_t grant, from_ms, from_boot_ms;
};

struct history {
	cJSON *facts, *events, *rights, *recorded, *gaps, *counts;
	struct right right[RIGHTS];
	uint64_t last_ms, control_ms, chunks, bytes;
	uint64_t span_from_ms, span_to_ms; /* of the recording that goes on */
	uint64_t paused_ms;                /* since when it is paused; 0: it is not */
	bool is_recording, is_truncated, was_paused;
};

static const char *const rights[RIGHTS] = { "view", "point", "control" };

enum err history_new(struct history **out)
{
	struct history *h = calloc(1, sizeof(*h));

	*out = NULL;
	if (!h)
		return ERR_NOMEM;
	h->facts = cJSON_CreateObject();
	h->events = cJSON_CreateArray();
	h->rights = cJSON_CreateArray();
	h->recorded = cJSON_CreateArray();
	h->gaps = cJSON_CreateArray();
	h->counts = cJSON_CreateObject();
	if (!h->facts || !h->events || !h->rights || !h->recorded || !h->gaps || !h->counts) {
		history_free(h);
		return ERR_NOMEM;
	}
	*out = h;
	return OK;
}

void history_free(struct history *h)
{
	if (!h)
		return;
	cJSON_Delete(h->facts);
	cJSON_Delete(h->events);
	cJSON_Delete(h->rights);
	cJSON_Delete(h->recorded);
	cJSON_Delete(h->gaps);
	cJSON_Delete(h->counts);
	free(h);
}

static uint64_t number(const cJSON *o, const char *name)
{
	uint64_t v;

	return json_u64(o, name, &v) ? 0 : v;
}

/* ---- building ---- */

static bool has_room(struct history *h, const cJSON *list, int max)
{
	if (cJSON_GetArraySize(list) < max)
		return true;
	h->is_truncated = true;
	return false;
}

static void add_interval(struct history *h, cJSON *list, uint64_t from_ms, uint64_t to_ms, const char *why)
{
	cJSON *o;

	if (!has_room(h, list, HISTORY_INTERVALS_MAX))
		return;
	o = cJSON_CreateObject();
	cJSON_AddNumberToObject(o, "from_ms", (double)from_ms);
	cJSON_AddNumberToObject(o, "to_ms", (double)to_ms);
	if (why)
		cJSON_AddStringToObject(o, "why", why);
	cJSON_AddItemToArray(list, o);
}

/* What a person has no use for on a time line, or what is long. */
static bool is_left_out(const char *name)
{
	static const char *const names[] = { "boot_ms", "event", "n", "prev", "session", "wall_ms", "content_key", "key_check",
					     "sign", "sig", "line", "articles", "private", "gateway", "gateway_sig" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void add_event(struct history *h, uint64_t ms, const char *event, const cJSON *data)
{
	cJSON *o, *kept;

	if (!has_room(h, h->events, HISTORY_EVENTS_MAX))
		return;
	o = cJSON_CreateObject();
	cJSON_AddNumberToObject(o, "ms", (double)ms);
	cJSON_AddStringToObject(o, "event", event);
	kept = cJSON_AddObjectToObject(o, "data");
	for (const cJSON *each = data ? data->child : NULL; each; each = each->next)
		if (!is_left_out(each->string))
			cJSON_AddItemToObject(kept, each->string, cJSON_Duplicate(each, true));
	cJSON_AddItemToArray(h->events, o);
}

static void copy_fact(struct history *h, const cJSON *data, const char *from, const char *to)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(data, from);

	if (item && !cJSON_HasObjectItem(h->facts, to))
		cJSON_AddItemToObject(h->facts, to, cJSON_Duplicate(item, true));
}

static void set_fact(struct history *h, const char *name, uint64_t value)
{
	if (!cJSON_HasObjectItem(h->facts, name))
		cJSON_AddNumberToObject(h->facts, name, (double)value);
}

/* ---- rights ---- */

static struct right *right_of(struct history *h, const char *cap)
{
	for (size_t i = 0; cap && i < RIGHTS; i++)
		if (strcmp(rights[i], cap) == 0)
			return &h->right[i];
	return NULL;
}

/*
 * The length of a right: by the agent's clock when both ends are lines of the agent, which no change of the time
 * of day bends (S19: +/- 100 ms).
 */
static void close_right(struct history *h, struct right *r, uint64_t ms, uint64_t boot_ms)
{
	uint64_t length = boot_ms ? boot_ms - r->from_boot_ms : ms - r->from_ms;
	size_t i = (size_t)(r - h->right);
	cJSON *o;

	if (!r->is_live)
		return;
	r->is_live = false;
	if (boot_ms ? boot_ms < r->from_boot_ms : ms < r->from_ms)
		length = 0;
	if (i == RIGHTS - 1)
		h->control_ms += length;
	if (!has_room(h, h->rights, HISTORY_INTERVALS_MAX))
		return;
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "cap", rights[i]);
	cJSON_AddNumberToObject(o, "grant", (double)r->grant);
	cJSON_AddNumberToObject(o, "from_ms", (double)r->from_ms);
	cJSON_AddNumberToObject(o, "to_ms", (double)(ms > r->from_ms ? ms : r->from_ms));
	cJSON_AddNumberToObject(o, "ms", (double)length);
	cJSON_AddItemToArray(h->rights, o);
}

static void close_rights(struct history *h, uint64_t ms, uint64_t boot_ms)
{
	for (size_t i = 0; i < RIGHTS; i++)
		close_right(h, &h->right[i], ms, boot_ms);
}

static void on_grant(struct history *h, uint64_t ms, const cJSON *line)
{
	struct right *r = right_of(h, json_string(line, "cap"));

	if (!r)
		return;
	close_right(h, r, ms, number(line, "boot_ms"));
	*r = (struct right){ true, number(line, "grant"), ms, number(line, "boot_ms") };
}

/* Giving up the view gives up the others with it (PROTOCOL.md 6.2). */
static void on_loss(struct history *h, uint64_t ms, const cJSON *line)
{
	struct right *r = right_of(h, json_string(line, "cap"));

	if (r == &h->right[0])
		close_rights(h, ms, number(line, "boot_ms"));
	else if (r)
		close_right(h, r, ms, number(line, "boot_ms"));
}

static void on_pause(struct history *h, uint64_t ms, const cJSON *line)
{
	close_right(h, &h->right[RIGHTS - 1], ms, number(line, "boot_ms"));
	h->paused_ms = ms;
	h->was_paused = true;
}

/* A page that was loaded anew has no right to act (EVIDENCE.md 11, `control`). */
static void on_paired(struct history *h, uint64_t ms, const cJSON *line)
{
	close_right(h, &h->right[RIGHTS - 1], ms, number(line, "boot_ms"));
}

static void on_resume(struct history *h, uint64_t ms, const cJSON *line)
{
	(void)ms;
	(void)line;
	h->paused_ms = 0;
}

static void on_agent_end(struct history *h, uint64_t ms, const cJSON *line)
{
	close_rights(h, ms, number(line, "boot_ms"));
}

static void on_counts(struct history *h, const cJSON *line)
{
	for (const cJSON *each = line->child; each; each = each->next) {
		cJSON *sum;

		if (!cJSON_IsNumber(each) || is_left_out(each->string))
			continue;
		sum = cJSON_GetObjectItemCaseSensitive(h->counts, each->string);
		if (sum)
			cJSON_SetNumberHelper(sum, sum->valuedouble + each->valuedouble);
		else
			cJSON_AddNumberToObject(h->counts, each->string, each->valuedouble);
	}
}

static const struct {
	const char *event;
	void (*handle)(struct history *h, uint64_t ms, const cJSON *line);
} agent_events[] = {
	{ "grant", on_grant },   { "limit", on_loss }, { "release", on_loss }, { "suspend", on_loss },
	{ "pause", on_pause },   { "resume", on_resume }, { "end", on_agent_end },
	{ "paired", on_paired },
};

/* ---- lines of the journal ---- */

static enum err on_consent(struct history *h, uint64_t ms, const cJSON *data)
{
	const char *text = json_string(data, "line"), *event;
	cJSON *line;
	enum err e = text ? json_parse(text, strlen(text), DEPTH, &line) : ERR_MALFORMED;

	if (e)
		return e;
	event = json_string(line, "event");
	if (!event)
		e = ERR_MALFORMED;
	else if (strcmp(event, "counts") == 0)
		on_counts(h, line);
	else if (strcmp(event, "head") != 0)
		add_event(h, ms, event, line);
	for (size_t i = 0; !e && i < sizeof(agent_events) / sizeof(agent_events[0]); i++)
		if (strcmp(agent_events[i].event, event) == 0)
			agent_events[i].handle(h, ms, line);
	cJSON_Delete(line);
	return e;
}

static void end_span(struct history *h)
{
	if (h->is_recording)
		add_interval(h, h->recorded, h->span_from_ms, h->span_to_ms, NULL);
	h->is_recording = false;
}

/* Chunks join each other to the millisecond, or there is a gap (EVIDENCE.md 6.3). */
static void on_chunk(struct history *h, const cJSON *data)
{
	uint64_t from_ms = number(data, "from_ms"), to_ms = number(data, "to_ms");

	h->chunks++;
	h->bytes += number(data, "bytes");
	if (h->is_recording && from_ms > h->span_to_ms) {
		add_interval(h, h->gaps, h->span_to_ms, from_ms, h->was_paused ? "pause" : "view");
		end_span(h);
	}
	if (!h->is_recording)
		h->span_from_ms = from_ms;
	h->is_recording = true;
	h->was_paused = h->paused_ms != 0;
	if (to_ms > h->span_to_ms || h->span_from_ms == from_ms)
		h->span_to_ms = to_ms;
}

static void on_session(struct history *h, uint64_t ms, const cJSON *data)
{
	static const char *const names[] = { "advisor", "purpose", "purpose_label", "ceiling" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		copy_fact(h, data, names[i], names[i]);
	set_fact(h, "started_ms", ms);
}

static void on_accepted(struct history *h, const cJSON *data)
{
	copy_fact(h, data, "version", "version");
	copy_fact(h, data, "lang", "lang");
	copy_fact(h, data, "terms", "terms");
	copy_fact(h, data, "acceptance", "acceptance");
	copy_fact(h, data, "at_ms", "accepted_ms");
}

static enum err on_line(struct history *h, uint64_t ms, const char *event, const cJSON *data)
{
	if (strcmp(event, "consent") == 0)
		return on_consent(h, ms, data);
	if (strcmp(event, "chunk") == 0) {
		on_chunk(h, data);
		return OK;
	}
	if (strcmp(event, "session") == 0)
		on_session(h, ms, data);
	else if (strcmp(event, "accepted") == 0)
		on_accepted(h, data);
	if (strcmp(event, "left") == 0)
		close_right(h, &h->right[RIGHTS - 1], ms, 0);
	else if (strcmp(event, "failed") == 0)
		close_rights(h, ms, 0);
	if (strcmp(event, "end") == 0) {
		close_rights(h, ms, 0);
		copy_fact(h, data, "reason", "reason");
		set_fact(h, "ended_ms", ms);
		add_event(h, ms, "closed", data);
	} else {
		add_event(h, ms, event, data);
	}
	return OK;
}

enum err history_add(struct history *h, const char *text, size_t len)
{
	cJSON *line;
	const cJSON *data;
	const char *event;
	enum err e = len <= HISTORY_LINE_MAX ? json_parse(text, len, DEPTH, &line) : ERR_MALFORMED;

	if (e)
		return e;
	event = json_string(line, "event");
	data = cJSON_GetObjectItemCaseSensitive(line, "data");
	if (!event || !cJSON_IsObject(data) || json_u64(line, "wall_ms", &h->last_ms))
		e = ERR_MALFORMED;
	else
		e = on_line(h, h->last_ms, event, data);
	cJSON_Delete(line);
	return e;
}

/* A list goes over to the answer. */
static bool hand_over(cJSON *o, const char *name, cJSON **item)
{
	bool is_added = cJSON_AddItemToObject(o, name, *item);

	if (is_added)
		*item = NULL;
	return is_added;
}

enum err history_finish(struct history *h, cJSON **out)
{
	cJSON *o = cJSON_CreateObject();

	close_rights(h, h->last_ms, 0);
	end_span(h);
	*out = o;
	if (o && hand_over(o, "facts", &h->facts) && hand_over(o, "events", &h->events) &&
			hand_over(o, "rights", &h->rights) && hand_over(o, "recorded", &h->recorded) &&
			hand_over(o, "gaps", &h->gaps) && hand_over(o, "counts", &h->counts) &&
			cJSON_AddNumberToObject(o, "control_ms", (double)h->control_ms) &&
			cJSON_AddNumberToObject(o, "chunks", (double)h->chunks) &&
			cJSON_AddNumberToObject(o, "bytes", (double)h->bytes) &&
			cJSON_AddBoolToObject(o, "truncated", h->is_truncated))
		return OK;
	cJSON_Delete(o);
	*out = NULL;
	return ERR_NOMEM;
}
