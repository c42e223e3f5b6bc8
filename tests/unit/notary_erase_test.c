#include "notary_after_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/notary/digest.h"
#include "journal_bench.h"

#define DAY_MS 86400000ull

/* The wrapped key that bench_key() stores, raw and as it came. */
static void key_bytes(uint8_t raw[384], char hex[769])
{
	memset(raw, 0xab, 384);
	for (int i = 0; i < 768; i++)
		hex[i] = i % 2 ? 'b' : 'a';
	hex[768] = '\0';
}

static unsigned key_copies(const struct bench *b)
{
	uint8_t raw[384];
	char hex[769];

	key_bytes(raw, hex);
	return find_bytes(b, raw, 32) + find_bytes(b, hex, 64);
}

static unsigned personal_copies(const struct bench *b)
{
	return find_bytes(b, CUSTOMER, strlen(CUSTOMER)) + find_bytes(b, "192.0.2.1", 9) +
	       find_bytes(b, "Agent-Utilisateur", 17);
}

/* A session whose acceptance has values that can be found. */
static void personal_session(struct bench *b, struct door *d)
{
	char prev[65];

	assert_ok(new_session(b, d));
	assert_ok(ask(b, "acceptance_add", "\"version\":\"2026-11\",\"lang\":\"fr\",\"terms\":\"" TERMS "\",\"articles\":[\""
		TERMS "\"],\"button\":\"accepter\",\"ip\":\"192.0.2.1\",\"user_agent\":\"Agent-Utilisateur\",\"customer\":\""
		CUSTOMER "\""));
	keep(b, "acceptance", d->acceptance, sizeof(d->acceptance));
	assert_ok(use_code(b, d, d->code, "s"));
	assert_ok(of_session(b, "session_agent", d, ",\"sign\":\"" SIGN "\",\"resume\":\"" RESUME "\""));
	bench_key(b, d);
	grant_view(b, d, prev);
	assert_ok(store_chunk(b, d, 1, 2, 10));
	assert_ok(of_session(b, "session_end", d, ",\"reason\":\"advisor\""));
	wait_for_seal(b, d->session);
}

static const char *erase_ask(struct bench *b, const char *who, const struct door *d)
{
	return ask_of(b, who, "erase_ask", d->session, "\"ground\":\"" GROUND "\"");
}

static const char *erase_confirm(struct bench *b, const char *who, const struct door *d)
{
	return ask_of(b, who, "erase_confirm", d->session, "%s", "");
}

static const char *state_of(struct bench *b, const char *who, const struct door *d, const char *field)
{
	static char state[33];
	const cJSON *row;

	assert_ok(ask_for(b, CALLER_OFFICE, who, "evidence_search", "%s", ""));
	cJSON_ArrayForEach(row, cJSON_GetObjectItem(b->last, "sessions"))
		if (strcmp(json_string(row, "session"), d->session) == 0) {
			const char *s = json_string(row, field);
			snprintf(state, sizeof(state), "%s", s ? s : cJSON_IsTrue(cJSON_GetObjectItem(row, field)) ? "yes" : "no");
			return state;
		}
	return "not found";
}

/* The log has one entry `erased`, whose hash is that of the line. */
static void expect_in_log(struct bench *b, const struct door *d)
{
	char entry[256], hash[DIGEST_HEX + 1], *after = NULL;
	size_t room = 0;
	ssize_t len;
	FILE *f = fopen(file_of(b, d->session, "after.jsonl"), "r");

	while ((len = getline(&after, &room, f)) > 0 && !strstr(after, "\"event\":\"erased\""))
		continue;
	assert_true(len > 1);
	digest_sha256(after, (size_t)len - 1, hash);
	fclose(f);
	free(after);
	snprintf(entry, sizeof(entry), "{\"event\":\"erased\",\"hash\":\"%s\",", hash);
	assert_int_equal(find_bytes(b, entry, strlen(entry)), 1);
}

