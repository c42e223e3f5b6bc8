#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/json.h"
#include "gateway/notary/journals.h"

static const char session[] = "0123456789abcdef0123456789abcdef";

static uint64_t fixed_ms(void *arg)
{
	(void)arg;
	return 1700000000000;
}

static const struct clock fixed = { .wall_ms = fixed_ms, .boot_ms = fixed_ms };

/* The real calls, of which the fail_at-th fails (1, 2, …; 0: none); short_write halves it before. */
struct faults {
	int calls, fail_at;
	bool is_short;
};

static bool fails(struct faults *f)
{
	errno = EIO;
	return ++f->calls == f->fail_at;
}

static int faulty_open(void *arg, const char *path, int flags, mode_t mode)
{
	return fails(arg) ? -1 : open(path, flags, mode);
}

static ssize_t faulty_pread(void *arg, int fd, void *buf, size_t len, off_t at)
{
	return fails(arg) ? -1 : pread(fd, buf, len, at);
}

static ssize_t faulty_write(void *arg, int fd, const void *buf, size_t len)
{
	struct faults *f = arg;

	if (!fails(f))
		return write(fd, buf, f->is_short && len > 1 ? len / 2 : len);
	if (f->is_short)
		(void)!write(fd, buf, len / 2); /* a torn line stays behind */
	errno = ENOSPC;
	return -1;
}

static int faulty_fdatasync(void *arg, int fd)
{
	return fails(arg) ? -1 : fdatasync(fd);
}

static int faulty_fsync(void *arg, int fd)
{
	return fails(arg) ? -1 : fsync(fd);
}

static int faulty_ftruncate(void *arg, int fd, off_t len)
{
	return fails(arg) ? -1 : ftruncate(fd, len);
}

static int plain_close(void *arg, int fd)
{
	(void)arg;
	return close(fd);
}

static struct journal_io faulty(struct faults *f)
{
	return (struct journal_io){
		.arg = f, .open = faulty_open, .pread = faulty_pread, .write = faulty_write,
		.fdatasync = faulty_fdatasync, .fsync = faulty_fsync, .ftruncate = faulty_ftruncate,
		.close = plain_close,
	};
}

static char dir[64];

static const char *path_of(const char *name, const char *suffix)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s.%s", dir, name, suffix);
	return path;
}

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/journal_test.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static void remove_all(void)
{
	unlink(path_of(session, "jsonl"));
	unlink(path_of(session, "dropped"));
}

static int teardown(void **state)
{
	(void)state;
	remove_all();
	return rmdir(dir);
}

static char *read_file(const char *suffix, size_t *len)
{
	FILE *f = fopen(path_of(session, suffix), "r");
	char *buf = calloc(1, 1 << 20);

	*len = f ? fread(buf, 1, (1 << 20) - 1, f) : 0;
	if (f)
		fclose(f);
	return buf;
}

static void write_tail(const char *text, size_t len)
{
	FILE *f = fopen(path_of(session, "jsonl"), "a");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
}

static struct journals *journals_of(const struct journal_io *io, size_t max)
{
	struct journals *js;

	assert_int_equal(journals_new(dir, io, &fixed, max, &js), OK);
	return js;
}

static enum err append(struct journals *js, const char *id, int value, struct journal_receipt *r)
{
	cJSON *data = cJSON_CreateObject();
	enum err e;

	cJSON_AddNumberToObject(data, "value", value);
	e = journals_append(js, id, "test", data, r);
	cJSON_Delete(data);
	return e;
}

/* Lines of the file, each checked against the chain by the scanner. */
static uint64_t count_lines(void)
{
	struct journal_place place = { dir, &journal_io_posix, &fixed };
	struct journal *j;
	uint64_t n;
	enum err e = journal_open(&place, session, false, &j);

	if (e)
		return 0;
	n = journal_count(j);
	journal_close(j);
	return n;
}

