/* Files on the customer's side, with no link and no disk (S20, S21; PROTOCOL 10). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include <cmocka.h>

#include "agent/agent_state.h"
#include "common/json.h"
#include "fake_platform.h"
#include "ossl.h"

#define SESSION "0123456789abcdef0123456789abcdef"
#define SHA_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" /* of "abc" */

struct bench {
	struct agent agent;
	struct profile profile;
	struct tray tray;
	EVP_PKEY *notary;
};

static void nothing_open(void *arg, enum link_door door)
{
	(void)arg;
	(void)door;
}

static enum err nothing_frame(void *arg, const struct frame *f, const uint8_t *bytes)
{
	(void)arg;
	(void)f;
	(void)bytes;
	return OK;
}

static void nothing_lost(void *arg, enum err why)
{
	(void)arg;
	(void)why;
}

static void record(struct agent *a, enum consent_kind kind, enum capability cap, uint32_t number)
{
	const struct consent_event e = { kind, cap, number, kind == CONSENT_GRANT ? number : 0 };

	assert_int_equal(agent_record(a, &e, NULL), OK);
}

/* All that is waiting has its receipt. */
static void store_all(struct agent *a)
{
	while (chain_unstored(a->chain))
		assert_int_equal(agent_on_receipt(a, chain_unstored(a->chain)->n), OK);
}

static void give(struct agent *a, enum capability cap, uint32_t number)
{
	record(a, CONSENT_ASK, cap, number);
	record(a, CONSENT_GRANT, cap, number);
	store_all(a);
	assert_int_equal(consent_grant_of(a->consent, cap), number);
}

static int setup(void **state)
{
	static const struct link_events events = { nothing_open, nothing_frame, nothing_lost };
	struct bench *b = calloc(1, sizeof(*b));
	struct agent *a = &b->agent;
	const struct outlet out = tray_outlet(&b->tray);
	uint8_t point[65];

	fake_reset();
	*state = b;
	b->notary = ossl_key(point);
	b->profile = (struct profile){ .bank = "Banque", .host = "h", .ca = "", .path = "/", .seal = ossl_pem(b->notary) };
	a->platform = fake_platform();
	a->profile = &b->profile;
	a->phase = PHASE_LIVE;
	memcpy(a->session, SESSION, sizeof(SESSION));
	snprintf(a->advisor, sizeof(a->advisor), "Claire Martin");
	snprintf(a->purpose, sizeof(a->purpose), "Mise en place");
	a->consent = consent_new(31);
	if (crypto_start() || crypto_key_new(&a->sign) || sealer_init(&a->sealer) || view_new(a->platform, &out, &a->view) ||
			hands_new(a->platform, &out, &a->hands) || face_new(a->platform, "Banque", &a->face) ||
			chain_new(a->session, a->sign, &a->chain) || link_new(a->platform, &b->profile, &events, a, &a->link))
		return -1;
	hands_set_consent(a->hands, a->consent);
	face_set_people(a->face, "Claire Martin", "Mise en place");
	record(a, CONSENT_OPEN, CAP_NONE, 0);
	give(a, CAP_VIEW, 1);
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	link_free(a->link);
	view_free(a->view);
	hands_free(a->hands);
	face_free(a->face);
	free(a->receipt);
	chain_free(a->chain);
	consent_free(a->consent);
	crypto_key_free(a->sign);
	EVP_PKEY_free(b->notary);
	free(b->profile.seal);
	tray_clear(&b->tray);
	free(b);
	return 0;
}

/* Event and one field of the last line. */
static void last_line(struct agent *a, const char *event, const char *name, const char *value)
{
	const struct chain_line *l = chain_first(a->chain);
	cJSON *o = NULL;

	while (l->next)
		l = l->next;
	assert_int_equal(json_parse(l->text, strlen(l->text), 3, &o), OK);
	assert_string_equal(json_string(o, "event"), event);
	if (name)
		assert_string_equal(json_string(o, name), value);
	cJSON_Delete(o);
}

