/* Chunks, content key, terms and personal values: what the notary takes, and that a restart goes on with it. */
#include "notary_bench.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/frame.h"
#include "gateway/notary/digest.h"

/* A whole file of the session, its length in *len, -1: none. free() it. */
static char *read_file(const struct bench *b, const char *session, const char *name, long *len)
{
	char path[256], *buf = calloc(1, 1 << 20);
	FILE *f;

	snprintf(path, sizeof(path), "%s/sessions/%s/%s", b->dir, session, name);
	f = fopen(path, "r");
	*len = f ? (long)fread(buf, 1, (1 << 20) - 1, f) : -1;
	if (f)
		fclose(f);
	return buf;
}

static bool has_file(const struct bench *b, const char *session, const char *name)
{
	long len;

	free(read_file(b, session, name, &len));
	return len >= 0;
}

/* The last journal line with this event, parsed; the caller's. */
static cJSON *last_line(const struct bench *b, const char *session, const char *event)
{
	cJSON *found = NULL;
	long len;
	char *text = read_file(b, session, "journal.jsonl", &len), *rest = text, *line;

	while ((line = strsep(&rest, "\n")) && *line) {
		cJSON *o = cJSON_Parse(line);
		if (strcmp(json_string(o, "event"), event) == 0) {
			cJSON_Delete(found);
			found = o;
		} else {
			cJSON_Delete(o);
		}
	}
	free(text);
	return found;
}

static void recorded(struct bench *b, struct door *d, char prev[65])
{
	add_claire(b);
	open_agent(b, d);
	grant_view(b, d, prev);
}

static void a_chunk_is_stored_as_the_format_says(void **state)
{
	struct bench *b = *state;
	struct door d;
	char prev[65], hash[65];
	uint8_t *frames, id[16];
	struct recording_chunk c;
	cJSON *line, *whole;
	char *file;
	long len;

	recorded(b, &d, prev);
	c = make_chunk(1, b->now_ms, 3, 5, &frames);
	assert_ok(add_chunk(b, &d, &c, sealed_memfd(frames, c.bytes)));
	file = read_file(b, d.session, "chunks/000001", &len);
	assert_int_equal(len, 64 + c.bytes);
	assert_memory_equal(file, "GUICHETR", 8);
	assert_true(hex_read(d.session, id, sizeof(id)));
	assert_memory_equal(file + 8, id, 16);
	assert_int_equal(get_u32((uint8_t *)file + 24), 1);
	assert_int_equal(get_u32((uint8_t *)file + 28), 3);
	assert_int_equal((uint64_t)get_u32((uint8_t *)file + 32) << 32 | get_u32((uint8_t *)file + 36), c.from_ms);
	assert_int_equal((uint64_t)get_u32((uint8_t *)file + 40) << 32 | get_u32((uint8_t *)file + 44), c.to_ms);
	assert_memory_equal(file + 64, frames, c.bytes);
	digest_sha256(file, (size_t)len, hash);
	whole = last_line(b, d.session, "chunk");
	line = cJSON_GetObjectItem(whole, "data");
	assert_string_equal(json_string(line, "sha256"), hash);
	assert_int_equal(cJSON_GetObjectItem(line, "bytes")->valueint, len);
	assert_int_equal(cJSON_GetObjectItem(line, "first_seq")->valueint, 5);
	assert_int_equal(cJSON_GetObjectItem(line, "last_seq")->valueint, 7);
	assert_int_equal(cJSON_GetArraySize(line), 8);
	cJSON_Delete(whole);
	free(file);
	free(frames);
}

static void chunks_follow_each_other_also_over_a_restart(void **state)
{
	struct bench *b = *state;
	struct door d;
	char prev[65];

	recorded(b, &d, prev);
	assert_ok(store_chunk(b, &d, 1, 2, 1));
	assert_ok(store_chunk(b, &d, 2, 0, 0));
	assert_string_equal(store_chunk(b, &d, 2, 1, 9), "chunk");
	assert_string_equal(store_chunk(b, &d, 4, 1, 9), "chunk");
	assert_string_equal(store_chunk(b, &d, 3, 1, 2), "chunk"); /* a counter again */
	notary_free(b->n);
	bench_start(b);
	assert_ok(of_session(b, "session_get", &d, ""));
	assert_int_equal(number(b, "chunks"), 2);
	assert_int_equal(number(b, "chunk_seq"), 2);
	assert_int_equal(number(b, "chunk_to_ms"), b->now_ms + 6000);
	assert_false(cJSON_IsTrue(cJSON_GetObjectItem(b->last, "paused")));
	b->now_ms -= 10000;
	assert_string_equal(store_chunk(b, &d, 3, 1, 3), "chunk"); /* earlier than the last one */
	b->now_ms += 10000;
	assert_ok(store_chunk(b, &d, 3, 1, 3));
}

