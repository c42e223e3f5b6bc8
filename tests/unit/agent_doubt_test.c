/* « Un doute ? », « Qui a appelé ? » and messages, with no link. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "agent/agent_state.h"
#include "agent/receipt.h"
#include "fake_platform.h"

#define SESSION "0123456789abcdef0123456789abcdef"

struct bench {
	struct agent agent;
	struct profile profile;
	struct tray tray;
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

static int setup(void **state)
{
	static const struct link_events events = { nothing_open, nothing_frame, nothing_lost };
	static const struct consent_event open = { CONSENT_OPEN, CAP_NONE, 0, 0 };
	struct bench *b = calloc(1, sizeof(*b));
	struct agent *a = &b->agent;

	fake_reset();
	*state = b;
	a->out = tray_outlet(&b->tray);
	b->profile = (struct profile){ .bank = "Banque", .host = "h", .ca = "", .path = "/", .seal = "", .phone = "09 69" };
	a->platform = fake_platform();
	a->profile = &b->profile;
	a->phase = PHASE_LIVE;
	memcpy(a->session, SESSION, sizeof(SESSION));
	snprintf(a->advisor, sizeof(a->advisor), "Claire Martin");
	snprintf(a->purpose, sizeof(a->purpose), "Mise en place");
	a->consent = consent_new(15);
	if (crypto_start() || crypto_key_new(&a->sign) || sealer_init(&a->sealer) || view_new(a->platform, &a->out, &a->view) ||
			hands_new(a->platform, &a->out, &a->hands) || face_new(a->platform, "Banque", &a->face) ||
			chain_new(a->session, a->sign, &a->chain) || link_new(a->platform, &b->profile, &events, a, &a->link))
		return -1;
	hands_set_consent(a->hands, a->consent);
	face_set_people(a->face, "Claire Martin", "Mise en place");
	face_set_phone(a->face, b->profile.phone);
	return agent_record(a, &open, NULL);
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
	tray_clear(&b->tray);
	free(b);
	return 0;
}

static void store_all(struct agent *a)
{
	while (chain_unstored(a->chain))
		assert_int_equal(agent_on_receipt(a, chain_unstored(a->chain)->n), OK);
}

static void give(struct agent *a, enum capability cap, uint32_t ask)
{
	assert_int_equal(agent_on_ask(a, ask, cap), OK);
	agent_on_answer(a, ask, ANSWER_ALLOW);
	store_all(a);
	assert_int_not_equal(consent_grant_of(a->consent, cap), 0);
}

/* The words of the chain in order: "open ask grant …". */
static const char *events(struct agent *a)
{
	static char out[512];

	size_t n = 0;

	out[0] = '\0';
	for (const struct chain_line *l = chain_first(a->chain); l && n < sizeof(out); l = l->next)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s", n ? " " : "", consent_word(l->event.kind));
	return out;
}

static const struct chain_line *line(struct agent *a, enum consent_kind kind)
{
	const struct chain_line *found = NULL;

	for (const struct chain_line *l = chain_first(a->chain); l; l = l->next)
		if (l->event.kind == kind)
			found = l;
	assert_non_null(found);
	return found;
}

static void a_doubt_stops_everything_before_it_is_told(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	a->caller = CALLER_CUSTOMER;
	give(a, CAP_VIEW, 1);
	give(a, CAP_CONTROL, 2);
	fake_forget();
	agent_doubt(a);
	assert_int_equal(consent_grant_of(a->consent, CAP_VIEW), 0);
	assert_int_equal(consent_grant_of(a->consent, CAP_CONTROL), 0);
	assert_ptr_equal(strstr(fake.log, "capture stop\nrelease\n"), fake.log);
	assert_string_equal(events(a), "open ask grant ask grant suspend doubt");
	assert_non_null(strstr(line(a, CONSENT_SUSPEND)->text, "\"cap\":\"view\""));
	assert_non_null(strstr(line(a, CONSENT_SUSPEND)->text, "\"why\":\"doubt\""));
	assert_non_null(strstr(line(a, CONSENT_DOUBT)->text, "\"what\":\"raised\""));
	assert_string_equal(fake.status, text_of(TEXT_DOUBT_STATUS));
	assert_string_equal(fake.phone, "09 69");
	agent_doubt(a); /* once is enough */
	assert_string_equal(events(a), "open ask grant ask grant suspend doubt");
	assert_false(a->is_over);
}

