#include "journal_bench.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bytes.h"
#include "crash_disk.h"
#include "agent_line.h"
#include "gateway/notary/seal.h"
#include "gateway/notary/stored.h"
#include "pki_bench.h"

#define H(c) c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c \
	     c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c

static const uint64_t now_ms = 1700000000000;
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
	snprintf(keys, sizeof(keys), "/tmp/seal_test_keys.XXXXXX");
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
	snprintf(dir, sizeof(dir), "/dev/shm/seal_test.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	remove_tree(dir);
	return 0;
}

static enum err add(struct journal *j, const char *event, const char *data_text)
{
	struct journal_receipt r;
	cJSON *data = NULL;
	enum err e;

	assert_int_equal(json_parse(data_text, strlen(data_text), 8, &data), OK);
	e = journal_append(j, event, data, &r);
	cJSON_Delete(data);
	return e;
}

#define CHUNK(n, hash) "{\"bytes\":64,\"first_seq\":0,\"frames\":0,\"from_ms\":" n "000,\"last_seq\":0,\"n\":" n \
		       ",\"sha256\":\"" hash "\",\"to_ms\":" n "999}"

/* A short session with its key, a line of the agent, two chunks, and lines that look like what they are not. */
static enum err write_session(struct journal *j)
{
	static const char *const lines[][2] = {
		{ "session", "{\"advisor\":\"claire\"}" },
		{ "key", "{\"sha256\":\"" H("a") "\"}" },
		{ "chunk", CHUNK("1", H("b")) },
		{ "note", "{\"event\":\"chunk\",\"n\":2,\"text\":\"\\\",\\\"event\\\":\\\"end\\\",\\\"n\\\":3\"}" },
		{ "chunk", CHUNK("2", H("c")) },
		{ "end", "{\"reason\":\"customer\"}" },
	};
	struct journal_receipt r;
	char *line;
	enum err e = OK;

	for (size_t i = 0; !e && i < sizeof(lines) / sizeof(*lines); i++)
		e = add(j, lines[i][0], lines[i][1]);
	line = agent_line(session, 0, digest_zeros, "\"event\":\"open\"", "");
	e = e ? e : journal_append_consent(j, line, H("d") H("d"), &r);
	free(line);
	return e;
}

static struct journal_place place_on(const struct journal_io *io, const char *folder)
{
	return (struct journal_place){ .dir = folder, .name = "journal", .seal = "seal.json", .io = io, .clock = &test_clock };
}

/* What notary_seal.c does with one session. */
static enum err seal_it(const struct journal_io *io, const char *folder, char hash[65])
{
	struct journal_place where = place_on(io, folder);
	struct seal_facts f;
	struct journal *j;
	char path[256], *buf;
	size_t len;
	enum err e = journal_open(&where, session, false, &j);

	if (e)
		return e;
	e = journal_read(j, &buf, &len);
	if (!e)
		e = seal_read(session, buf, len, journal_consent(j), &f);
	free(buf);
	if (!e && f.reason[0] == '\0') {
		e = add(j, "end", "{\"reason\":\"crash\"}");
		journal_close(j);
		return e ? e : seal_it(io, folder, hash);
	}
	journal_close(j);
	snprintf(path, sizeof(path), "%s/%s", folder, session);
	if (!e)
		e = seal_write(&(struct seal_place){ path, session, io, signer, now_ms }, &f, hash);
	return e;
}

static void begin(const struct journal_io *io)
{
	struct journal_place where = place_on(io, dir);
	struct journal *j;

	assert_int_equal(journal_open(&where, session, true, &j), OK);
	assert_int_equal(write_session(j), OK);
	journal_close(j);
}

static char *slurp(const char *folder, const char *name, size_t *len)
{
	char path[256], *buf;

	snprintf(path, sizeof(path), "%s/%s", folder, session);
	return stored_read(&journal_io_posix, path, name, 1 << 20, &buf, len) ? NULL : buf;
}

static const char *path_to(const char *folder, const char *name)
{
	static char path[2][256];
	static unsigned at;

	at = (at + 1) % 2;
	snprintf(path[at], sizeof(path[at]), "%s/%s/%s", folder, session, name);
	return path[at];
}

