/* What the notary refuses of an agent, and of a guichet-live that somebody has taken over. */
#include "notary_bench.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent_line.h"
#include "common/bytes.h"
#include "evidence_script.h"
#include "gateway/notary/consent_chain.h"
#include "gateway/notary/digest.h"
#include "gateway/notary/stored.h"
#include "ossl.h"
#include "pki_bench.h"

static char *slurp(const struct bench *b, const char *session, const char *name)
{
	char folder[256], *buf;
	size_t len;

	snprintf(folder, sizeof(folder), "%s/sessions/%s", b->dir, session);
	return stored_read(&journal_io_posix, folder, name, 1 << 20, &buf, &len) ? NULL : buf;
}

/* One line with these members, the next of the chain. */
static const char *say(struct bench *b, const struct door *d, unsigned n, char prev[65], const char *members)
{
	char *line = agent_line(d->session, n, prev, members, "");
	const char *word = send_line(b, d, line, SIG);

	if (!word[0])
		keep(b, "hash", prev, 65);
	free(line);
	return word;
}

static void begin(struct bench *b, struct door *d, char prev[65])
{
	add_claire(b);
	open_agent(b, d);
	grant_view(b, d, prev);
}

/* ---- form and rules ---- */

static void a_line_of_another_form_is_not_stored(void **state)
{
	static const char *const members[] = {
		"\"event\":\"counts\",\"more\":1", "\"event\":\"counts\",\"local\":-1", "\"event\":\"counts\",\"local\":4294967296",
		"\"event\":\"dance\"", "\"event\":\"end\",\"why\":\"tired\"", "\"event\":\"end\",\"why\":\"custom\"",
		"\"event\":\"end\",\"why\":\"\"", "\"event\":\"open\"", "\"event\":\"pause\",\"who\":\"viewer\"", "\"event\":\"pause\",\"why\":\"tired\"",
		"\"event\":\"ask\",\"ask\":0,\"cap\":\"control\"", "\"event\":\"ask\",\"ask\":2,\"cap\":\"none\"",
		"\"event\":\"ask\",\"ask\":2,\"cap\":\"control\",\"text\":\"\"", "\"event\":\"resume\",\"why\":\"card\"",
		"\"event\":\"paired\",\"words\":\"00\"", "\"event\":\"ask\",\"ask\":2,\"cap\":\"control\",\"boot_ms\":true",
	};
	struct bench *b = *state;
	struct door d;
	char prev[65], spaced[1024], *line;

	begin(b, &d, prev);
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		assert_string_equal(say(b, &d, 3, prev, members[i]), "malformed");
	line = agent_line(d.session, 3, prev, "\"event\":\"counts\"", "");
	snprintf(spaced, sizeof(spaced), "{ %s", line + 1);
	assert_string_equal(send_line(b, &d, spaced, SIG), "malformed");
	snprintf(spaced, sizeof(spaced), "%s ", line);
	assert_string_equal(send_line(b, &d, spaced, SIG), "malformed");
	assert_ok(send_line(b, &d, line, SIG));
	free(line);
}

