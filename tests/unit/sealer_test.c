#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include <cmocka.h>

#include "agent/sealer.h"
#include "common/bytes.h"
#include "fake_platform.h"
#include "ossl.h"

static const uint8_t viewer_key[32] = "0123456789abcdefghijklmnopqrstuv";

static int setup(void **state)
{
	(void)state;
	fake_reset();
	return crypto_start();
}

/* A frame as a viewer's page makes it. */
static size_t from_viewer(uint8_t *out, struct frame *f, uint32_t seq, const void *plain, size_t len)
{
	uint8_t nonce[12] = { 'V', '>', 'A' };

	*f = (struct frame){ KIND_MOUSE, WIRE_SEALED, (uint32_t)len + 16, seq, 3 };
	frame_write_header(f, out);
	put_u32(nonce + 8, seq);
	ossl_seal(viewer_key, nonce, out, plain, len, out + WIRE_HEADER_LEN);
	return WIRE_HEADER_LEN + len + 16;
}

static void what_is_sealed_opens_with_the_content_key_and_no_other(void **state)
{
	struct sealer s;
	uint8_t out[64], plain[64], nonce[12] = { 'A', '>', 'V' }, other[32] = { 1 };

	(void)state;
	assert_int_equal(sealer_init(&s), OK);
	for (uint32_t i = 1; i < 5; i++) {
		struct frame f = { .kind = KIND_NOTICE, .grant = 9 };
		assert_int_equal(sealer_seal(&s, &f, "hello", 5, out), OK);
		assert_int_equal(f.seq, i);
		assert_int_equal(f.len, 21);
		put_u32(nonce + 8, i);
		assert_true(ossl_open(s.content_key, nonce, out, out + 16, 21, plain));
		assert_memory_equal(plain, "hello", 5);
		assert_false(ossl_open(other, nonce, out, out + 16, 21, plain));
		out[15] ^= 1; /* the header is authenticated */
		assert_false(ossl_open(s.content_key, nonce, out, out + 16, 21, plain));
	}
	sealer_wipe(&s);
}

static void a_used_up_counter_seals_nothing_more(void **state)
{
	struct frame f = { .kind = KIND_NOTICE };
	struct sealer s;
	uint8_t out[64];

	(void)state;
	assert_int_equal(sealer_init(&s), OK);
	s.sent = UINT32_MAX - 1;
	assert_int_equal(sealer_seal(&s, &f, "", 0, out), OK);
	assert_int_equal(sealer_seal(&s, &f, "", 0, out), ERR_CRYPTO);
}

static void a_viewers_frame_opens_once_and_never_an_older_one(void **state)
{
	struct sealer s;
	struct frame f;
	uint8_t out[64], plain[64];

	(void)state;
	assert_int_equal(sealer_init(&s), OK);
	from_viewer(out, &f, 1, "x", 1);
	assert_int_equal(sealer_open(&s, &f, out, plain), ERR_CRYPTO); /* no key yet */
	sealer_set_viewer_key(&s, viewer_key);
	assert_int_equal(sealer_open(&s, &f, out, plain), OK);
	assert_int_equal(plain[0], 'x');
	assert_int_equal(sealer_open(&s, &f, out, plain), ERR_CRYPTO); /* replayed */
	from_viewer(out, &f, 5, "x", 1);
	assert_int_equal(sealer_open(&s, &f, out, plain), OK); /* a gap is what a loss leaves */
	for (uint32_t seq = 0; seq <= 5; seq++) {
		from_viewer(out, &f, seq, "x", 1);
		assert_int_equal(sealer_open(&s, &f, out, plain), ERR_CRYPTO);
	}
	sealer_set_viewer_key(&s, viewer_key);
	from_viewer(out, &f, 0, "x", 1);
	assert_int_equal(sealer_open(&s, &f, out, plain), ERR_CRYPTO);
}

static void any_changed_byte_of_header_or_payload_is_seen(void **state)
{
	struct sealer s;
	struct frame f;
	uint8_t out[64], plain[64];
	size_t len = from_viewer(out, &f, 7, "fourteen bytes", 14);

	(void)state;
	assert_int_equal(sealer_init(&s), OK);
	sealer_set_viewer_key(&s, viewer_key);
	for (size_t i = 0; i < len; i++)
		for (int bit = 0; bit < 8; bit++) {
			out[i] ^= (uint8_t)(1 << bit);
			assert_int_equal(sealer_open(&s, &f, out, plain), ERR_CRYPTO);
			out[i] ^= (uint8_t)(1 << bit);
		}
	assert_int_equal(s.received, 0); /* what did not open moved no counter */
	assert_int_equal(sealer_open(&s, &f, out, plain), OK);
}

static void another_key_or_direction_opens_nothing(void **state)
{
	struct sealer s;
	struct frame f = { .kind = KIND_NOTICE }, back;
	uint8_t out[64], plain[64], wrong[32] = { 0 };

	(void)state;
	assert_int_equal(sealer_init(&s), OK);
	sealer_set_viewer_key(&s, wrong);
	from_viewer(out, &back, 1, "x", 1);
	assert_int_equal(sealer_open(&s, &back, out, plain), ERR_CRYPTO);
	sealer_set_viewer_key(&s, s.content_key);
	assert_int_equal(sealer_seal(&s, &f, "x", 1, out), OK);
	assert_int_equal(sealer_open(&s, &f, out, plain), ERR_CRYPTO); /* our own frame, reflected */
}

static void without_randomness_there_is_no_key(void **state)
{
	struct sealer s;

	(void)state;
	fake.has_no_random = true;
	assert_int_equal(sealer_init(&s), ERR_IO);
	assert_int_equal(crypto_start(), ERR_IO);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_sealed_opens_with_the_content_key_and_no_other),
		TEST(a_used_up_counter_seals_nothing_more),
		TEST(a_viewers_frame_opens_once_and_never_an_older_one),
		TEST(any_changed_byte_of_header_or_payload_is_seen),
		TEST(another_key_or_direction_opens_nothing),
		TEST(without_randomness_there_is_no_key),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("sealer", tests, NULL, NULL);
}
