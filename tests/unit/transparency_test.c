#include "journal_bench.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bytes.h"
#include "crash_disk.h"
#include "gateway/notary/stored.h"
#include "gateway/notary/transparency.h"
#include "pki_bench.h"

static uint64_t now_ms = 1700000000000;
static char dir[64], keys[64];
static struct signer *signer;

static uint64_t test_ms(void *arg)
{
	(void)arg;
	return now_ms;
}

static const struct clock test_clock = { .wall_ms = test_ms, .boot_ms = test_ms };

static int group_setup(void **state)
{
	(void)state;
	snprintf(keys, sizeof(keys), "/tmp/log_test_keys.XXXXXX");
	if (!mkdtemp(keys))
		return -1;
	signer = pki_signer(keys, now_ms);
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
	snprintf(dir, sizeof(dir), "/dev/shm/log_test.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	remove_tree(dir);
	return 0;
}

static enum err open_in(const char *folder, const struct journal_io *io, struct transparency **t)
{
	const struct transparency_options o = {
		.folder = folder, .name = "Banque d’essai", .io = io, .clock = &test_clock, .signer = signer,
	};

	return transparency_open(&o, t);
}

static struct transparency *open_log(void)
{
	struct transparency *t;

	assert_int_equal(open_in(dir, &journal_io_posix, &t), OK);
	return t;
}

static const char *id(unsigned i)
{
	static char s[33];

	snprintf(s, sizeof(s), "%08x%024x", i * 2654435761u, i);
	return s;
}

static const char *hash(unsigned i)
{
	static char h[65];

	snprintf(h, sizeof(h), "%064x", i);
	return h;
}

static char *slurp(const char *folder, const char *name)
{
	char *buf;
	size_t len;

	assert_int_equal(stored_read(&journal_io_posix, folder, name, 1 << 20, &buf, &len), OK);
	return buf;
}

static const char *in_log(const char *name)
{
	static char path[2][256];
	static unsigned at;

	at = (at + 1) % 2;
	snprintf(path[at], sizeof(path[at]), "%s/log/%s", dir, name);
	return path[at];
}

static void sha256(const void *buf, size_t len, uint8_t out[32])
{
	crypto_hash_sha256(out, buf, len);
}

/* Follows EVIDENCE.md 8.4 with nothing of the notary's: the text alone leads each entry to the root. */
static int follow(const char *text, const char *root)
{
	char *copy = strdup(text), *next, hex[65];
	uint8_t h[32], buf[600];
	int entries = 0, held = 0;

	for (char *line = copy; (next = strchr(line, '\n')); line = next + 1) {
		*next = '\0';
		if (strncmp(line, "entry ", 6) == 0) {
			if (entries++ > 0) {
				hex_write(h, 32, hex);
				held += strcmp(hex, root) == 0;
			}
			buf[0] = 0;
			memcpy(buf + 1, line + 6, strlen(line + 6));
			sha256(buf, 1 + strlen(line + 6), h);
		} else if (strncmp(line, "left ", 5) == 0 || strncmp(line, "right ", 6) == 0) {
			bool is_left = line[0] == 'l';
			buf[0] = 1;
			assert_true(hex_read(strchr(line, ' ') + 1, buf + (is_left ? 1 : 33), 32));
			memcpy(buf + (is_left ? 33 : 1), h, 32);
			sha256(buf, 65, h);
		}
	}
	hex_write(h, 32, hex);
	held += strcmp(hex, root) == 0;
	free(copy);
	return held;
}

static void assert_included(struct transparency *t, unsigned session_number)
{
	struct transparency_inclusion in;
	struct checkpoint c;
	char *bent;

	assert_int_equal(transparency_inclusion(t, id(session_number), &in), OK);
	assert_int_equal(checkpoints_get(transparency_checkpoints(t), in.size, &c), OK);
	assert_int_equal(strncmp(in.text, "guichet-inclusion 1\nentry {", 27), 0);
	assert_int_equal(follow(in.text, c.root), 2);
	bent = strstr(in.text, id(session_number));
	*bent = *bent == '0' ? '1' : '0';
	assert_int_not_equal(follow(in.text, c.root), 2);
	free(in.text);
}

static void open_and_seal(struct transparency *t, unsigned i)
{
	assert_int_equal(transparency_append(t, LOG_OPENED, id(i), hash(2 * i)), OK);
	assert_int_equal(transparency_append(t, LOG_SEALED, id(i), hash(2 * i + 1)), OK);
}

static void every_sealed_session_is_included_whatever_came_after(void **state)
{
	struct transparency *t = open_log();

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		open_and_seal(t, i);
		if (i % 7 == 0)
			assert_int_equal(transparency_checkpoint(t), OK);
	}
	for (unsigned i = 0; i < 40; i++)
		assert_included(t, i);
	transparency_close(t);
	t = open_log();
	for (unsigned i = 0; i < 40; i++)
		assert_included(t, i);
	assert_true(transparency_has(t, LOG_SEALED, id(39)));
	assert_false(transparency_has(t, LOG_SEALED, id(40)));
	assert_string_equal(transparency_session(t, 3)->session, id(3));
	transparency_close(t);
}

