#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "common/gate.h"
#include "guichet/wire.h"
#include "room_bench.h"

#define SIGN65 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0"
static const char sign_a[] = SIGN65 SIGN65;
static const char sign_b[] = SIGN65 "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff1";
static const char resume[] = "ffffffffffffffffffffffffffffffff";

static enum err agent_comes(struct bench *b, void *link, const char *sign)
{
	return room_agent_joined(b->room, link, sign, "linux-x11", "native", resume);
}

/* True if the viewer's mouse gets through under this number. */
static bool passes(struct bench *b, uint32_t grant)
{
	bench_forget(b);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_MOUSE, grant, NULL, 30), OK);
	return bench_did(b, "agent MOUSE");
}

static void a_grant_opens_only_after_it_was_stored(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	assert_int_equal(bench_line(b, "\"event\":\"ask\",\"ask\":2,\"cap\":\"control\""), OK);
	bench_stored(b, b->n - 1);
	bench_forget(b);
	assert_int_equal(bench_line(b, "\"event\":\"grant\",\"ask\":2,\"cap\":\"control\",\"grant\":2"), OK);
	assert_string_equal(b->log, "store 4\n"); /* nobody is told, and */
	assert_false(passes(b, 2));
	bench_forget(b);
	bench_stored(b, 4);
	assert_string_equal(b->log, "agent RECEIPT\nviewer CONSENT\n");
	assert_true(passes(b, 2));
	assert_false(passes(b, 1));
	assert_false(passes(b, 0));
	assert_false(passes(b, 3));
}

static void a_revocation_closes_before_it_is_stored(void **state)
{
	static const char *const how[] = { "limit", "release", "suspend" };
	struct bench *b = *state;

	bench_live(b);
	for (unsigned i = 0; i < 3; i++) {
		char fields[96];

		bench_give(b, "view", 2 * i + 1, 2 * i + 1);
		bench_give(b, "control", 2 * i + 2, 2 * i + 2);
		assert_true(passes(b, 2 * i + 2));
		snprintf(fields, sizeof(fields), "\"event\":\"%s\",\"cap\":\"view\",\"grant\":%u", how[i], 2 * i + 1);
		assert_int_equal(bench_line(b, fields), OK);
		assert_false(passes(b, 2 * i + 2)); /* with view goes control, and the notary has not answered */
		bench_stored(b, b->n - 1);
		assert_false(passes(b, 2 * i + 2));
	}
}

static void a_grant_that_was_taken_back_before_it_was_stored_never_opens(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	assert_int_equal(bench_line(b, "\"event\":\"ask\",\"ask\":2,\"cap\":\"control\""), OK);
	assert_int_equal(bench_line(b, "\"event\":\"grant\",\"ask\":2,\"cap\":\"control\",\"grant\":2"), OK);
	assert_int_equal(bench_line(b, "\"event\":\"limit\",\"cap\":\"control\",\"grant\":2"), OK);
	for (uint32_t n = b->n - 3; n < b->n; n++) {
		bench_stored(b, n);
		assert_false(passes(b, 2));
	}
	assert_int_equal(room_phase(b->room), PHASE_LIVE); /* a quick customer is no reason to end */
	bench_give(b, "control", 3, 3);
	assert_true(passes(b, 3));
}

static void an_end_behind_lines_that_are_not_stored_yet_keeps_its_reason(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(bench_line(b, "\"event\":\"ask\",\"ask\":1,\"cap\":\"view\""), OK);
	assert_int_equal(bench_line(b, "\"event\":\"grant\",\"ask\":1,\"cap\":\"view\",\"grant\":1"), OK);
	assert_int_equal(bench_line(b, "\"event\":\"end\",\"why\":\"panic\""), OK);
	bench_forget(b);
	for (uint32_t n = 1; n < 4; n++)
		bench_stored(b, n);
	assert_true(bench_did(b, "ended panic"));
	assert_false(bench_did(b, "ended gateway"));
}