static void in_a_doubt_nothing_can_be_asked_for(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	agent_doubt(a);
	for (enum capability cap = CAP_VIEW; cap < CAP_COUNT; cap++) {
		fake.boot_ms += AGENT_REFUSAL_MS;
		assert_int_equal(agent_on_ask(a, cap, cap), OK);
		assert_false(a->is_prompt_open);
	}
	assert_string_equal(events(a), "open doubt refuse refuse refuse");
	assert_non_null(strstr(line(a, CONSENT_REFUSE)->text, "\"why\":\"ceiling\"")); /* control without the view */
	assert_null(strstr(fake.log, "prompt 1"));
}

static void a_prompt_that_is_open_goes_with_the_doubt(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	assert_int_equal(agent_on_ask(a, 1, CAP_VIEW), OK);
	agent_doubt(a);
	assert_string_equal(events(a), "open ask refuse doubt");
	agent_on_answer(a, 1, ANSWER_ALLOW); /* a click that was on its way */
	store_all(a);
	assert_int_equal(consent_grant_of(a->consent, CAP_VIEW), 0);
}

static void a_grant_without_a_receipt_is_never_born_in_a_doubt(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	assert_int_equal(agent_on_ask(a, 1, CAP_VIEW), OK);
	agent_on_answer(a, 1, ANSWER_ALLOW);
	agent_doubt(a);
	fake_forget();
	store_all(a);
	assert_int_equal(consent_grant_of(a->consent, CAP_VIEW), 0);
	assert_null(strstr(fake.log, "capture start"));
}

static void all_is_well_gives_nothing_back_and_not_at_once(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	give(a, CAP_VIEW, 1);
	agent_doubt(a);
	fake.boot_ms += AGENT_DOUBT_MS - 1;
	agent_fine(a);
	assert_true(a->is_doubting);
	fake.boot_ms += 1;
	agent_fine(a);
	assert_false(a->is_doubting);
	assert_non_null(strstr(line(a, CONSENT_DOUBT)->text, "\"what\":\"over\""));
	assert_int_equal(consent_grant_of(a->consent, CAP_VIEW), 0);
	assert_string_equal(fake.status, text_of(TEXT_NOTHING));
	give(a, CAP_VIEW, 2); /* asked anew */
	agent_fine(a);
	assert_string_equal(events(a), "open ask grant suspend doubt doubt ask grant");
}

static void a_doubt_before_the_session_shows_the_number_and_signs_nothing(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;
	struct chain *chain = a->chain;
	struct consent *consent = a->consent;

	a->chain = NULL;
	a->consent = NULL;
	a->session[0] = '\0';
	agent_doubt(a);
	assert_string_equal(fake.phone, "09 69");
	fake.boot_ms += AGENT_DOUBT_MS;
	a->chain = chain;
	a->consent = consent;
	agent_fine(a);
	assert_string_equal(events(a), "open");
}

static void who_called_is_asked_once_before_the_first_control(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	give(a, CAP_VIEW, 1);
	assert_int_equal(agent_on_ask(a, 2, CAP_CONTROL), OK);
	assert_string_equal(fake.prompt, text_of(TEXT_CALLER));
	assert_string_equal(events(a), "open ask grant"); /* control is not asked for yet */
	fake.boot_ms += AGENT_REFUSAL_MS;
	assert_int_equal(agent_on_ask(a, 3, CAP_POINT), OK); /* one question at a time */
	assert_non_null(strstr(line(a, CONSENT_REFUSE)->text, "\"why\":\"busy\""));
	agent_on_answer(a, 3, ANSWER_ALLOW); /* not this question */
	assert_int_equal(a->caller, CALLER_UNKNOWN);
	agent_on_answer(a, 2, ANSWER_ALLOW);
	assert_string_equal(events(a), "open ask grant refuse caller ask");
	assert_non_null(strstr(line(a, CONSENT_CALLER)->text, "\"who\":\"customer\""));
	assert_non_null(strstr(fake.prompt, "souris"));
	agent_on_answer(a, 2, ANSWER_ALLOW);
	store_all(a);
	assert_int_not_equal(consent_grant_of(a->consent, CAP_CONTROL), 0);
	agent_take_away(a, CONSENT_LIMIT, CAP_CONTROL, NULL);
	assert_int_equal(agent_on_ask(a, 4, CAP_CONTROL), OK);
	assert_non_null(strstr(fake.prompt, "souris"));
}

