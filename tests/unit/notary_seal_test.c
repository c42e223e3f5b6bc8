#include "notary_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/notary/digest.h"
#include "gateway/notary/stored.h"
#include "gateway/notary/transparency.h"
#include "pki_bench.h"

static char *slurp(const struct bench *b, const char *session, const char *name)
{
	char folder[256], *buf;
	size_t len;

	snprintf(folder, sizeof(folder), "%s/sessions/%s", b->dir, session);
	return stored_read(&journal_io_posix, folder, name, 1 << 20, &buf, &len) ? NULL : buf;
}

static bool is_sealed(const struct bench *b, const struct door *d)
{
	char *seal = slurp(b, d->session, "seal.json"), *signature = slurp(b, d->session, "seal.p7s");
	bool both = seal && signature;

	free(seal);
	free(signature);
	return both;
}

static void assert_seal_holds(const struct bench *b, const char *session, const char *reason)
{
	char p7s[256], json[256], word[64], *seal = slurp(b, session, "seal.json");

	assert_non_null(seal);
	snprintf(word, sizeof(word), "\"reason\":\"%s\"", reason);
	assert_non_null(strstr(seal, word));
	snprintf(p7s, sizeof(p7s), "%s/sessions/%s/seal.p7s", b->dir, session);
	snprintf(json, sizeof(json), "%s/sessions/%s/seal.json", b->dir, session);
	assert_true(pki_cms_holds(b->dir, p7s, json));
	free(seal);
}

/* Signed lines of an agent: the n-th, which becomes *prev. */
static const char *say(struct bench *b, const struct door *d, int n, char prev[65], const char *event)
{
	char members[64];

	snprintf(members, sizeof(members), "\"event\":\"%s\"", event);
	return sign_line(b, d, n, prev, members);
}

static void begin(struct bench *b, struct door *d, char prev[65])
{
	memcpy(prev, digest_zeros, 65);
	open_agent(b, d);
	assert_ok(sign_line(b, d, 0, prev, OPEN_EVENT));
}

static void end(struct bench *b, struct door *d)
{
	assert_ok(of_session(b, "session_end", d, ",\"reason\":\"customer\""));
}

static void the_agents_last_line_brings_the_seal(void **state)
{
	struct bench *b = *state;
	struct door d;
	char prev[65], before[65];

	add_claire(b);
	begin(b, &d, prev);
	memcpy(before, prev, sizeof(before));
	assert_ok(say(b, &d, 1, prev, "end"));
	notary_tick(b->n);
	assert_false(is_sealed(b, &d)); /* the gateway has not ended it yet */
	end(b, &d);
	notary_tick(b->n);
	assert_true(is_sealed(b, &d));
	assert_seal_holds(b, d.session, "customer");
	/* Its receipt got lost: it is acknowledged once more; nothing else is taken. */
	assert_ok(say(b, &d, 1, before, "end"));
	assert_string_equal(say(b, &d, 2, prev, "end"), "sealed");
	assert_string_equal(of_session(b, "journal_append", &d, ",\"event\":\"note\",\"data\":{}"), "sealed");
	assert_string_equal(store_chunk(b, &d, 1, 1, 1), "sealed");
	assert_seal_holds(b, d.session, "customer");
	assert_ok(of_session(b, "session_get", &d, ""));
}

static void a_line_that_comes_after_the_end_is_waited_for(void **state)
{
	struct bench *b = *state;
	struct door d;
	char prev[65];

	add_claire(b);
	begin(b, &d, prev);
	end(b, &d);
	b->now_ms += TRAILING_MS - 1;
	notary_tick(b->n);
	assert_false(is_sealed(b, &d));
	assert_int_equal(notary_wait_ms(b->n), 1000);
	assert_ok(say(b, &d, 1, prev, "end"));
	assert_int_equal(notary_wait_ms(b->n), 0);
	notary_tick(b->n);
	assert_true(is_sealed(b, &d));
}

static void without_a_last_line_the_seal_comes_after_a_minute(void **state)
{
	struct bench *b = *state;
	struct door d;
	char prev[65];

	add_claire(b);
	begin(b, &d, prev);
	end(b, &d);
	b->now_ms += TRAILING_MS;
	notary_tick(b->n);
	assert_seal_holds(b, d.session, "customer");
	assert_string_equal(say(b, &d, 1, prev, "end"), "sealed");
}

static void a_session_that_nobody_joined_is_sealed_at_once(void **state)
{
	struct bench *b = *state;
	struct door d;

	add_claire(b);
	assert_ok(new_session(b, &d));
	end(b, &d);
	notary_tick(b->n);
	assert_seal_holds(b, d.session, "customer");
}

