#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include <cmocka.h>

#include "agent/heads.h"
#include "common/bytes.h"
#include "fake_platform.h"
#include "ossl.h"

#define SESSION "0123456789abcdef0123456789abcdef"
#define HEAD "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static EVP_PKEY *key;
static char *pem;
static struct heads heads;

static int setup(void **state)
{
	uint8_t point[65];

	(void)state;
	fake_reset();
	memset(&heads, 0, sizeof(heads));
	key = ossl_key(point);
	pem = ossl_pem(key);
	return crypto_start();
}

static int teardown(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	free(pem);
	return 0;
}

static void sign(EVP_PKEY *by, const char *text, char sig[129])
{
	uint8_t raw[64];

	ossl_sign_raw(by, text, strlen(text), raw);
	hex_write(raw, sizeof(raw), sig);
}

static enum err take(const char *text, uint32_t stored)
{
	char sig[129];

	sign(key, text, sig);
	return heads_take(&heads, pem, SESSION, stored, text, sig);
}

static enum err take_numbers(unsigned n, unsigned chunks, uint32_t stored)
{
	char text[256];

	snprintf(text, sizeof(text),
		"{\"chunks\":%u,\"head\":\"" HEAD "\",\"n\":%u,\"session\":\"" SESSION "\",\"wall_ms\":1}", chunks, n);
	return take(text, stored);
}

static void heads_go_forward_or_not_at_all(void **state)
{
	(void)state;
	assert_int_equal(take_numbers(3, 0, 3), OK);
	assert_int_equal(heads.n, 3);
	assert_int_equal(take_numbers(3, 0, 3), ERR_AGAIN); /* an old head proves nothing new */
	assert_int_equal(take_numbers(3, 1, 3), ERR_MALFORMED); /* two heads of one length */
	assert_int_equal(take_numbers(2, 0, 0), ERR_MALFORMED);
	assert_int_equal(take_numbers(9, 4, 4), OK);
	assert_int_equal(take_numbers(10, 3, 4), ERR_MALFORMED); /* chunks do not vanish */
	assert_int_equal(take_numbers(10, 4, 11), ERR_MALFORMED); /* lines it acknowledged are missing */
	assert_int_equal(take_numbers(10, 4, 10), OK);
	assert_non_null(strstr(heads.text, "\"n\":10"));
	assert_int_equal(strlen(heads.sig), 128);
}

static void only_the_banks_notary_signs_heads(void **state)
{
	static const char text[] = "{\"chunks\":0,\"head\":\"" HEAD "\",\"n\":1,\"session\":\"" SESSION "\",\"wall_ms\":1}";
	uint8_t point[65];
	EVP_PKEY *other = ossl_key(point);
	char sig[129], changed[sizeof(text)];

	(void)state;
	sign(other, text, sig);
	assert_int_equal(heads_take(&heads, pem, SESSION, 0, text, sig), ERR_CRYPTO);
	sign(key, text, sig);
	assert_int_equal(heads_take(&heads, "", SESSION, 0, text, sig), ERR_CRYPTO);
	for (size_t i = 0; i < strlen(text); i++) {
		memcpy(changed, text, sizeof(text));
		changed[i] ^= 1;
		assert_int_equal(heads_take(&heads, pem, SESSION, 0, changed, sig), ERR_CRYPTO);
	}
	for (size_t i = 0; i < 128; i++) {
		sig[i] = sig[i] == '0' ? '1' : '0';
		assert_int_not_equal(heads_take(&heads, pem, SESSION, 0, text, sig), OK);
		sign(key, text, sig);
	}
	assert_int_equal(heads_take(&heads, pem, SESSION, 0, text, ""), ERR_MALFORMED);
	assert_int_equal(heads.n, 0);
	assert_int_equal(heads_take(&heads, pem, SESSION, 0, text, sig), OK);
	EVP_PKEY_free(other);
}

static void what_is_no_head_of_this_session_is_refused_although_signed(void **state)
{
	static const char *const bad[] = {
		"", "{}", "[]",
		"{\"chunks\":0,\"head\":\"" HEAD "\",\"n\":1,\"session\":\"00000000000000000000000000000000\",\"wall_ms\":1}",
		"{\"chunks\":0,\"head\":\"" HEAD "\",\"n\":0,\"session\":\"" SESSION "\",\"wall_ms\":1}",
		"{\"chunks\":0,\"head\":\"f\",\"n\":1,\"session\":\"" SESSION "\",\"wall_ms\":1}",
		"{\"chunks\":-1,\"head\":\"" HEAD "\",\"n\":1,\"session\":\"" SESSION "\",\"wall_ms\":1}",
		"{\"chunks\":0,\"head\":\"" HEAD "\",\"n\":1,\"session\":\"" SESSION "\"}",
		"{\"chunks\":0,\"head\":\"" HEAD "\",\"n\":1,\"session\":\"" SESSION "\",\"wall_ms\":1,\"x\":1}",
	};
	char text[HEADS_TEXT_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(take(bad[i], 0), ERR_MALFORMED);
	memset(text, ' ', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(take(text, 0), ERR_MALFORMED);
	assert_int_equal(heads.n, 0);
}

static void silence_counts_only_while_the_screen_can_be_seen(void **state)
{
	(void)state;
	heads_heard(&heads, 500);
	heads_watch(&heads, false, 1000);
	assert_int_equal(heads_due(&heads), 0);
	heads_watch(&heads, true, 2000);
	heads_watch(&heads, true, 9000);
	assert_int_equal(heads_due(&heads), 2000 + HEADS_SILENCE_MS);
	heads_heard(&heads, 12000);
	heads_watch(&heads, true, 13000);
	assert_int_equal(heads_due(&heads), 12000 + HEADS_SILENCE_MS);
	heads_watch(&heads, false, 14000); /* the link is lost */
	assert_int_equal(heads_due(&heads), 0);
	heads_watch(&heads, true, 50000);
	assert_int_equal(heads_due(&heads), 50000 + HEADS_SILENCE_MS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(heads_go_forward_or_not_at_all),
		TEST(only_the_banks_notary_signs_heads),
		TEST(what_is_no_head_of_this_session_is_refused_although_signed),
		TEST(silence_counts_only_while_the_screen_can_be_seen),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("heads", tests, NULL, NULL);
}
