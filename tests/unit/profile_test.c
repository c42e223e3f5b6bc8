#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include <cmocka.h>

#include "agent/profile.h"
#include "fake_platform.h"
#include "ossl.h"

#define GOOD "{\"v\":1,\"bank\":\"B\",\"host\":\"h.example\",\"url\":\"https://h.example:9443/a/\",\"native_port\":9444," \
	"\"ca\":\"CA\",\"seal\":\"S\",\"evidence\":\"E\"}"

static EVP_PKEY *key;
static char *pem;

static int make_key(void **state)
{
	uint8_t point[65];

	(void)state;
	fake_reset();
	key = ossl_key(point);
	pem = ossl_pem(key);
	return 0;
}

static int drop_key(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	free(pem);
	return 0;
}

static enum err read_signed(const char *text, struct profile *p)
{
	uint8_t sig[100];
	size_t n = ossl_sign(key, text, strlen(text), sig, sizeof(sig));

	return profile_read(pem, (const uint8_t *)text, strlen(text), sig, n, p);
}

static void a_signed_profile_is_read(void **state)
{
	struct profile p;

	(void)state;
	assert_int_equal(read_signed(GOOD, &p), OK);
	assert_string_equal(p.bank, "B");
	assert_string_equal(p.host, "h.example");
	assert_string_equal(p.path, "/a/");
	assert_string_equal(p.evidence, "E");
	assert_string_equal(p.seal, "S");
	assert_int_equal(p.native_port, 9444);
	assert_int_equal(p.web_port, 9443);
	profile_done(&p);
}

static void a_profile_of_another_key_is_refused(void **state)
{
	uint8_t point[65], sig[100];
	EVP_PKEY *other = ossl_key(point);
	size_t n = ossl_sign(other, GOOD, strlen(GOOD), sig, sizeof(sig));
	struct profile p;

	(void)state;
	assert_int_equal(profile_read(pem, (const uint8_t *)GOOD, strlen(GOOD), sig, n, &p), ERR_CRYPTO);
	assert_int_equal(profile_read("", (const uint8_t *)GOOD, strlen(GOOD), sig, n, &p), ERR_CRYPTO);
	assert_int_equal(profile_read(pem, (const uint8_t *)GOOD, strlen(GOOD), sig, 0, &p), ERR_CRYPTO);
	assert_null(p.bank);
	EVP_PKEY_free(other);
}

static void one_flipped_bit_is_seen(void **state)
{
	uint8_t text[] = GOOD, sig[100];
	size_t n = ossl_sign(key, GOOD, strlen(GOOD), sig, sizeof(sig));
	struct profile p;

	(void)state;
	for (size_t i = 0; i < strlen(GOOD); i++) {
		text[i] ^= 1;
		assert_int_equal(profile_read(pem, text, strlen(GOOD), sig, n, &p), ERR_CRYPTO);
		text[i] ^= 1;
	}
	for (size_t i = 0; i < n; i++) {
		sig[i] ^= 1;
		assert_int_equal(profile_read(pem, text, strlen(GOOD), sig, n, &p), ERR_CRYPTO);
		sig[i] ^= 1;
	}
}

static void a_field_that_is_missing_unknown_or_of_another_kind_is_refused(void **state)
{
	static const char *const change[][2] = {
		{ "\"v\":1,", "" }, { "\"bank\":\"B\",", "" }, { "\"host\":\"h.example\",", "" }, { "\"native_port\":9444,", "" },
		{ "\"url\":\"https://h.example:9443/a/\",", "" }, { "\"ca\":\"CA\",", "" }, { ",\"evidence\":\"E\"", "" },
		{ "\"seal\":\"S\",", "" }, { "\"S\"", "1" },
		{ "\"v\":1", "\"v\":1,\"masks\":[\"window:a\"]" }, { "\"v\":1", "\"v\":1,\"masks\":[\"title:\"]" },
		{ "\"v\":1", "\"v\":1,\"masks\":\"title:a\"" }, { "\"v\":1", "\"v\":1,\"masks\":[1]" },
		{ "\"v\":1", "\"v\":1,\"x\":1" }, { "\"B\"", "1" }, { "9444", "65536" }, { "9444", "-1" }, { "9444", "\"1\"" },
		{ "{\"v\"", "[\"v\"" }, { "\"E\"}", "\"E\"}}" }, { "\"v\":1", "\"v\":1,\"v\":1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(change) / sizeof(change[0]); i++) {
		const char *good = GOOD, *at = strstr(good, change[i][0]);
		char text[512];
		struct profile p;

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, change[i][1], at + strlen(change[i][0]));
		assert_int_equal(read_signed(text, &p), ERR_MALFORMED);
		assert_null(p.bank);
		assert_null(p.path);
	}
}

