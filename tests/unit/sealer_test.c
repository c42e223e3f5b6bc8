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
static const uint8_t transcript[32] = "a transcript of thirty-two bytes";

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

/* K_av as docs/PROTOCOL.md 5.2 says, by another library. */
static void key_of(const struct sealer *s, const uint8_t t[32], uint8_t out[32])
{
	ossl_hkdf(s->content_key, 32, t, 32, "guichet/1 agent to viewer", out, 32);
}

static void what_is_sealed_opens_with_the_key_of_the_agreement_and_no_other(void **state)
{
	struct sealer s;
	uint8_t out[64], plain[64], key[32], nonce[12] = { 'A', '>', 'V' }, other[32] = { 1 };

	(void)state;
	assert_int_equal(sealer_init(&s), OK);
	assert_int_equal(sealer_agree(&s, transcript, viewer_key), OK);
	key_of(&s, transcript, key);
	assert_memory_equal(s.agent_key, key, 32);
	for (uint32_t i = 1; i < 5; i++) {
		struct frame f = { .kind = KIND_NOTICE, .grant = 9 };
		assert_int_equal(sealer_seal(&s, &f, "hello", 5, out), OK);
		assert_int_equal(f.seq, i);
		assert_int_equal(f.len, 21);
		put_u32(nonce + 8, i);
		assert_true(ossl_open(key, nonce, out, out + 16, 21, plain));
		assert_memory_equal(plain, "hello", 5);
		assert_false(ossl_open(other, nonce, out, out + 16, 21, plain));
		assert_false(ossl_open(s.content_key, nonce, out, out + 16, 21, plain));
		out[15] ^= 1; /* the header is authenticated */
		assert_false(ossl_open(key, nonce, out, out + 16, 21, plain));
	}
	sealer_wipe(&s);
}

/* A gateway that agreed first, or again, holds the key of that agreement and of no other (S22). */
static void who_agreed_once_reads_nothing_of_another_agreement(void **state)
{
	uint8_t out[64], plain[64], nonce[12] = { 'A', '>', 'V' }, t[3][32] = { { 1 }, { 2 }, { 3 } };
	uint8_t key[3][32];
	struct sealer s;

	(void)state;
	assert_int_equal(sealer_init(&s), OK);
	for (size_t i = 0; i < 3; i++) {
		struct frame f = { .kind = KIND_NOTICE };

		assert_int_equal(sealer_agree(&s, t[i], viewer_key), OK);
		memcpy(key[i], s.agent_key, 32);
		assert_int_equal(sealer_seal(&s, &f, "x", 1, out), OK);
		assert_int_equal(f.seq, i + 1); /* counters go on */
		put_u32(nonce + 8, f.seq);
		for (size_t k = 0; k <= i; k++)
			assert_int_equal(ossl_open(key[k], nonce, out, out + 16, 17, plain), k == i);
	}
}

static void a_used_up_counter_seals_nothing_more(void **state)
{
	struct frame f = { .kind = KIND_NOTICE };
	struct sealer s;
	uint8_t out[64];

	(void)state;
	assert_int_equal(sealer_init(&s), OK);
	assert_int_equal(sealer_seal(&s, &f, "", 0, out), ERR_CRYPTO); /* nothing is agreed yet */
	assert_int_equal(sealer_agree(&s, transcript, viewer_key), OK);
	s.sent = UINT32_MAX - 1;
	assert_int_equal(sealer_seal(&s, &f, "", 0, out), OK);
	assert_int_equal(sealer_seal(&s, &f, "", 0, out), ERR_CRYPTO);
	assert_int_equal(sealer_agree(&s, transcript, viewer_key), OK);
	assert_int_equal(sealer_seal(&s, &f, "", 0, out), ERR_CRYPTO); /* nor by another agreement */
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
	assert_int_equal(sealer_agree(&s, transcript, viewer_key), OK);
	assert_int_equal(sealer_open(&s, &f, out, plain), OK);
	assert_int_equal(plain[0], 'x');
	assert_int_equal(sealer_open(&s, &f, out, plain), ERR_CRYPTO); /* replayed */
	from_viewer(out, &f, 5, "x", 1);
	assert_int_equal(sealer_open(&s, &f, out, plain), OK); /* a gap is what a loss leaves */
	for (uint32_t seq = 0; seq <= 5; seq++) {
		from_viewer(out, &f, seq, "x", 1);
		assert_int_equal(sealer_open(&s, &f, out, plain), ERR_CRYPTO);
	}
	assert_int_equal(sealer_agree(&s, transcript, viewer_key), OK);
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
	assert_int_equal(sealer_agree(&s, transcript, viewer_key), OK);
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
	assert_int_equal(sealer_agree(&s, transcript, wrong), OK);
	from_viewer(out, &back, 1, "x", 1);
	assert_int_equal(sealer_open(&s, &back, out, plain), ERR_CRYPTO);
	assert_int_equal(sealer_agree(&s, transcript, s.agent_key), OK);
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

/* The hexadecimal value of a field of tests/vectors/sealing.json; its length in bytes. */
static size_t vector(const char *name, uint8_t *out, size_t size)
{
	static char text[8192];
	char path[512], field[64];
	const char *at;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/vectors/sealing.json", GUICHET_ROOT);
	f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	snprintf(field, sizeof(field), "\"%s\": \"", name);
	at = strstr(text, field);
	assert_non_null(at);
	at += strlen(field);
	n = strcspn(at, "\"") / 2;
	assert_true(n <= size);
	for (size_t i = 0; i < n; i++) {
		const char pair[3] = { at[2 * i], at[2 * i + 1], '\0' };
		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return n;
}

static void the_vector_of_the_protocol_holds(void **state)
{
	uint8_t key[32], t[32], plain[64], out[96], expected[96];
	struct frame f = { .kind = KIND_CURSOR, .grant = 3 };
	struct sealer s;
	size_t len;

	(void)state;
	assert_int_equal(sealer_init(&s), OK);
	assert_int_equal(vector("content_key", s.content_key, 32), 32);
	assert_int_equal(vector("transcript", t, 32), 32);
	assert_int_equal(vector("viewer_key", key, 32), 32);
	assert_int_equal(sealer_agree(&s, t, key), OK);
	assert_int_equal(vector("agent_key", key, 32), 32);
	assert_memory_equal(s.agent_key, key, 32);
	s.sent = 6;
	len = vector("cursor_plain", plain, sizeof(plain));
	assert_int_equal(sealer_seal(&s, &f, plain, len, out), OK);
	assert_int_equal(vector("cursor_frame", expected, sizeof(expected)), len + 32);
	assert_memory_equal(out, expected, len + 32);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_sealed_opens_with_the_key_of_the_agreement_and_no_other),
		TEST(who_agreed_once_reads_nothing_of_another_agreement),
		TEST(the_vector_of_the_protocol_holds),
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