static void the_same_entry_is_never_written_twice(void **state)
{
	struct transparency *t = open_log();

	(void)state;
	assert_int_equal(transparency_append(t, LOG_SEALED, id(1), hash(1)), ERR_FORBIDDEN);
	open_and_seal(t, 1);
	assert_int_equal(transparency_append(t, LOG_OPENED, id(1), hash(1)), ERR_FORBIDDEN);
	assert_int_equal(transparency_append(t, LOG_SEALED, id(1), hash(1)), ERR_FORBIDDEN);
	assert_int_equal(transparency_append(t, LOG_ERASED, id(1), hash(1)), OK);
	assert_int_equal(transparency_append(t, LOG_ERASED, id(1), hash(1)), ERR_FORBIDDEN);
	transparency_close(t);
}

static void what_is_not_sealed_has_no_inclusion(void **state)
{
	struct transparency *t = open_log();
	struct transparency_inclusion in;

	(void)state;
	assert_int_equal(transparency_append(t, LOG_OPENED, id(1), hash(1)), OK);
	assert_int_equal(transparency_inclusion(t, id(1), &in), ERR_FORBIDDEN);
	assert_int_equal(transparency_inclusion(t, id(2), &in), ERR_FORBIDDEN);
	assert_null(in.text);
	transparency_close(t);
}

static void a_checkpoint_is_what_the_format_says_and_signed(void **state)
{
	struct transparency *t = open_log();
	char *text, expected[512];
	struct checkpoint c;

	(void)state;
	open_and_seal(t, 1);
	assert_int_equal(transparency_checkpoint(t), OK);
	assert_int_equal(checkpoints_get(transparency_checkpoints(t), 2, &c), OK);
	snprintf(expected, sizeof(expected), "guichet-log 1\nBanque d’essai\n2\n%s\n1700000000000\n", c.root);
	text = slurp(in_log("checkpoints"), "2.txt");
	assert_string_equal(text, expected);
	free(text);
	assert_true(pki_cms_holds(keys, in_log("checkpoints/2.p7s"), in_log("checkpoints/2.txt")));
	transparency_close(t);
}

static void checkpoints_come_at_most_once_a_minute_and_only_for_news(void **state)
{
	struct transparency *t = open_log();

	(void)state;
	assert_false(transparency_checkpoint_is_due(t));
	open_and_seal(t, 1);
	assert_true(transparency_checkpoint_is_due(t));
	assert_int_equal(transparency_checkpoint(t), OK);
	now_ms += CHECKPOINT_EVERY_MS;
	assert_false(transparency_checkpoint_is_due(t));
	open_and_seal(t, 2);
	assert_true(transparency_checkpoint_is_due(t));
	now_ms--;
	assert_false(transparency_checkpoint_is_due(t));
	transparency_close(t);
	t = open_log(); /* a new start does not make one sooner */
	assert_false(transparency_checkpoint_is_due(t));
	now_ms++;
	assert_true(transparency_checkpoint_is_due(t));
	transparency_close(t);
}

static void bend(const char *name, long at)
{
	FILE *f = fopen(in_log(name), "r+");
	int c;

	assert_non_null(f);
	fseek(f, at, SEEK_SET);
	c = fgetc(f);
	fseek(f, at, SEEK_SET);
	fputc(c == '1' ? '2' : '1', f);
	fclose(f);
}

static void a_changed_entry_behind_a_checkpoint_stops_the_start(void **state)
{
	struct transparency *t = open_log();
	struct stat before, after;

	(void)state;
	open_and_seal(t, 1);
	open_and_seal(t, 2);
	assert_int_equal(transparency_checkpoint(t), OK);
	transparency_close(t);
	assert_int_equal(stat(in_log("entries.jsonl"), &before), 0);
	bend("entries.jsonl", 30); /* inside a hash */
	assert_int_equal(open_in(dir, &journal_io_posix, &t), ERR_CRYPTO);
	assert_null(t);
	assert_int_equal(truncate(in_log("entries.jsonl"), 0), 0);
	assert_int_equal(open_in(dir, &journal_io_posix, &t), ERR_CRYPTO);
	assert_int_equal(stat(in_log("entries.jsonl"), &after), 0);
	assert_int_equal(after.st_size, 0); /* and it has touched nothing */
	assert_true(before.st_size > 0);
}