/* The seal says what the files say, counted here once more and otherwise; and its signature holds. */
static void assert_sealed(const char *folder, bool with_openssl)
{
	size_t len, seal_len, lines = 0;
	char *journal = slurp(folder, "journal.jsonl", &len), *seal = slurp(folder, "seal.json", &seal_len), hash[65];
	uint64_t number;
	cJSON *o;

	assert_non_null(journal);
	assert_non_null(seal);
	assert_int_equal(json_parse(seal, seal_len - 1, 1, &o), OK);
	digest_sha256(journal, len, hash);
	assert_string_equal(json_string(o, "journal"), hash);
	for (size_t i = 0, start = 0; i < len; i++)
		if (journal[i] == '\n') {
			digest_sha256(journal + start, i - start, hash);
			start = i + 1;
			lines++;
		}
	assert_string_equal(json_string(o, "journal_head"), hash);
	assert_int_equal(json_u64(o, "journal_lines", &number), OK);
	assert_int_equal(number, lines);
	assert_string_equal(json_string(o, "session"), session);
	if (with_openssl)
		assert_true(pki_cms_holds(keys, path_to(folder, "seal.p7s"), path_to(folder, "seal.json")));
	else
		assert_int_equal(access(path_to(folder, "seal.p7s"), R_OK), 0);
	cJSON_Delete(o);
	free(journal);
	free(seal);
}

static void the_seal_says_what_the_files_say(void **state)
{
	static const char list[] = H("b") "  chunks/000001\n" H("c") "  chunks/000002\n";
	static const char head[] = "{\"agent_head\":\"";
	char hash[65], recording[65], expected[400], *seal;
	size_t len;

	(void)state;
	begin(&journal_io_posix);
	assert_int_equal(seal_it(&journal_io_posix, dir, hash), OK);
	assert_sealed(dir, true);
	seal = slurp(dir, "seal.json", &len);
	digest_sha256(seal, len, expected);
	assert_string_equal(hash, expected);
	digest_sha256(list, strlen(list), recording);
	snprintf(expected, sizeof(expected),
		",\"journal_lines\":7,\"key\":\"" H("a") "\",\"reason\":\"customer\",\"recording\":\"%s\",\"session\":\"%s\","
		"\"v\":1,\"wall_ms\":1700000000000}\n", recording, session);
	assert_int_equal(strncmp(seal, head, strlen(head)), 0);
	assert_non_null(strstr(seal, "\",\"agent_lines\":1,\"build\":\"guichet-notary " GUICHET_VERSION "\",\"chunks\":2,\"journal\":\""));
	assert_string_equal(seal + len - strlen(expected), expected);
	free(seal);
}