static void the_bank_is_told_of_a_doubt_once_it_is_stored(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_forget(b);
	assert_int_equal(bench_line(b, "\"event\":\"doubt\",\"what\":\"raised\""), OK);
	assert_false(bench_did(b, "alert doubt"));
	bench_stored(b, b->n - 1);
	assert_true(bench_did(b, "alert doubt"));
	bench_forget(b);
	assert_int_equal(bench_line(b, "\"event\":\"doubt\",\"what\":\"over\""), OK);
	bench_stored(b, b->n - 1);
	assert_int_equal(bench_line(b, "\"event\":\"caller\",\"text\":\"Qui ?\",\"who\":\"customer\""), OK);
	bench_stored(b, b->n - 1);
	assert_null(strstr(b->log, "alert"));
	assert_int_equal(bench_line(b, "\"event\":\"caller\",\"text\":\"Qui ?\",\"who\":\"other\""), OK);
	bench_stored(b, b->n - 1);
	assert_true(bench_did(b, "alert called"));
}

static void without_evidence_the_session_ends(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(bench_line(b, "\"event\":\"ask\",\"ask\":1,\"cap\":\"view\""), OK);
	bench_forget(b);
	room_on_stored(b->room, 1, NULL);
	assert_string_equal(b->log, "journal refused_line {\"n\":1,\"why\":\"notary\"}\nviewer SESSION\nended evidence\n"
		"close agent evidence\nclose viewer ended\n");
	assert_non_null(strstr(b->last, "\"reason\":\"evidence\""));
	assert_int_equal(room_phase(b->room), PHASE_ENDED);
	assert_true(room_is_empty(b->room));
}

static void a_notary_that_is_away_ends_the_session_at_the_next_line(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	b->is_notary_away = true;
	assert_int_equal(bench_line(b, "\"event\":\"counts\""), OK);
	assert_true(bench_did(b, "ended evidence"));
	assert_int_equal(agent_comes(b, &bench_agent, sign_a), ERR_FORBIDDEN);
}

static void too_many_lines_on_their_way_end_the_session(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	for (int i = 0; i < ROOM_LINES_WAITING_MAX; i++)
		assert_int_equal(bench_line(b, "\"event\":\"counts\""), OK);
	assert_int_equal(room_phase(b->room), PHASE_LIVE);
	assert_int_equal(bench_line(b, "\"event\":\"counts\""), OK);
	assert_true(bench_did(b, "ended evidence"));
}

static void a_bad_signature_ends_the_session(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_line_signed(b, "\"event\":\"ask\",\"ask\":1,\"cap\":\"view\"", "bad");
	assert_true(bench_did(b, "ended gateway"));
	assert_false(bench_did(b, "store 1"));
}

static void a_line_that_does_not_continue_the_chain_closes_the_link_and_is_not_stored(void **state)
{
	struct bench *b = *state;
	char kept;

	bench_live(b);
	b->n += 1;
	assert_int_equal(bench_line(b, "\"event\":\"counts\""), ERR_MALFORMED);
	b->n -= 1;
	kept = b->head[10];
	b->head[10] = kept == 'a' ? 'b' : 'a';
	assert_int_equal(bench_line(b, "\"event\":\"counts\""), ERR_MALFORMED);
	b->head[10] = kept;
	assert_string_equal(b->log, "");
	assert_int_equal(bench_line(b, "\"event\":\"counts\""), OK);
	assert_string_equal(b->log, "store 1\n");
}

static void a_signed_line_against_the_rules_ends_the_session(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(bench_line(b, "\"event\":\"grant\",\"ask\":1,\"cap\":\"view\",\"grant\":1"), OK);
	assert_true(bench_did(b, "journal refused_line {\"n\":1,\"why\":\"rules\"}"));
	assert_true(bench_did(b, "ended gateway"));
	assert_false(bench_did(b, "store 1")); /* nothing that did not happen stands in the journal */
}

static void a_signed_line_of_another_form_ends_the_session(void **state)
{
	static const char *const fields[] = {
		"\"event\":\"dance\"", "\"event\":\"counts\",\"more\":1", "\"event\":\"open\"", "\"event\":\"pause\",\"why\":\"lunch\"",
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		struct bench *b;

		bench_teardown(state);
		assert_int_equal(bench_setup(state), 0);
		b = *state;
		bench_live(b);
		assert_int_equal(bench_line(b, fields[i]), OK);
		assert_true(bench_did(b, "journal refused_line {\"n\":1,\"why\":\"form\"}"));
		assert_true(bench_did(b, "ended gateway"));
		assert_false(bench_did(b, "store 1"));
	}
}

