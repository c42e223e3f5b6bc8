#include "pki_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/stamp/stamp.h"

/* An authority made of openssl ts; its keys are those that certs/make-dev makes. */
static char dir[64];
static uint8_t digest[STAMP_DIGEST] = { 1, 2, 3 };

static const char *file(const char *name)
{
	static char path[4][128];
	static unsigned at;

	at = (at + 1) % 4;
	snprintf(path[at], sizeof(path[at]), "%s/%s", dir, name);
	return path[at];
}

static void write_file(const char *name, const void *buf, size_t len)
{
	FILE *f = fopen(file(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(buf, 1, len, f), len);
	fclose(f);
}

static uint8_t *read_file(const char *name, size_t *len)
{
	FILE *f = fopen(file(name), "r");
	uint8_t *buf = malloc(STAMP_ANSWER_MAX);

	assert_non_null(f);
	*len = fread(buf, 1, STAMP_ANSWER_MAX, f);
	fclose(f);
	return buf;
}

static int setup(void **state)
{
	const char *const make[] = { GUICHET_ROOT "/certs/make-dev", dir, NULL };
	char text[1024];

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/stamp_test.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	assert_int_equal(run_program(make), 0);
	snprintf(text, sizeof(text), "[tsa]\ndefault_tsa = t\n[t]\nserial = %s/serial\nsigner_cert = %s/tsa.pem\n"
		"signer_key = %s/tsa.key\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\ndigests = sha256\n"
		"ess_cert_id_alg = sha256\n", dir, dir, dir);
	write_file("tsa.conf", text, strlen(text));
	write_file("serial", "01\n", 3);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	remove_tree(dir);
	return 0;
}

/* The authority's answer to the request of `s`. */
static uint8_t *answer_to(const struct stamp *s, size_t *len)
{
	const char *const reply[] = { "openssl", "ts", "-reply", "-config", file("tsa.conf"), "-queryfile", file("q.tsq"),
		"-out", file("a.tsr"), NULL };
	const uint8_t *request = stamp_request(s, len);

	write_file("q.tsq", request, *len);
	assert_int_equal(run_program(reply), 0);
	return read_file("a.tsr", len);
}

static struct stamp *request(void)
{
	struct stamp *s;

	assert_int_equal(stamp_new(digest, &s), OK);
	return s;
}

static void a_good_answer_is_taken_and_openssl_agrees(void **state)
{
	struct stamp *s = request();
	size_t len;
	uint8_t *answer = answer_to(s, &len);
	const char *const verify[] = { "openssl", "ts", "-verify", "-in", file("a.tsr"), "-queryfile", file("q.tsq"),
		"-CAfile", file("tsa-ca.pem"), NULL };

	(void)state;
	assert_int_equal(stamp_check(s, file("tsa-ca.pem"), answer, len), OK);
	assert_int_equal(run_program(verify), 0);
	free(answer);
	stamp_free(s);
}

static void an_answer_to_another_request_is_none(void **state)
{
	struct stamp *s = request(), *again = request(), *other;
	size_t len;
	uint8_t *answer = answer_to(s, &len);
	const uint8_t other_digest[STAMP_DIGEST] = { 9 };

	(void)state;
	assert_int_equal(stamp_new(other_digest, &other), OK);
	assert_int_equal(stamp_check(again, file("tsa-ca.pem"), answer, len), ERR_CRYPTO); /* same digest, other nonce */
	assert_int_equal(stamp_check(other, file("tsa-ca.pem"), answer, len), ERR_CRYPTO);
	free(answer);
	stamp_free(s);
	stamp_free(again);
	stamp_free(other);
}

static void an_authority_of_another_root_is_none(void **state)
{
	struct stamp *s = request();
	size_t len;
	uint8_t *answer = answer_to(s, &len);

	(void)state;
	assert_int_equal(stamp_check(s, file("seal-ca.pem"), answer, len), ERR_CRYPTO);
	assert_int_equal(stamp_check(s, file("nothing.pem"), answer, len), ERR_IO);
	free(answer);
	stamp_free(s);
}

static void a_refusal_is_told_from_a_token(void **state)
{
	/* PKIStatusInfo { status rejection(2) } */
	static const uint8_t refusal[] = { 0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02 };
	struct stamp *s = request();

	(void)state;
	assert_int_equal(stamp_check(s, file("tsa-ca.pem"), refusal, sizeof(refusal)), ERR_FORBIDDEN);
	stamp_free(s);
}

/* Granted, but each byte changed once, cut off at each place, or with one byte too many: never a token. */
static void no_changed_answer_is_taken(void **state)
{
	struct stamp *s = request();
	size_t len, harmless = 0;
	uint8_t *answer = answer_to(s, &len);
	char ca[128];

	(void)state;
	snprintf(ca, sizeof(ca), "%s", file("tsa-ca.pem"));
	answer = realloc(answer, len + 1);
	answer[len] = 0;
	assert_int_equal(stamp_check(s, ca, answer, len + 1), ERR_MALFORMED);
	for (size_t i = 0; i < len; i++) {
		assert_int_not_equal(stamp_check(s, ca, answer, i), OK);
		answer[i] ^= 0x40;
		/* What is outside of the signature: names of algorithms that nobody reads. */
		harmless += stamp_check(s, ca, answer, len) == OK;
		answer[i] ^= 0x40;
	}
	assert_true(harmless < 24);
	assert_int_equal(stamp_check(s, ca, answer, len), OK);
	free(answer);
	stamp_free(s);
}

static void two_requests_have_two_nonces(void **state)
{
	struct stamp *s = request(), *t = request();
	size_t len, other;
	const uint8_t *a = stamp_request(s, &len), *b = stamp_request(t, &other);

	(void)state;
	assert_int_equal(len, other);
	assert_memory_not_equal(a, b, len);
	stamp_free(s);
	stamp_free(t);
	stamp_free(NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_answer_is_taken_and_openssl_agrees),
		cmocka_unit_test(an_answer_to_another_request_is_none),
		cmocka_unit_test(an_authority_of_another_root_is_none),
		cmocka_unit_test(a_refusal_is_told_from_a_token),
		cmocka_unit_test(no_changed_answer_is_taken),
		cmocka_unit_test(two_requests_have_two_nonces),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("stamp", tests, setup, teardown);
}