static void an_empty_recording_and_no_key_are_said_too(void **state)
{
	struct journal_place where = place_on(&journal_io_posix, dir);
	struct journal *j;
	char hash[65], *seal;
	size_t len;

	(void)state;
	assert_int_equal(journal_open(&where, session, true, &j), OK);
	assert_int_equal(add(j, "session", "{}"), OK);
	journal_close(j);
	assert_int_equal(seal_it(&journal_io_posix, dir, hash), OK);
	seal = slurp(dir, "seal.json", &len);
	assert_non_null(strstr(seal, "\"key\":\"\",\"reason\":\"crash\",\"recording\":"
		"\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""));
	free(seal);
}

static void a_sealed_journal_takes_no_line_and_is_never_mended(void **state)
{
	struct journal_place where = place_on(&journal_io_posix, dir);
	struct stat before, after;
	struct journal *j;
	char hash[65];
	FILE *f;

	(void)state;
	begin(&journal_io_posix);
	assert_int_equal(seal_it(&journal_io_posix, dir, hash), OK);
	assert_int_equal(journal_open(&where, session, false, &j), OK);
	assert_true(journal_is_sealed(j));
	assert_int_equal(add(j, "note", "{}"), ERR_FORBIDDEN);
	assert_false(journal_is_broken(j));
	journal_close(j);
	f = fopen(path_to(dir, "journal.jsonl"), "a");
	fputs("torn", f);
	fclose(f);
	assert_int_equal(stat(path_to(dir, "journal.jsonl"), &before), 0);
	assert_int_equal(journal_open(&where, session, false, &j), ERR_IO);
	assert_int_equal(stat(path_to(dir, "journal.jsonl"), &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	assert_int_equal(access(path_to(dir, "journal.dropped"), F_OK), -1);
}

static void sealing_again_changes_no_byte(void **state)
{
	char hash[2][65], *before, *after;
	size_t len, again;

	(void)state;
	begin(&journal_io_posix);
	assert_int_equal(seal_it(&journal_io_posix, dir, hash[0]), OK);
	before = slurp(dir, "seal.p7s", &len);
	assert_int_equal(seal_it(&journal_io_posix, dir, hash[1]), OK);
	after = slurp(dir, "seal.p7s", &again);
	assert_string_equal(hash[0], hash[1]);
	assert_int_equal(len, again);
	assert_memory_equal(before, after, len);
	free(before);
	free(after);
}

static void a_seal_that_says_something_else_is_left_alone(void **state)
{
	char hash[65], *seal;
	size_t len;
	FILE *f;

	(void)state;
	begin(&journal_io_posix);
	assert_int_equal(seal_it(&journal_io_posix, dir, hash), OK);
	seal = slurp(dir, "seal.json", &len);
	*strstr(seal, "customer") = 'C';
	f = fopen(path_to(dir, "seal.json"), "w");
	fputs(seal, f);
	fclose(f);
	assert_int_equal(seal_it(&journal_io_posix, dir, hash), ERR_MALFORMED);
	assert_string_equal(hash, "");
	free(seal);
}

static void bytes_that_do_not_chain_are_never_sealed(void **state)
{
	struct consent_chain none;
	struct seal_facts f;
	char *buf;
	size_t len;

	(void)state;
	begin(&journal_io_posix);
	consent_chain_init(&none);
	buf = slurp(dir, "journal.jsonl", &len);
	assert_int_equal(seal_read(session, buf, len, &none, &f), OK);
	for (size_t i = 0; i + 1 < len; i++) { /* each byte counts: but for the last line's own, nothing of it is hashed here */
		const char was = buf[i];
		char head[65];

		memcpy(head, f.journal_head, sizeof(head));
		buf[i] = was == 'x' ? 'y' : 'x';
		if (seal_read(session, buf, len, &none, &f) == OK)
			assert_string_not_equal(f.journal_head, head); /* the caller compares it with what it knows */
		buf[i] = was;
		assert_int_equal(seal_read(session, buf, len, &none, &f), OK);
	}
	assert_int_equal(seal_read(session, buf, len - 1, &none, &f), ERR_MALFORMED);
	assert_int_equal(seal_read("0123456789abcdef0123456789abcdee", buf, len, &none, &f), ERR_MALFORMED);
	free(buf);
}

/* E3: whichever call fails, repeating it ends with a seal that holds. */
static void E3_a_sealing_that_failed_anywhere_is_finished_by_the_next(void **state)
{
	char hash[65], again[65];
	struct faults f = { 0 };

	(void)state;
	for (int is_short = 0; is_short < 2; is_short++)
		for (int fail_at = 1; fail_at == 1 || f.calls + 1 >= fail_at; fail_at++) {
			struct journal_io io = faulty(&f);
			enum err e;

			remove_tree(dir);
			mkdir(dir, 0700);
			begin(&journal_io_posix);
			f = (struct faults){ .fail_at = fail_at, .is_short = is_short };
			e = seal_it(&io, dir, hash);
			assert_int_equal(e == OK, f.calls < fail_at);
			assert_int_equal(seal_it(&journal_io_posix, dir, again), OK);
			if (!e)
				assert_string_equal(hash, again);
			assert_sealed(dir, fail_at % 8 == 0);
		}
}

/* E2: each crash of a session that is written and sealed; twice in a row gives the same bytes. */
static void E2_every_crash_ends_with_a_seal_that_holds(void **state)
{
	struct crash_disk *d = crash_disk_new(dir);
	struct journal_io io = crash_disk_io(d);
	char target[] = "/dev/shm/seal_crash.XXXXXX", hash[65], first[65], again[65];
	size_t written, sealed;

	(void)state;
	begin(&io);
	written = crash_disk_count(d);
	assert_int_equal(seal_it(&io, dir, hash), OK);
	sealed = crash_disk_count(d);
	assert_non_null(mkdtemp(target));
	for (size_t count = 0; count <= sealed; count++)
		for (enum crash_kind kind = 0; kind < CRASH_KINDS; kind++) {
			enum err e;

			remove_tree(target);
			mkdir(target, 0700);
			crash_disk_make(d, count, kind, target);
			e = seal_it(&journal_io_posix, target, first);
			if (e == ERR_FORBIDDEN) { /* there is no journal yet */
				assert_true(count < written);
				continue;
			}
			assert_int_equal(e, OK);
			assert_sealed(target, count >= written && count % 4 == 0);
			assert_int_equal(seal_it(&journal_io_posix, target, again), OK);
			assert_string_equal(first, again);
			if (count == sealed)
				assert_string_equal(first, hash); /* what was acknowledged is what stays */
		}
	remove_tree(target);
	crash_disk_free(d);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(the_seal_says_what_the_files_say),
		TEST(an_empty_recording_and_no_key_are_said_too),
		TEST(a_sealed_journal_takes_no_line_and_is_never_mended),
		TEST(sealing_again_changes_no_byte),
		TEST(a_seal_that_says_something_else_is_left_alone),
		TEST(bytes_that_do_not_chain_are_never_sealed),
		TEST(E3_a_sealing_that_failed_anywhere_is_finished_by_the_next),
		TEST(E2_every_crash_ends_with_a_seal_that_holds),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("seal", tests, group_setup, group_teardown);
}