static void a_prompt_that_a_restart_found_open_may_still_be_answered(void **state)
{
	struct bench *b = *state;
	const uint32_t grant[CAP_COUNT] = { [CAP_VIEW] = 1 };

	bench_live(b);
	room_restore(b->room, sign_a, b->n, b->head, grant, 4, 1, false);
	room_restore_ask(b->room, 4, CAP_CONTROL);
	assert_int_equal(bench_line(b, "\"event\":\"grant\",\"ask\":4,\"cap\":\"control\",\"grant\":2"), OK);
	bench_stored(b, b->n - 1);
	assert_true(bench_did(b, "agent RECEIPT"));
	room_on_full(b->room);
	assert_true(bench_did(b, "ended evidence"));
}

static void a_stale_grant_is_dropped_counted_and_reported(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	bench_give(b, "control", 2, 2);
	for (int i = 0; i < 3; i++)
		assert_false(passes(b, 1));
	assert_int_equal(bench_frame(b, &bench_agent, KIND_PICTURE, 9, NULL, 40), OK);
	bench_forget(b);
	room_tick(b->room);
	assert_string_equal(b->log, "journal refused {\"agent\":1,\"viewer\":3}\nsign head\n");
	bench_forget(b);
	room_tick(b->room);
	assert_string_equal(b->log, "");
}

static void what_a_frame_must_not_be_closes_only_its_link(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_PICTURE, 0, NULL, 40), ERR_MALFORMED);
	assert_int_equal(bench_frame(b, &bench_agent, KIND_ASK, 0, "{}", 2), ERR_MALFORMED);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_ASK, 0, "{]", 2), ERR_MALFORMED);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_MOUSE, 0, NULL, 29), ERR_MALFORMED);
	assert_int_equal(bench_frame(b, b, KIND_PING, 0, "12345678", 8), ERR_FORBIDDEN);
	assert_string_equal(b->log, "");
	assert_int_equal(room_phase(b->room), PHASE_LIVE);
}

static void json_that_the_other_side_could_not_read_is_its_senders_fault(void **state)
{
	static const struct {
		uint8_t kind;
		const char *text;
	} bad[] = {
		{ KIND_ASK, "null" },
		{ KIND_ASK, "[]" },
		{ KIND_ASK, "{\"ask\":1}" },
		{ KIND_ASK, "{\"ask\":1,\"cap\":\"view\",\"x\":1}" },
		{ KIND_ASK, "{\"ask\":\"1\",\"cap\":\"view\"}" },
		{ KIND_ASK, "{\"ask\":0,\"cap\":\"view\"}" },
		{ KIND_ASK, "{\"ask\":-1,\"cap\":\"view\"}" },
		{ KIND_ASK, "{\"ask\":4294967296,\"cap\":\"view\"}" },
		{ KIND_ASK, "{\"ask\":1,\"cap\":\"dance\"}" },
		{ KIND_ASK_CANCEL, "{\"ask\":1,\"cap\":\"view\"}" },
		{ KIND_GIVE_BACK, "{}" },
		{ KIND_GIVE_BACK, "{\"cap\":\"\"}" },
		{ KIND_END, "null" },
		{ KIND_END, "{\"x\":1}" },
	};
	struct bench *b = *state;

	bench_live(b);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(bench_frame(b, &bench_viewer, bad[i].kind, 0, bad[i].text, strlen(bad[i].text)), ERR_MALFORMED);
	assert_string_equal(b->log, ""); /* nothing journaled, nothing passed on, nobody ended */
	assert_int_equal(room_phase(b->room), PHASE_LIVE);
}

static void frames_for_somebody_who_is_not_there_are_dropped(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	room_left(b->room, &bench_agent);
	bench_forget(b);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_PAIR_START, 0, NULL, 0), OK);
	assert_false(bench_did(b, "agent PAIR_START"));
	assert_int_equal(agent_comes(b, &bench_agent, sign_a), OK);
	room_left(b->room, &bench_viewer);
	bench_forget(b);
	assert_int_equal(bench_frame(b, &bench_agent, KIND_PAIR_COMMIT, 0, NULL, 32), OK);
	assert_string_equal(b->log, "");
}