static void who_was_called_is_never_acted_for(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	give(a, CAP_VIEW, 1);
	agent_on_ask(a, 2, CAP_CONTROL);
	agent_on_answer(a, 2, ANSWER_REFUSE);
	assert_string_equal(events(a), "open ask grant caller refuse");
	assert_non_null(strstr(line(a, CONSENT_CALLER)->text, "\"who\":\"other\""));
	for (uint32_t ask = 3; ask < 6; ask++) {
		fake.boot_ms += 2 * AGENT_ASK_PAUSE_MS;
		assert_int_equal(agent_on_ask(a, ask, CAP_CONTROL), OK);
		assert_false(a->is_prompt_open);
		assert_non_null(strstr(line(a, CONSENT_REFUSE)->text, "\"why\":\"called\""));
	}
	give(a, CAP_POINT, 6);
	assert_string_equal(fake.warning, text_of(TEXT_CALLED));
}

/* Closed, silence, cancelled, the recording's pause, loss, the doubt, the end: nobody has answered. */
static void without_an_answer_it_is_asked_again(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;
	uint32_t ask = 1;

	give(a, CAP_VIEW, ask++);
	for (int i = 0; i < 5; i++) {
		fake.boot_ms += 2 * AGENT_ASK_PAUSE_MS;
		agent_on_ask(a, ask, CAP_CONTROL);
		assert_true(a->is_prompt_open);
		if (i == 0)
			agent_on_answer(a, ask, ANSWER_CLOSED);
		if (i == 1)
			agent_on_answer(a, ask, ANSWER_SILENCE);
		if (i == 2)
			agent_cancel_prompt(a, "cancelled");
		if (i == 3) {
			agent_pause(a, "card");
			agent_resume(a);
		}
		if (i == 4)
			agent_doubt(a);
		assert_false(a->is_prompt_open);
		assert_int_equal(a->held_ask, 0);
		assert_int_equal(a->caller, CALLER_UNKNOWN);
		assert_int_equal(line(a, CONSENT_REFUSE)->event.ask, ask++);
	}
	agent_end(a, "customer");
	assert_null(strstr(events(a), "caller"));
}

static void the_receipt_tells_of_both(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	give(a, CAP_VIEW, 1);
	agent_on_ask(a, 2, CAP_CONTROL);
	agent_on_answer(a, 2, ANSWER_REFUSE);
	agent_doubt(a);
	agent_end(a, "customer");
	assert_non_null(strstr(a->receipt, text_of(TEXT_RECEIPT_CALLER_OTHER)));
	assert_non_null(strstr(a->receipt, text_of(TEXT_RECEIPT_DOUBT)));
	assert_null(strstr(a->receipt, text_of(TEXT_RECEIPT_FINE)));
	assert_string_equal(fake.phone, "");
}

/* ---- messages ---- */

static void hear(struct agent *a, const char *text, enum err e)
{
	assert_int_equal(agent_on_chat(a, (const uint8_t *)text, strlen(text)), e);
}

static size_t chats(const struct bench *b, uint8_t who)
{
	size_t n = 0;

	for (size_t i = 0; i < b->tray.count; i++)
		n += b->tray.at[i].kind == KIND_CHAT && b->tray.at[i].bytes[0] == who;
	return n;
}

static void messages_of_both_are_shown_echoed_and_counted_never_kept(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	give(a, CAP_VIEW, 1);
	hear(a, "Été ?", OK);
	assert_non_null(strstr(fake.log, "chat Claire Martin: Été ?\n"));
	assert_int_equal(chats(b, 2), 1);
	assert_non_null(strstr(line(a, CONSENT_CHAT)->text, "\"length\":5"));
	assert_non_null(strstr(line(a, CONSENT_CHAT)->text, "\"who\":\"advisor\""));
	assert_true(agent_say(a, "Oui <b>"));
	assert_non_null(strstr(fake.log, "chat Vous: Oui <b>\n"));
	assert_int_equal(chats(b, 1), 1);
	assert_string_equal((const char *)b->tray.at[b->tray.count - 1].bytes + 1, "Oui <b>");
	assert_int_equal(b->tray.at[b->tray.count - 1].grant, 1);
	assert_null(strstr(line(a, CONSENT_CHAT)->text, "Oui"));
}

static void nothing_is_written_that_is_not_recorded(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	hear(a, "a", OK);
	assert_false(agent_say(a, "a"));
	give(a, CAP_VIEW, 1);
	assert_true(fake.can_write);
	agent_pause(a, "card");
	assert_false(fake.can_write);
	hear(a, "a", OK);
	assert_false(agent_say(a, "a"));
	agent_resume(a);
	assert_true(agent_say(a, "a"));
	agent_doubt(a);
	assert_true(fake.is_chat_away);
	assert_false(agent_say(a, "a"));
	agent_end(a, "customer");
	assert_false(agent_say(a, "a"));
	assert_int_equal(chats(b, 1), 1);
	assert_int_equal(chats(b, 2), 0);
}