static void nothing_is_recorded_before_the_first_grant(void **state)
{
	struct bench *b = *state;
	struct door d;

	add_claire(b);
	open_agent(b, &d);
	assert_string_equal(store_chunk(b, &d, 1, 1, 1), "chunk");
	assert_false(has_file(b, d.session, "chunks/000001"));
}

static void what_is_said_of_a_chunk_must_be_true_of_its_bytes(void **state)
{
	struct bench *b = *state;
	struct door d;
	char prev[65];
	uint8_t *frames;
	struct recording_chunk good;

	recorded(b, &d, prev);
	good = make_chunk(1, b->now_ms, 3, 5, &frames);
	for (int i = 0; i < 12; i++) {
		struct recording_chunk c = good;
		uint8_t *bad = malloc(good.bytes);
		size_t len = good.bytes;

		memcpy(bad, frames, good.bytes);
		switch (i) {
		case 0: c.frames = 2; break;
		case 1: c.frames = 4; break;
		case 2: c.first_seq = 4; break;
		case 3: c.last_seq = 8; break;
		case 4: c.bytes--; len--; break;                 /* the last frame is cut short */
		case 5: len--; break;                            /* fewer bytes than are said */
		case 6: bad[4] = 2; break;                       /* another version */
		case 7: bad[5] = KIND_MOUSE; break;              /* the viewer's */
		case 8: bad[7] = 0; break;                       /* not sealed */
		case 9: put_u32(bad + 4 + 8, 6); break;          /* a counter twice */
		case 10: put_u32(bad, 2001); break;              /* later than the chunk */
		case 11: put_u32(bad + 120, 0); put_u32(bad, 1); break; /* back in time */
		default: break;
		}
		assert_string_equal(add_chunk(b, &d, &c, sealed_memfd(bad, len)), "malformed");
		free(bad);
	}
	good.bytes = RECORDING_FRAMES_MAX + 1;
	assert_string_equal(add_chunk(b, &d, &good, -1), "malformed");
	assert_false(has_file(b, d.session, "chunks/000001"));
	good.bytes = 3 * 120;
	assert_ok(add_chunk(b, &d, &good, sealed_memfd(frames, good.bytes)));
	free(frames);
}

static void only_sealed_memory_is_taken(void **state)
{
	struct bench *b = *state;
	struct door d;
	char prev[65], path[128];
	uint8_t *frames;
	struct recording_chunk c;
	int pipes[2];
	FILE *f;

	recorded(b, &d, prev);
	c = make_chunk(1, b->now_ms, 1, 1, &frames);
	assert_string_equal(add_chunk(b, &d, &c, -1), "malformed");
	assert_int_equal(pipe(pipes), 0);
	assert_string_equal(add_chunk(b, &d, &c, pipes[0]), "malformed"); /* and nobody waits for it */
	close(pipes[1]);
	snprintf(path, sizeof(path), "%s/file", b->dir);
	f = fopen(path, "w");
	assert_int_equal(fwrite(frames, 1, c.bytes, f), c.bytes);
	fclose(f);
	f = fopen(path, "r");
	assert_string_equal(add_chunk(b, &d, &c, dup(fileno(f))), "malformed");
	fclose(f);
	free(frames);
}

static void a_chunk_may_follow_the_end_for_a_minute(void **state)
{
	struct bench *b = *state;
	struct door d;
	char prev[65];

	recorded(b, &d, prev);
	assert_ok(store_chunk(b, &d, 1, 1, 1));
	assert_ok(of_session(b, "session_end", &d, ",\"reason\":\"customer\""));
	assert_ok(store_chunk(b, &d, 2, 1, 2));
	b->now_ms += TRAILING_MS;
	assert_string_equal(store_chunk(b, &d, 3, 1, 3), "ended");
}