static void another_agent_is_refused_and_the_same_one_takes_its_seat_back(void **state)
{
	struct bench *b = *state;
	char other;

	bench_live(b);
	assert_int_equal(agent_comes(b, &other, sign_b), ERR_FORBIDDEN);
	assert_string_equal(b->log, "");
	assert_true(room_has_link(b->room, &bench_agent));
	assert_int_equal(agent_comes(b, &other, sign_a), OK);
	assert_true(bench_did(b, "close agent busy"));
	assert_false(room_has_link(b->room, &bench_agent));
	assert_int_equal(room_phase(b->room), PHASE_PAIRING); /* keys are agreed on anew */
}

static void a_viewer_that_comes_back_is_told_all_lines_again(void **state)
{
	struct bench *b = *state;
	char again;
	int told = 0;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	assert_int_equal(bench_line(b, "\"event\":\"counts\""), OK); /* not stored: not told */
	room_left(b->room, &bench_viewer);
	assert_int_equal(room_phase(b->room), PHASE_PAIRING);
	bench_forget(b);
	assert_int_equal(room_viewer_joined(b->room, &again), OK);
	for (const char *at = b->log; (at = strstr(at, "other CONSENT\n")) != NULL; at++)
		told++;
	assert_int_equal(told, 3);
	assert_true(bench_did(b, "other SESSION"));
	assert_true(bench_did(b, "other AGENT_STATE"));
	assert_true(bench_did(b, "agent VIEWER_STATE"));
}

static void a_second_page_of_the_advisor_closes_the_first(void **state)
{
	struct bench *b = *state;
	char second;

	bench_live(b);
	assert_int_equal(room_viewer_joined(b->room, &second), OK);
	assert_true(bench_did(b, "close viewer busy"));
	assert_int_equal(room_phase(b->room), PHASE_PAIRING);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_PING, 0, "12345678", 8), ERR_FORBIDDEN);
}

static void a_lost_peer_has_sixty_seconds_to_the_millisecond(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	room_left(b->room, &bench_agent);
	b->now_ms += WIRE_RESUME_MS - 1;
	room_tick(b->room);
	assert_int_equal(room_phase(b->room), PHASE_PAIRING);
	assert_int_equal(agent_comes(b, &bench_agent, sign_a), OK); /* and the clock starts anew */
	room_left(b->room, &bench_viewer);
	b->now_ms += WIRE_RESUME_MS - 1;
	room_tick(b->room);
	assert_int_equal(room_phase(b->room), PHASE_PAIRING);
	b->now_ms += 1;
	room_tick(b->room);
	assert_true(bench_did(b, "ended lost"));
	assert_int_equal(agent_comes(b, &bench_agent, sign_a), ERR_FORBIDDEN);
}

static void a_clock_that_is_set_back_ends_nothing(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_END, 0, "{}", 2), OK);
	room_left(b->room, &bench_agent);
	b->now_ms -= 1;
	room_tick(b->room);
	assert_int_equal(room_phase(b->room), PHASE_PAIRING);
}

static void a_session_whose_customer_never_came_ends_after_half_an_hour(void **state)
{
	struct bench *b = *state;

	assert_int_equal(room_viewer_joined(b->room, &bench_viewer), OK);
	b->now_ms += ROOM_WAIT_MS - 1;
	room_tick(b->room);
	assert_int_equal(room_phase(b->room), PHASE_OPENING);
	b->now_ms += 1;
	room_tick(b->room);
	assert_true(bench_did(b, "ended lost"));
}

static void the_advisor_ends_at_once_when_there_is_no_agent(void **state)
{
	struct bench *b = *state;

	assert_int_equal(room_viewer_joined(b->room, &bench_viewer), OK);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_END, 0, "{}", 2), OK);
	assert_true(bench_did(b, "ended advisor"));
}

static void an_agent_that_does_not_answer_the_end_has_three_seconds(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_END, 0, "{}", 2), OK);
	assert_true(bench_did(b, "agent END"));
	b->now_ms += ROOM_END_MS - 1;
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_END, 0, "{}", 2), OK); /* again is not longer */
	room_tick(b->room);
	assert_int_equal(room_phase(b->room), PHASE_LIVE);
	b->now_ms += 1;
	room_tick(b->room);
	assert_true(bench_did(b, "ended advisor"));
}

