#include "gateway/notary/stamps.h"

#include <stdlib.h>

#include "gateway/notary/log.h"

struct stamps {
	struct stamps_options o;
	uint64_t running;   /* size of the checkpoint that is asked about, 0: none */
	int fd;             /* where its answer goes */
	uint64_t begun_ms, next_ms; /* boot clock */
	uint64_t failures;
	uint64_t oldest, oldest_wall_ms; /* of the queue, 0: empty; read once for each */
	bool is_alarm;
};

struct stamps *stamps_new(const struct stamps_options *o)
{
	struct stamps *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->o = *o;
	s->fd = -1;
	return s;
}

static void let_go(struct stamps *s)
{
	if (s->fd >= 0)
		checkpoints_stamp_close(s->o.checkpoints, s->fd);
	s->fd = -1;
	s->running = 0;
}

void stamps_free(struct stamps *s)
{
	if (!s)
		return;
	if (s->running)
		s->o.stamper->stop(s->o.stamper->arg);
	let_go(s);
	free(s);
}

static uint64_t pause_ms(uint64_t failures)
{
	uint64_t pause = STAMP_PAUSE_MS;

	for (uint64_t i = 1; i < failures && pause < STAMP_PAUSE_MAX_MS; i++)
		pause *= 2;
	return pause < STAMP_PAUSE_MAX_MS ? pause : STAMP_PAUSE_MAX_MS;
}

static void on_failure(struct stamps *s, const char *why)
{
	let_go(s);
	if (s->failures++ == 0)
		log_problem("time-stamp", NULL, why);
	s->next_ms = clock_boot_ms(s->o.clock) + pause_ms(s->failures);
}

static void on_done(struct stamps *s)
{
	enum err e = checkpoints_stamp_end(s->o.checkpoints, s->running, s->fd);

	if (e) {
		on_failure(s, err_name(e));
		return;
	}
	let_go(s);
	if (s->failures > 0)
		log_problem("time-stamp", NULL, "the authority answers again");
	s->failures = 0;
	s->next_ms = 0;
}

static void look_after(struct stamps *s)
{
	const struct stamper *st = s->o.stamper;
	enum stamp_state state = st->poll(st->arg);

	if (state == STAMP_RUNNING && clock_boot_ms(s->o.clock) - s->begun_ms >= STAMP_LIFE_MS) {
		st->stop(st->arg);
		state = STAMP_FAILED;
	}
	if (state == STAMP_DONE)
		on_done(s);
	else if (state == STAMP_FAILED)
		on_failure(s, "no token, tried again later");
}

static void begin(struct stamps *s, uint64_t size)
{
	const struct stamper *st = s->o.stamper;
	char digest[DIGEST_HEX + 1];
	enum err e = checkpoints_stamp_begin(s->o.checkpoints, size, digest, &s->fd);

	if (!e)
		e = st->start(st->arg, digest, s->fd);
	if (e) {
		on_failure(s, err_name(e));
		return;
	}
	s->running = size;
	s->begun_ms = clock_boot_ms(s->o.clock);
}

static uint64_t age_ms(const struct stamps *s)
{
	uint64_t now = clock_wall_ms(s->o.clock);

	return s->oldest && now > s->oldest_wall_ms ? now - s->oldest_wall_ms : 0;
}

static void watch_age(struct stamps *s)
{
	uint64_t oldest = checkpoints_oldest_waiting(s->o.checkpoints);
	struct checkpoint c;
	bool is_old;

	if (oldest != s->oldest) {
		s->oldest = oldest;
		s->oldest_wall_ms = oldest && !checkpoints_get(s->o.checkpoints, oldest, &c) ? c.wall_ms : 0;
	}
	is_old = age_ms(s) >= s->o.alarm_ms;
	if (is_old && !s->is_alarm)
		log_problem("time-stamp", NULL, "ALARM: the oldest checkpoint waits for too long");
	s->is_alarm = is_old;
}

void stamps_tick(struct stamps *s)
{
	if (s->running)
		look_after(s);
	watch_age(s);
	if (!s->running && s->oldest && clock_boot_ms(s->o.clock) >= s->next_ms)
		begin(s, s->oldest);
}

void stamps_stats(const struct stamps *s, struct stamps_stats *out)
{
	*out = (struct stamps_stats){ .oldest_age_ms = age_ms(s), .failures = s->failures, .is_alarm = s->is_alarm };
}