static void a_phone_is_what_people_dial(void **state)
{
	static const struct {
		const char *phone;
		enum err e;
	} phones[] = {
		{ "09 69 39 99 98", OK }, { "+33 (0)9.69-39", OK }, { "", OK }, { "0969 <b>", ERR_MALFORMED },
		{ "12345678901234567890123456789012", OK }, { "123456789012345678901234567890123", ERR_MALFORMED },
		{ "appelez-moi", ERR_MALFORMED },
	};
	char text[512];
	struct profile p;

	(void)state;
	assert_int_equal(read_signed(GOOD, &p), OK);
	assert_string_equal(p.phone, "");
	profile_done(&p);
	for (size_t i = 0; i < sizeof(phones) / sizeof(phones[0]); i++) {
		snprintf(text, sizeof(text), "%.*s,\"phone\":\"%s\"}", (int)strlen(GOOD) - 1, GOOD, phones[i].phone);
		assert_int_equal(read_signed(text, &p), phones[i].e);
		if (!phones[i].e)
			assert_string_equal(p.phone, phones[i].phone);
		profile_done(&p);
	}
}

static void rules_for_hidden_windows_are_read(void **state)
{
	char text[2048];
	struct profile p;
	size_t n;

	(void)state;
	snprintf(text, sizeof(text), "%.*s,\"masks\":[\"class:K\",\"title:mot de passe\"]}", (int)strlen(GOOD) - 1, GOOD);
	assert_int_equal(read_signed(text, &p), OK);
	assert_int_equal(p.mask_count, 2);
	assert_string_equal(p.masks[1], "title:mot de passe");
	profile_done(&p);
	n = (size_t)snprintf(text, sizeof(text), "%.*s,\"masks\":[\"class:K\"", (int)strlen(GOOD) - 1, GOOD);
	for (int i = 0; i < PROFILE_MASKS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ",\"class:K\"");
	snprintf(text + n, sizeof(text) - n, "]}");
	assert_int_equal(read_signed(text, &p), ERR_MALFORMED);
	profile_done(&p);
}

static void only_a_whole_https_address_is_a_server(void **state)
{
	static const char *const bad[] = { "http://h/", "https://h", "https://h/a", "https://h:0/", "https://h:65536/", "https://h:/x",
					   "https://h:1x/", "", "ftp://h/" };
	char text[512];
	struct profile p;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text),
			"{\"v\":1,\"bank\":\"B\",\"host\":\"h\",\"url\":\"%s\",\"native_port\":0,\"ca\":\"\",\"seal\":\"\",\"evidence\":\"\"}", bad[i]);
		assert_int_equal(read_signed(text, &p), ERR_MALFORMED);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signed_profile_is_read),
		cmocka_unit_test(a_profile_of_another_key_is_refused),
		cmocka_unit_test(one_flipped_bit_is_seen),
		cmocka_unit_test(a_field_that_is_missing_unknown_or_of_another_kind_is_refused),
		cmocka_unit_test(rules_for_hidden_windows_are_read),
		cmocka_unit_test(a_phone_is_what_people_dial),
		cmocka_unit_test(only_a_whole_https_address_is_a_server),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("profile", tests, make_key, drop_key);
}