static void the_end_takes_what_waits_of_the_picture_with_it_at_once(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	bench_give(b, "view", 1, 1);
	bench_forget(b);
	assert_int_equal(bench_line(b, "\"event\":\"end\",\"why\":\"customer\""), OK);
	assert_true(bench_did(b, "drop viewer")); /* before the notary has answered */
	assert_int_equal(bench_frame(b, &bench_agent, KIND_PICTURE, 1, NULL, 100), OK);
	assert_false(bench_did(b, "viewer PICTURE"));
}

static void the_end_is_told_with_its_reason_after_it_was_stored(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(bench_line(b, "\"event\":\"end\",\"why\":\"panic\""), OK);
	assert_false(bench_did(b, "ended panic"));
	bench_forget(b);
	bench_stored(b, b->n - 1);
	assert_string_equal(b->log,
		"agent RECEIPT\nviewer CONSENT\nviewer SESSION\nended panic\nclose agent ended\nclose viewer ended\n");
	room_end(b->room, "advisor");
	assert_false(bench_did(b, "ended advisor")); /* it ends once */
}

static enum err note(struct bench *b, uint32_t grant, const char *text)
{
	char payload[1200];

	snprintf(payload, sizeof(payload), "{\"text\":\"%s\"}", text);
	return bench_frame(b, &bench_viewer, KIND_NOTE, grant, payload, strlen(payload));
}

/* S24: what was agreed on the phone stands in the journal, and nowhere else. */
static void what_the_advisor_notes_goes_into_the_journal_alone(void **state)
{
	static const char *const bad[] = { "", "a\\nb", "a\\u0000b", "\x7f", "\xc2\x85", "\xe2\x80\xae", "\xe2\x81\xa6", "\xff" };
	char longest[ROOM_NOTE_MAX + 2];
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(note(b, 0, "rien"), OK); /* without the view: counted and dropped */
	assert_int_equal(note(b, 1, "rien"), OK);
	assert_string_equal(b->log, "");
	bench_give(b, "view", 1, 1);
	bench_forget(b);
	assert_int_equal(note(b, 1, "Convenu au téléphone à 14:02 : vider la corbeille"), OK);
	assert_string_equal(b->log, "journal note {\"text\":\"Convenu au téléphone à 14:02 : vider la corbeille\"}\n");
	memset(longest, 'a', sizeof(longest));
	longest[ROOM_NOTE_MAX + 1] = '\0';
	bench_forget(b);
	assert_int_equal(note(b, 1, longest), ERR_MALFORMED);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(note(b, 1, bad[i]), ERR_MALFORMED);
	assert_string_equal(b->log, "");
	longest[ROOM_NOTE_MAX] = '\0';
	assert_int_equal(note(b, 1, longest), OK);
	for (int i = 0; i < 2 * ROOM_ASKS; i++)
		assert_int_equal(note(b, 1, "x"), OK);
	bench_forget(b);
	assert_int_equal(note(b, 1, "x"), OK); /* rationed, as asks are */
	assert_string_equal(b->log, "");
}

static void asks_are_journaled_and_an_unused_code_is_shown_only_before_the_agent(void **state)
{
	struct bench *b = *state;

	assert_int_equal(room_viewer_joined(b->room, &bench_viewer), OK);
	room_tell_viewer(b->room);
	assert_non_null(strstr(b->last, "\"code\":\"123456789\""));
	bench_live(b);
	room_tell_viewer(b->room);
	assert_non_null(strstr(b->last, "\"code\":\"\""));
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_ASK, 0, "{\"ask\":1,\"cap\":\"view\"}", 22), OK);
	assert_true(bench_did(b, "journal asked {\"ask\":1,\"cap\":\"view\"}"));
	assert_true(bench_did(b, "agent ASK"));
}

static void a_restored_room_goes_on_with_its_chain_and_its_grants(void **state)
{
	const uint32_t grant[CAP_COUNT] = { [CAP_VIEW] = 4 };
	struct bench *b = *state;
	char head[65];

	memset(head, 'a', 64);
	head[64] = '\0';
	room_restore(b->room, sign_a, 12, head, grant, 5, 4, false);
	assert_int_equal(agent_comes(b, &bench_agent, sign_b), ERR_FORBIDDEN);
	assert_int_equal(agent_comes(b, &bench_agent, sign_a), OK);
	b->n = 12;
	memcpy(b->head, head, 65);
	assert_int_equal(bench_line(b, "\"event\":\"ask\",\"ask\":6,\"cap\":\"control\""), OK);
	bench_stored(b, 12);
	assert_true(bench_did(b, "agent RECEIPT"));
	b->now_ms += WIRE_RESUME_MS; /* no viewer since the restart */
	room_tick(b->room);
	assert_true(bench_did(b, "ended lost"));
}