static void a_line_is_canonical_and_names_the_hash_of_the_one_before(void **state)
{
	struct journals *js = journals_of(&journal_io_posix, 4);
	struct journal_receipt r0, r1;
	char hash[DIGEST_HEX + 1], expected[512];
	size_t len;
	char *text, *end;

	(void)state;
	assert_int_equal(append(js, session, 7, &r0), OK);
	assert_int_equal(append(js, session, 8, &r1), OK);
	journals_free(js);
	text = read_file("jsonl", &len);
	snprintf(expected, sizeof(expected), "{\"boot_ms\":1700000000000,\"data\":{\"value\":7},\"event\":\"test\",\"n\":0,"
		"\"p\":\"%s\",\"session\":\"%s\",\"wall_ms\":1700000000000}\n", digest_zeros, session);
	assert_memory_equal(text, expected, strlen(expected));
	end = strchr(text, '\n');
	digest_sha256(text, (size_t)(end - text), hash);
	assert_string_equal(hash, r0.hash);
	assert_non_null(strstr(end, hash));
	digest_sha256(end + 1, len - (size_t)(end - text) - 2, hash);
	assert_string_equal(hash, r1.hash);
	assert_int_equal(r1.n, 1);
	free(text);
}

/* Whatever the tail: cut at the last whole line that fits, told once, the same bytes the second time. */
static void recovery_cuts_what_does_not_fit_and_tells_it_once(void **state)
{
	static const char *const tails[] = { "x", "{\"boot_ms\":1", "\n", "{}\n", "\xff\xfe\n\n", "{\"n\":2}\n{" };

	(void)state;
	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		struct journals *js = journals_of(&journal_io_posix, 4);
		struct journal_receipt r;
		size_t good, len, again;
		char *before, *after, *twice, bytes[32];

		assert_int_equal(append(js, session, 1, &r), OK);
		assert_int_equal(append(js, session, 2, &r), OK);
		journals_free(js);
		before = read_file("jsonl", &good);
		write_tail(tails[i], strlen(tails[i]));
		assert_int_equal(count_lines(), 3);
		after = read_file("jsonl", &len);
		assert_memory_equal(after, before, good);
		snprintf(bytes, sizeof(bytes), "{\"bytes\":%zu,", strlen(tails[i]));
		assert_non_null(strstr(after + good, bytes));
		assert_non_null(strstr(after + good, "\"event\":\"recover\""));
		assert_int_equal(count_lines(), 3);
		twice = read_file("jsonl", &again);
		assert_int_equal(again, len);
		assert_memory_equal(twice, after, len);
		free(before);
		free(after);
		free(twice);
		after = read_file("dropped", &len);
		assert_int_equal(len, strlen(tails[i]));
		assert_memory_equal(after, tails[i], len);
		free(after);
		remove_all();
	}
}

/* A torn write may end at every byte: all lines before it stay. */
static void every_prefix_of_the_file_recovers_to_its_whole_lines(void **state)
{
	struct journals *js = journals_of(&journal_io_posix, 4);
	struct journal_receipt r;
	size_t len;
	char *text;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(append(js, session, i, &r), OK);
	journals_free(js);
	text = read_file("jsonl", &len);
	for (size_t cut = 0; cut <= len; cut++) {
		uint64_t lines = 0;
		size_t whole = 0;
		remove_all();
		write_tail(text, cut);
		for (size_t i = 0; i < cut; i++)
			if (text[i] == '\n') {
				lines++;
				whole = i + 1;
			}
		assert_int_equal(count_lines(), lines + (whole != cut));
	}
	free(text);
}

