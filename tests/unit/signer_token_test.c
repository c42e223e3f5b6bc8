/* E13: the key in a token. One process, one token: the engine keeps what it has opened. */
#include "pki_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t now_ms = 1700000000000;
static char dir[64], told[512];
static struct signer_options token;

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/token_test.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	pki_make(dir, &pki_good);
	token = pki_token(dir);
	return 0;
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

static void E13_what_does_not_open_is_told(void **state)
{
	struct signer_options o = token;
	char path[128];
	struct signer *s;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/wrong", dir);
	f = fopen(path, "w");
	fputs("1111\n", f);
	fclose(f);
	o.module = "/nonexistent.so";
	assert_int_equal(signer_open(&o, now_ms, tell, NULL, &s), ERR_CRYPTO);
	assert_non_null(strstr(told, "sign_key names "));
	o = token;
	o.pin_file = path;
	assert_int_equal(signer_open(&o, now_ms, tell, NULL, &s), ERR_CRYPTO);
	assert_string_equal(told, "sign_key names no key of a token that opens with this PIN");
	o.pin_file = "/nonexistent";
	assert_int_equal(signer_open(&o, now_ms, tell, NULL, &s), ERR_CRYPTO);
	assert_string_equal(told, "sign_pin_file cannot be read");
	o = token;
	o.key = "pkcs11:token=guichet;object=other;type=private";
	assert_int_equal(signer_open(&o, now_ms, tell, NULL, &s), ERR_CRYPTO);
	assert_string_equal(told, "sign_key names no key of a token that opens with this PIN");
	assert_null(s);
}

static void E13_a_key_in_a_token_signs_the_same(void **state)
{
	struct signer *s;

	(void)state;
	assert_int_equal(signer_open(&token, now_ms, tell, NULL, &s), OK);
	pki_signs_what_openssl_verifies(dir, s, now_ms);
	signer_close(s);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(E13_what_does_not_open_is_told),
		cmocka_unit_test(E13_a_key_in_a_token_signs_the_same),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("signer_token", tests, setup, teardown);
}