static void after_an_erasure_nothing_can_be_read_and_everything_still_fits(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door d, other;
	char events[200];
	size_t before, len;
	char *journal;
	FILE *f;

	add_officers(b, &o);
	personal_session(b, &d);
	f = fopen(file_of(b, d.session, "journal.jsonl"), "r");
	journal = malloc(1 << 20);
	before = fread(journal, 1, 1 << 20, f);
	fclose(f);
	assert_true(key_copies(b) > 0);
	assert_true(personal_copies(b) > 0);
	assert_ok(erase_ask(b, o.anne, &d));
	assert_ok(erase_confirm(b, o.paul, &d));

	assert_int_equal(key_copies(b), 0);
	assert_int_equal(personal_copies(b), 0);
	assert_false(is_there(b, d.session, "key.wrapped"));
	assert_false(is_there(b, d.session, "private.jsonl"));
	assert_true(is_there(b, d.session, "chunks/000001"));
	events_of(b, d.session, events, sizeof(events));
	assert_string_equal(events, "erase_asked erase_decided erased");
	assert_string_equal(state_of(b, o.anne, &d, "state"), "erased");
	assert_string_equal(state_of(b, o.anne, &d, "customer"), "");
	expect_in_log(b, &d);
	f = fopen(file_of(b, d.session, "journal.jsonl"), "r");
	len = fread(journal + before, 1, 1, f);
	assert_int_equal(len, 1);
	fclose(f);
	free(journal);

	assert_ok(ask_of(b, o.anne, "evidence_begin", d.session, "\"how\":\"replay\""));
	assert_string_equal(ask_of(b, o.anne, "evidence_open", d.session, "\"name\":\"key.wrapped\""), "file");
	assert_string_equal(ask_of(b, o.anne, "evidence_open", d.session, "\"name\":\"private.jsonl\""), "file");
	assert_ok(ask_of(b, o.anne, "evidence_open", d.session, "\"name\":\"chunks/000001\""));
	assert_ok(ask_for(b, CALLER_OFFICE, o.anne, "evidence_search", "\"customer\":\"" CUSTOMER "\""));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(b->last, "sessions")), 0);
	assert_string_equal(erase_ask(b, o.anne, &d), "erased");
	assert_string_equal(erase_confirm(b, o.anne, &d), "erased");

	personal_session(b, &other); /* and only that one */
	assert_true(key_copies(b) > 0);
	restart(b);
	assert_string_equal(state_of(b, o.anne, &d, "state"), "erased");
	assert_ok(ask_for(b, CALLER_OFFICE, o.anne, "evidence_search", "\"customer\":\"" CUSTOMER "\""));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(b->last, "sessions")), 1);
	assert_ok(ask_for(b, CALLER_OFFICE, o.anne, "evidence_search", "\"customer\":\"%*s\"", (int)strlen(CUSTOMER), " "));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(b->last, "sessions")), 0);
}

static void it_takes_two_persons(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door d;

	add_officers(b, &o);
	personal_session(b, &d);
	assert_string_equal(erase_confirm(b, o.anne, &d), "asked");
	assert_string_equal(ask_of(b, o.anne, "erase_ask", d.session, "\"ground\":\" \""), "ground");
	assert_ok(erase_ask(b, o.anne, &d));
	assert_string_equal(erase_ask(b, o.anne, &d), "asked");
	assert_string_equal(erase_confirm(b, o.anne, &d), "same");
	restart(b); /* it is remembered */
	assert_string_equal(erase_confirm(b, o.anne, &d), "same");
	assert_string_equal(erase_confirm(b, o.omar, &d), "role");
	assert_true(key_copies(b) > 0);
	assert_ok(erase_confirm(b, o.paul, &d));
}

static void all_names_at_guichetctl_are_one_person(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door d;
	char fields[128];

	add_officers(b, &o);
	personal_session(b, &d);
	snprintf(fields, sizeof(fields), "\"session\":\"%s\"", d.session);
	assert_ok(ask_for(b, CALLER_CTL, "root", "erase_ask", "%s,\"ground\":\"x\"", fields));
	assert_string_equal(ask_for(b, CALLER_CTL, "root", "erase_confirm", "%s", fields), "same");
	assert_string_equal(ask_for(b, CALLER_CTL, "toor", "erase_confirm", "%s", fields), "same");
	assert_ok(erase_confirm(b, o.anne, &d));
}

