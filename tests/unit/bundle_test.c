#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/office/bundle.h"
#include "gateway/office/bundle_zip.h"
#include "gateway/office/verify/zip.h"
#include "guichet/evidence.h"

/* A source in memory. */
struct shelf {
	const char *names[16];
	const char *texts[16];
	size_t count, lists, opens;
	const char *changing; /* a file that is another one each time it is opened */
};

static const char journal[] =
		"{\"boot_ms\":1,\"data\":{},\"event\":\"session\",\"n\":0,\"p\":\"0\",\"session\":\"s\",\"wall_ms\":1}\n";
/* A point of the curve is not needed here: agent.pub is what the line says. */
#define SIGN \
	"0411111111111111111111111111111111111111111111111111111111111111112222222222222222222222222222222222222222222222222222222222222222"
#define SIG \
	"000000000000000000000000000000000000000000000000000000000000007f8000000000000000000000000000000000000000000000000000000000000001"
#define ZEROS64 "0000000000000000000000000000000000000000000000000000000000000000"
static const char signed_journal[] =
		"{\"data\":{\"sign\":\"" SIGN "\"},\"event\":\"agent\"}\n"
		"{\"data\":{\"line\":\"{\\\"event\\\":\\\"open\\\"}\",\"sig\":\"" SIG "\"},\"event\":\"consent\"}\n"
		"{\"data\":{\"line\":\"{\\\"event\\\":\\\"head\\\"}\",\"sig\":\"" SIG "\"},\"event\":\"consent\"}\n"
		"{\"data\":{\"line\":\"{\\\"event\\\":\\\"counts\\\"}\",\"sig\":\"" SIG "\"},\"event\":\"consent\"}\n"
		"{\"data\":{\"line\":\"{\\\"event\\\":\\\"head\\\",\\\"n\\\":3}\",\"sig\":\"" SIG "\"},\"event\":\"consent\"}\n";

static enum err list(void *arg, bundle_name_fn *take, void *taker)
{
	struct shelf *s = arg;
	enum err e = OK;

	s->lists++;
	for (size_t i = 0; i < s->count && !e; i++)
		e = take(taker, s->names[i]);
	return e;
}

static enum err open_name(void *arg, const char *name, int *fd)
{
	struct shelf *s = arg;

	s->opens++;
	for (size_t i = 0; i < s->count; i++) {
		if (strcmp(s->names[i], name) != 0)
			continue;
		*fd = memfd_create("file", MFD_CLOEXEC);
		assert_true(*fd >= 0 && write(*fd, s->texts[i], strlen(s->texts[i])) == (ssize_t)strlen(s->texts[i]));
		if (s->changing && strcmp(s->changing, name) == 0 && s->opens > s->count)
			assert_int_equal(pwrite(*fd, "!", 1, 0), 1);
		assert_int_equal(lseek(*fd, 0, SEEK_SET), 0);
		return OK;
	}
	return ERR_IO;
}

static struct shelf shelf(const char *journal_text)
{
	return (struct shelf){ .names = { "seal.json", "journal.jsonl", "chunks/000002", "chunks/000001", "VERIFIER.sh" },
		.texts = { "{}", journal_text, "two", "one", "#!/bin/sh\n" }, .count = 5 };
}

/* Writes a bundle into memory; free() it. */
static uint8_t *write_bundle(struct shelf *s, const char *key, size_t *len, enum err want)
{
	const struct bundle_source source = { s, list, open_name };
	const struct bundle_options o = { .content_key = key };
	char trouble[BUNDLE_TROUBLE_MAX];
	int fd = memfd_create("zip", MFD_CLOEXEC);
	uint8_t *out;

	assert_int_equal(bundle_write(&source, &o, fd, trouble), want);
	assert_int_equal(trouble[0] != '\0', want != OK);
	*len = (size_t)lseek(fd, 0, SEEK_END);
	out = malloc(*len + 1);
	assert_int_equal(pread(fd, out, *len, 0), *len);
	close(fd);
	return out;
}

static struct zip_member *read_zip(const uint8_t *at, size_t len, size_t *count)
{
	struct zip_member *m;
	struct zip z;

	assert_int_equal(zip_open(&z, at, len), OK);
	m = calloc(z.count + 1, sizeof(*m));
	assert_int_equal(zip_read(&z, m), OK);
	*count = z.count;
	return m;
}

static bool holds(const struct zip_member *m, size_t count, const char *name, const char *text)
{
	for (size_t i = 0; i < count; i++) {
		if (m[i].name_len == strlen(name) && memcmp(m[i].name, name, m[i].name_len) == 0)
			return !text || (m[i].len == strlen(text) && memcmp(m[i].at, text, m[i].len) == 0);
	}
	return false;
}

