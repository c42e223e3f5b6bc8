#include "gateway/core/transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"

enum stage { STAGE_NONE, STAGE_ASKED, STAGE_FILLING, STAGE_CHECKING, STAGE_MOVING };

struct transfer {
	enum transfer_way way;
	const struct transfer_out *out;
	void *arg;
	enum stage stage;
	struct transfer_file file;
	bool is_named;  /* name, size and hash are known */
	uint32_t got;   /* bytes of the sender that were taken… */
	uint32_t written; /* …and that are in the spool */
	uint32_t until; /* what the sender may send up to */
	bool is_flowing, is_reading; /* the receiver has said where it is; the spool is being asked */
	uint32_t sent, taken;
	uint64_t step_ms, told_ms;
};

struct transfer *transfer_new(enum transfer_way way, const struct transfer_out *out, void *arg)
{
	struct transfer *t = calloc(1, sizeof(*t));

	if (t)
		*t = (struct transfer){ .way = way, .out = out, .arg = arg };
	return t;
}

void transfer_free(struct transfer *t)
{
	free(t);
}

bool transfer_is_busy(const struct transfer *t)
{
	return t->stage != STAGE_NONE;
}

static bool is_it(const struct transfer *t, uint32_t id, enum stage stage)
{
	return t->stage == stage && t->file.id == id;
}

static enum side sender_of(const struct transfer *t)
{
	return t->way == WAY_DOWN ? SIDE_VIEWER : SIDE_AGENT;
}

static enum side receiver_of(const struct transfer *t)
{
	return t->way == WAY_DOWN ? SIDE_AGENT : SIDE_VIEWER;
}

/* ---- what both are told ---- */

static void step(struct transfer *t, enum stage stage)
{
	t->stage = stage;
	t->step_ms = t->out->now_ms(t->arg);
}

static void say(struct transfer *t, enum side to, const char *state, uint32_t at, const char *why)
{
	char text[200];
	int n = snprintf(text, sizeof(text), "{\"at\":%u,\"file\":%u,\"size\":%u,\"state\":\"%s\",\"why\":\"%s\"}", at,
			t->file.id, t->file.size, state, why);

	t->out->send(t->arg, to, KIND_FILE_STATE, text, (size_t)n);
}

static void say_both(struct transfer *t, const char *state, uint32_t at, const char *why)
{
	say(t, SIDE_VIEWER, state, at, why);
	say(t, SIDE_AGENT, state, at, why);
	t->told_ms = t->out->now_ms(t->arg);
}

static void say_now_and_then(struct transfer *t, const char *state, uint32_t at)
{
	if (t->out->now_ms(t->arg) >= t->told_ms + TRANSFER_TELL_MS)
		say_both(t, state, at, "");
}

static void finish(struct transfer *t, const char *state, const char *why)
{
	uint32_t at = t->stage == STAGE_MOVING ? t->taken : t->written;

	say_both(t, state, at, why);
	t->out->journal(t->arg, &t->file, t->way, state, why);
	t->out->drop(t->arg, t->way, t->file.id);
	t->stage = STAGE_NONE;
}

static void fail(struct transfer *t, const char *why)
{
	finish(t, "failed", why);
}

/* ---- asking ---- */

void transfer_ask(struct transfer *t, const struct transfer_file *f)
{
	t->file = *f;
	t->is_named = f->size != 0;
	t->got = t->written = t->until = t->sent = t->taken = 0;
	t->is_flowing = t->is_reading = false;
	t->told_ms = 0;
	step(t, STAGE_ASKED);
}

static void let_send(struct transfer *t)
{
	uint8_t go[12];
	uint32_t left = t->file.size - t->written;

	t->until = t->written + (left < TRANSFER_WINDOW ? left : TRANSFER_WINDOW);
	put_u32(go, t->file.id);
	put_u32(go + 4, t->got);
	put_u32(go + 8, t->until);
	t->out->send(t->arg, sender_of(t), KIND_FILE_GO, go, sizeof(go));
}

void transfer_accept(struct transfer *t, const struct transfer_file *f, const char *why)
{
	if (!is_it(t, f->id, STAGE_ASKED))
		return;
	if (t->is_named && (t->file.size != f->size || strcmp(t->file.sha256, f->sha256) != 0 ||
					   strcmp(t->file.name, f->name) != 0))
		why = "changed";
	t->file = *f;
	if (!why)
		why = t->out->open(t->arg, t->way, f);
	if (why) {
		fail(t, why);
		return;
	}
	step(t, STAGE_FILLING);
	say_both(t, "filling", 0, "");
	let_send(t);
}

void transfer_refuse(struct transfer *t, uint32_t id)
{
	if (is_it(t, id, STAGE_ASKED))
		t->stage = STAGE_NONE;
}

