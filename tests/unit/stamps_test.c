#include "journal_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/notary/stamps.h"
#include "gateway/notary/stored.h"
#include "pki_bench.h"

enum { SECOND = 1000, HOUR = 3600000 };

/* The authority: what it was asked, and what it does. */
struct authority {
	bool is_away, is_hanging, is_running;
	int asked, stopped;
	char digest[DIGEST_HEX + 1];
	int out;
};

static uint64_t now_ms;
static char dir[64], keys[64];
static struct signer *signer;
static struct authority authority;

static uint64_t test_ms(void *arg)
{
	(void)arg;
	return now_ms;
}

static const struct clock test_clock = { .wall_ms = test_ms, .boot_ms = test_ms };

static enum err authority_start(void *arg, const char *digest, int out)
{
	struct authority *a = arg;

	assert_false(a->is_running);
	a->asked++;
	a->is_running = true;
	a->out = out;
	memcpy(a->digest, digest, sizeof(a->digest));
	return OK;
}

static enum stamp_state authority_poll(void *arg)
{
	struct authority *a = arg;

	assert_true(a->is_running);
	if (a->is_hanging)
		return STAMP_RUNNING;
	a->is_running = false;
	if (a->is_away)
		return STAMP_FAILED;
	assert_int_equal(dprintf(a->out, "token of %s", a->digest), 9 + 64);
	return STAMP_DONE;
}

static void authority_stop(void *arg)
{
	struct authority *a = arg;

	a->is_running = false;
	a->stopped++;
}

static const struct stamper stamper = {
	.arg = &authority, .start = authority_start, .poll = authority_poll, .stop = authority_stop,
};