/* Killed between the file and its line: the file is none of the evidence. */
static void a_chunk_without_its_line_is_gone_after_a_restart(void **state)
{
	struct bench *b = *state;
	struct door d;
	char prev[65], path[256];
	long before, after;
	char *text;
	FILE *f;

	recorded(b, &d, prev);
	assert_ok(store_chunk(b, &d, 1, 1, 1));
	notary_free(b->n);
	snprintf(path, sizeof(path), "%s/sessions/%s/chunks/000002", b->dir, d.session);
	f = fopen(path, "w");
	fputs("half a chunk", f);
	fclose(f);
	text = read_file(b, d.session, "journal.jsonl", &before);
	free(text);
	bench_start(b);
	assert_ok(of_session(b, "session_get", &d, ""));
	assert_false(has_file(b, d.session, "chunks/000002"));
	assert_true(has_file(b, d.session, "chunks/000001"));
	free(read_file(b, d.session, "journal.jsonl", &after));
	assert_int_equal(after, before); /* told by nothing more than the line that is missing */
	assert_ok(store_chunk(b, &d, 2, 1, 2));
}

static void a_pause_is_known_after_a_restart(void **state)
{
	struct bench *b = *state;
	struct door d;
	char prev[65];

	recorded(b, &d, prev);
	assert_ok(sign_line(b, &d, 3, prev, "\\\"event\\\":\\\"pause\\\",\\\"who\\\":\\\"advisor\\\",\\\"why\\\":\\\"card\\\""));
	notary_free(b->n);
	bench_start(b);
	assert_ok(of_session(b, "session_get", &d, ""));
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(b->last, "paused")));
	assert_ok(sign_line(b, &d, 4, prev, "\\\"event\\\":\\\"resume\\\""));
	assert_ok(of_session(b, "session_get", &d, ""));
	assert_false(cJSON_IsTrue(cJSON_GetObjectItem(b->last, "paused")));
}

static const char *put_key(struct bench *b, const struct door *d, size_t bytes, char digit)
{
	char key[2 * 520 + 1];

	memset(key, digit, 2 * bytes);
	key[2 * bytes] = '\0';
	return ask(b, "session_key", "\"session\":\"%s\",\"key\":\"%s\"", d->session, key);
}

static void line_0_needs_the_key_that_it_names(void **state)
{
	struct bench *b = *state;
	struct door d;
	char zeros[65] = { 0 }, prev[65];
	cJSON *line;
	long len;

	memset(zeros, '0', 64);
	add_claire(b);
	open_door(b, &d);
	assert_ok(of_session(b, "session_agent", &d, ",\"sign\":\"" SIGN "\",\"resume\":\"" RESUME "\""));
	memcpy(prev, zeros, 65);
	assert_string_equal(sign_line(b, &d, 0, prev, OPEN_EVENT), "key"); /* none is stored */
	assert_string_equal(put_key(b, &d, 383, 'a'), "malformed");
	assert_string_equal(put_key(b, &d, 385, 'a'), "malformed");
	assert_string_equal(put_key(b, &d, 384, 'A'), "malformed");
	assert_string_equal(put_key(b, &d, 384, 'z'), "malformed");
	bench_key(b, &d);
	bench_key(b, &d); /* again: its answer was lost */
	assert_string_equal(put_key(b, &d, 384, 'c'), "key");
	assert_string_equal(put_key(b, &d, 512, 'a'), "key");
	free(read_file(b, d.session, "key.wrapped", &len));
	assert_int_equal(len, 384);
	line = last_line(b, d.session, "key");
	assert_string_equal(json_string(cJSON_GetObjectItem(line, "data"), "sha256"), CONTENT_KEY);
	cJSON_Delete(line);
	assert_string_equal(sign_line(b, &d, 0, prev, "\\\"event\\\":\\\"open\\\""), "key");
	assert_string_equal(sign_line(b, &d, 0, prev, "\\\"content_key\\\":\\\"" TERMS "\\\",\\\"event\\\":\\\"open\\\""), "key");
	assert_ok(sign_line(b, &d, 0, prev, OPEN_EVENT));
	assert_true(has_file(b, d.session, "key.wrapped"));
}