static void a_hold_forbids_it(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door d;
	char events[200];

	add_officers(b, &o);
	personal_session(b, &d);
	assert_ok(erase_ask(b, o.anne, &d));
	assert_string_equal(ask_of(b, o.paul, "hold", d.session, "\"on\":0,\"ground\":\"x\""), "same");
	assert_string_equal(ask_of(b, o.paul, "hold", d.session, "\"on\":2,\"ground\":\"x\""), "malformed");
	assert_ok(ask_of(b, o.paul, "hold", d.session, "\"on\":1,\"ground\":\"litige 12\""));
	assert_string_equal(ask_of(b, o.paul, "hold", d.session, "\"on\":1,\"ground\":\"x\""), "same");
	assert_string_equal(state_of(b, o.anne, &d, "hold"), "yes");
	assert_string_equal(erase_confirm(b, o.paul, &d), "hold");
	assert_string_equal(erase_ask(b, o.paul, &d), "hold");
	restart(b);
	assert_string_equal(erase_confirm(b, o.paul, &d), "hold");
	assert_true(key_copies(b) > 0);
	assert_ok(ask_of(b, o.anne, "hold", d.session, "\"on\":0,\"ground\":\"jugement\""));
	assert_ok(erase_confirm(b, o.paul, &d));
	assert_string_equal(ask_of(b, o.anne, "hold", d.session, "\"on\":1,\"ground\":\"x\""), "erased");
	events_of(b, d.session, events, sizeof(events));
	assert_string_equal(events, "erase_asked held released erase_decided erased");
}

/*
 * What the evidence must never say, at no moment: that it was erased, while the key is still there. As the fault has
 * left it: the last line may be torn.
 */
static void expect_honest(struct bench *b, const struct door *d)
{
	char after[4096] = "";
	FILE *f = fopen(file_of(b, d->session, "after.jsonl"), "r");

	assert_non_null(f);
	after[fread(after, 1, sizeof(after) - 1, f)] = '\0';
	fclose(f);
	if (strstr(after, "\"event\":\"erased\"")) {
		assert_int_equal(key_copies(b), 0);
		assert_int_equal(personal_copies(b), 0);
	}
	if (!strstr(after, "\"event\":\"erase_decided\""))
		assert_true(is_there(b, d->session, "key.wrapped") && is_there(b, d->session, "private.jsonl"));
}

static int interrupt_at(struct bench *b, const struct officers *o, int n, bool is_short)
{
	struct faults f = { .fail_at = n, .is_short = is_short };
	const struct journal_io good = b->io;
	struct door d;
	char events[200];

	personal_session(b, &d);
	assert_ok(erase_ask(b, o->anne, &d));
	b->io = faulty(&f);
	(void)erase_confirm(b, o->paul, &d);
	b->io = good;
	expect_honest(b, &d);
	restart(b); /* recovers after.jsonl, and finishes what was decided */
	events_of(b, d.session, events, sizeof(events));
	if (strstr(events, "erase_decided")) {
		assert_non_null(strstr(events, "erased"));
		assert_string_equal(state_of(b, o->anne, &d, "state"), "erased");
		assert_null(strstr(strstr(events, "erased") + 1, "erased")); /* once */
	} else {
		assert_string_equal(state_of(b, o->anne, &d, "state"), "sealed");
		assert_ok(erase_confirm(b, o->paul, &d));
	}
	assert_int_equal(key_copies(b), 0);
	assert_int_equal(personal_copies(b), 0);
	return f.calls;
}