/* Up to the first frame of an agent. */
static void begin(struct bench *b)
{
	assert_int_equal(room_viewer_joined(b->room, &bench_viewer), OK);
	assert_int_equal(agent_comes(b, &bench_agent, sign_a), OK);
	bench_forget(b);
}

static void the_wrapped_key_is_stored_before_the_line_that_names_it(void **state)
{
	struct bench *b = *state;

	begin(b);
	assert_int_equal(bench_key(b, BENCH_KEY_HEX), OK);
	assert_int_equal(bench_open(b), OK);
	assert_string_equal(b->log, "key 768\nstore 0\n");
	bench_stored(b, 0);
	room_on_key(b->room, true);
	bench_forget(b);
	assert_int_equal(bench_key(b, BENCH_KEY_HEX), OK); /* sent again after a loss */
	assert_string_equal(b->log, "");
	assert_int_equal(bench_key(b, 2), ERR_MALFORMED);
	assert_int_equal(bench_key(b, BENCH_KEY_HEX - 1), ERR_MALFORMED);
	assert_int_equal(bench_key(b, 1026), ERR_MALFORMED);
}

static void a_key_that_is_refused_ends_the_session(void **state)
{
	struct bench *b = *state;

	begin(b);
	assert_int_equal(bench_key(b, BENCH_KEY_HEX), OK);
	room_on_key(b->room, false);
	assert_true(bench_did(b, "ended evidence"));
	assert_true(bench_did(b, "close agent evidence"));
}

static void line_0_without_its_key_ends_the_session(void **state)
{
	struct bench *b = *state;

	begin(b);
	assert_int_equal(bench_open(b), OK);
	assert_true(bench_did(b, "ended evidence"));
	assert_false(bench_did(b, "store 0"));
}

static void line_0_with_another_key_ends_the_session(void **state)
{
	struct bench *b = *state;

	begin(b);
	assert_int_equal(bench_key(b, 1024), OK);
	assert_int_equal(bench_open(b), OK);
	assert_true(bench_did(b, "ended evidence"));
	assert_false(bench_did(b, "store 0"));
}

static void a_key_that_the_notary_cannot_take_ends_the_session(void **state)
{
	struct bench *b = *state;

	begin(b);
	b->is_notary_away = true;
	assert_int_equal(bench_key(b, BENCH_KEY_HEX), OK);
	assert_true(bench_did(b, "ended evidence"));
}

/* Ticks once a second; how many heads were asked for. */
static unsigned heads_in(struct bench *b, unsigned seconds, bool is_answered)
{
	unsigned count = 0;

	for (unsigned i = 0; i < seconds; i++) {
		b->now_ms += 1000;
		bench_forget(b);
		room_tick(b->room);
		if (b->chunk.n)
			room_on_chunk(b->room, b->chunk.n, true);
		b->chunk.n = 0;
		count += bench_did(b, "sign head");
		if (is_answered && bench_did(b, "sign head")) {
			room_on_head(b->room, "text", "sig");
			assert_true(bench_did(b, "agent HEAD"));
			assert_string_equal(b->last, "{\"text\":\"text\",\"sig\":\"sig\"}");
		}
	}
	return count;
}

static void a_head_is_signed_every_five_seconds_while_the_view_is_granted(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(heads_in(b, 60, true), 1); /* of the lines so far; then nothing is new */
	assert_int_equal(bench_line(b, "\"event\":\"head\""), OK);
	bench_stored(b, b->n - 1);
	assert_int_equal(heads_in(b, 60, true), 0); /* a head makes no news of its own */
	bench_give(b, "view", 1, 1);
	assert_int_equal(heads_in(b, 60, true), 12);
	b->now_ms -= 3600000; /* the clock is set back */
	assert_int_equal(heads_in(b, 60, true), 12);
	assert_int_equal(heads_in(b, 60, false), 1); /* one question at a time */
	room_on_head(b->room, NULL, NULL);
	assert_int_equal(heads_in(b, 1, false), 1); /* nothing new: asked again soon */
	room_on_head(b->room, NULL, NULL);
	room_left(b->room, &bench_agent);
	assert_int_equal(heads_in(b, 30, true), 0); /* nobody to tell */
}

