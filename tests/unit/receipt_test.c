#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "agent/receipt.h"
#include "common/bytes.h"
#include "fake_platform.h"
#include "ossl.h"

#define SESSION "e2680f32e90d93103facd39c57a92db8"

struct bench {
	struct crypto_key *key;
	struct chain *chain;
	struct heads heads;
	char sign[131];
	struct receipt receipt;
	char *text;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	fake_reset();
	*state = b;
	if (crypto_start() || crypto_key_new(&b->key) || chain_new(SESSION, b->key, &b->chain))
		return -1;
	hex_write(crypto_key_point(b->key), 65, b->sign);
	snprintf(b->heads.text, sizeof(b->heads.text), "{\"n\":7}");
	snprintf(b->heads.sig, sizeof(b->heads.sig), "abcd");
	b->receipt = (struct receipt){ .bank = "Banque Exemple", .advisor = "Claire Martin", .purpose = "Mise en place",
		.session = SESSION, .why = "Vous avez mis fin à l’assistance.", .from_ms = fake.wall_ms,
		.to_ms = fake.wall_ms + 1800000, .chain = b->chain, .heads = &b->heads, .sign = b->sign };
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	free(b->text);
	chain_free(b->chain);
	crypto_key_free(b->key);
	free(b);
	return 0;
}

/* A line, `after_ms` after the one before. */
static void line(struct bench *b, uint64_t after_ms, enum consent_kind kind, enum capability cap, const char *why)
{
	const struct consent_event e = { kind, cap, kind == CONSENT_GRANT || kind == CONSENT_REFUSE, 0 };
	cJSON *o = cJSON_CreateObject();
	const struct chain_line *l;

	fake.wall_ms += after_ms;
	if (why)
		cJSON_AddStringToObject(o, "why", why);
	assert_int_equal(chain_append(b->chain, &e, o, &l), OK);
}

static const char *file(struct bench *b)
{
	free(b->text);
	b->text = receipt_file(&b->receipt);
	assert_non_null(b->text);
	return b->text;
}

static const char *screen(struct bench *b)
{
	free(b->text);
	b->text = receipt_screen(&b->receipt);
	assert_non_null(b->text);
	return b->text;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is missing in:\n%s", part, text);
}

static void both_texts_say_who_why_when_and_what_was_decided(void **state)
{
	struct bench *b = *state;

	line(b, 0, CONSENT_OPEN, CAP_NONE, NULL);
	line(b, 1000, CONSENT_GRANT, CAP_VIEW, NULL);
	line(b, 1000, CONSENT_REFUSE, CAP_CONTROL, "click");
	line(b, 1000, CONSENT_REFUSE, CAP_POINT, "busy"); /* not his */
	line(b, 9000, CONSENT_GRANT, CAP_CONTROL, NULL);
	line(b, 60000, CONSENT_SUSPEND, CAP_CONTROL, "pause");
	line(b, 500, CONSENT_PAUSE, CAP_NONE, "card");
	line(b, 5000, CONSENT_RESUME, CAP_NONE, NULL);
	line(b, 1000, CONSENT_GRANT, CAP_CONTROL, NULL);
	line(b, 20000, CONSENT_END, CAP_NONE, "customer");
	for (int i = 0; i < 2; i++) {
		const char *text = i ? file(b) : screen(b);

		has(text, "Votre conseiller : Claire Martin\n");
		has(text, "Motif : Mise en place\n");
		has(text, "Le 25 novembre 2026, de 22:13 à 22:43\n");
		has(text, "Vous avez autorisé : voir votre écran, agir avec souris et clavier (2 fois).\n");
		has(text, "Vous avez refusé : agir avec souris et clavier.\n");
		has(text, "Votre conseiller a pu agir pendant 1 min 20 s.\n");
		has(text, "Fichiers échangés : aucun.\n");
		has(text, "demandez à Banque Exemple la copie de l’assistance E268-0F32.");
	}
	has(b->text, "Banque : Banque Exemple\n");
	has(b->text, "Vous avez mis fin à l’assistance.\n");
	has(b->text, "22:14  Enregistrement en pause\n");
	has(b->text, "22:14  Enregistrement repris\n");
	assert_null(strstr(b->text, "refusé : montrer"));
}

static void what_was_hidden_is_among_the_moments(void **state)
{
	static const struct consent_event e = { CONSENT_SCOPE, CAP_NONE, 0, 0 };
	struct bench *b = *state;
	const struct chain_line *l;

	line(b, 0, CONSENT_OPEN, CAP_NONE, NULL);
	for (int i = 0; i < 2; i++) {
		cJSON *o = cJSON_CreateObject();

		cJSON_AddStringToObject(o, "what", i ? "screen" : "window");
		assert_int_equal(chain_append(b->chain, &e, o, &l), OK);
	}
	line(b, 1000, CONSENT_PAUSE, CAP_NONE, "password");
	has(file(b), "22:13  Vous ne montrez plus qu’une fenêtre\n22:13  Vous ne limitez plus");
	has(b->text, "22:13  Vous tapez un mot de passe : enregistrement en pause\n");
	assert_null(strstr(b->text, "  Enregistrement en pause"));
}