static void a_key_of_4096_bits_is_taken(void **state)
{
	struct bench *b = *state;
	struct door d;

	add_claire(b);
	open_door(b, &d);
	assert_ok(put_key(b, &d, 512, 'a'));
}

static void only_a_text_that_is_kept_can_be_accepted(void **state)
{
	struct bench *b = *state;
	struct door d;
	char hash[65], path[256];
	struct stat st;

	add_claire(b);
	assert_ok(new_session(b, &d));
	digest_sha256("Autres conditions", 17, hash);
	assert_string_equal(ask(b, "acceptance_add", "\"version\":\"1\",\"lang\":\"fr\",\"terms\":\"%s\",\"articles\":[],"
		"\"button\":\"accepter\",\"ip\":\"192.0.2.1\",\"user_agent\":\"x\"", hash), "terms");
	assert_ok(ask(b, "terms_put", "\"text\":\"Autres conditions\""));
	assert_string_equal(json_string(b->last, "terms"), hash);
	assert_ok(ask(b, "terms_put", "\"text\":\"Autres conditions\""));
	assert_ok(ask(b, "acceptance_add", "\"version\":\"1\",\"lang\":\"fr\",\"terms\":\"%s\",\"articles\":[],"
		"\"button\":\"accepter\",\"ip\":\"192.0.2.1\",\"user_agent\":\"x\"", hash));
	snprintf(path, sizeof(path), "%s/terms/%s.txt", b->dir, hash);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 17);
	assert_string_equal(ask(b, "terms_put", "\"text\":\"\""), "malformed");
}

static void personal_values_stand_beside_the_journal_which_commits_to_them(void **state)
{
	static const char *const wanted[][2] = {
		{ "customer", "client 42 é" }, { "ip", "192.0.2.1" }, { "user_agent", "x" },
	};
	struct bench *b = *state;
	struct door d;
	char *text, *journal, *rest, *line;
	cJSON *accepted, *commitments;
	int count = 0;
	long len;

	add_claire(b);
	assert_ok(new_session(b, &d));
	assert_ok(accept_terms(b, &d, "accepter", ",\"customer\":\"client 42 é\""));
	assert_false(has_file(b, d.session, "private.jsonl"));
	assert_ok(use_code(b, &d, d.code, "s"));
	accepted = last_line(b, d.session, "accepted");
	commitments = cJSON_GetObjectItem(cJSON_GetObjectItem(accepted, "data"), "private");
	assert_int_equal(cJSON_GetArraySize(commitments), 3);
	rest = text = read_file(b, d.session, "private.jsonl", &len);
	while ((line = strsep(&rest, "\n")) && *line) {
		cJSON *o = cJSON_Parse(line);
		char joined[512], hash[65];
		assert_string_equal(json_string(o, "name"), wanted[count][0]);
		assert_string_equal(json_string(o, "value"), wanted[count][1]);
		assert_true(hex_is(json_string(o, "salt"), 32));
		snprintf(joined, sizeof(joined), "%s\n%s\n%s", json_string(o, "name"), json_string(o, "salt"), json_string(o, "value"));
		digest_sha256(joined, strlen(joined), hash);
		assert_string_equal(json_string(commitments, wanted[count][0]), hash);
		cJSON_Delete(o);
		count++;
	}
	assert_int_equal(count, 3);
	journal = read_file(b, d.session, "journal.jsonl", &len);
	assert_null(strstr(journal, "client 42"));
	assert_null(strstr(journal, "192.0.2.1"));
	cJSON_Delete(accepted);
	free(journal);
	free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, notary_setup, notary_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_chunk_is_stored_as_the_format_says),
		TEST(chunks_follow_each_other_also_over_a_restart),
		TEST(nothing_is_recorded_before_the_first_grant),
		TEST(what_is_said_of_a_chunk_must_be_true_of_its_bytes),
		TEST(only_sealed_memory_is_taken),
		TEST(a_chunk_may_follow_the_end_for_a_minute),
		TEST(a_chunk_without_its_line_is_gone_after_a_restart),
		TEST(a_pause_is_known_after_a_restart),
		TEST(line_0_needs_the_key_that_it_names),
		TEST(a_key_of_4096_bits_is_taken),
		TEST(only_a_text_that_is_kept_can_be_accepted),
		TEST(personal_values_stand_beside_the_journal_which_commits_to_them),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("notary_recording", tests, NULL, NULL);
}
