#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include <cmocka.h>

#include "agent/pairing.h"
#include "agent/words.h"
#include "common/bytes.h"
#include "fake_platform.h"
#include "ossl.h"

static const uint8_t session[16] = "sixteen bytes!!!";

struct viewer {
	EVP_PKEY *key;
	uint8_t message[PAIRING_KEY_LEN]; /* PAIR_KEY */
	uint8_t wrap[32], to_agent[32], transcript[32];
	char words[PAIRING_WORDS_MAX];
};

static int setup(void **state)
{
	(void)state;
	fake_reset();
	return crypto_start();
}

static void viewer_init(struct viewer *v)
{
	v->key = ossl_key(v->message);
	memset(v->message + 65, 0x5a, 32);
}

/* What the viewer computes from PAIR_REVEAL, as docs/PROTOCOL.md 5.1 says. */
static void viewer_agree(struct viewer *v, const uint8_t reveal[PAIRING_REVEAL_LEN])
{
	uint8_t text[20 + 16 + PAIRING_REVEAL_LEN + PAIRING_KEY_LEN], t[32], z[32], w[4];
	uint32_t n;

	memcpy(text, "guichet/1 transcript", 20);
	memcpy(text + 20, session, 16);
	memcpy(text + 36, reveal, PAIRING_REVEAL_LEN);
	memcpy(text + 36 + PAIRING_REVEAL_LEN, v->message, PAIRING_KEY_LEN);
	ossl_sha256(text, sizeof(text), t);
	memcpy(v->transcript, t, sizeof(t));
	ossl_ecdh(v->key, reveal, z);
	ossl_hkdf(z, 32, t, 32, "guichet/1 wrap", v->wrap, 32);
	ossl_hkdf(z, 32, t, 32, "guichet/1 viewer to agent", v->to_agent, 32);
	ossl_hkdf(t, 32, NULL, 0, "guichet/1 words", w, 4);
	n = get_u32(w);
	snprintf(v->words, sizeof(v->words), "%s %s", words_fr[n >> 21 & 2047], words_fr[n >> 10 & 2047]);
}

static void both_sides_agree_on_keys_and_words(void **state)
{
	uint8_t sign[65], commit[32], reveal[PAIRING_REVEAL_LEN], text[16 + PAIRING_REVEAL_LEN], hash[32];
	EVP_PKEY *signer = ossl_key(sign);

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct pairing *p;
		struct viewer v;

		viewer_init(&v);
		assert_int_equal(pairing_new(session, sign, &p), OK);
		pairing_commit(p, commit);
		assert_int_equal(pairing_agree(p, v.message), OK);
		pairing_reveal(p, reveal);
		memcpy(text, "guichet/1 commit", 16);
		memcpy(text + 16, reveal, PAIRING_REVEAL_LEN);
		ossl_sha256(text, sizeof(text), hash);
		assert_memory_equal(commit, hash, 32);
		assert_memory_equal(reveal + 97, sign, 65);
		viewer_agree(&v, reveal);
		assert_memory_equal(pairing_wrap_key(p), v.wrap, 32);
		assert_memory_equal(pairing_viewer_key(p), v.to_agent, 32);
		assert_memory_equal(pairing_transcript(p), v.transcript, 32);
		assert_string_equal(pairing_words(p), v.words);
		pairing_free(p);
		EVP_PKEY_free(v.key);
	}
	EVP_PKEY_free(signer);
}

/* A gateway that puts its own keys in between: the two sides read different words. */
static void the_words_differ_when_a_key_was_replaced(void **state)
{
	uint8_t sign[65], reveal[PAIRING_REVEAL_LEN], forged[PAIRING_REVEAL_LEN];
	EVP_PKEY *signer = ossl_key(sign), *middle;
	struct viewer v, toward_agent;
	struct pairing *p;

	(void)state;
	viewer_init(&v);
	viewer_init(&toward_agent);
	assert_int_equal(pairing_new(session, sign, &p), OK);
	assert_int_equal(pairing_agree(p, toward_agent.message), OK);
	pairing_reveal(p, reveal);
	memcpy(forged, reveal, sizeof(forged));
	middle = ossl_key(forged);
	viewer_agree(&v, forged);
	assert_string_not_equal(pairing_words(p), v.words);
	assert_memory_not_equal(pairing_viewer_key(p), v.to_agent, 32);
	memcpy(forged, reveal, sizeof(forged));
	forged[100] ^= 1; /* another signing key */
	viewer_agree(&v, forged);
	assert_string_not_equal(pairing_words(p), v.words);
	pairing_free(p);
	EVP_PKEY_free(middle);
	EVP_PKEY_free(v.key);
	EVP_PKEY_free(toward_agent.key);
	EVP_PKEY_free(signer);
}

static void a_second_key_is_refused_so_that_nobody_tries_words(void **state)
{
	uint8_t sign[65] = { 4 };
	struct viewer v, w;
	struct pairing *p;
	char words[PAIRING_WORDS_MAX];

	(void)state;
	viewer_init(&v);
	viewer_init(&w);
	assert_int_equal(pairing_new(session, sign, &p), OK);
	assert_int_equal(pairing_agree(p, v.message), OK);
	snprintf(words, sizeof(words), "%s", pairing_words(p));
	assert_int_equal(pairing_agree(p, w.message), ERR_FORBIDDEN);
	assert_string_equal(pairing_words(p), words);
	pairing_free(p);
	EVP_PKEY_free(v.key);
	EVP_PKEY_free(w.key);
}

static void what_is_no_point_of_the_curve_is_refused(void **state)
{
	uint8_t sign[65] = { 4 }, message[PAIRING_KEY_LEN] = { 0 };
	struct viewer v;
	struct pairing *p;

	(void)state;
	viewer_init(&v);
	assert_int_equal(pairing_new(session, sign, &p), OK);
	assert_int_equal(pairing_agree(p, message), ERR_CRYPTO); /* infinity */
	message[0] = 4;
	assert_int_equal(pairing_agree(p, message), ERR_CRYPTO);
	memcpy(message, v.message, sizeof(message));
	message[40] ^= 1;
	assert_int_equal(pairing_agree(p, message), ERR_CRYPTO);
	message[40] ^= 1;
	for (unsigned form = 0; form < 8; form++) {
		message[0] = (uint8_t)form;
		if (form != 4)
			assert_int_not_equal(pairing_agree(p, message), OK);
	}
	assert_string_equal(pairing_words(p), "");
	pairing_free(p);
	EVP_PKEY_free(v.key);
}

static void all_words_are_there_and_different(void **state)
{
	(void)state;
	for (size_t i = 0; i < WORDS_COUNT; i++) {
		assert_true(strlen(words_fr[i]) >= 3 && strlen(words_fr[i]) < PAIRING_WORDS_MAX / 2 - 1);
		assert_null(strchr(words_fr[i], ' '));
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(words_fr[i], words_fr[k]);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(both_sides_agree_on_keys_and_words),
		TEST(the_words_differ_when_a_key_was_replaced),
		TEST(a_second_key_is_refused_so_that_nobody_tries_words),
		TEST(what_is_no_point_of_the_curve_is_refused),
		TEST(all_words_are_there_and_different),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("pairing", tests, NULL, NULL);
}