/* E3: whichever call fails, no receipt was given for a line that is not there after a restart. */
static void no_failing_call_gives_a_receipt_without_storage(void **state)
{
	(void)state;
	for (int is_short = 0; is_short < 2; is_short++)
		for (int fail_at = 1; fail_at < 40; fail_at++) {
			struct faults f = { .fail_at = fail_at, .is_short = is_short };
			struct journal_io io = faulty(&f);
			struct journals *js;
			struct journal_receipt last = { 0 }, r;
			uint64_t acknowledged = 0;
			bool has_failed = false;
			char *text;
			size_t len;

			remove_all();
			write_tail("torn", 4);
			js = journals_of(&io, 4);
			for (int i = 0; i < 5; i++) {
				enum err e = append(js, session, i, &r);
				assert_true(e == OK || e == ERR_IO);
				assert_false(has_failed && e == OK); /* broken stays broken */
				has_failed = has_failed || e;
				if (!e) {
					acknowledged = r.n + 1;
					last = r;
				}
			}
			journals_free(js);
			if (fail_at <= f.calls)
				assert_true(has_failed);
			assert_true(count_lines() >= acknowledged);
			text = read_file("jsonl", &len);
			for (char *line = text; acknowledged && *line; line = strchr(line, '\n') + 1) {
				char hash[DIGEST_HEX + 1];
				digest_sha256(line, (size_t)(strchr(line, '\n') - line), hash);
				if (strcmp(hash, last.hash) == 0)
					acknowledged = 0; /* the last acknowledged line is there, so are those it names */
			}
			assert_int_equal(acknowledged, 0);
			free(text);
		}
}

static void a_broken_journal_touches_its_descriptor_never_again(void **state)
{
	struct faults f = { 0 };
	struct journal_io io = faulty(&f);
	struct journals *js = journals_of(&io, 1);
	struct journal_receipt r;
	int calls;

	(void)state;
	assert_int_equal(append(js, session, 1, &r), OK);
	f.fail_at = f.calls + 2; /* the fdatasync of the next line */
	assert_int_equal(append(js, session, 2, &r), ERR_IO);
	calls = f.calls;
	for (int i = 0; i < 10; i++)
		assert_int_equal(append(js, session, 3, &r), ERR_IO);
	assert_int_equal(f.calls, calls);
	journals_free(js);
}

static void the_number_of_open_files_is_bounded(void **state)
{
	struct journals *js = journals_of(&journal_io_posix, 3);
	struct journal_receipt r;
	char id[33];

	(void)state;
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 10; i++) {
			snprintf(id, sizeof(id), "%032d", i);
			assert_int_equal(append(js, id, i, &r), OK);
			assert_int_equal(r.n, round);
			assert_true(journals_open_count(js) <= 3);
		}
	journals_free(js);
	for (int i = 0; i < 10; i++) {
		snprintf(id, sizeof(id), "%032d", i);
		unlink(path_of(id, "jsonl"));
	}
}

static void reading_makes_no_journal(void **state)
{
	struct journals *js = journals_of(&journal_io_posix, 3);
	struct journal *j;

	(void)state;
	assert_int_equal(journals_get(js, session, false, &j), ERR_FORBIDDEN);
	assert_null(j);
	assert_int_equal(access(path_of(session, "jsonl"), F_OK), -1);
	journals_free(js);
}

static void consent_line(char *out, size_t room, int n, const char *prev, const char *rest)
{
	snprintf(out, room, "{\"boot_ms\":1,%s,\"n\":%d,\"prev\":\"%s\",\"session\":\"%s\",\"wall_ms\":2}", rest, n, prev,
		session);
}

static enum err append_consent(struct journals *js, const char *line, struct journal_receipt *r)
{
	struct journal *j;

	assert_int_equal(journals_get(js, session, true, &j), OK);
	return journal_append_consent(j, line, "00", r);
}

static const struct consent_chain *chain_of(struct journals *js)
{
	struct journal *j;

	assert_int_equal(journals_get(js, session, true, &j), OK);
	return journal_consent(j);
}

