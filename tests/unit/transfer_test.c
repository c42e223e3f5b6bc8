/* The steps of a file through the gateway (PROTOCOL 10), without a disk, a scanner or a link. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/bytes.h"
#include "gateway/core/transfer.h"

enum { SIZE = 200000 };

struct bench {
	struct transfer *t;
	struct transfer_file file;
	uint64_t now_ms;
	const char *open_answer;
	char log[4096];       /* states, journal, spool */
	uint32_t at, until;   /* of the last FILE_GO */
	uint32_t reads, read_at, data_at;
	size_t read_len, data_len, written, received;
	bool is_checking, is_open;
};

static void note(struct bench *b, const char *what, const char *more)
{
	size_t n = strlen(b->log);

	snprintf(b->log + n, sizeof(b->log) - n, "%s%s ", what, more);
}

static void on_send(void *arg, enum side to, uint8_t kind, const void *payload, size_t len)
{
	struct bench *b = arg;
	char text[256] = "", word[64];
	const char *state;

	if (kind == KIND_FILE_GO) {
		b->at = get_u32((const uint8_t *)payload + 4);
		b->until = get_u32((const uint8_t *)payload + 8);
	} else if (kind == KIND_FILE_DATA) {
		b->data_at = get_u32((const uint8_t *)payload + 4);
		b->data_len = len - 8;
		b->received += b->data_len;
	} else if (kind == KIND_FILE_STATE && to == SIDE_AGENT) {
		memcpy(text, payload, len);
		state = strstr(text, "\"state\":\"") + 9;
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(state, "\""), state);
		if (!strstr(b->log, word) || strcmp(word, "failed") == 0 || strcmp(word, "done") == 0)
			note(b, word, "");
		state = strstr(text, "\"why\":\"") + 7;
		if (*state != '"')
			note(b, "=", (snprintf(word, sizeof(word), "%.*s", (int)strcspn(state, "\""), state), word));
	}
}

static void on_journal(void *arg, const struct transfer_file *f, enum transfer_way way, const char *what, const char *why)
{
	(void)f;
	(void)way;
	note(arg, "J:", what);
	note(arg, why, "");
}

static const char *on_open(void *arg, enum transfer_way way, const struct transfer_file *f)
{
	struct bench *b = arg;

	(void)way;
	(void)f;
	b->is_open = !b->open_answer;
	return b->open_answer;
}

static void on_write(void *arg, enum transfer_way way, uint32_t id, uint32_t at, const uint8_t *bytes, size_t len)
{
	struct bench *b = arg;

	(void)way;
	(void)id;
	(void)bytes;
	assert_int_equal(at, b->written);
	b->written += len;
}

static void on_read(void *arg, enum transfer_way way, uint32_t id, uint32_t at, size_t len)
{
	struct bench *b = arg;

	(void)way;
	(void)id;
	b->reads++;
	b->read_at = at;
	b->read_len = len;
}

static void on_check(void *arg, enum transfer_way way, const struct transfer_file *f)
{
	struct bench *b = arg;

	(void)way;
	(void)f;
	b->is_checking = true;
}

static void on_drop(void *arg, enum transfer_way way, uint32_t id)
{
	struct bench *b = arg;

	(void)way;
	(void)id;
	b->is_open = false;
	note(b, "drop", "");
}

static uint64_t on_now(void *arg)
{
	return ((struct bench *)arg)->now_ms;
}

static const struct transfer_out out = { on_send, on_journal, on_open, on_write, on_read, on_check, on_drop, on_now };

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->now_ms = 1000000;
	b->file = (struct transfer_file){ 1, "a.pdf", SIZE, "00" };
	b->t = transfer_new(WAY_DOWN, &out, b);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	transfer_free(b->t);
	free(b);
	return 0;
}

static const uint8_t zeros[TRANSFER_CHUNK];

/* Sends all that may be sent; the disk answers at once. */
static void fill(struct bench *b, uint32_t to)
{
	uint32_t at = b->at;

	while (at < to) {
		uint32_t end = b->until < to ? b->until : to, len = end - at < TRANSFER_CHUNK ? end - at : TRANSFER_CHUNK;

		assert_true(len > 0);
		assert_int_equal(transfer_put(b->t, 1, at, zeros, len), OK);
		at += len;
		transfer_on_written(b->t, 1, len, NULL);
	}
}

static void begin(struct bench *b)
{
	transfer_ask(b->t, &b->file);
	transfer_accept(b->t, &b->file, NULL);
}

/* The receiver takes what comes. */
static void empty(struct bench *b)
{
	uint32_t have = 0;

	assert_int_equal(transfer_taken(b->t, 1, 0), OK);
	while (have < SIZE) {
		transfer_on_read(b->t, 1, b->read_at, zeros, b->read_len);
		assert_int_equal(b->data_at, have);
		have += (uint32_t)b->data_len;
		assert_int_equal(transfer_taken(b->t, 1, have), OK);
	}
}

static void a_file_goes_from_side_to_side(void **state)
{
	struct bench *b = *state;

	begin(b);
	fill(b, SIZE);
	assert_true(b->is_checking);
	assert_int_equal(b->reads, 0); /* nothing leaves before the scanner has spoken */
	transfer_on_checked(b->t, 1, NULL);
	empty(b);
	assert_string_equal(b->log, "filling checking J:clean  moving done J:done  drop ");
	assert_false(transfer_is_busy(b->t));
	assert_int_equal(b->received, SIZE);
}