static uint32_t prompt_number(void)
{
	const char *at = strstr(fake.log, "prompt 21474");

	assert_non_null(at);
	return (uint32_t)strtoul(at + 7, NULL, 10);
}

static void offer(struct agent *a, uint32_t id, const char *name)
{
	fake_forget();
	assert_int_equal(agent_on_file_offer(a, id, name, 3, SHA_ABC), OK);
}

static void answer(struct agent *a, enum platform_answer how)
{
	assert_true(agent_on_file_answer(a, prompt_number(), how));
}

static void moving(struct agent *a, uint32_t id)
{
	assert_int_equal(agent_on_file_state(a, id, "filling", "", 1), OK);
	assert_int_equal(agent_on_file_state(a, id, "checking", "", 3), OK);
	assert_int_equal(agent_on_file_state(a, id, "moving", "", 0), OK);
}

static void a_file_is_kept_when_it_is_what_was_accepted(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	offer(a, 1, "../devis.pdf");
	last_line(a, "file_ask", "name", "_devis.pdf");
	assert_non_null(strstr(fake.prompt, "_devis.pdf"));
	assert_non_null(strstr(fake.prompt, "3 octets"));
	assert_non_null(strstr(fake.prompt, "ba7816bf…"));
	assert_int_equal(agent_on_file_data(a, 1, 0, (const uint8_t *)"abc", 3), OK); /* nobody has said yes */
	assert_null(strstr(fake.log, "file "));
	answer(a, ANSWER_ALLOW);
	last_line(a, "file_accept", "sha256", SHA_ABC);
	assert_true(fake.has_file_stop);
	moving(a, 1);
	assert_non_null(strstr(fake.log, "file Assistance 2026-11-25 "));
	assert_int_equal(agent_on_file_data(a, 1, 0, (const uint8_t *)"a", 1), OK);
	assert_int_equal(agent_on_file_data(a, 1, 0, (const uint8_t *)"x", 1), OK); /* not what comes next */
	assert_int_equal(agent_on_file_data(a, 1, 1, (const uint8_t *)"bcd", 3), ERR_MALFORMED);
	assert_int_equal(agent_on_file_data(a, 1, 1, (const uint8_t *)"bc", 2), OK);
	assert_non_null(strstr(fake.log, "kept 3"));
	last_line(a, "file_received", "name", "_devis.pdf");
	assert_false(fake.has_file_stop);
	assert_int_equal(fake.open_files, 0);
}

static void another_content_is_not_kept(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	offer(a, 1, "a.pdf");
	answer(a, ANSWER_ALLOW);
	moving(a, 1);
	assert_int_equal(agent_on_file_data(a, 1, 0, (const uint8_t *)"abx", 3), OK);
	last_line(a, "file_cancelled", "why", "hash");
	assert_null(strstr(fake.log, "kept"));
	assert_int_equal(fake.open_files, 0);
}

static void a_full_disk_leaves_nothing(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	fake.is_disk_full = true;
	offer(a, 1, "a.pdf");
	answer(a, ANSWER_ALLOW);
	moving(a, 1);
	last_line(a, "file_cancelled", "why", "disk");
	assert_non_null(strstr(fake.line, "place"));
}

static void a_refusal_is_told_and_gives_some_peace(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	offer(a, 1, "a.pdf");
	answer(a, ANSWER_REFUSE);
	last_line(a, "file_refuse", "why", "click");
	offer(a, 2, "a.pdf");
	last_line(a, "file_refuse", "why", "busy");
	assert_null(strstr(fake.log, "prompt 2"));
	fake.boot_ms += AGENT_ASK_PAUSE_MS;
	offer(a, 1, "a.pdf"); /* a number that was used */
	last_line(a, "file_refuse", "why", "busy");
	offer(a, 3, "a.pdf");
	last_line(a, "file_ask", "name", "a.pdf");
}