static void consent_lines_form_their_own_chain_and_add_up(void **state)
{
	static const struct {
		const char *rest;
		uint32_t view, point, control;
	} steps[] = {
		{ "\"event\":\"open\"", 0, 0, 0 },
		{ "\"ask\":1,\"cap\":\"view\",\"event\":\"ask\"", 0, 0, 0 },
		{ "\"ask\":1,\"cap\":\"view\",\"event\":\"grant\",\"grant\":1", 1, 0, 0 },
		{ "\"ask\":2,\"cap\":\"control\",\"event\":\"grant\",\"grant\":2", 1, 0, 2 },
		{ "\"cap\":\"control\",\"event\":\"suspend\",\"grant\":2", 1, 0, 0 },
		{ "\"ask\":3,\"cap\":\"point\",\"event\":\"grant\",\"grant\":3", 1, 3, 0 },
		{ "\"cap\":\"view\",\"event\":\"limit\",\"grant\":1", 0, 0, 0 },
		{ "\"ask\":4,\"cap\":\"view\",\"event\":\"grant\",\"grant\":4", 4, 0, 0 },
		{ "\"event\":\"end\",\"why\":\"customer\"", 0, 0, 0 },
	};
	struct journals *js = journals_of(&journal_io_posix, 3);
	struct journal_receipt r = { 0 };
	char line[512], prev[DIGEST_HEX + 1];

	(void)state;
	memcpy(prev, digest_zeros, sizeof(prev));
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		consent_line(line, sizeof(line), (int)i, prev, steps[i].rest);
		assert_int_equal(append_consent(js, line, &r), OK);
		assert_int_equal(r.n, i);
		assert_int_equal(append_consent(js, line, &r), OK); /* sent again: the same receipt, stored once */
		assert_int_equal(r.n, i);
		memcpy(prev, r.hash, sizeof(prev));
		if (i % 2) { /* the same after a restart */
			journals_free(js);
			js = journals_of(&journal_io_posix, 3);
		}
		assert_int_equal(chain_of(js)->grant[CAP_VIEW], steps[i].view);
		assert_int_equal(chain_of(js)->grant[CAP_POINT], steps[i].point);
		assert_int_equal(chain_of(js)->grant[CAP_CONTROL], steps[i].control);
		assert_string_equal(chain_of(js)->head, prev);
	}
	assert_true(chain_of(js)->is_ended);
	assert_int_equal(chain_of(js)->last_grant, 4);
	journals_free(js);
	assert_int_equal(count_lines(), sizeof(steps) / sizeof(*steps));
}

static void a_consent_line_that_is_not_the_next_is_refused(void **state)
{
	struct journals *js = journals_of(&journal_io_posix, 3);
	struct journal_receipt r;
	char line[512], other[DIGEST_HEX + 1];

	(void)state;
	memset(other, 'a', DIGEST_HEX);
	other[DIGEST_HEX] = '\0';
	consent_line(line, sizeof(line), 1, digest_zeros, "\"event\":\"open\"");
	assert_int_equal(append_consent(js, line, &r), ERR_FORBIDDEN);
	consent_line(line, sizeof(line), 0, other, "\"event\":\"open\"");
	assert_int_equal(append_consent(js, line, &r), ERR_FORBIDDEN);
	consent_line(line, sizeof(line), 0, digest_zeros, "\"event\":\"open\"");
	memset(strstr(line, session), 'b', 32);
	assert_int_equal(append_consent(js, line, &r), ERR_FORBIDDEN);
	consent_line(line, sizeof(line), 0, digest_zeros, "\"event\":\"dance\"");
	assert_int_equal(append_consent(js, line, &r), ERR_MALFORMED);
	consent_line(line, sizeof(line), 0, digest_zeros, "\"event\":\"grant\",\"cap\":\"all\",\"grant\":1");
	assert_int_equal(append_consent(js, line, &r), ERR_MALFORMED);
	consent_line(line, sizeof(line), 0, digest_zeros, "\"event\":\"open\",\"event\":\"open\"");
	assert_int_equal(append_consent(js, line, &r), ERR_MALFORMED);
	assert_int_equal(append_consent(js, "{}", &r), ERR_MALFORMED);
	assert_int_equal(append_consent(js, "", &r), ERR_MALFORMED);
	journals_free(js);
	assert_int_equal(count_lines(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_is_canonical_and_names_the_hash_of_the_one_before),
		TEST(recovery_cuts_what_does_not_fit_and_tells_it_once),
		TEST(every_prefix_of_the_file_recovers_to_its_whole_lines),
		TEST(no_failing_call_gives_a_receipt_without_storage),
		TEST(a_broken_journal_touches_its_descriptor_never_again),
		TEST(the_number_of_open_files_is_bounded),
		TEST(reading_makes_no_journal),
		TEST(consent_lines_form_their_own_chain_and_add_up),
		TEST(a_consent_line_that_is_not_the_next_is_refused),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
