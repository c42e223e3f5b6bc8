#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/sha.h>

#include "gateway/office/verify/merkle.h"

enum { SIZE_MAX_TESTED = 40, STEPS_MAX = 8 };

static void entry(size_t i, char out[16])
{
	snprintf(out, 16, "entry %zu", i);
}

static void node(uint8_t prefix, const void *a, size_t a_len, const void *b, size_t b_len, uint8_t out[32])
{
	uint8_t buf[128];

	buf[0] = prefix;
	memcpy(buf + 1, a, a_len);
	memcpy(buf + 1 + a_len, b, b_len);
	SHA256(buf, 1 + a_len + b_len, out);
}

/* The definition of RFC 9162 section 2.1.1, word for word. */
static void root_of(size_t from, size_t to, uint8_t out[32])
{
	uint8_t left[32], right[32];
	char text[16];
	size_t k = 1;

	if (to - from == 1) {
		entry(from, text);
		node(0, text, strlen(text), "", 0, out);
		return;
	}
	while (k * 2 < to - from)
		k *= 2;
	root_of(from, from + k, left);
	root_of(from + k, to, right);
	node(1, left, 32, right, 32, out);
}

struct step {
	bool is_left;
	uint8_t hash[32];
};

/* That of 2.1.3.1, from the leaf up. */
static size_t path_of(size_t i, size_t from, size_t to, struct step *out)
{
	size_t k = 1, n;

	if (to - from == 1)
		return 0;
	while (k * 2 < to - from)
		k *= 2;
	if (i < from + k) {
		n = path_of(i, from, from + k, out);
		out[n].is_left = false;
		root_of(from + k, to, out[n].hash);
	} else {
		n = path_of(i, from + k, to, out);
		out[n].is_left = true;
		root_of(from, from + k, out[n].hash);
	}
	return n + 1;
}

static bool fold(size_t i, size_t size, const struct step *steps, size_t n, const uint8_t root[32])
{
	struct merkle m;
	char text[16];

	entry(i, text);
	if (!merkle_begin(&m, text, strlen(text), i, size))
		return false;
	for (size_t s = 0; s < n; s++) {
		if (!merkle_step(&m, steps[s].is_left, steps[s].hash))
			return false;
	}
	return merkle_ends(&m, root);
}

static void every_entry_of_every_tree_leads_to_the_root(void **state)
{
	struct step steps[STEPS_MAX];
	uint8_t root[32];

	(void)state;
	for (size_t size = 1; size <= SIZE_MAX_TESTED; size++) {
		root_of(0, size, root);
		for (size_t i = 0; i < size; i++)
			assert_true(fold(i, size, steps, path_of(i, 0, size, steps), root));
	}
}

static void no_entry_leads_there_at_another_place(void **state)
{
	struct step steps[STEPS_MAX];
	uint8_t root[32];

	(void)state;
	for (size_t size = 2; size <= 17; size++) {
		root_of(0, size, root);
		for (size_t i = 0; i < size; i++) {
			size_t n = path_of(i, 0, size, steps);

			for (size_t other = 0; other <= size; other++) {
				if (other != i)
					assert_false(fold(other, size, steps, n, root));
			}
		}
	}
}

static void a_path_with_a_step_too_few_or_many_is_none(void **state)
{
	struct step steps[STEPS_MAX + 1] = { 0 };
	uint8_t root[32];
	size_t n;

	(void)state;
	root_of(0, 13, root);
	for (size_t i = 0; i < 13; i++) {
		n = path_of(i, 0, 13, steps);
		assert_false(fold(i, 13, steps, n - 1, root));
		assert_false(fold(i, 13, steps, n + 1, root));
		steps[0].is_left = !steps[0].is_left;
		assert_false(fold(i, 13, steps, n, root));
		steps[0].is_left = !steps[0].is_left;
		steps[n - 1].hash[31] ^= 1;
		assert_false(fold(i, 13, steps, n, root));
	}
	assert_false(fold(0, 0, steps, 0, root));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_entry_of_every_tree_leads_to_the_root),
		cmocka_unit_test(no_entry_leads_there_at_another_place),
		cmocka_unit_test(a_path_with_a_step_too_few_or_many_is_none),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