static void a_pause_passes_only_under_the_view(void **state)
{
	struct bench *b = *state;

	bench_live(b);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_RECORD_PAUSE, 0, "{\"why\":\"card\"}", 14), OK);
	assert_false(bench_did(b, "agent RECORD_PAUSE"));
	bench_give(b, "view", 1, 1);
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_RECORD_PAUSE, 1, "{\"why\":\"card\"}", 14), OK);
	assert_true(bench_did(b, "agent RECORD_PAUSE"));
	assert_int_equal(bench_frame(b, &bench_viewer, KIND_RECORD_RESUME, 0, "{}", 2), OK);
	assert_true(bench_did(b, "agent RECORD_RESUME"));
	assert_int_equal(bench_frame(b, &bench_agent, KIND_RECORD_PAUSE, 1, "{\"why\":\"card\"}", 14), ERR_MALFORMED);
	assert_int_equal(bench_line(b, "\"event\":\"pause\",\"who\":\"advisor\",\"why\":\"card\""), OK);
	bench_forget(b);
	bench_stored(b, b->n - 1);
	assert_true(bench_did(b, "viewer CONSENT"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_grant_opens_only_after_it_was_stored),
		TEST(a_revocation_closes_before_it_is_stored),
		TEST(a_grant_that_was_taken_back_before_it_was_stored_never_opens),
		TEST(an_end_behind_lines_that_are_not_stored_yet_keeps_its_reason),
		TEST(the_bank_is_told_of_a_doubt_once_it_is_stored),
		TEST(without_evidence_the_session_ends),
		TEST(a_notary_that_is_away_ends_the_session_at_the_next_line),
		TEST(too_many_lines_on_their_way_end_the_session),
		TEST(a_bad_signature_ends_the_session),
		TEST(a_line_that_does_not_continue_the_chain_closes_the_link_and_is_not_stored),
		TEST(a_signed_line_against_the_rules_ends_the_session),
		TEST(a_signed_line_of_another_form_ends_the_session),
		TEST(a_prompt_that_a_restart_found_open_may_still_be_answered),
		TEST(a_stale_grant_is_dropped_counted_and_reported),
		TEST(what_a_frame_must_not_be_closes_only_its_link),
		TEST(json_that_the_other_side_could_not_read_is_its_senders_fault),
		TEST(frames_for_somebody_who_is_not_there_are_dropped),
		TEST(another_agent_is_refused_and_the_same_one_takes_its_seat_back),
		TEST(a_viewer_that_comes_back_is_told_all_lines_again),
		TEST(a_second_page_of_the_advisor_closes_the_first),
		TEST(a_lost_peer_has_sixty_seconds_to_the_millisecond),
		TEST(a_clock_that_is_set_back_ends_nothing),
		TEST(a_session_whose_customer_never_came_ends_after_half_an_hour),
		TEST(the_advisor_ends_at_once_when_there_is_no_agent),
		TEST(an_agent_that_does_not_answer_the_end_has_three_seconds),
		TEST(the_end_takes_what_waits_of_the_picture_with_it_at_once),
		TEST(the_end_is_told_with_its_reason_after_it_was_stored),
		TEST(what_the_advisor_notes_goes_into_the_journal_alone),
		TEST(asks_are_journaled_and_an_unused_code_is_shown_only_before_the_agent),
		TEST(a_restored_room_goes_on_with_its_chain_and_its_grants),
		TEST(the_wrapped_key_is_stored_before_the_line_that_names_it),
		TEST(a_key_that_is_refused_ends_the_session),
		TEST(line_0_without_its_key_ends_the_session),
		TEST(line_0_with_another_key_ends_the_session),
		TEST(a_key_that_the_notary_cannot_take_ends_the_session),
		TEST(a_head_is_signed_every_five_seconds_while_the_view_is_granted),
		TEST(a_pause_passes_only_under_the_view),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