static int group_setup(void **state)
{
	(void)state;
	snprintf(keys, sizeof(keys), "/tmp/stamps_test_keys.XXXXXX");
	if (!mkdtemp(keys))
		return -1;
	signer = pki_signer(keys, 1700000000000);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	signer_close(signer);
	remove_tree(keys);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	now_ms = 1700000000000;
	authority = (struct authority){ 0 };
	snprintf(dir, sizeof(dir), "/dev/shm/stamps_test.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	remove_tree(dir);
	return 0;
}

struct bench {
	struct checkpoints *c;
	struct stamps *s;
};

static struct bench start(const struct journal_io *io)
{
	const struct checkpoints_options co = { .folder = dir, .name = "t", .io = io, .clock = &test_clock, .signer = signer };
	struct stamps_options so = { .stamper = &stamper, .clock = &test_clock, .alarm_ms = 4 * HOUR };
	struct bench b;

	assert_int_equal(checkpoints_open(&co, &b.c), OK);
	so.checkpoints = b.c;
	b.s = stamps_new(&so);
	return b;
}

static void stop(struct bench *b)
{
	stamps_free(b->s);
	checkpoints_close(b->c);
}

static void run(struct bench *b, uint64_t seconds)
{
	for (uint64_t i = 0; i < seconds; i++) {
		stamps_tick(b->s);
		now_ms += SECOND;
	}
}

static void assert_stamped(const struct checkpoints *c, uint64_t size)
{
	char folder[128], name[32], expected[128], digest[65], *text, *token;
	size_t len, token_len;
	bool is_stamped;

	snprintf(folder, sizeof(folder), "%s/checkpoints", dir);
	snprintf(name, sizeof(name), "%d.txt", (int)size);
	assert_int_equal(stored_read(&journal_io_posix, folder, name, 4096, &text, &len), OK);
	digest_sha256(text, len, digest);
	snprintf(name, sizeof(name), "%d.tsr", (int)size);
	assert_int_equal(stored_read(&journal_io_posix, folder, name, 4096, &token, &token_len), OK);
	snprintf(expected, sizeof(expected), "token of %s", digest);
	assert_string_equal(token, expected);
	assert_int_equal(checkpoints_covering(c, size, &is_stamped), size);
	assert_true(is_stamped);
	free(text);
	free(token);
}

static void a_checkpoint_gets_its_time_and_only_one(void **state)
{
	struct bench b = start(&journal_io_posix);

	(void)state;
	assert_int_equal(checkpoints_make(b.c, 2, digest_zeros), OK);
	run(&b, 3);
	assert_stamped(b.c, 2);
	run(&b, 100);
	assert_int_equal(authority.asked, 1);
	stop(&b);
}

/* E12: the authority is away for 24 hours, the notary is started anew in between; then the queue drains. */
static void E12_a_day_without_the_authority_loses_nothing(void **state)
{
	struct bench b = start(&journal_io_posix);
	struct stamps_stats stats;
	int tries;

	(void)state;
	authority.is_away = true;
	for (uint64_t i = 1; i <= 24 * 60; i++) {
		assert_int_equal(checkpoints_make(b.c, i, digest_zeros), OK);
		run(&b, 60);
		stamps_stats(b.s, &stats);
		assert_int_equal(stats.is_alarm, i * 60 * SECOND > 4 * HOUR);
		if (i % 500 == 0) {
			stop(&b);
			b = start(&journal_io_posix);
		}
	}
	assert_int_equal(checkpoints_waiting(b.c), 24 * 60);
	assert_int_equal(checkpoints_oldest_waiting(b.c), 1);
	assert_in_range(authority.asked, 24 * 6, 24 * 6 + 60); /* it was not hammered */
	stamps_stats(b.s, &stats);
	assert_in_range(stats.oldest_age_ms, 24 * HOUR - 120 * SECOND, 24 * HOUR);
	authority.is_away = false;
	tries = authority.asked;
	run(&b, STAMP_PAUSE_MAX_MS / SECOND + 2 * 24 * 60);
	assert_int_equal(checkpoints_waiting(b.c), 0);
	assert_int_equal(authority.asked, tries + 24 * 60); /* each once */
	for (uint64_t i = 1; i <= 24 * 60; i++)
		assert_stamped(b.c, i);
	stamps_stats(b.s, &stats);
	assert_false(stats.is_alarm);
	assert_int_equal(stats.oldest_age_ms, 0);
	assert_int_equal(stats.failures, 0);
	stop(&b);
}

static void the_oldest_goes_first(void **state)
{
	struct bench b = start(&journal_io_posix);
	bool is_stamped;

	(void)state;
	for (uint64_t i = 1; i <= 3; i++)
		assert_int_equal(checkpoints_make(b.c, 10 * i, digest_zeros), OK);
	for (uint64_t i = 1; i <= 3; i++) {
		assert_int_equal(checkpoints_oldest_waiting(b.c), 10 * i);
		run(&b, 1);
		if (i == 1)
			run(&b, 1);
		checkpoints_covering(b.c, 10 * i, &is_stamped);
		assert_true(is_stamped);
	}
	stop(&b);
}

static void one_that_hangs_is_ended_and_tried_again(void **state)
{
	struct bench b = start(&journal_io_posix);

	(void)state;
	authority.is_hanging = true;
	assert_int_equal(checkpoints_make(b.c, 2, digest_zeros), OK);
	run(&b, STAMP_LIFE_MS / SECOND);
	assert_int_equal(authority.stopped, 0);
	run(&b, 1);
	assert_int_equal(authority.stopped, 1);
	authority.is_hanging = false;
	run(&b, 20);
	assert_stamped(b.c, 2);
	stop(&b);
}

static void an_answer_without_bytes_is_none(void **state)
{
	struct bench b = start(&journal_io_posix);
	char digest[65];
	int fd;

	(void)state;
	assert_int_equal(checkpoints_make(b.c, 2, digest_zeros), OK);
	assert_int_equal(checkpoints_stamp_begin(b.c, 2, digest, &fd), OK);
	assert_int_equal(checkpoints_stamp_end(b.c, 2, fd), ERR_MALFORMED);
	assert_int_equal(checkpoints_waiting(b.c), 1);
	checkpoints_stamp_close(b.c, fd);
	stop(&b);
}

/* The fail_at-th call after the start fails; true as long as there is one. */
static bool stamp_with_a_fault(int fail_at)
{
	struct faults f = { 0 };
	struct journal_io io = faulty(&f);
	struct bench b = start(&io);

	assert_int_equal(checkpoints_make(b.c, 2, digest_zeros), OK);
	f.fail_at = f.calls + fail_at;
	run(&b, 60);
	assert_stamped(b.c, 2);
	stop(&b);
	return f.calls >= f.fail_at;
}

static void E3_no_failing_call_loses_a_checkpoint_or_its_time(void **state)
{
	int fail_at = 1;
	struct bench b;

	(void)state;
	do {
		remove_tree(dir);
		mkdir(dir, 0700);
		authority = (struct authority){ 0 };
	} while (stamp_with_a_fault(fail_at++));
	assert_true(fail_at > 8);
	b = start(&journal_io_posix);
	assert_int_equal(checkpoints_waiting(b.c), 0);
	stop(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_checkpoint_gets_its_time_and_only_one),
		TEST(E12_a_day_without_the_authority_loses_nothing),
		TEST(the_oldest_goes_first),
		TEST(one_that_hangs_is_ended_and_tried_again),
		TEST(an_answer_without_bytes_is_none),
		TEST(E3_no_failing_call_loses_a_checkpoint_or_its_time),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("stamps", tests, group_setup, group_teardown);
}