static void a_line_against_the_rules_is_not_stored(void **state)
{
	struct bench *b = *state;
	struct door d;
	char prev[65];

	begin(b, &d, prev);
	assert_string_equal(say(b, &d, 3, prev, "\"event\":\"grant\",\"ask\":2,\"cap\":\"control\",\"grant\":2"), "chain");
	assert_string_equal(say(b, &d, 3, prev, "\"event\":\"ask\",\"ask\":2,\"cap\":\"point\""), "chain"); /* beyond the ceiling */
	assert_string_equal(say(b, &d, 3, prev, "\"event\":\"resume\""), "chain");
	assert_ok(say(b, &d, 3, prev, "\"event\":\"ask\",\"ask\":2,\"cap\":\"control\""));
	assert_ok(say(b, &d, 4, prev, "\"event\":\"pause\""));
	assert_string_equal(say(b, &d, 5, prev, "\"event\":\"grant\",\"ask\":2,\"cap\":\"control\",\"grant\":2"), "chain");
	assert_string_equal(say(b, &d, 5, prev, "\"event\":\"pause\""), "chain");
	assert_ok(say(b, &d, 5, prev, "\"event\":\"resume\""));
	assert_ok(say(b, &d, 6, prev, "\"event\":\"grant\",\"ask\":2,\"cap\":\"control\",\"grant\":2"));
	assert_ok(say(b, &d, 7, prev, "\"event\":\"end\""));
	assert_string_equal(say(b, &d, 8, prev, "\"event\":\"ask\",\"ask\":3,\"cap\":\"view\""), "chain");
	assert_int_equal(count_events(b->dir, d.session, "consent"), 8);
}

static void line_0_says_what_the_journal_says(void **state)
{
	static const char *const lies[] = {
		"\"sign\":\"04" ZEROS64 ZEROS64 "\"", "\"acceptance\":\"00000000000000000000000000000000\"", "\"purpose\":\"virement\"",
		"\"terms\":\"2025-01\"", "\"ceiling\":[\"view\"]", "\"ceiling\":[\"view\",\"point\",\"control\"]",
	};
	struct bench *b = *state;
	struct door d;
	char members[512], prev[65];

	add_claire(b);
	open_agent(b, &d);
	memcpy(prev, digest_zeros, sizeof(prev));
	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		snprintf(members, sizeof(members), "%s,\"acceptance\":\"%s\",\"sign\":\"" SIGN "\",\"content_key\":\"" CONTENT_KEY
			"\",\"event\":\"open\"", lies[i], d.acceptance);
		if (i == 1)
			snprintf(members, sizeof(members), "%s,\"sign\":\"" SIGN "\",\"content_key\":\"" CONTENT_KEY "\",\"event\":\"open\"",
				lies[i]);
		if (i == 0)
			snprintf(members, sizeof(members), "%s,\"acceptance\":\"%s\",\"content_key\":\"" CONTENT_KEY "\",\"event\":\"open\"",
				lies[i], d.acceptance);
		assert_string_equal(say(b, &d, 0, prev, members), "open");
	}
	assert_ok(sign_line(b, &d, 0, prev, OPEN_EVENT));
}

/* ---- heads ---- */

struct head {
	char text[512], sig[129];
};

static void sign_head(struct bench *b, const struct door *d, struct head *h)
{
	assert_ok(of_session(b, "head_sign", d, ""));
	keep(b, "text", h->text, sizeof(h->text));
	keep(b, "sig", h->sig, sizeof(h->sig));
}

static const char *say_head(struct bench *b, const struct door *d, unsigned n, char prev[65], const char *text,
		const char *sig)
{
	char members[2048], quoted[1024];
	size_t len = 0;

	for (const char *at = text; *at; at++) {
		if (*at == '"')
			quoted[len++] = '\\';
		quoted[len++] = *at;
	}
	quoted[len] = '\0';
	snprintf(members, sizeof(members), "\"event\":\"head\",\"gateway\":\"%s\",\"gateway_sig\":\"%s\"", quoted, sig);
	return say(b, d, n, prev, members);
}

