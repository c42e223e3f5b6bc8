#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "common/json.h"
#include "gateway/core/file_kind.h"
#include "gateway/core/room_inside.h"

/* ---- what a transfer does to the world ---- */

static void out_send(void *arg, enum side to, uint8_t kind, const void *payload, size_t len)
{
	struct room *r = arg;
	uint8_t out[WIRE_HEADER_LEN + 8 + TRANSFER_CHUNK];
	const struct frame f = { .kind = kind, .len = (uint32_t)len };
	void *link = to == SIDE_AGENT ? r->agent : r->viewer;

	if (!link || len > sizeof(out) - WIRE_HEADER_LEN)
		return;
	frame_write_header(&f, out);
	memcpy(out + WIRE_HEADER_LEN, payload, len);
	(void)r->ports->send(r->ports->arg, link, out, WIRE_HEADER_LEN + len, kind == KIND_FILE_DATA);
}

static void out_journal(void *arg, const struct transfer_file *f, enum transfer_way way, const char *what, const char *why)
{
	struct room *r = arg;
	cJSON *o = cJSON_CreateObject();
	char *text;

	cJSON_AddNumberToObject(o, "file", f->id);
	cJSON_AddStringToObject(o, "name", f->name);
	cJSON_AddStringToObject(o, "sha256", f->sha256);
	cJSON_AddNumberToObject(o, "size", f->size);
	cJSON_AddStringToObject(o, "way", way == WAY_DOWN ? "down" : "up");
	cJSON_AddStringToObject(o, "what", what);
	cJSON_AddStringToObject(o, "why", why);
	text = cJSON_PrintUnformatted(o);
	if (text)
		r->ports->journal(r->ports->arg, r, "file", text);
	cJSON_free(text);
	cJSON_Delete(o);
}

static const char *out_open(void *arg, enum transfer_way way, const struct transfer_file *f)
{
	struct room *r = arg;

	return r->ports->spool_open(r->ports->arg, r, way, f);
}

static void out_write(void *arg, enum transfer_way way, uint32_t id, uint32_t at, const uint8_t *bytes, size_t len)
{
	struct room *r = arg;

	r->ports->spool_write(r->ports->arg, r, way, id, at, bytes, len);
}

static void out_read(void *arg, enum transfer_way way, uint32_t id, uint32_t at, size_t len)
{
	struct room *r = arg;

	r->ports->spool_read(r->ports->arg, r, way, id, at, len);
}

static void out_check(void *arg, enum transfer_way way, const struct transfer_file *f)
{
	struct room *r = arg;

	r->ports->spool_check(r->ports->arg, r, way, f);
}

static void out_drop(void *arg, enum transfer_way way, uint32_t id)
{
	struct room *r = arg;

	r->ports->spool_drop(r->ports->arg, r, way, id);
}

static uint64_t out_now(void *arg)
{
	struct room *r = arg;

	return r->ports->now_ms(r->ports->arg);
}

static const struct transfer_out outs = { out_send, out_journal, out_open, out_write, out_read, out_check, out_drop, out_now };

enum err room_files_new(struct room *r)
{
	for (enum transfer_way way = 0; way < WAY_COUNT; way++) {
		r->transfer[way] = transfer_new(way, &outs, r);
		if (!r->transfer[way])
			return ERR_NOMEM;
	}
	return OK;
}

void room_files_free(struct room *r)
{
	for (enum transfer_way way = 0; way < WAY_COUNT; way++)
		transfer_free(r->transfer[way]);
}

/* ---- what the policy says ---- */

/* A word why this file may not go, NULL if it may. */
static const char *refusal(const struct room *r, const struct transfer_file *f)
{
	if (!r->ports->files)
		return "off";
	if (f->size > r->ports->files->size_max)
		return "size";
	return file_kind_is_allowed(r->ports->files->types, f->name) ? NULL : "type";
}

/* Not even asked for: the viewer is told, the journal has it. */
static void refuse(struct room *r, enum transfer_way way, const struct transfer_file *f, const char *why)
{
	char text[160];
	int n = snprintf(text, sizeof(text), "{\"at\":0,\"file\":%u,\"size\":%u,\"state\":\"refused\",\"why\":\"%s\"}",
			f->id, f->size, why);

	out_send(r, SIDE_VIEWER, KIND_FILE_STATE, text, (size_t)n);
	out_journal(r, f, way, "refused", why);
}

/* ---- frames ---- */

static enum err read_id(const cJSON *o, uint32_t *id)
{
	uint64_t v = 0;

	if (json_u64(o, "file", &v) || v < 1 || v > UINT32_MAX)
		return ERR_MALFORMED;
	*id = (uint32_t)v;
	return OK;
}

/* Name, size and hash; the name is made clean here, and again by the customer's program. */
static enum err read_file(const cJSON *o, struct transfer_file *f)
{
	const char *name = json_string(o, "name"), *sha256 = json_string(o, "sha256");
	uint64_t size = 0;

	memset(f, 0, sizeof(*f));
	if (read_id(o, &f->id) || !name || !sha256 || !hex_is(sha256, 64) || json_u64(o, "size", &size) || size < 1 ||
			size > UINT32_MAX)
		return ERR_MALFORMED;
	file_name_clean(name, strlen(name), f->name);
	memcpy(f->sha256, sha256, sizeof(f->sha256));
	f->size = (uint32_t)size;
	return OK;
}

static enum err on_offer(struct room *r, const cJSON *o)
{
	struct transfer_file f;
	const char *why;
	cJSON *clean;