static void a_flood_of_messages_is_not_shown(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	give(a, CAP_VIEW, 1);
	for (int i = 0; i < 100; i++)
		hear(a, "a", OK);
	assert_int_equal(chats(b, 2), AGENT_CHAT_MAX);
	assert_true(agent_say(a, "b")); /* his own are counted apart */
	fake.boot_ms += AGENT_CHAT_MS;
	hear(a, "a", OK);
	assert_int_equal(chats(b, 2), AGENT_CHAT_MAX + 1);
}

static void what_cannot_be_shown_as_it_is_closes_the_link(void **state)
{
	static const char *const bad[] = { "", "a\nb", "\x1b[31m", "\x7f", "\xc2\x85", "\xe2\x80\xae" "abc", "\xe2\x80\xa8", "\xff",
		"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xef\xbb\xbf" "a", "\xd8\x9c" };
	struct bench *b = *state;
	struct agent *a = &b->agent;
	char longest[TEXT_MESSAGE_MAX + 2];

	give(a, CAP_VIEW, 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		hear(a, bad[i], ERR_MALFORMED);
		assert_false(agent_say(a, bad[i]));
	}
	memset(longest, 'x', sizeof(longest));
	longest[TEXT_MESSAGE_MAX + 1] = '\0';
	hear(a, longest, ERR_MALFORMED);
	longest[TEXT_MESSAGE_MAX] = '\0';
	hear(a, longest, OK);
	hear(a, "\xf0\x9f\x99\x82 œuf", OK);
	assert_non_null(strstr(line(a, CONSENT_CHAT)->text, "\"length\":5"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void a_typed_answer_is_told_before_what_it_gives(void **state)
{
	struct bench *b = *state;
	struct agent *a = &b->agent;

	assert_int_equal(agent_on_ask(a, 1, CAP_VIEW), OK);
	assert_true(fake.has_typing);
	assert_true(agent_record_typed(a, 1));
	agent_on_answer(a, 1, ANSWER_ALLOW);
	assert_string_equal(events(a), "open ask typed grant");
	assert_non_null(strstr(line(a, CONSENT_TYPED)->text, "\"question\":1"));
	assert_non_null(strstr(line(a, CONSENT_TYPED)->text, "\"what\":\"right\""));
	store_all(a);
	assert_int_equal(agent_on_ask(a, 2, CAP_CONTROL), OK);
	assert_true(agent_record_typed(a, 2));
	assert_non_null(strstr(line(a, CONSENT_TYPED)->text, "\"what\":\"caller\""));
	agent_on_answer(a, 2, ANSWER_ALLOW);
	assert_true(agent_record_typed(a, 2));
	agent_on_answer(a, 2, ANSWER_ALLOW);
	assert_false(agent_record_typed(a, 3)); /* the grant of control is on its way */
	store_all(a);
	assert_int_equal(agent_on_ask(a, 3, CAP_POINT), OK);
	assert_false(fake.has_typing);
	assert_false(agent_record_typed(a, 3));
	agent_take_away(a, CONSENT_LIMIT, CAP_CONTROL, NULL);
	assert_true(agent_record_typed(a, 3));
	assert_string_equal(events(a), "open ask typed grant typed caller ask typed grant ask limit typed");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_typed_answer_is_told_before_what_it_gives),
		TEST(a_doubt_stops_everything_before_it_is_told),
		TEST(in_a_doubt_nothing_can_be_asked_for),
		TEST(a_prompt_that_is_open_goes_with_the_doubt),
		TEST(a_grant_without_a_receipt_is_never_born_in_a_doubt),
		TEST(all_is_well_gives_nothing_back_and_not_at_once),
		TEST(a_doubt_before_the_session_shows_the_number_and_signs_nothing),
		TEST(who_called_is_asked_once_before_the_first_control),
		TEST(who_was_called_is_never_acted_for),
		TEST(without_an_answer_it_is_asked_again),
		TEST(the_receipt_tells_of_both),
		TEST(messages_of_both_are_shown_echoed_and_counted_never_kept),
		TEST(nothing_is_written_that_is_not_recorded),
		TEST(a_flood_of_messages_is_not_shown),
		TEST(what_cannot_be_shown_as_it_is_closes_the_link),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("agent_doubt", tests, NULL, NULL);
}