static void only_a_head_that_was_signed_here_and_is_true_is_stored(void **state)
{
	struct bench *b = *state;
	struct head h, second, of_other;
	struct door d, other;
	char prev[65], invented[512];

	begin(b, &d, prev);
	open_agent(b, &other);
	sign_head(b, &other, &of_other);
	sign_head(b, &d, &h);
	assert_string_equal(say_head(b, &d, 3, prev, "{\"invented\":\"text\"}", h.sig), "head");
	snprintf(invented, sizeof(invented), "%s", h.text);
	invented[strlen("{\"chunks\":")]++;
	assert_string_equal(say_head(b, &d, 3, prev, invented, h.sig), "head");
	assert_string_equal(say_head(b, &d, 3, prev, of_other.text, of_other.sig), "head");
	assert_ok(say_head(b, &d, 3, prev, h.text, h.sig));
	assert_string_equal(say_head(b, &d, 4, prev, h.text, h.sig), "head"); /* it was said already */
	assert_ok(say(b, &d, 4, prev, "\"event\":\"counts\""));
	sign_head(b, &d, &second);
	notary_free(b->n); /* the next notary finds it in the file */
	bench_start(b);
	assert_ok(say_head(b, &d, 5, prev, second.text, second.sig));
	assert_string_equal(say_head(b, &d, 6, prev, h.text, h.sig), "head");
	assert_ok(say(b, &d, 6, prev, "\"event\":\"end\""));
}

static void a_head_counts_the_chunks_that_are_there(void **state)
{
	struct bench *b = *state;
	struct head h;
	struct door d;
	char prev[65];

	begin(b, &d, prev);
	assert_ok(store_chunk(b, &d, 1, 2, 1));
	assert_ok(store_chunk(b, &d, 2, 2, 3));
	sign_head(b, &d, &h);
	assert_memory_equal(h.text, "{\"chunks\":2,", strlen("{\"chunks\":2,"));
	notary_free(b->n);
	bench_start(b);
	assert_ok(say_head(b, &d, 3, prev, h.text, h.sig));
}

/* ---- the agent's key ---- */

static struct evp_pkey_st *agent_key;

static const char *sign_really(struct bench *b, const char *line)
{
	static char sig[129];
	uint8_t raw[64];

	(void)b;
	ossl_sign_raw(agent_key, line, strlen(line), raw);
	hex_write(raw, sizeof(raw), sig);
	return sig;
}

static void a_line_with_a_false_signature_is_not_stored(void **state)
{
	struct bench *b = *state;
	char prev[65], before[65], *line;
	uint8_t point[65];
	struct door d;

	agent_key = ossl_key(point);
	hex_write(point, sizeof(point), b->sign);
	b->is_verifying = true;
	b->sign_with = sign_really;
	add_claire(b);
	open_door(b, &d);
	assert_ok(ask(b, "session_agent", "\"session\":\"%s\",\"sign\":\"%s\",\"resume\":\"" RESUME "\"", d.session, b->sign));
	bench_key(b, &d);
	memcpy(prev, digest_zeros, sizeof(prev));
	assert_ok(sign_line(b, &d, 0, prev, OPEN_EVENT));
	memcpy(before, prev, sizeof(prev));
	line = agent_line(d.session, 1, prev, "\"event\":\"ask\",\"ask\":1,\"cap\":\"view\"", "");
	assert_string_equal(send_line(b, &d, line, SIG), "signature");
	assert_string_equal(send_line(b, &d, line, sign_really(b, "{}")), "signature");
	free(line);
	assert_ok(sign_line(b, &d, 1, before, "\\\"event\\\":\\\"ask\\\",\\\"ask\\\":1,\\\"cap\\\":\\\"view\\\""));
	assert_int_equal(count_events(b->dir, d.session, "consent"), 2);
	EVP_PKEY_free(agent_key);
}

static void an_agent_that_comes_back_has_one_line(void **state)
{
	struct bench *b = *state;
	struct door d;
	char prev[65];

	begin(b, &d, prev);
	for (int i = 0; i < 3; i++)
		assert_ok(of_session(b, "session_agent", &d, ",\"sign\":\"" SIGN "\",\"resume\":\"" RESUME "\""));
	notary_free(b->n);
	bench_start(b);
	assert_ok(of_session(b, "session_agent", &d, ",\"sign\":\"" SIGN "\",\"resume\":\"" RESUME "\""));
	assert_int_equal(count_events(b->dir, d.session, "agent"), 1);
}

