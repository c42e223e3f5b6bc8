#include "gateway/notary/recording.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "common/frame.h"
#include "common/json.h"

static const char magic[8] = "GUICHETR";

static enum err small(const cJSON *o, const char *name, uint32_t *out)
{
	uint64_t v;
	enum err e = json_u64(o, name, &v);

	*out = e || v > UINT32_MAX ? 0 : (uint32_t)v;
	return e || v > UINT32_MAX ? ERR_MALFORMED : OK;
}

enum err recording_read(const cJSON *o, struct recording_chunk *c)
{
	uint32_t bytes = 0;
	bool is_bad = small(o, "n", &c->n) || small(o, "frames", &c->frames) || small(o, "first_seq", &c->first_seq) ||
		      small(o, "last_seq", &c->last_seq) || small(o, "bytes", &bytes) ||
		      json_u64(o, "from_ms", &c->from_ms) || json_u64(o, "to_ms", &c->to_ms);

	c->bytes = bytes;
	return is_bad ? ERR_MALFORMED : OK;
}

cJSON *recording_write(const struct recording_chunk *c)
{
	cJSON *o = cJSON_CreateObject();

	if (o && cJSON_AddNumberToObject(o, "n", c->n) && cJSON_AddNumberToObject(o, "frames", c->frames) &&
			cJSON_AddNumberToObject(o, "first_seq", c->first_seq) &&
			cJSON_AddNumberToObject(o, "last_seq", c->last_seq) &&
			cJSON_AddNumberToObject(o, "bytes", (double)c->bytes) &&
			cJSON_AddNumberToObject(o, "from_ms", (double)c->from_ms) &&
			cJSON_AddNumberToObject(o, "to_ms", (double)c->to_ms))
		return o;
	cJSON_Delete(o);
	return NULL;
}

enum err recording_follows(const struct recording *r, const struct recording_chunk *c)
{
	if (c->n != r->chunks + 1 || c->n > RECORDING_CHUNKS_MAX || c->from_ms < r->to_ms || c->to_ms < c->from_ms)
		return ERR_FORBIDDEN;
	if (c->frames == 0)
		return c->first_seq || c->last_seq ? ERR_FORBIDDEN : OK;
	return c->first_seq > r->last_seq && c->last_seq >= c->first_seq ? OK : ERR_FORBIDDEN;
}

void recording_advance(struct recording *r, const struct recording_chunk *c)
{
	r->chunks = c->n;
	r->to_ms = c->to_ms;
	r->bytes += c->bytes;
	if (c->frames)
		r->last_seq = c->last_seq;
}

static bool is_recorded(uint8_t kind)
{
	return kind == KIND_PICTURE || kind == KIND_CURSOR || kind == KIND_SCREENS || kind == KIND_NOTICE ||
			kind == KIND_CHAT;
}

/* Where the reading of a chunk stands. */
struct place {
	uint64_t after_ms;
	uint32_t seq, frames;
};

static bool take_frame(struct bytes *b, uint64_t span_ms, struct place *at)
{
	uint32_t after_ms = bytes_u32(b);
	const uint8_t *head = bytes_take(b, WIRE_HEADER_LEN);
	struct frame f;

	if (!head || frame_read_header(head, &f) || !is_recorded(f.kind) || !(f.flags & WIRE_SEALED))
		return false;
	if (!bytes_take(b, f.len) || after_ms < at->after_ms || after_ms > span_ms || f.seq <= at->seq)
		return false;
	*at = (struct place){ after_ms, f.seq, at->frames + 1 };
	return true;
}

enum err recording_check_frames(const struct recording_chunk *c, const uint8_t *frames, size_t len)
{
	struct bytes b = bytes_of(frames, len);
	struct place at = { .seq = c->first_seq ? c->first_seq - 1 : 0 };
	bool is_first = true;

	if (c->to_ms < c->from_ms || len != c->bytes || len > RECORDING_FRAMES_MAX)
		return ERR_MALFORMED;
	while (b.at < b.end) {
		if (!take_frame(&b, c->to_ms - c->from_ms, &at) || (is_first && at.seq != c->first_seq))
			return ERR_MALFORMED;
		is_first = false;
	}
	return at.frames == c->frames && (c->frames ? at.seq : 0) == c->last_seq && (c->frames || !c->first_seq) ?
		OK : ERR_MALFORMED;
}

static void put_u64(uint8_t out[8], uint64_t v)
{
	put_u32(out, (uint32_t)(v >> 32));
	put_u32(out + 4, (uint32_t)v);
}

void recording_header(const char *session, const struct recording_chunk *c, const uint8_t salt[RECORDING_SALT],
		uint8_t out[RECORDING_HEADER])
{
	memset(out, 0, RECORDING_HEADER);
	memcpy(out, magic, sizeof(magic));
	(void)hex_read(session, out + 8, 16);
	put_u32(out + 24, c->n);
	put_u32(out + 28, c->frames);
	put_u64(out + 32, c->from_ms);
	put_u64(out + 40, c->to_ms);
	memcpy(out + 48, salt, RECORDING_SALT);
}

void recording_name(uint32_t n, char out[RECORDING_NAME])
{
	snprintf(out, RECORDING_NAME, "%06" PRIu32, n % (RECORDING_CHUNKS_MAX + 1));
}
