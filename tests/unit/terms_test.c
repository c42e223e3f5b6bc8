#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/http/sha256.h"
#include "gateway/live/terms.h"

#define HEAD "guichet-terms 1\nversion: 2026-11\nlang: fr\ntitle: T\nbanner: B\n\n"
#define ARTICLES "## 1. Un\n\na\n\n## 2. Deux\n\nb\n\n## 3. T\n\nc\n\n## 4. Q\n\nd\n\n## 5. C\n\ne\n\n## 6. S\n\nf\n\n## 7. S\n\n- g\n- h\n"

static char *read_whole(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(f);
	*len = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	return text;
}

static enum err parse(const char *text, struct terms *t, char trouble[200])
{
	trouble[0] = '\0';
	return terms_parse(text, strlen(text), t, trouble, 200);
}

static void the_two_shipped_texts_are_good_and_agree(void **state)
{
	struct terms fr, en;
	char trouble[200] = "";

	(void)state;
	if (terms_read(GUICHET_ROOT "/web/terms/terms-fr.txt", &fr, trouble, sizeof(trouble)) ||
			terms_read(GUICHET_ROOT "/web/terms/terms-en.txt", &en, trouble, sizeof(trouble)))
		fail_msg("%s", trouble);
	assert_string_equal(fr.lang, "fr");
	assert_string_equal(en.lang, "en");
	assert_string_equal(fr.version, en.version);
	assert_string_not_equal(fr.hash, en.hash);
	terms_done(&fr);
	terms_done(&en);
}

static void a_small_text_is_read_into_its_parts(void **state)
{
	struct terms t;
	char trouble[200], hash[65];

	(void)state;
	assert_int_equal(parse(HEAD ARTICLES, &t, trouble), OK);
	assert_string_equal(t.version, "2026-11");
	assert_string_equal(t.title, "T");
	assert_string_equal(t.note, "");
	assert_string_equal(t.article[0].title, "1. Un");
	assert_string_equal(t.article[0].body, "\na\n\n");
	assert_string_equal(t.article[6].body, "\n- g\n- h\n");
	sha256_hex(HEAD ARTICLES, strlen(HEAD ARTICLES), hash);
	assert_string_equal(t.hash, hash);
	sha256_hex("## 1. Un\n\na\n\n", 13, hash);
	assert_string_equal(t.article[0].hash, hash);
	terms_done(&t);
}

static void a_change_changes_the_hash_of_its_article_alone(void **state)
{
	char trouble[200];
	struct terms before, after;
	size_t len;
	char *text = read_whole(GUICHET_ROOT "/web/terms/terms-fr.txt", &len);

	(void)state;
	assert_int_equal(terms_parse(text, len, &before, trouble, sizeof(trouble)), OK);
	for (unsigned i = 1; i <= TERMS_ARTICLES; i++) {
		char mark[12], *at;

		snprintf(mark, sizeof(mark), "\n## %u. ", i);
		at = strstr(text, mark);
		assert_non_null(at);
		at = strchr(at + 7, '\n') - 1; /* last byte of its title */
		*at ^= 1;
		assert_int_equal(terms_parse(text, len, &after, trouble, sizeof(trouble)), OK);
		assert_string_not_equal(before.hash, after.hash);
		for (unsigned k = 1; k <= TERMS_ARTICLES; k++)
			assert_int_equal(strcmp(before.article[k - 1].hash, after.article[k - 1].hash) != 0, k == i);
		terms_done(&after);
		*at ^= 1;
	}
	terms_done(&before);
	free(text);
}

static void refused(const char *text, const char *where)
{
	char trouble[200];
	struct terms t;

	assert_int_equal(parse(text, &t, trouble), ERR_MALFORMED);
	if (strncmp(trouble, where, strlen(where)) != 0)
		fail_msg("« %s » instead of « %s »", trouble, where);
	assert_null(t.title);
}

static void a_malformed_text_is_refused_with_its_line(void **state)
{
	(void)state;
	refused("", "ligne 0");
	refused("guichet-terms 2\n", "ligne 1");
	refused("guichet-terms 1\nversion: 1\nversion: 2\n", "ligne 3");
	refused("guichet-terms 1\nauthor: x\n", "ligne 2");
	refused("guichet-terms 1\nversion: \n", "ligne 2");
	refused("guichet-terms 1\nversion: 1\nlang: fr\ntitle: T\n\n" ARTICLES, "ligne 5");
	refused("guichet-terms 1\nversion: 123456789012345678901234567890123\nlang: fr\ntitle: T\nbanner: B\n\n" ARTICLES, "ligne 6");
	refused(HEAD, "ligne 6");
	refused(HEAD "text before\n" ARTICLES, "ligne 7");
	refused(HEAD ARTICLES "## 8. H\n\ni\n", "ligne 3");
	refused(HEAD "## 2. Deux\n\nb\n", "ligne 7");
	refused(HEAD "## 1. Un\n\n\n \n## 2. D\n\nb\n", "ligne 10");
	refused(HEAD "## 1. \n\na\n", "ligne 7");
	refused(HEAD "## 1. Un\r\n\na\n", "ligne 0");
}

static void every_cut_of_the_text_is_refused_or_read_without_harm(void **state)
{
	const char *text = HEAD ARTICLES;
	char trouble[200];

	(void)state;
	for (size_t cut = 0; cut < strlen(text); cut++) {
		char *copy = malloc(cut + !cut);
		struct terms t;
		enum err e;

		memcpy(copy, text, cut);
		e = terms_parse(copy, cut, &t, trouble, sizeof(trouble));
		assert_int_equal(e, cut + 9 < strlen(text) ? ERR_MALFORMED : e); /* within the last article's body */
		if (!e)
			terms_done(&t);
		free(copy);
	}
}

static void a_zero_byte_or_a_missing_file_is_told(void **state)
{
	char trouble[200] = "";
	struct terms t;

	(void)state;
	assert_int_equal(terms_parse("guichet-terms 1\n\0", 17, &t, trouble, sizeof(trouble)), ERR_MALFORMED);
	assert_int_equal(terms_read("/nowhere/terms.txt", &t, trouble, sizeof(trouble)), ERR_IO);
	assert_true(trouble[0] != '\0');
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_two_shipped_texts_are_good_and_agree),
		cmocka_unit_test(a_small_text_is_read_into_its_parts),
		cmocka_unit_test(a_change_changes_the_hash_of_its_article_alone),
		cmocka_unit_test(a_malformed_text_is_refused_with_its_line),
		cmocka_unit_test(every_cut_of_the_text_is_refused_or_read_without_harm),
		cmocka_unit_test(a_zero_byte_or_a_missing_file_is_told),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("terms", tests, NULL, NULL);
}