/* ---- the acceptance, and a crash between its line and the store's commit ---- */

static void copy_store(const struct bench *b, const char *from, const char *to)
{
	char source[512], target[512];
	const char *const words[] = { "cp", source, target, NULL };

	snprintf(source, sizeof(source), "%s/%s", b->dir, from);
	snprintf(target, sizeof(target), "%s/%s", b->dir, to);
	assert_int_equal(run_program(words), 0);
}

static void an_acceptance_whose_commit_was_lost_is_told_once(void **state)
{
	struct bench *b = *state;
	struct door d, again;
	char *before, *after;

	add_claire(b);
	assert_ok(new_session(b, &d));
	assert_ok(accept_terms(b, &d, "accepter", ""));
	notary_free(b->n);
	copy_store(b, "guichet.db", "before.db");
	bench_start(b);
	assert_ok(use_code(b, &d, d.code, "s"));
	notary_free(b->n); /* …but the store was never told */
	copy_store(b, "before.db", "guichet.db");
	bench_start(b);
	before = slurp(b, d.session, "private.jsonl");
	again = d;
	assert_ok(accept_terms(b, &again, "accepter", ""));
	assert_string_equal(use_code(b, &again, d.code, "s"), "bound"); /* another acceptance does not replace it */
	assert_ok(use_code(b, &d, d.code, "s"));
	after = slurp(b, d.session, "private.jsonl");
	assert_non_null(before);
	assert_string_equal(before, after);
	assert_int_equal(count_events(b->dir, d.session, "accepted"), 1);
	free(before);
	free(after);
}

/* The computer stops: so many calls still reach the disk. */
static int calls_left;

static bool is_stopped(void)
{
	errno = EIO;
	return calls_left == 0 || --calls_left == 0;
}

static ssize_t stopping_write(void *arg, int fd, const void *buf, size_t len)
{
	(void)arg;
	return is_stopped() ? -1 : write(fd, buf, len);
}

static int stopping_fdatasync(void *arg, int fd)
{
	(void)arg;
	return is_stopped() ? -1 : fdatasync(fd);
}

static int stopping_fsync(void *arg, int fd)
{
	(void)arg;
	return is_stopped() ? -1 : fsync(fd);
}

static int stopping_rename(void *arg, const char *from, const char *to)
{
	(void)arg;
	return is_stopped() ? -1 : rename(from, to);
}

/* The code is used, the computer stops after `calls` calls, and whatever came, the store's commit did not. */
static bool stop_while_accepting(struct bench *b, const struct door *d, int calls)
{
	const struct journal_io whole = b->io;
	bool has_stopped;

	notary_free(b->n);
	copy_store(b, "guichet.db", "before.db");
	b->io.write = stopping_write;
	b->io.fdatasync = stopping_fdatasync;
	b->io.fsync = stopping_fsync;
	b->io.rename = stopping_rename;
	calls_left = -1;
	bench_start(b);
	calls_left = calls;
	(void)use_code(b, d, d->code, "s");
	has_stopped = calls_left == 0;
	notary_free(b->n);
	copy_store(b, "before.db", "guichet.db");
	b->io = whole;
	bench_start(b);
	return has_stopped;
}

static void wherever_the_computer_stops_an_acceptance_is_told_once(void **state)
{
	bool has_stopped = true;
	int calls = 1;

	for (; has_stopped; calls++) {
		struct bench *b = *state;
		struct door d;

		add_claire(b);
		assert_ok(new_session(b, &d));
		assert_ok(accept_terms(b, &d, "accepter", ""));
		has_stopped = stop_while_accepting(b, &d, calls);
		assert_ok(use_code(b, &d, d.code, "s"));
		assert_int_equal(count_events(b->dir, d.session, "accepted"), 1);
		assert_accepted(b->dir, d.session);
		assert_int_equal(notary_teardown(state), 0);
		assert_int_equal(notary_setup(state), 0);
	}
	assert_true(calls > 6); /* private.jsonl and its names, the line: each written and flushed */
}

