#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include <cmocka.h>

#include "agent/chain.h"
#include "common/bytes.h"
#include "common/json.h"
#include "fake_platform.h"
#include "ossl.h"

static const char session[] = "0123456789abcdef0123456789abcdef";

struct bench {
	struct crypto_key *key;
	struct chain *chain;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	fake_reset();
	*state = b;
	return crypto_start() || crypto_key_new(&b->key) || chain_new(session, b->key, &b->chain);
}

static int teardown(void **state)
{
	struct bench *b = *state;

	chain_free(b->chain);
	crypto_key_free(b->key);
	free(b);
	return 0;
}

static const struct chain_line *add(struct bench *b, enum consent_kind kind, enum capability cap, uint32_t ask, uint32_t grant)
{
	const struct consent_event e = { kind, cap, ask, grant };
	const struct chain_line *l;
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "why", "click");
	assert_int_equal(chain_append(b->chain, &e, o, &l), OK);
	return l;
}

static void each_line_names_the_hash_of_the_one_before(void **state)
{
	struct bench *b = *state;
	char prev[65];

	memset(prev, '0', 64);
	prev[64] = '\0';
	for (uint32_t n = 0; n < 8; n++) {
		const struct chain_line *l = add(b, CONSENT_COUNTS, CAP_NONE, 0, 0);
		uint8_t hash[32];
		uint64_t v;
		cJSON *o;

		assert_int_equal(json_parse(l->text, strlen(l->text), 3, &o), OK);
		assert_string_equal(json_string(o, "prev"), prev);
		assert_string_equal(json_string(o, "session"), session);
		assert_int_equal(json_u64(o, "n", &v), OK);
		assert_int_equal(v, n);
		assert_int_equal(json_u64(o, "wall_ms", &v), OK);
		assert_int_equal(v, fake.wall_ms);
		cJSON_Delete(o);
		ossl_sha256(l->text, strlen(l->text), hash);
		hex_write(hash, 32, prev);
	}
}

static void a_line_is_canonical_with_what_its_event_names(void **state)
{
	struct bench *b = *state;
	const struct chain_line *l = add(b, CONSENT_GRANT, CAP_CONTROL, 4, 2);

	assert_string_equal(l->text, "{\"ask\":4,\"boot_ms\":1000,\"cap\":\"control\",\"event\":\"grant\",\"grant\":2,\"n\":0,\"prev\":\""
		"0000000000000000000000000000000000000000000000000000000000000000\",\"session\":\"0123456789abcdef0123456789abcdef\","
		"\"wall_ms\":1700000000000,\"why\":\"click\"}");
	l = add(b, CONSENT_END, CAP_NONE, 0, 0);
	assert_null(strstr(l->text, "\"cap\""));
	assert_null(strstr(l->text, "\"ask\""));
	assert_null(strstr(l->text, "\"grant\""));
}

static void signatures_hold_for_another_library_and_for_that_text_only(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < 5; i++) {
		const struct chain_line *l = add(b, CONSENT_ASK, CAP_VIEW, (uint32_t)i + 1, 0);
		uint8_t sig[64];
		char *message = chain_message(l);
		cJSON *o;

		assert_int_equal(json_parse(message, strlen(message), 2, &o), OK);
		assert_int_equal(json_fields(o, "line:s sig:s"), OK);
		assert_string_equal(json_string(o, "line"), l->text);
		assert_true(hex_read(json_string(o, "sig"), sig, 64));
		assert_true(ossl_verify(crypto_key_point(b->key), l->text, strlen(l->text), sig));
		assert_false(ossl_verify(crypto_key_point(b->key), l->text, strlen(l->text) - 1, sig));
		sig[63] ^= 1;
		assert_false(ossl_verify(crypto_key_point(b->key), l->text, strlen(l->text), sig));
		cJSON_Delete(o);
		free(message);
	}
}

static void receipts_come_only_in_order_and_once(void **state)
{
	struct bench *b = *state;
	const struct chain_line *l;

	assert_null(chain_unstored(b->chain));
	assert_int_equal(chain_receipt(b->chain, 0, &l), ERR_FORBIDDEN);
	for (int i = 0; i < 3; i++)
		add(b, CONSENT_COUNTS, CAP_NONE, 0, 0);
	assert_int_equal(chain_receipt(b->chain, 1, &l), ERR_FORBIDDEN);
	assert_int_equal(chain_receipt(b->chain, UINT32_MAX, &l), ERR_FORBIDDEN);
	assert_int_equal(chain_receipt(b->chain, 0, &l), OK);
	assert_int_equal(l->n, 0);
	assert_true(l->is_stored);
	assert_int_equal(chain_receipt(b->chain, 0, &l), ERR_FORBIDDEN);
	assert_int_equal(chain_unstored(b->chain)->n, 1);
	assert_int_equal(chain_receipt(b->chain, 1, &l), OK);
	assert_int_equal(chain_receipt(b->chain, 2, &l), OK);
	assert_null(chain_unstored(b->chain));
	add(b, CONSENT_COUNTS, CAP_NONE, 0, 0);
	assert_int_equal(chain_unstored(b->chain)->n, 3);
}

static void a_line_that_cannot_be_written_leaves_the_chain_as_it_was(void **state)
{
	const struct consent_event e = { CONSENT_COUNTS, CAP_NONE, 0, 0 };
	struct bench *b = *state;
	const struct chain_line *l;
	cJSON *o = cJSON_CreateObject();

	cJSON_AddNumberToObject(o, "done_mouse", 0.5);
	assert_int_equal(chain_append(b->chain, &e, o, &l), ERR_MALFORMED);
	assert_null(l);
	assert_null(chain_unstored(b->chain));
	assert_int_equal(add(b, CONSENT_COUNTS, CAP_NONE, 0, 0)->n, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(each_line_names_the_hash_of_the_one_before),
		TEST(a_line_is_canonical_with_what_its_event_names),
		TEST(signatures_hold_for_another_library_and_for_that_text_only),
		TEST(receipts_come_only_in_order_and_once),
		TEST(a_line_that_cannot_be_written_leaves_the_chain_as_it_was),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
