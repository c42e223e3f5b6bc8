#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "gateway/notary/merkle.h"

enum { SIZES = 300 };

/* The definition of RFC 9162 2.1.1 written down as it stands there, slow and plain. */
static void node(const uint8_t *left, const uint8_t *right, uint8_t *out)
{
	uint8_t buf[65] = { 1 };

	memcpy(buf + 1, left, 32);
	memcpy(buf + 33, right, 32);
	crypto_hash_sha256(out, buf, sizeof(buf));
}

static void leaf_text(uint64_t i, char out[32])
{
	snprintf(out, 32, "leaf %d", (int)i);
}

static void naive_root(uint64_t from, uint64_t n, uint8_t *out)
{
	uint8_t left[32], right[32], buf[33] = { 0 };
	uint64_t k = 1;
	char text[32];

	if (n == 1) {
		leaf_text(from, text);
		memcpy(buf + 1, text, strlen(text));
		crypto_hash_sha256(out, buf, 1 + strlen(text));
		return;
	}
	while (2 * k < n)
		k *= 2;
	naive_root(from, k, left);
	naive_root(from + k, n - k, right);
	node(left, right, out);
}

static void fold(uint64_t index, const struct merkle_step *step, size_t count, uint8_t *h)
{
	char text[32];
	uint8_t buf[33] = { 0 };

	leaf_text(index, text);
	memcpy(buf + 1, text, strlen(text));
	crypto_hash_sha256(h, buf, 1 + strlen(text));
	for (size_t i = 0; i < count; i++)
		if (step[i].is_left)
			node(step[i].hash, h, h);
		else
			node(h, step[i].hash, h);
}

static struct merkle *tree_of(uint64_t size)
{
	struct merkle *m = merkle_new();
	char text[32];

	for (uint64_t i = 0; i < size; i++) {
		leaf_text(i, text);
		assert_int_equal(merkle_add(m, text, strlen(text)), OK);
	}
	return m;
}

static void roots_are_those_of_the_definition_for_all_sizes(void **state)
{
	struct merkle *m = tree_of(SIZES);
	uint8_t root[32], naive[32];

	(void)state;
	assert_int_equal(merkle_size(m), SIZES);
	for (uint64_t size = 1; size <= SIZES; size++) {
		assert_int_equal(merkle_root(m, size, root), OK);
		naive_root(0, size, naive);
		assert_memory_equal(root, naive, 32);
	}
	merkle_free(m);
}

static void every_path_of_every_size_leads_to_the_root(void **state)
{
	struct merkle *m = tree_of(SIZES);
	struct merkle_step step[MERKLE_PATH_MAX];
	uint8_t root[32], h[32];
	size_t count;

	(void)state;
	for (uint64_t size = 1; size <= SIZES; size++) {
		assert_int_equal(merkle_root(m, size, root), OK);
		for (uint64_t i = 0; i < size; i++) {
			assert_int_equal(merkle_path(m, i, size, step, &count), OK);
			assert_true(count <= 9);
			fold(i, step, count, h);
			assert_memory_equal(h, root, 32);
			if (count > 0) { /* and nothing else does */
				step[count - 1].hash[0] ^= 1;
				fold(i, step, count, h);
				assert_memory_not_equal(h, root, 32);
			}
		}
	}
	merkle_free(m);
}

/* The leaves and roots that the implementations of Certificate Transparency share. */
static void known_trees_have_known_roots(void **state)
{
	static const struct {
		const char *leaf;
		size_t len;
		const char *root;
	} known[] = {
		{ "", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
		{ "\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
		{ "\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
		{ "\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
		{ "\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
		{ "\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
		{ "\x50\x51\x52\x53\x54\x55\x56\x57", 8, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
		{ "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
		  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
	};
	struct merkle *m = merkle_new();
	uint8_t root[32];
	char hex[65];

	(void)state;
	assert_int_equal(merkle_root(m, 0, root), OK);
	hex_write(root, 32, hex);
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		assert_int_equal(merkle_add(m, known[i].leaf, known[i].len), OK);
		assert_int_equal(merkle_root(m, i + 1, root), OK);
		hex_write(root, 32, hex);
		assert_string_equal(hex, known[i].root);
	}
	merkle_free(m);
}

static void what_the_tree_never_had_is_refused(void **state)
{
	struct merkle *m = tree_of(5);
	struct merkle_step step[MERKLE_PATH_MAX];
	uint8_t root[32];
	size_t count;

	(void)state;
	assert_int_equal(merkle_root(m, 6, root), ERR_MALFORMED);
	assert_int_equal(merkle_path(m, 5, 5, step, &count), ERR_MALFORMED);
	assert_int_equal(merkle_path(m, 0, 6, step, &count), ERR_MALFORMED);
	assert_int_equal(merkle_path(m, 0, 0, step, &count), ERR_MALFORMED);
	merkle_free(m);
	merkle_free(NULL);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_are_those_of_the_definition_for_all_sizes),
		cmocka_unit_test(every_path_of_every_size_leads_to_the_root),
		cmocka_unit_test(known_trees_have_known_roots),
		cmocka_unit_test(what_the_tree_never_had_is_refused),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