/* ---- live's own remarks ---- */

static void live_writes_nothing_that_a_verifier_refuses(void **state)
{
	static const char *const data[] = {
		"{\"a\":true}", "{\"a\":null}", "{\"a\":-1}", "{\"a\":[false]}", "{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}", "{\"a\\\\b\":1}",
		"{\"a\\\"b\":1}", "{\"a\\nb\":1}",
	};
	struct bench *b = *state;
	struct door d;
	char more[128];

	add_claire(b);
	open_door(b, &d);
	for (size_t i = 0; i < sizeof(data) / sizeof(*data); i++) {
		snprintf(more, sizeof(more), ",\"event\":\"note\",\"data\":%s", data[i]);
		assert_string_equal(of_session(b, "journal_append", &d, more), "malformed");
	}
	assert_ok(of_session(b, "journal_append", &d, ",\"event\":\"note\",\"data\":{\"a\":[\"x\",{\"b\":{}}],\"n\":9007199254740992}"));
}

static void the_journal_names_the_advisor_as_people_do(void **state)
{
	struct bench *b = *state;
	struct door d;
	char *journal;

	add_claire(b);
	assert_ok(new_session(b, &d));
	journal = slurp(b, d.session, "journal.jsonl");
	assert_non_null(strstr(journal, "\"data\":{\"advisor\":\"claire\",\"ceiling\":[\"view\",\"control\"],\"display\":\"Claire Martin\","));
	free(journal);
}

/* ---- the limits ---- */

static void a_chain_has_an_end(void **state)
{
	const char *session = "0123456789abcdef0123456789abcdef";
	struct consent_chain c, next;
	char *line;

	(void)state;
	consent_chain_init(&c);
	c.next_n = EVIDENCE_LINES_SOON - 1;
	line = agent_line(session, (unsigned)c.next_n, c.head, "\"event\":\"counts\"", "");
	assert_false(consent_chain_is_full(&c));
	assert_int_equal(consent_chain_next(&c, session, line, &next), OK);
	assert_true(consent_chain_is_full(&next));
	free(line);
	c.next_n = EVIDENCE_LINES_MAX - 1;
	line = agent_line(session, (unsigned)c.next_n, c.head, "\"event\":\"counts\"", "");
	assert_int_equal(consent_chain_next(&c, session, line, &next), OK);
	c.bytes = EVIDENCE_LINES_BYTES - strlen(line);
	assert_int_equal(consent_chain_next(&c, session, line, &next), OK);
	c.bytes++;
	assert_int_equal(consent_chain_next(&c, session, line, &next), ERR_AGAIN);
	free(line);
	c.bytes = 0;
	c.next_n = EVIDENCE_LINES_MAX;
	line = agent_line(session, (unsigned)c.next_n, c.head, "\"event\":\"counts\"", "");
	assert_int_equal(consent_chain_next(&c, session, line, &next), ERR_AGAIN);
	free(line);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, notary_setup, notary_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_of_another_form_is_not_stored),
		TEST(a_line_against_the_rules_is_not_stored),
		TEST(line_0_says_what_the_journal_says),
		TEST(only_a_head_that_was_signed_here_and_is_true_is_stored),
		TEST(a_head_counts_the_chunks_that_are_there),
		TEST(a_line_with_a_false_signature_is_not_stored),
		TEST(an_agent_that_comes_back_has_one_line),
		TEST(an_acceptance_whose_commit_was_lost_is_told_once),
		TEST(wherever_the_computer_stops_an_acceptance_is_told_once),
		TEST(live_writes_nothing_that_a_verifier_refuses),
		TEST(the_journal_names_the_advisor_as_people_do),
		cmocka_unit_test(a_chain_has_an_end),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("notary_lines", tests, NULL, NULL);
}