static void an_erasure_that_is_interrupted_at_any_call_is_finished_at_the_next_start(void **state)
{
	struct bench *b = *state;
	struct officers o;
	int calls = 1000, done = 0;

	add_officers(b, &o);
	b->seats = 100;
	for (int n = 1; n <= calls; n++, done++) {
		int seen = interrupt_at(b, &o, n, n % 2);
		calls = seen < n ? n - 1 : calls;
	}
	assert_true(done > 15);
}

static void a_crash_between_the_files_and_the_line_is_finished_too(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door d;
	char events[200];

	add_officers(b, &o);
	personal_session(b, &d);
	assert_ok(erase_ask(b, o.anne, &d));
	b->is_disk_full = true; /* not even the decision can be written */
	assert_string_equal(erase_confirm(b, o.paul, &d), "evidence");
	b->is_disk_full = false;
	assert_true(key_copies(b) > 0);
	restart(b);
	assert_true(key_copies(b) > 0);
	assert_ok(erase_confirm(b, o.paul, &d));
	events_of(b, d.session, events, sizeof(events));
	assert_non_null(strstr(events, "erase_decided erased"));
}

/* ---- retention ---- */

static void set_retention(struct bench *b, unsigned proof, unsigned quality, unsigned unused, int is_auto)
{
	b->retention = (struct notary_retention){ proof, quality, unused, is_auto };
	restart(b);
}

static void each_class_has_its_period_to_the_millisecond(void **state)
{
	static const char *const classes[] = { "unused", "quality", "proof" };
	static const unsigned days[] = { 30, 100, 1000 };
	struct bench *b = *state;
	struct officers o;
	struct door d[3];
	uint64_t ended_ms[3];

	add_officers(b, &o);
	for (enum kind k = KIND_UNUSED; k <= KIND_PROOF; k++) {
		ended_session(b, &d[k], k);
		ended_ms[k] = b->now_ms;
		wait_for_seal(b, d[k].session);
		assert_string_equal(state_of(b, o.anne, &d[k], "class"), classes[k]);
	}
	set_retention(b, 1000, 100, 30, 0);
	for (int k = 0; k < 3; k++) {
		b->now_ms = ended_ms[k] + days[k] * DAY_MS;
		assert_ok(ask_for(b, CALLER_CTL, "cron", "retention_run", "%s", ""));
		assert_int_equal(number(b, "count"), 0);
		b->now_ms++;
		assert_ok(ask_for(b, CALLER_CTL, "cron", "retention_run", "\"dry\":1"));
		assert_int_equal(number(b, "count"), 1);
		assert_string_equal(cJSON_GetArrayItem(cJSON_GetObjectItem(b->last, "erased"), 0)->valuestring, d[k].session);
		assert_false(is_there(b, d[k].session, "after.jsonl"));
		assert_ok(ask_for(b, CALLER_CTL, "cron", "retention_run", "\"dry\":0"));
		assert_int_equal(number(b, "count"), 1);
		assert_int_equal(number(b, "left"), 0);
		assert_false(is_there(b, d[k].session, "private.jsonl"));
	}
	assert_int_equal(key_copies(b), 0);
}

static void a_hold_outlasts_every_period_and_zero_days_are_for_ever(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door held, kept;

	add_officers(b, &o);
	personal_session(b, &held);
	assert_ok(ask_of(b, o.anne, "hold", held.session, "\"on\":1,\"ground\":\"litige\""));
	set_retention(b, 1, 1, 1, 1);
	b->now_ms += 4000 * DAY_MS;
	notary_tick(b->n);
	assert_true(is_there(b, held.session, "key.wrapped"));
	set_retention(b, 0, 0, 0, 1);
	personal_session(b, &kept);
	b->now_ms += 4000 * DAY_MS;
	notary_tick(b->n);
	assert_true(is_there(b, kept.session, "key.wrapped"));
}