static void the_same_evidence_gives_the_same_bytes(void **state)
{
	struct shelf a = shelf(journal), b = shelf(journal);
	const char *name = b.names[0], *text = b.texts[0];
	size_t len, again;
	uint8_t *x, *y;

	(void)state;
	b.names[0] = b.names[4]; /* in another order */
	b.texts[0] = b.texts[4];
	b.names[4] = name;
	b.texts[4] = text;
	x = write_bundle(&a, NULL, &len, OK);
	y = write_bundle(&b, NULL, &again, OK);
	assert_int_equal(len, again);
	assert_memory_equal(x, y, len);
	free(x);
	free(y);
}

static void the_sums_name_all_but_themselves_and_the_key(void **state)
{
	static const char key[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	struct shelf s = shelf(journal);
	size_t len, count, lines = 0;
	uint8_t *zip = write_bundle(&s, key, &len, OK);
	struct zip_member *m = read_zip(zip, len, &count);

	(void)state;
	assert_int_equal(count, 7);
	assert_true(holds(m, count, "content.key", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"));
	assert_true(holds(m, count, "chunks/000001", "one"));
	assert_memory_equal(m[0].name, "SHA256SUMS", 10);
	for (size_t i = 0; i < m[0].len; i++)
		lines += m[0].at[i] == '\n';
	assert_int_equal(lines, 5);
	/* printf one | sha256sum */
	assert_non_null(memmem(m[0].at, m[0].len, "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed  chunks/000001\n", 80));
	assert_null(memmem(m[0].at, m[0].len, "content.key", 11));
	for (size_t i = 1; i < count; i++) {
		size_t n = m[i].name_len < m[i - 1].name_len ? m[i].name_len : m[i - 1].name_len;

		assert_true(memcmp(m[i - 1].name, m[i].name, n) <= 0);
	}
	free(m);
	free(zip);
}

static void signed_lines_get_copies_but_for_counts_and_older_heads(void **state)
{
	static const char der[] = "\x30\x26\x02\x01\x7f\x02\x21\x00\x80";
	struct shelf s = shelf(signed_journal);
	size_t len, count;
	uint8_t *zip = write_bundle(&s, NULL, &len, OK);
	struct zip_member *m = read_zip(zip, len, &count);

	(void)state;
	assert_true(holds(m, count, "grants/0000.txt", "{\"event\":\"open\"}"));
	assert_true(holds(m, count, "grants/0003.txt", "{\"event\":\"head\",\"n\":3}"));
	assert_false(holds(m, count, "grants/0001.txt", NULL));
	assert_false(holds(m, count, "grants/0002.txt", NULL));
	assert_true(holds(m, count, "grants/0003.sig", NULL));
	assert_true(holds(m, count, "agent.pub", NULL));
	for (size_t i = 0; i < count; i++) {
		if (memcmp(m[i].name, "grants/0000.sig", 15) == 0)
			assert_memory_equal(m[i].at, der, sizeof(der) - 1);
	}
	free(m);
	free(zip);
}

static char *text_of(const uint8_t *zip, size_t len, const char *name)
{
	size_t count;
	struct zip_member *m = read_zip(zip, len, &count);
	char *text = NULL;

	for (size_t i = 0; i < count && !text; i++)
		if (m[i].name_len == strlen(name) && memcmp(m[i].name, name, m[i].name_len) == 0)
			text = strndup((const char *)m[i].at, m[i].len);
	free(m);
	return text;
}

static void the_last_agent_before_the_first_signed_line_counts(void **state)
{
	static const char other[] = "{\"data\":{\"sign\":\"04" ZEROS64 ZEROS64 "\"},\"event\":\"agent\"}\n";
	char *text, *wanted, *got;
	struct shelf s, once = shelf(signed_journal);
	size_t len, again;
	uint8_t *x, *y;

	(void)state;
	assert_true(asprintf(&text, "%s%s%s", other, signed_journal, other) > 0);
	s = shelf(text);
	x = write_bundle(&s, NULL, &len, OK);
	y = write_bundle(&once, NULL, &again, OK);
	got = text_of(x, len, "agent.pub");
	wanted = text_of(y, again, "agent.pub");
	assert_string_equal(got, wanted);
	free(got);
	free(wanted);
	free(x);
	free(y);
	free(text);
}

static void what_was_signed_in_another_form_is_copied_not_judged(void **state)
{
	static const char odd[] =
		"{\"data\":{\"sign\":\"" SIGN "\"},\"event\":\"agent\"}\n"
		"{\"data\":{\"line\":\"{ no canonical line\",\"sig\":\"" SIG "\"},\"event\":\"consent\"}\n";
	struct shelf s = shelf(odd);
	size_t len;
	uint8_t *zip = write_bundle(&s, NULL, &len, OK);
	char *text = text_of(zip, len, "grants/0000.txt");

	(void)state;
	assert_string_equal(text, "{ no canonical line");
	free(text);
	free(zip);
}

/* ---- as much as the notary lets a session make ---- */

struct edge {
	int journal; /* its bytes */
};

static enum err list_edge(void *arg, bundle_name_fn *take, void *taker)
{
	char name[32];
	enum err e = take(taker, "journal.jsonl");

	(void)arg;
	for (int i = 1; i <= EVIDENCE_CHUNKS_MAX && !e; i++) {
		snprintf(name, sizeof(name), "chunks/%06d", i);
		e = take(taker, name);
	}
	return e;
}

static enum err open_edge(void *arg, const char *name, int *fd)
{
	const struct edge *edge = arg;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", edge->journal);
	*fd = open(strcmp(name, "journal.jsonl") == 0 ? path : "/dev/null", O_RDONLY | O_CLOEXEC);
	return *fd >= 0 ? OK : ERR_IO;
}

static void a_session_at_all_its_limits_can_be_exported(void **state)
{
	enum { EACH = EVIDENCE_LINES_BYTES / EVIDENCE_LINES_MAX };
	struct edge edge = { memfd_create("journal", MFD_CLOEXEC) };
	const struct bundle_source source = { &edge, list_edge, open_edge };
	char trouble[BUNDLE_TROUBLE_MAX], text[EACH];
	FILE *f = fdopen(dup(edge.journal), "w");
	int fd = memfd_create("zip", MFD_CLOEXEC);

	(void)state;
	memset(text, 'x', sizeof(text));
	fprintf(f, "{\"data\":{\"sign\":\"" SIGN "\"},\"event\":\"agent\"}\n");
	for (int i = 0; i < EVIDENCE_LINES_MAX; i++)
		fprintf(f, "{\"data\":{\"line\":\"{\\\"event\\\":\\\"ask\\\",\\\"text\\\":\\\"%.*s\\\"}\",\"sig\":\"" SIG
			"\"},\"event\":\"consent\"}\n", EACH - 25, text);
	assert_int_equal(fclose(f), 0);
	if (bundle_write(&source, NULL, fd, trouble))
		fail_msg("%s", trouble);
	assert_true(lseek(fd, 0, SEEK_END) > 2 * (off_t)EVIDENCE_LINES_BYTES);
	close(fd);
	close(edge.journal);
}

static void a_file_that_changes_meanwhile_ends_it(void **state)
{
	struct shelf s = shelf(journal);
	size_t len;

	(void)state;
	s.changing = "chunks/000001";
	free(write_bundle(&s, NULL, &len, ERR_IO));
}

static void what_no_bundle_holds_is_refused(void **state)
{
	struct shelf s = shelf("{\"no\":\"journal\"}"), twice = shelf(journal), key = shelf(journal);
	size_t len;

	(void)state;
	free(write_bundle(&s, NULL, &len, ERR_MALFORMED)); /* no line feed */
	twice.names[0] = "chunks/000001";
	free(write_bundle(&twice, NULL, &len, ERR_MALFORMED));
	free(write_bundle(&key, "not a key", &len, ERR_MALFORMED));
	key.names[1] = "seal.p7s"; /* no journal */
	free(write_bundle(&key, NULL, &len, ERR_IO));
}

static void the_crc_is_that_of_zip(void **state)
{
	(void)state;
	assert_int_equal(bundle_crc(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(bundle_crc(bundle_crc(0, "12345", 5), "6789", 4), 0xcbf43926);
	assert_int_equal(bundle_crc(0, "", 0), 0);
}

/* The headers: a zip in which one byte is another is refused, or has the same members at the same places. */
static void a_changed_zip_is_refused_or_means_the_same(void **state)
{
	struct shelf s = shelf(journal);
	size_t len, count, refused = 0;
	uint8_t *zip = write_bundle(&s, NULL, &len, OK);
	struct zip_member *m = read_zip(zip, len, &count), *now = calloc(count + 16, sizeof(*now));
	struct zip z;

	(void)state;
	for (size_t i = 0; i < len * 8; i++) {
		zip[i / 8] ^= (uint8_t)(1u << i % 8);
		if (zip_open(&z, zip, len) || z.count > count + 15 || zip_read(&z, now)) {
			refused++;
		} else {
			assert_int_equal(z.count, count);
			for (size_t k = 0; k < count; k++)
				assert_true(now[k].at == m[k].at && now[k].len == m[k].len);
		}
		zip[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	assert_true(refused > count * (BUNDLE_LOCAL_LEN + BUNDLE_CENTRAL_LEN) * 4);
	for (size_t n = 0; n < len; n++)
		assert_int_not_equal(zip_open(&z, zip, n) ? ERR_MALFORMED : zip_read(&z, now), OK);
	free(now);
	free(m);
	free(zip);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_evidence_gives_the_same_bytes),
		cmocka_unit_test(the_sums_name_all_but_themselves_and_the_key),
		cmocka_unit_test(signed_lines_get_copies_but_for_counts_and_older_heads),
		cmocka_unit_test(the_last_agent_before_the_first_signed_line_counts),
		cmocka_unit_test(what_was_signed_in_another_form_is_copied_not_judged),
		cmocka_unit_test(a_session_at_all_its_limits_can_be_exported),
		cmocka_unit_test(a_file_that_changes_meanwhile_ends_it),
		cmocka_unit_test(what_no_bundle_holds_is_refused),
		cmocka_unit_test(the_crc_is_that_of_zip),
		cmocka_unit_test(a_changed_zip_is_refused_or_means_the_same),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