static void nothing_is_taken_before_the_click_or_without_room(void **state)
{
	struct bench *b = *state;

	assert_int_equal(transfer_put(b->t, 1, 0, zeros, 10), OK);
	transfer_ask(b->t, &b->file);
	assert_int_equal(transfer_put(b->t, 1, 0, zeros, 10), OK);
	assert_int_equal(b->written, 0);
	b->open_answer = "full";
	transfer_accept(b->t, &b->file, NULL);
	assert_string_equal(b->log, "failed =full J:failed full drop ");
	assert_false(transfer_is_busy(b->t));
}

static void another_file_than_was_offered_is_refused(void **state)
{
	struct bench *b = *state;
	struct transfer_file other = b->file;

	other.size--;
	transfer_ask(b->t, &b->file);
	transfer_accept(b->t, &other, NULL);
	assert_non_null(strstr(b->log, "=changed"));
	transfer_ask(b->t, &b->file);
	transfer_refuse(b->t, 2);
	assert_true(transfer_is_busy(b->t));
	transfer_refuse(b->t, 1);
	assert_false(transfer_is_busy(b->t));
}

static void more_than_the_window_closes_the_link(void **state)
{
	struct bench *b = *state;

	begin(b);
	assert_int_equal(b->until, TRANSFER_WINDOW);
	assert_int_equal(transfer_put(b->t, 1, 1, zeros, 1), ERR_MALFORMED);
	assert_int_equal(transfer_put(b->t, 1, 0, zeros, 0), ERR_MALFORMED);
	for (uint32_t at = 0; at + TRANSFER_CHUNK <= TRANSFER_WINDOW; at += TRANSFER_CHUNK)
		assert_int_equal(transfer_put(b->t, 1, at, zeros, TRANSFER_CHUNK), OK);
	assert_int_equal(transfer_put(b->t, 1, (uint32_t)b->written, zeros, TRANSFER_CHUNK), ERR_MALFORMED);
	assert_int_equal(b->until, TRANSFER_WINDOW); /* the disk has not answered */
}

static void every_refusal_empties_the_spool_once(void **state)
{
	static const char *const words[] = { "infected", "scanner", "late", "type", "hash", "size" };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char wanted[128];

		b->log[0] = '\0';
		b->written = 0;
		begin(b);
		fill(b, SIZE);
		transfer_on_checked(b->t, 1, words[i]);
		transfer_on_checked(b->t, 1, NULL); /* late answers of the world */
		transfer_stop(b->t, 1, "advisor");
		snprintf(wanted, sizeof(wanted), "filling checking failed =%s J:failed %s drop ", words[i], words[i]);
		assert_string_equal(b->log, wanted);
		assert_false(b->is_open);
	}
	begin(b);
	transfer_on_written(b->t, 1, 0, "full");
	assert_false(b->is_open);
}

static void a_sender_that_returns_goes_on_from_what_is_here(void **state)
{
	struct bench *b = *state;

	begin(b);
	fill(b, 50000);
	transfer_joined(b->t, SIDE_VIEWER);
	assert_int_equal(b->at, 50000);
	assert_int_equal(transfer_put(b->t, 1, 40000, zeros, 5000), OK); /* known: nothing */
	assert_int_equal(b->written, 50000);
	assert_int_equal(transfer_put(b->t, 1, 49000, zeros, 2000), OK); /* half of it is new */
	assert_int_equal(b->written, 51000);
}

static void a_receiver_that_returns_says_where_it_is(void **state)
{
	struct bench *b = *state;

	begin(b);
	fill(b, SIZE);
	transfer_on_checked(b->t, 1, NULL);
	assert_int_equal(transfer_taken(b->t, 1, 0), OK);
	transfer_on_read(b->t, 1, 0, zeros, TRANSFER_CHUNK);
	assert_int_equal(transfer_taken(b->t, 1, 2 * TRANSFER_CHUNK), ERR_MALFORMED); /* more than was sent */
	transfer_joined(b->t, SIDE_AGENT);
	transfer_on_read(b->t, 1, b->read_at, zeros, TRANSFER_CHUNK); /* of before the cut: dropped */
	assert_int_equal(b->received, TRANSFER_CHUNK);
	assert_int_equal(transfer_taken(b->t, 1, 5000), OK);
	assert_int_equal(b->read_at, 5000);
	assert_int_equal(transfer_taken(b->t, 1, SIZE + 1), ERR_MALFORMED);
}

static void what_stands_still_ends(void **state)
{
	struct bench *b = *state;

	begin(b);
	b->now_ms += TRANSFER_STALL_MS - 1;
	transfer_tick(b->t);
	assert_true(transfer_is_busy(b->t));
	b->now_ms++;
	transfer_tick(b->t);
	assert_non_null(strstr(b->log, "=stalled"));
	transfer_ask(b->t, &b->file);
	b->now_ms += TRANSFER_ASK_MS;
	transfer_tick(b->t);
	assert_false(transfer_is_busy(b->t));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_goes_from_side_to_side, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_taken_before_the_click_or_without_room, setup, teardown),
		cmocka_unit_test_setup_teardown(another_file_than_was_offered_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(more_than_the_window_closes_the_link, setup, teardown),
		cmocka_unit_test_setup_teardown(every_refusal_empties_the_spool_once, setup, teardown),
		cmocka_unit_test_setup_teardown(a_sender_that_returns_goes_on_from_what_is_here, setup, teardown),
		cmocka_unit_test_setup_teardown(a_receiver_that_returns_says_where_it_is, setup, teardown),
		cmocka_unit_test_setup_teardown(what_stands_still_ends, setup, teardown),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
