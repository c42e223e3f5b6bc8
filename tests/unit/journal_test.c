#include "journal_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/notary/digest.h"

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
		rmdir(folder_of(id));
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, journal_setup, journal_teardown)

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
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
