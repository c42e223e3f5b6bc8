/* The agent's part of the evidence, with no link: heads, the receipt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include <cmocka.h>

#include "common/bytes.h"
#include "agent_bench.h"
#include "fake_platform.h"
#include "ossl.h"

#define HASH "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static void head(struct bench *b, unsigned n, char text[256], char sig[129])
{
	uint8_t raw[64];

	snprintf(text, 256, "{\"chunks\":0,\"head\":\"" HASH "\",\"n\":%u,\"session\":\"" SESSION "\",\"wall_ms\":1}", n);
	ossl_sign_raw(b->notary, text, strlen(text), raw);
	hex_write(raw, sizeof(raw), sig);
}

static void a_head_is_signed_in_turn_with_the_counter(void **state)
{
	struct bench *b = *state;
	char text[256], sig[129];

	b->agent.sealer.sent = 77;
	head(b, 9, text, sig);
	assert_int_equal(agent_on_head(&b->agent, text, sig), OK);
	bench_says(&b->agent, "\"event\":\"head\"");
	bench_says(&b->agent, "\"sent\":77");
	bench_says(&b->agent, sig);
	bench_says(&b->agent, "\"gateway\":\"{\\\"chunks\\\":0,");
	assert_false(b->agent.is_over);
}

static void a_head_that_is_not_the_banks_ends_the_session_at_once(void **state)
{
	struct bench *b = *state;
	char text[256], sig[129];

	head(b, 9, text, sig);
	sig[5] = sig[5] == '0' ? '1' : '0';
	assert_int_equal(agent_on_head(&b->agent, text, sig), OK);
	assert_true(b->agent.is_over);
	bench_says(&b->agent, "\"why\":\"evidence\"");
	assert_int_equal(consent_grant_of(b->agent.consent, CAP_VIEW), 0);
	assert_string_equal(fake.status, text_of(TEXT_OVER_EVIDENCE));
}

/* S26: fail closed. An old head once more does not help. */
static void twenty_seconds_without_a_new_head_end_the_session(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;
	char text[256], sig[129];

	agent_tick_evidence(a, platform_boot_ms());
	head(b, 9, text, sig);
	for (int i = 0; i < 3; i++) {
		fake.boot_ms += 15000;
		head(b, 9 + (unsigned)i, text, sig);
		agent_on_head(a, text, sig);
		agent_tick_evidence(a, platform_boot_ms());
		assert_false(a->is_over);
	}
	fake.boot_ms += HEADS_SILENCE_MS - 1;
	agent_on_head(a, text, sig);
	assert_int_equal(agent_tick_evidence(a, platform_boot_ms()), platform_boot_ms() + 1);
	assert_false(a->is_over);
	fake.boot_ms += 1;
	agent_tick_evidence(a, platform_boot_ms());
	assert_true(a->is_over);
	bench_says(a, "\"why\":\"evidence\"");
}

static void silence_does_not_count_without_a_link_or_without_the_view(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	agent_tick_evidence(a, platform_boot_ms());
	a->lost_ms = platform_boot_ms();
	fake.boot_ms += 50000;
	assert_int_equal(agent_tick_evidence(a, platform_boot_ms()), 0);
	a->lost_ms = 0;
	assert_int_equal(agent_tick_evidence(a, platform_boot_ms()), platform_boot_ms() + HEADS_SILENCE_MS);
	agent_take_away(a, CONSENT_LIMIT, CAP_VIEW, NULL);
	fake.boot_ms += 500000;
	assert_int_equal(agent_tick_evidence(a, platform_boot_ms()), 0);
	assert_false(a->is_over);
}

/* What a viewer that still holds the keys sends when it comes back (docs/PROTOCOL.md 5.4). */
static void come_back(struct agent *a)
{
	static const uint8_t transcript[32] = "t", viewer_key[32] = "v", nonce[12] = { 'V', '>', 'A', 0, 0, 0, 0, 0, 0, 0, 0, 1 };
	const struct frame f = { KIND_PAIR_RESUME, WIRE_SEALED, WIRE_TAG_LEN, 1, 0 };
	uint8_t bytes[WIRE_HEADER_LEN + WIRE_TAG_LEN];

	assert_int_equal(sealer_agree(&a->sealer, transcript, viewer_key), OK);
	frame_write_header(&f, bytes);
	ossl_seal(viewer_key, nonce, bytes, "", 0, bytes + WIRE_HEADER_LEN);
	(void)agent_on_frame(a, &f, bytes); /* there is no link that could take an answer */
}

static void a_page_that_comes_back_has_no_control_even_if_nobody_said_that_it_was_lost(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	bench_give(a, CAP_CONTROL, 2);
	come_back(a);
	bench_says(a, "\"event\":\"suspend\"");
	bench_says(a, "\"why\":\"lost\"");
	assert_int_equal(consent_grant_of(a->consent, CAP_CONTROL), 0);
	assert_int_equal(consent_grant_of(a->consent, CAP_VIEW), 1);
}

static void the_receipt_is_there_at_every_end(void **state)
{
	static const char *const ends[] = { "customer", "advisor", "panic", "lost", "evidence", "gateway" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct bench *b;

		if (i) {
			bench_teardown(state);
			assert_int_equal(bench_setup(state), 0);
		}
		b = *state;
		agent_end(&b->agent, ends[i]);
		assert_non_null(strstr(fake.receipt, "Claire Martin"));
		assert_non_null(b->agent.receipt);
		assert_non_null(strstr(b->agent.receipt, chain_head(b->agent.chain)));
		assert_non_null(strstr(b->agent.receipt, bench_last(&b->agent)));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_head_is_signed_in_turn_with_the_counter),
		TEST(a_head_that_is_not_the_banks_ends_the_session_at_once),
		TEST(twenty_seconds_without_a_new_head_end_the_session),
		TEST(silence_does_not_count_without_a_link_or_without_the_view),
		TEST(a_page_that_comes_back_has_no_control_even_if_nobody_said_that_it_was_lost),
		TEST(the_receipt_is_there_at_every_end),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("agent_evidence", tests, NULL, NULL);
}