void transfer_stop(struct transfer *t, uint32_t id, const char *why)
{
	if (t->stage != STAGE_NONE && t->file.id == id)
		fail(t, why);
}

void transfer_stop_any(struct transfer *t, const char *why)
{
	transfer_stop(t, t->file.id, why);
}

/* ---- from the sender into the spool ---- */

enum err transfer_put(struct transfer *t, uint32_t id, uint32_t at, const uint8_t *bytes, size_t len)
{
	uint32_t known = t->got - at;

	if (!is_it(t, id, STAGE_FILLING) || (at < t->got && known >= len))
		return OK; /* over, or sent once more after a cut */
	if (at < t->got) {
		bytes += known;
		len -= known;
		at = t->got;
	}
	if (at != t->got || len == 0 || len > TRANSFER_CHUNK || len > t->until - t->got)
		return ERR_MALFORMED;
	t->got += (uint32_t)len;
	step(t, STAGE_FILLING);
	t->out->write(t->arg, t->way, id, at, bytes, len);
	return OK;
}

void transfer_on_written(struct transfer *t, uint32_t id, size_t len, const char *why)
{
	if (!is_it(t, id, STAGE_FILLING))
		return;
	if (why) {
		fail(t, why);
		return;
	}
	t->written += (uint32_t)len;
	if (t->written == t->file.size) {
		step(t, STAGE_CHECKING);
		say_both(t, "checking", t->written, "");
		t->out->check(t->arg, t->way, &t->file);
	} else if (t->until - t->written <= TRANSFER_WINDOW / 2) {
		let_send(t);
		say_now_and_then(t, "filling", t->written);
	}
}

void transfer_on_checked(struct transfer *t, uint32_t id, const char *why)
{
	if (!is_it(t, id, STAGE_CHECKING))
		return;
	if (why) {
		fail(t, why);
		return;
	}
	t->out->journal(t->arg, &t->file, t->way, "clean", "");
	step(t, STAGE_MOVING);
	say_both(t, "moving", 0, "");
}

/* ---- from the spool to the receiver ---- */

static void read_more(struct transfer *t)
{
	uint32_t left = t->file.size - t->sent;

	if (!t->is_flowing || t->is_reading || left == 0 || t->sent - t->taken >= TRANSFER_WINDOW)
		return;
	t->is_reading = true;
	t->out->read(t->arg, t->way, t->file.id, t->sent, left < TRANSFER_CHUNK ? left : TRANSFER_CHUNK);
}

void transfer_on_read(struct transfer *t, uint32_t id, uint32_t at, const uint8_t *bytes, size_t len)
{
	uint8_t frame[8 + TRANSFER_CHUNK];

	if (!is_it(t, id, STAGE_MOVING))
		return;
	t->is_reading = false;
	if (!bytes || len > TRANSFER_CHUNK) {
		fail(t, "disk");
		return;
	}
	if (t->is_flowing && at == t->sent) {
		put_u32(frame, id);
		put_u32(frame + 4, at);
		memcpy(frame + 8, bytes, len);
		t->out->send(t->arg, receiver_of(t), KIND_FILE_DATA, frame, 8 + len);
		t->sent += (uint32_t)len;
	}
	read_more(t);
}

enum err transfer_taken(struct transfer *t, uint32_t id, uint32_t have)
{
	if (!is_it(t, id, STAGE_MOVING))
		return OK;
	if (have > t->file.size || (t->is_flowing && (have > t->sent || have < t->taken)))
		return ERR_MALFORMED;
	if (!t->is_flowing) /* here it begins, or goes on after a cut */
		t->sent = have;
	t->taken = have;
	t->is_flowing = true;
	step(t, STAGE_MOVING);
	if (have == t->file.size) {
		finish(t, "done", "");
		return OK;
	}
	say_now_and_then(t, "moving", have);
	read_more(t);
	return OK;
}

/* ---- coming back, and time ---- */

void transfer_joined(struct transfer *t, enum side who)
{
	static const char *const states[] = { "", "asked", "filling", "checking", "moving" };

	if (t->stage == STAGE_NONE)
		return;
	if (who == receiver_of(t))
		t->is_flowing = false;
	say(t, who, states[t->stage], t->stage == STAGE_MOVING ? t->taken : t->written, "");
	if (t->stage == STAGE_FILLING && who == sender_of(t))
		let_send(t);
}

void transfer_tick(struct transfer *t)
{
	uint64_t now = t->out->now_ms(t->arg);
	uint64_t longest = t->stage == STAGE_ASKED ? TRANSFER_ASK_MS : TRANSFER_STALL_MS;

	if (t->stage != STAGE_NONE && now >= t->step_ms + longest)
		fail(t, "stalled");
}