static void one_question_at_a_time(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	offer(a, 1, "a.pdf");
	assert_int_equal(agent_on_ask(a, 2, CAP_POINT), OK);
	last_line(a, "refuse", "why", "busy");
	assert_int_equal(agent_on_file_ask(a, 2), OK);
	last_line(a, "file_refuse", "way", "up");
	agent_cancel_file(a, "lost");
	last_line(a, "file_refuse", "why", "lost");
	fake.boot_ms += AGENT_REFUSAL_MS;
	assert_int_equal(agent_on_ask(a, 3, CAP_POINT), OK);
	offer(a, 3, "a.pdf");
	last_line(a, "file_refuse", "why", "busy");
}

static void the_customer_chooses_and_only_the_name_goes(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	fake_forget();
	assert_int_equal(agent_on_file_ask(a, 1), OK);
	last_line(a, "file_ask", "name", "");
	answer(a, ANSWER_ALLOW);
	assert_non_null(strstr(fake.log, "pick\n"));
	memcpy(fake.file, "abc", 3);
	fake.file_len = 3;
	agent_on_file_picked(a, fake_chosen(), "C:\\relevé.pdf", 3);
	assert_int_equal(agent_tick_files(a, fake.boot_ms), 0);
	last_line(a, "file_accept", "sha256", SHA_ABC);
	last_line(a, "file_accept", "name", "C__relevé.pdf");
	assert_int_equal(agent_on_file_go(a, 1, 0, 4), ERR_MALFORMED);
	assert_int_equal(agent_on_file_go(a, 1, 0, 3), OK);
	assert_int_equal(agent_on_file_state(a, 1, "done", "", 3), OK);
	last_line(a, "file_sent", "name", "C__relevé.pdf");
	assert_int_equal(fake.open_files, 0);
}

static void nothing_chosen_is_a_refusal(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	fake_forget();
	assert_int_equal(agent_on_file_ask(a, 1), OK);
	answer(a, ANSWER_ALLOW);
	agent_on_file_picked(a, NULL, "", 0);
	last_line(a, "file_refuse", "why", "closed");
}

static void the_end_keeps_nothing_half(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	offer(a, 1, "a.pdf");
	answer(a, ANSWER_ALLOW);
	moving(a, 1);
	agent_stop_files(a, "end");
	last_line(a, "file_cancelled", "why", "end");
	assert_int_equal(fake.open_files, 0);
	assert_int_equal(agent_on_file_data(a, 1, 0, (const uint8_t *)"abc", 3), OK);
	assert_null(strstr(fake.log, "kept"));
}

static void what_the_gateway_refuses_is_said_in_a_sentence(void **state)
{
	struct agent *a = &((struct bench *)*state)->agent;

	offer(a, 1, "a.pdf");
	answer(a, ANSWER_ALLOW);
	assert_int_equal(agent_on_file_state(a, 1, "failed", "infected", 0), OK);
	last_line(a, "file_cancelled", "why", "infected");
	assert_non_null(strstr(fake.line, "antivirus"));
	assert_int_equal(agent_on_file_state(a, 1, "failed", "infected", 0), OK); /* again: nothing */
	offer(a, 2, "b.pdf");
	assert_int_equal(agent_on_file_state(a, 2, "failed", "advisor", 0), OK);
	last_line(a, "file_refuse", "why", "cancelled");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_is_kept_when_it_is_what_was_accepted, setup, teardown),
		cmocka_unit_test_setup_teardown(another_content_is_not_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_disk_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(a_refusal_is_told_and_gives_some_peace, setup, teardown),
		cmocka_unit_test_setup_teardown(one_question_at_a_time, setup, teardown),
		cmocka_unit_test_setup_teardown(the_customer_chooses_and_only_the_name_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_chosen_is_a_refusal, setup, teardown),
		cmocka_unit_test_setup_teardown(the_end_keeps_nothing_half, setup, teardown),
		cmocka_unit_test_setup_teardown(what_the_gateway_refuses_is_said_in_a_sentence, setup, teardown),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("agent_files", tests, NULL, NULL);
}