static void what_ended_before_the_restart_is_sealed_after_it(void **state)
{
	struct bench *b = *state;
	struct door d[2], open;
	char prev[65];

	add_claire(b);
	begin(b, &d[0], prev);
	begin(b, &open, prev);
	assert_ok(new_session(b, &d[1]));
	end(b, &d[0]);
	end(b, &d[1]);
	notary_free(b->n);
	b->now_ms += TRAILING_MS;
	bench_start(b);
	notary_tick(b->n);
	notary_tick(b->n);
	assert_seal_holds(b, d[0].session, "customer");
	assert_seal_holds(b, d[1].session, "customer");
	for (int i = 0; i < 3; i++)
		notary_tick(b->n);
	assert_false(is_sealed(b, &open));
}

/* The disk was full when it ended: the store knows, the journal does not. */
static void an_end_that_could_not_be_written_is_called_a_crash(void **state)
{
	struct bench *b = *state;
	struct notary_seal_stats stats;
	struct door d;

	add_claire(b);
	assert_ok(new_session(b, &d));
	b->is_disk_full = true;
	assert_string_equal(of_session(b, "session_end", &d, ",\"reason\":\"customer\""), "evidence");
	notary_tick(b->n);
	notary_seal_stats(b->n, &stats);
	assert_int_equal(stats.unsealed, 1);
	assert_int_equal(stats.seals_failed, 1);
	b->is_disk_full = false;
	b->now_ms += 30000;
	notary_tick(b->n);
	assert_seal_holds(b, d.session, "crash");
	notary_seal_stats(b->n, &stats);
	assert_int_equal(stats.unsealed, 0);
}

static char *log_text(const struct bench *b)
{
	char folder[256], *buf;
	size_t len;

	snprintf(folder, sizeof(folder), "%s/log", b->dir);
	assert_int_equal(stored_read(&journal_io_posix, folder, "entries.jsonl", 1 << 20, &buf, &len), OK);
	return buf;
}

static void the_log_has_each_session_opened_and_sealed(void **state)
{
	struct bench *b = *state;
	char line[300], hash[65], *journal, *seal, *log;
	struct notary_seal_stats stats;
	struct door d;

	add_claire(b);
	assert_ok(new_session(b, &d));
	end(b, &d);
	notary_tick(b->n);
	journal = slurp(b, d.session, "journal.jsonl");
	seal = slurp(b, d.session, "seal.json");
	log = log_text(b);
	digest_sha256(journal, strcspn(journal, "\n"), hash);
	snprintf(line, sizeof(line), "{\"event\":\"opened\",\"hash\":\"%s\",\"n\":0,\"session\":\"%s\",\"wall_ms\":1700000000000}\n", hash, d.session);
	assert_int_equal(strncmp(log, line, strlen(line)), 0);
	digest_sha256(seal, strlen(seal), hash);
	snprintf(line, sizeof(line), "{\"event\":\"sealed\",\"hash\":\"%s\",\"n\":1,\"session\":\"%s\",\"wall_ms\":1700000000000}\n", hash, d.session);
	assert_string_equal(strchr(log, '\n') + 1, line);
	notary_seal_stats(b->n, &stats);
	assert_int_equal(stats.log_entries, 2);
	assert_int_equal(stats.checkpoints, 1);
	assert_int_equal(stats.unstamped, 1);
	assert_false(stats.is_stamping);
	assert_int_equal(stats.certificate_ends_ms, (uint64_t)pki_good.to_s * 1000);
	free(journal);
	free(seal);
	free(log);
}

static void no_session_begins_that_the_log_does_not_know(void **state)
{
	struct bench *b = *state;
	struct door d;
	char *log;

	add_claire(b);
	assert_ok(new_session(b, &d));
	b->is_disk_full = true;
	assert_string_equal(new_session(b, &d), "evidence");
	b->is_disk_full = false;
	assert_ok(new_session(b, &d));
	log = log_text(b);
	assert_non_null(strstr(log, d.session));
	free(log);
}