	if (read_file(o, &f))
		return ERR_MALFORMED;
	why = transfer_is_busy(r->transfer[WAY_DOWN]) ? "busy" : refusal(r, &f);
	if (why) {
		refuse(r, WAY_DOWN, &f, why);
		return OK;
	}
	transfer_ask(r->transfer[WAY_DOWN], &f);
	clean = cJSON_CreateObject();
	cJSON_AddNumberToObject(clean, "file", f.id);
	cJSON_AddStringToObject(clean, "name", f.name);
	cJSON_AddStringToObject(clean, "sha256", f.sha256);
	cJSON_AddNumberToObject(clean, "size", f.size);
	return room_send_json(r, r->agent, KIND_FILE_OFFER, clean);
}

static enum err on_ask(struct room *r, const cJSON *o)
{
	struct transfer_file f = { .sha256 = "" };
	cJSON *ask;

	if (read_id(o, &f.id))
		return ERR_MALFORMED;
	if (transfer_is_busy(r->transfer[WAY_UP]) || !r->ports->files) {
		refuse(r, WAY_UP, &f, r->ports->files ? "busy" : "off");
		return OK;
	}
	transfer_ask(r->transfer[WAY_UP], &f);
	ask = cJSON_CreateObject();
	cJSON_AddNumberToObject(ask, "file", f.id);
	return room_send_json(r, r->agent, KIND_FILE_ASK, ask);
}

static enum err on_stop(struct room *r, const cJSON *o)
{
	uint32_t id;

	if (read_id(o, &id))
		return ERR_MALFORMED;
	for (enum transfer_way way = 0; way < WAY_COUNT; way++)
		transfer_stop(r->transfer[way], id, "advisor");
	return OK;
}

bool room_is_about_files(uint8_t kind)
{
	return kind >= KIND_FILE_OFFER && kind <= KIND_FILE_HAVE;
}

enum err room_on_file(
		struct room *r, enum side from, uint8_t kind, const uint8_t *payload, size_t len, const cJSON *o)
{
	bool is_viewer = from == SIDE_VIEWER;

	switch (kind) {
	case KIND_FILE_OFFER:
		return on_offer(r, o);
	case KIND_FILE_ASK:
		return on_ask(r, o);
	case KIND_FILE_STOP:
		return on_stop(r, o);
	case KIND_FILE_PUT:
	case KIND_FILE_GIVE:
		return transfer_put(r->transfer[is_viewer ? WAY_DOWN : WAY_UP], get_u32(payload), get_u32(payload + 4),
				payload + 8, len - 8);
	case KIND_FILE_TAKEN:
	case KIND_FILE_HAVE:
		return transfer_taken(r->transfer[is_viewer ? WAY_UP : WAY_DOWN], get_u32(payload), get_u32(payload + 4));
	default:
		return ERR_MALFORMED;
	}
}

/* ---- the customer's lines ---- */

static bool is_file_line(enum consent_kind kind)
{
	return kind >= CONSENT_FILE_ASK && kind <= CONSENT_FILE_CANCELLED;
}

enum err room_read_file(const cJSON *line, struct waiting_line *out)
{
	const char *way = json_string(line, "way");

	if (!is_file_line(out->event.kind))
		return OK;
	if (!way || (strcmp(way, "down") != 0 && strcmp(way, "up") != 0))
		return ERR_MALFORMED;
	out->way = strcmp(way, "down") == 0 ? WAY_DOWN : WAY_UP;
	return out->event.kind == CONSENT_FILE_ACCEPT ? read_file(line, &out->file) : read_id(line, &out->file.id);
}

/* Words of a line go to the other side only if they are words. */
static const char *word_of(const char *why)
{
	size_t n = strspn(why, "abcdefghijklmnopqrstuvwxyz");

	return n && why[n] == '\0' ? why : "customer";
}

void room_file_verified(struct room *r, const struct waiting_line *l)
{
	if (l->event.kind == CONSENT_FILE_CANCELLED)
		transfer_stop(r->transfer[l->way], l->file.id, word_of(l->why));
}

void room_file_stored(struct room *r, const struct waiting_line *l)
{
	struct transfer *t;

	if (!is_file_line(l->event.kind))
		return;
	t = r->transfer[l->way];
	if (l->event.kind == CONSENT_FILE_REFUSE)
		transfer_refuse(t, l->file.id);
	if (l->event.kind == CONSENT_FILE_ACCEPT)
		transfer_accept(t, &l->file, refusal(r, &l->file));
}

/* ---- the spool, coming back, time ---- */

void room_on_file_written(struct room *r, enum transfer_way way, uint32_t id, size_t len, const char *why)
{
	transfer_on_written(r->transfer[way], id, len, why);
}

void room_on_file_checked(struct room *r, enum transfer_way way, uint32_t id, const char *why)
{
	transfer_on_checked(r->transfer[way], id, why);
}

void room_on_file_read(
		struct room *r, enum transfer_way way, uint32_t id, uint32_t at, const uint8_t *bytes, size_t len)
{
	transfer_on_read(r->transfer[way], id, at, bytes, len);
}

void room_files_joined(struct room *r, enum side who)
{
	for (enum transfer_way way = 0; way < WAY_COUNT; way++)
		transfer_joined(r->transfer[way], who);
}

void room_files_tick(struct room *r)
{
	for (enum transfer_way way = 0; way < WAY_COUNT; way++)
		transfer_tick(r->transfer[way]);
}

void room_files_stop(struct room *r, const char *why)
{
	for (enum transfer_way way = 0; way < WAY_COUNT; way++)
		transfer_stop_any(r->transfer[way], why);
}