static void a_torn_end_is_kept_aside_and_cut_off(void **state)
{
	struct transparency *t = open_log();
	FILE *f;
	char *dropped;

	(void)state;
	open_and_seal(t, 1);
	transparency_close(t);
	f = fopen(in_log("entries.jsonl"), "a");
	fputs("{\"event\":\"opened\",\"ha", f);
	fclose(f);
	t = open_log();
	assert_int_equal(transparency_append(t, LOG_OPENED, id(2), hash(2)), OK);
	transparency_close(t);
	dropped = slurp(in_log(""), "entries.dropped");
	assert_string_equal(dropped, "{\"event\":\"opened\",\"ha");
	free(dropped);
	t = open_log();
	assert_true(transparency_has(t, LOG_OPENED, id(2)));
	transparency_close(t);
}

/* Entries and checkpoints on a disk whose calls fail as `f` says; which entries were acknowledged. */
static void write_on(struct faults *f, bool was_acknowledged[10])
{
	struct journal_io io = faulty(f);
	struct transparency *t;

	if (open_in(dir, &io, &t))
		return;
	for (unsigned i = 0; i < 5; i++) {
		was_acknowledged[2 * i] = transparency_append(t, LOG_OPENED, id(i), hash(i)) == OK;
		was_acknowledged[2 * i + 1] = transparency_append(t, LOG_SEALED, id(i), hash(i)) == OK;
		if (i % 2)
			transparency_checkpoint(t);
	}
	transparency_close(t);
}

/* E3: each call fails once; what was acknowledged is there afterwards, and the log goes on. */
static void E3_what_is_acknowledged_is_there_whichever_call_fails(void **state)
{
	(void)state;
	for (int is_short = 0; is_short < 2; is_short++) {
		struct faults f = { 0 };

		for (int fail_at = 1; f.calls + 1 >= fail_at; fail_at++) {
			bool was_acknowledged[10] = { false };
			struct transparency *t;
			unsigned count = 0;

			remove_tree(dir);
			mkdir(dir, 0700);
			f = (struct faults){ .fail_at = fail_at, .is_short = is_short };
			write_on(&f, was_acknowledged);
			t = open_log();
			for (unsigned i = 0; i < 10; i++)
				if (was_acknowledged[i]) {
					assert_true(transparency_has(t, i % 2 ? LOG_SEALED : LOG_OPENED, id(i / 2)));
					count++;
				}
			open_and_seal(t, 77);
			assert_included(t, 77);
			transparency_close(t);
			assert_true(f.calls >= fail_at || count == 10); /* without a fault all of it was written */
		}
	}
}

/* E2: what each crash leaves recovers to what was acknowledged, or later. */
static void E2_every_crash_recovers_to_the_last_acknowledgement_or_later(void **state)
{
	struct crash_disk *d = crash_disk_new(dir);
	struct journal_io io = crash_disk_io(d);
	size_t acknowledged[12] = { 0 }, total;
	struct transparency *t;
	char target[] = "/dev/shm/log_crash.XXXXXX";

	(void)state;
	assert_int_equal(open_in(dir, &io, &t), OK);
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(transparency_append(t, LOG_OPENED, id(i), hash(i)), OK);
		acknowledged[2 * i] = crash_disk_count(d);
		assert_int_equal(transparency_append(t, LOG_SEALED, id(i), hash(i)), OK);
		acknowledged[2 * i + 1] = crash_disk_count(d);
		if (i % 3 == 1)
			assert_int_equal(transparency_checkpoint(t), OK);
	}
	transparency_close(t);
	assert_non_null(mkdtemp(target));
	total = crash_disk_count(d);
	for (size_t count = 0; count <= total; count++)
		for (enum crash_kind kind = 0; kind < CRASH_KINDS; kind++) {
			remove_tree(target);
			mkdir(target, 0700);
			crash_disk_make(d, count, kind, target);
			for (int again = 0; again < 2; again++) { /* the second start finds it settled */
				assert_int_equal(open_in(target, &journal_io_posix, &t), OK);
				for (unsigned i = 0; i < 12; i++)
					if (acknowledged[i] <= count)
						assert_true(transparency_has(t, i % 2 ? LOG_SEALED : LOG_OPENED, id(i / 2)));
				transparency_close(t);
			}
			assert_int_equal(open_in(target, &journal_io_posix, &t), OK);
			open_and_seal(t, 99);
			assert_included(t, 99);
			transparency_close(t);
		}
	remove_tree(target);
	crash_disk_free(d);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(every_sealed_session_is_included_whatever_came_after),
		TEST(the_same_entry_is_never_written_twice),
		TEST(what_is_not_sealed_has_no_inclusion),
		TEST(a_checkpoint_is_what_the_format_says_and_signed),
		TEST(checkpoints_come_at_most_once_a_minute_and_only_for_news),
		TEST(a_changed_entry_behind_a_checkpoint_stops_the_start),
		TEST(a_torn_end_is_kept_aside_and_cut_off),
		TEST(E3_what_is_acknowledged_is_there_whichever_call_fails),
		TEST(E2_every_crash_recovers_to_the_last_acknowledgement_or_later),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("transparency", tests, group_setup, group_teardown);
}