static void a_head_is_signed_once_and_the_agents_answer_is_nothing_new(void **state)
{
	struct bench *b = *state;
	char prev[65], text[1024], sig[129], expected[300], hash[65], *journal, *last;
	struct door d;

	add_claire(b);
	begin(b, &d, prev);
	assert_ok(of_session(b, "head_sign", &d, ""));
	keep(b, "text", text, sizeof(text));
	keep(b, "sig", sig, sizeof(sig));
	journal = slurp(b, d.session, "journal.jsonl");
	journal[strlen(journal) - 1] = '\0';
	last = strrchr(journal, '\n') + 1;
	digest_sha256(last, strlen(last), hash);
	snprintf(expected, sizeof(expected), "{\"chunks\":0,\"head\":\"%s\",\"n\":5,\"session\":\"%s\",\"wall_ms\":1700000000000}",
		hash, d.session);
	assert_string_equal(text, expected);
	assert_true(pki_raw_holds(b->dir, sig, text));
	free(journal);
	assert_string_equal(of_session(b, "head_sign", &d, ""), "same");
	assert_ok(of_session(b, "journal_append", &d, ",\"event\":\"joined\",\"data\":{}"));
	assert_ok(of_session(b, "head_sign", &d, ""));
	end(b, &d);
	assert_string_equal(of_session(b, "head_sign", &d, ""), "ended");
}

/* Runs a session to its seal on a disk that dies at a call; whether a session was acknowledged as begun. */
struct dying {
	struct bench *b;
	int left; /* calls until it is dead */
};

static bool is_dead(struct dying *d)
{
	return d->left <= 0 || --d->left == 0;
}

static struct dying dying;

static int dying_open(void *arg, const char *path, int flags, mode_t mode)
{
	(void)arg;
	return is_dead(&dying) ? -1 : journal_io_posix.open(NULL, path, flags, mode);
}

static ssize_t dying_write(void *arg, int fd, const void *buf, size_t len)
{
	(void)arg;
	if (!is_dead(&dying))
		return write(fd, buf, len);
	if (dying.left == 0)
		(void)!write(fd, buf, len / 2);
	dying.left = -1;
	return -1;
}

static int dying_fdatasync(void *arg, int fd)
{
	(void)arg;
	return is_dead(&dying) ? -1 : journal_io_posix.fdatasync(NULL, fd);
}

static int dying_rename(void *arg, const char *from, const char *to)
{
	(void)arg;
	return is_dead(&dying) ? -1 : rename(from, to);
}

static void E2_whenever_the_notary_dies_the_next_one_seals(void **state)
{
	struct bench *b = *state;
	bool was_reached = false;

	add_claire(b);
	for (int calls = 1; !was_reached; calls++) {
		struct journal_io good = b->io;
		bool has_begun;
		struct door d;

		b->io.open = dying_open;
		b->io.write = dying_write;
		b->io.fdatasync = dying_fdatasync;
		b->io.rename = dying_rename;
		dying = (struct dying){ b, calls };
		has_begun = !new_session(b, &d)[0];
		if (has_begun)
			(void)of_session(b, "session_end", &d, ",\"reason\":\"customer\"");
		notary_tick(b->n);
		was_reached = dying.left > 0;
		notary_free(b->n);
		b->io = good;
		bench_start(b);
		b->now_ms += TRAILING_MS;
		if (has_begun && !is_sealed(b, &d)) {
			char *journal = slurp(b, d.session, "journal.jsonl");
			bool has_ended = strstr(journal, "\"reason\":\"customer\"") && journal[strlen(journal) - 1] == '\n';

			free(journal);
			(void)of_session(b, "session_end", &d, ",\"reason\":\"lost\"");
			notary_tick(b->n);
			assert_seal_holds(b, d.session, has_ended ? "customer" : "crash");
		}
		while (notary_wait_ms(b->n) == 0)
			notary_tick(b->n);
		if (has_begun) {
			char *log = log_text(b), sealed[64];
			const char *at;

			snprintf(sealed, sizeof(sealed), "\"session\":\"%s\"", d.session);
			at = strstr(log, sealed);
			assert_non_null(at);
			assert_non_null(strstr(at + 1, sealed)); /* opened, and sealed */
			assert_null(strstr(strstr(at + 1, sealed) + 1, sealed));
			free(log);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, notary_setup, notary_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(the_agents_last_line_brings_the_seal),
		TEST(a_line_that_comes_after_the_end_is_waited_for),
		TEST(without_a_last_line_the_seal_comes_after_a_minute),
		TEST(a_session_that_nobody_joined_is_sealed_at_once),
		TEST(what_ended_before_the_restart_is_sealed_after_it),
		TEST(an_end_that_could_not_be_written_is_called_a_crash),
		TEST(the_log_has_each_session_opened_and_sealed),
		TEST(no_session_begins_that_the_log_does_not_know),
		TEST(a_head_is_signed_once_and_the_agents_answer_is_nothing_new),
		TEST(E2_whenever_the_notary_dies_the_next_one_seals),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("notary_seal", tests, NULL, NULL);
}
