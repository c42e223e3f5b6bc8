#include "pki_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t now_ms = 1700000000000;
static const char text[] = "{\"a\":1}\n";
static char dir[64];
static char told[512]; /* the last problem */

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/signer_test.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	remove_tree(dir);
	return 0;
}

static void tell(void *arg, const char *option, const char *why)
{
	(void)arg;
	snprintf(told, sizeof(told), "%s %s", option, why);
}

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

static void a_key_in_a_file_signs(void **state)
{
	struct signer *s = pki_signer(dir, now_ms);

	(void)state;
	pki_signs_what_openssl_verifies(dir, s, now_ms);
	assert_int_equal(strlen(signer_public_hex(s)), 130);
	assert_int_equal(signer_not_after_ms(s), (uint64_t)pki_good.to_s * 1000);
	signer_close(s);
}

static void the_signature_says_when_by_our_clock(void **state)
{
	struct signer *s = pki_signer(dir, now_ms);
	const char *const print[] = { "sh", "-c",
		"openssl cms -cmsout -print -inform DER -in \"$0\" | grep -q 'Nov 14 22:13:20 2023 GMT'", file("s.p7s"), NULL };
	uint8_t *der;
	size_t len;

	(void)state;
	assert_int_equal(signer_cms(s, text, strlen(text), now_ms, &der, &len), OK);
	write_file("s.p7s", der, len);
	free(der);
	assert_int_equal(run_program(print), 0);
	signer_close(s);
}

static void a_passphrase_opens_a_file(void **state)
{
	const char *const lock[] = { "openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", file("notary.key"), "-out",
		file("locked.key"), "-passout", "pass:une phrase", NULL };
	struct signer_options o;
	struct signer *s;

	(void)state;
	pki_make(dir, &pki_good);
	assert_int_equal(run_program(lock), 0);
	o = pki_options(dir);
	o.key = file("locked.key");
	assert_int_equal(signer_open(&o, now_ms, tell, NULL, &s), ERR_CRYPTO);
	assert_non_null(strstr(told, "sign_key is no private key"));
	write_file("pin", "une phrase\n", 11);
	o.pin_file = file("pin");
	assert_int_equal(signer_open(&o, now_ms, tell, NULL, &s), OK);
	signer_close(s);
}

static void every_unfit_certificate_is_named(void **state)
{
	const struct {
		const char *said;
		struct pki_wish wish;
	} unfit[] = {
		{ "sign_certificate is not for a P-256 key", { "P-384", "digitalSignature", "CA:FALSE", 1000000000, 4000000000, 0, 0 } },
		{ "sign_certificate is not that of sign_key", { "P-256", "digitalSignature", "CA:FALSE", 1000000000, 4000000000, 1, 0 } },
		{ "sign_certificate does not allow digitalSignature", { "P-256", "keyEncipherment", "CA:FALSE", 1000000000, 4000000000, 0, 0 } },
		{ "sign_certificate does not allow digitalSignature", { "P-256", NULL, "CA:FALSE", 1000000000, 4000000000, 0, 0 } },
		{ "sign_certificate is that of an authority", { "P-256", "digitalSignature", "CA:TRUE", 1000000000, 4000000000, 0, 0 } },
		{ "sign_certificate is not valid today", { "P-256", "digitalSignature", "CA:FALSE", 1000000000, 1600000000, 0, 0 } },
		{ "sign_certificate is not valid today", { "P-256", "digitalSignature", "CA:FALSE", 1800000000, 4000000000, 0, 0 } },
		{ "sign_root is not the root of sign_certificate", { "P-256", "digitalSignature", "CA:FALSE", 1000000000, 4000000000, 0, 1 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(unfit) / sizeof(*unfit); i++) {
		struct signer_options o = pki_options(dir);
		struct signer *s;

		told[0] = '\0';
		pki_make(dir, &unfit[i].wish);
		assert_int_equal(signer_open(&o, now_ms, tell, NULL, &s), ERR_CRYPTO);
		assert_string_equal(told, unfit[i].said);
		assert_null(s);
	}
}

static void files_that_are_not_there_are_named(void **state)
{
	struct signer_options o;
	struct signer *s;

	(void)state;
	pki_make(dir, &pki_good);
	o = pki_options(dir);
	o.key = "/nonexistent";
	assert_int_equal(signer_open(&o, now_ms, tell, NULL, &s), ERR_CRYPTO);
	assert_string_equal(told, "sign_key cannot be read");
	o = pki_options(dir);
	o.certificate = "/nonexistent";
	assert_int_equal(signer_open(&o, now_ms, tell, NULL, &s), ERR_CRYPTO);
	assert_string_equal(told, "sign_certificate is no file of certificates in PEM");
	o = pki_options(dir);
	o.root = o.key;
	assert_int_equal(signer_open(&o, now_ms, tell, NULL, &s), ERR_CRYPTO);
	assert_string_equal(told, "sign_root is no certificate in PEM");
}

static void nothing_is_sealed_with_a_certificate_that_has_ended(void **state)
{
	struct signer *s = pki_signer(dir, now_ms);
	uint8_t *der;
	size_t len;

	(void)state;
	assert_int_equal(signer_cms(s, text, strlen(text), (uint64_t)pki_good.to_s * 1000 + 1000, &der, &len), ERR_CRYPTO);
	assert_null(der);
	signer_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_in_a_file_signs),
		TEST(the_signature_says_when_by_our_clock),
		TEST(a_passphrase_opens_a_file),
		TEST(every_unfit_certificate_is_named),
		TEST(files_that_are_not_there_are_named),
		TEST(nothing_is_sealed_with_a_certificate_that_has_ended),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("signer", tests, NULL, NULL);
}