static void unattended_it_goes_on_from_tick_to_tick(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door d[RETENTION_BATCH + 3];
	int erased = 0;

	b->seats = 100;
	add_officers(b, &o);
	set_retention(b, 10, 10, 10, 0);
	for (int i = 0; i < RETENTION_BATCH + 3; i++)
		personal_session(b, &d[i]);
	b->now_ms += 10 * DAY_MS + 1;
	notary_tick(b->n);
	assert_int_equal(key_copies(b) > 0, 1); /* not asked for */
	set_retention(b, 10, 10, 10, 1);
	notary_tick(b->n);
	for (int i = 0; i < RETENTION_BATCH + 3; i++)
		erased += !is_there(b, d[i].session, "key.wrapped");
	assert_int_equal(erased, RETENTION_BATCH);
	notary_tick(b->n); /* too early */
	b->now_ms += TICK_MS;
	notary_tick(b->n);
	assert_int_equal(key_copies(b), 0);
	assert_int_equal(personal_copies(b), 0);
}

static void what_is_not_sealed_does_not_stand_in_the_way(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door unsealed[20], d;

	b->seats = 100;
	add_officers(b, &o);
	for (int i = 0; i < 20; i++)
		ended_session(b, &unsealed[i], KIND_UNUSED);
	ended_session(b, &d, KIND_UNUSED);
	wait_for_seal(b, d.session);
	for (int i = 0; i < 100; i++)
		notary_tick(b->n);
	for (int i = 0; i < 20; i++) /* as if they had never been sealed */
		assert_int_equal(unlink(file_of(b, unsealed[i].session, "seal.json")), 0);
	set_retention(b, 0, 0, 1, 0);
	b->now_ms += 2 * DAY_MS;
	assert_ok(ask_for(b, CALLER_CTL, "cron", "retention_run", "%s", ""));
	assert_int_equal(number(b, "count"), 1);
	assert_int_equal(number(b, "left"), 20);
}

static void acceptances_that_came_to_nothing_are_forgotten(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door d, gone;

	add_officers(b, &o);
	assert_ok(accept_terms(b, &gone, "accepter", ",\"customer\":\"" CUSTOMER "\""));
	personal_session(b, &d);
	set_retention(b, 0, 0, 30, 0);
	b->now_ms += 30 * DAY_MS + 1;
	assert_ok(ask_for(b, CALLER_CTL, "cron", "retention_run", "\"dry\":1"));
	assert_int_equal(number(b, "acceptances"), 1);
	assert_ok(ask_for(b, CALLER_CTL, "cron", "retention_run", "%s", ""));
	assert_int_equal(number(b, "acceptances"), 1);
	assert_string_equal(ask(b, "acceptance_get", "\"acceptance\":\"%s\"", gone.acceptance), "acceptance");
	assert_ok(ask(b, "acceptance_get", "\"acceptance\":\"%s\"", d.acceptance));
	assert_ok(ask_for(b, CALLER_CTL, "cron", "retention_run", "%s", ""));
	assert_int_equal(number(b, "acceptances"), 0);
}

static void a_grant_that_came_after_the_end_makes_it_proof(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door d;
	char prev[65];

	add_officers(b, &o);
	ended_session(b, &d, KIND_QUALITY);
	assert_string_equal(state_of(b, o.anne, &d, "class"), "quality");
	grant_view(b, &d, prev);
	assert_string_equal(state_of(b, o.anne, &d, "class"), "proof");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, notary_setup, notary_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(after_an_erasure_nothing_can_be_read_and_everything_still_fits),
		TEST(it_takes_two_persons),
		TEST(all_names_at_guichetctl_are_one_person),
		TEST(a_hold_forbids_it),
		TEST(an_erasure_that_is_interrupted_at_any_call_is_finished_at_the_next_start),
		TEST(a_crash_between_the_files_and_the_line_is_finished_too),
		TEST(each_class_has_its_period_to_the_millisecond),
		TEST(a_hold_outlasts_every_period_and_zero_days_are_for_ever),
		TEST(unattended_it_goes_on_from_tick_to_tick),
		TEST(what_is_not_sealed_does_not_stand_in_the_way),
		TEST(acceptances_that_came_to_nothing_are_forgotten),
		TEST(a_grant_that_came_after_the_end_makes_it_proof),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("notary_erase", tests, NULL, NULL);
}