static void files_are_named_with_their_size(void **state)
{
	struct bench *b = *state;
	const struct consent_event e = { CONSENT_FILE_RECEIVED, CAP_NONE, 0, 0 }, gone = { CONSENT_FILE_CANCELLED, CAP_NONE, 0, 0 };
	const struct chain_line *l;
	cJSON *o = cJSON_CreateObject();

	line(b, 0, CONSENT_OPEN, CAP_NONE, NULL);
	cJSON_AddStringToObject(o, "name", "devis.pdf");
	cJSON_AddNumberToObject(o, "size", 3000000);
	assert_int_equal(chain_append(b->chain, &e, o, &l), OK);
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "name", "virus.pdf");
	cJSON_AddNumberToObject(o, "size", 68);
	assert_int_equal(chain_append(b->chain, &gone, o, &l), OK);
	line(b, 10, CONSENT_END, CAP_NONE, "customer");
	has(screen(b), "  vous avez reçu devis.pdf (3,0 Mo)\n");
	assert_null(strstr(b->text, "virus"));
	assert_null(strstr(b->text, "aucun"));
}

static void a_session_in_which_nothing_happened_says_so(void **state)
{
	struct bench *b = *state;
	const char *text;

	line(b, 0, CONSENT_OPEN, CAP_NONE, NULL);
	line(b, 10, CONSENT_END, CAP_NONE, "lost");
	text = screen(b);
	has(text, "Vous avez autorisé : rien.\nVous avez refusé : rien.\nVotre conseiller n’a jamais pu agir.\n");
}

/* The value after "name: " in the file, into `out`. */
static void field(const char *text, const char *name, char *out, size_t size)
{
	char start[32];
	const char *at;

	snprintf(start, sizeof(start), "\n%s: ", name);
	at = strstr(text, start);
	assert_non_null(at);
	at += strlen(start);
	snprintf(out, size, "%.*s", (int)strcspn(at, "\n"), at);
}

static void the_file_proves_itself(void **state)
{
	struct bench *b = *state;
	char value[600], hash[65];
	uint8_t raw[64];
	const char *text, *at;
	unsigned lines = 0;

	line(b, 0, CONSENT_OPEN, CAP_NONE, NULL);
	for (int i = 0; i < 5; i++) {
		line(b, 1000, CONSENT_COUNTS, CAP_NONE, NULL);
		line(b, 1000, CONSENT_HEAD, CAP_NONE, NULL);
	}
	line(b, 1000, CONSENT_GRANT, CAP_VIEW, NULL);
	line(b, 1000, CONSENT_END, CAP_NONE, "gateway");
	text = file(b);
	field(text, "session", value, sizeof(value));
	assert_string_equal(value, SESSION);
	field(text, "lines", value, sizeof(value));
	assert_string_equal(value, "13");
	field(text, "sign", value, sizeof(value));
	assert_string_equal(value, b->sign);
	field(text, "gateway", value, sizeof(value));
	assert_string_equal(value, "{\"n\":7}");
	field(text, "gateway_sig", value, sizeof(value));
	assert_string_equal(value, "abcd");
	for (at = strstr(text, "\n{\""); at; at = strstr(at, "\n{\"")) {
		size_t len = strcspn(++at, "\n");
		uint8_t digest[32];

		assert_true(hex_read((snprintf(value, sizeof(value), "%.128s", at + len + 1), value), raw, 64));
		assert_true(ossl_verify(crypto_key_point(b->key), at, len, raw));
		ossl_sha256(at, len, digest);
		hex_write(digest, sizeof(digest), hash);
		lines++;
	}
	assert_int_equal(lines, 4); /* open, the last head, grant, end; no counts */
	field(text, "head", value, sizeof(value));
	assert_string_equal(value, hash); /* the last line's */
	assert_string_equal(value, chain_head(b->chain));
}

static void time_under_control_is_that_of_every_way_to_lose_it(void **state)
{
	static const struct {
		enum consent_kind kind;
		enum capability cap;
		bool is_end;
	} ways[] = {
		{ CONSENT_LIMIT, CAP_CONTROL, true }, { CONSENT_RELEASE, CAP_CONTROL, true }, { CONSENT_SUSPEND, CAP_CONTROL, true },
		{ CONSENT_LIMIT, CAP_VIEW, true }, { CONSENT_SUSPEND, CAP_VIEW, true }, { CONSENT_END, CAP_NONE, true },
		{ CONSENT_LIMIT, CAP_POINT, false }, { CONSENT_COUNTS, CAP_NONE, false },
	};
	struct bench *b = *state;
	uint64_t expected = 0;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		line(b, 100000, CONSENT_GRANT, CAP_CONTROL, NULL);
		line(b, 1500, ways[i].kind, ways[i].cap, NULL);
		line(b, 1500, CONSENT_END, CAP_NONE, NULL);
		expected += ways[i].is_end ? 1500 : 3000;
		assert_int_equal(receipt_control_ms(b->chain), expected);
	}
}

static void a_name_is_never_a_format_and_a_long_one_is_not_cut(void **state)
{
	struct bench *b = *state;
	char advisor[81];

	memset(advisor, '%', 80);
	advisor[80] = '\0';
	b->receipt.advisor = advisor;
	b->receipt.purpose = "%s%n";
	line(b, 0, CONSENT_OPEN, CAP_NONE, NULL);
	has(file(b), advisor);
	has(b->text, "Motif : %s%n\n");
}

static void the_name_of_the_file_has_the_day(void **state)
{
	char name[RECEIPT_NAME_MAX];

	(void)state;
	receipt_name(1, name);
	assert_string_equal(name, "reçu-assistance-2026-11-25.txt");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(both_texts_say_who_why_when_and_what_was_decided),
		TEST(what_was_hidden_is_among_the_moments),
		TEST(files_are_named_with_their_size),
		TEST(a_session_in_which_nothing_happened_says_so),
		TEST(the_file_proves_itself),
		TEST(time_under_control_is_that_of_every_way_to_lose_it),
		TEST(a_name_is_never_a_format_and_a_long_one_is_not_cut),
		TEST(the_name_of_the_file_has_the_day),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("receipt", tests, NULL, NULL);
}
