#include "journal_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent_line.h"
#include "gateway/notary/digest.h"

static void consent_line(char *out, size_t room, int n, const char *prev, const char *rest)
{
	char *line = agent_line(session, (unsigned)n, prev, rest, "");

	snprintf(out, room, "%s", line);
	free(line);
}

/* Its ceiling is what the line `session` says. */
static void begin(struct journals *js)
{
	struct journal_receipt r;
	cJSON *data = cJSON_Parse("{\"ceiling\":[\"view\",\"point\",\"control\"]}");

	assert_int_equal(journals_append(js, session, "session", data, &r), OK);
	cJSON_Delete(data);
}

static enum err append_consent(struct journals *js, const char *line, struct journal_receipt *r)
{
	struct journal *j;

	assert_int_equal(journals_get(js, session, true, &j), OK);
	return journal_append_consent(j, line, "00", r);
}

static const struct consent_chain *chain_of(struct journals *js)
{
	struct journal *j;

	assert_int_equal(journals_get(js, session, true, &j), OK);
	return journal_consent(j);
}

static void consent_lines_form_their_own_chain_and_add_up(void **state)
{
	static const struct {
		const char *rest;
		uint32_t view, point, control;
	} steps[] = {
		{ "\"event\":\"open\"", 0, 0, 0 },
		{ "\"ask\":1,\"cap\":\"view\",\"event\":\"ask\"", 0, 0, 0 },
		{ "\"ask\":1,\"cap\":\"view\",\"event\":\"grant\",\"grant\":1", 1, 0, 0 },
		{ "\"ask\":2,\"cap\":\"control\",\"event\":\"ask\"", 1, 0, 0 },
		{ "\"ask\":2,\"cap\":\"control\",\"event\":\"grant\",\"grant\":2", 1, 0, 2 },
		{ "\"cap\":\"control\",\"event\":\"suspend\",\"grant\":2", 1, 0, 0 },
		{ "\"ask\":3,\"cap\":\"point\",\"event\":\"ask\"", 1, 0, 0 },
		{ "\"ask\":3,\"cap\":\"point\",\"event\":\"grant\",\"grant\":3", 1, 3, 0 },
		{ "\"cap\":\"view\",\"event\":\"limit\",\"grant\":1", 0, 0, 0 },
		{ "\"ask\":4,\"cap\":\"view\",\"event\":\"ask\"", 0, 0, 0 },
		{ "\"ask\":4,\"cap\":\"view\",\"event\":\"grant\",\"grant\":4", 4, 0, 0 },
		{ "\"event\":\"end\",\"why\":\"customer\"", 0, 0, 0 },
	};
	struct journals *js = journals_of(&journal_io_posix, 3);
	struct journal_receipt r = { 0 };
	char line[1024], prev[DIGEST_HEX + 1];

	(void)state;
	begin(js);
	memcpy(prev, digest_zeros, sizeof(prev));
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		consent_line(line, sizeof(line), (int)i, prev, steps[i].rest);
		assert_int_equal(append_consent(js, line, &r), OK);
		assert_int_equal(r.n, i);
		assert_int_equal(append_consent(js, line, &r), OK); /* sent again: the same receipt, stored once */
		assert_int_equal(r.n, i);
		memcpy(prev, r.hash, sizeof(prev));
		if (i % 2) { /* the same after a restart */
			journals_free(js);
			js = journals_of(&journal_io_posix, 3);
		}
		assert_int_equal(consent_grant_of(&chain_of(js)->state, CAP_VIEW), steps[i].view);
		assert_int_equal(consent_grant_of(&chain_of(js)->state, CAP_POINT), steps[i].point);
		assert_int_equal(consent_grant_of(&chain_of(js)->state, CAP_CONTROL), steps[i].control);
		assert_string_equal(chain_of(js)->head, prev);
	}
	assert_true(chain_of(js)->state.is_ended);
	assert_int_equal(chain_of(js)->state.last_grant, 4);
	journals_free(js);
	assert_int_equal(count_lines(), 1 + sizeof(steps) / sizeof(*steps));
}

static void a_consent_line_that_is_not_the_next_is_refused(void **state)
{
	struct journals *js = journals_of(&journal_io_posix, 3);
	struct journal_receipt r;
	char line[1024], other[DIGEST_HEX + 1];

	(void)state;
	memset(other, 'a', DIGEST_HEX);
	other[DIGEST_HEX] = '\0';
	consent_line(line, sizeof(line), 1, digest_zeros, "\"event\":\"counts\"");
	assert_int_equal(append_consent(js, line, &r), ERR_FORBIDDEN);
	consent_line(line, sizeof(line), 0, other, "\"event\":\"open\"");
	assert_int_equal(append_consent(js, line, &r), ERR_FORBIDDEN);
	consent_line(line, sizeof(line), 0, digest_zeros, "\"event\":\"open\"");
	memset(strstr(line, session), 'b', 32);
	assert_int_equal(append_consent(js, line, &r), ERR_FORBIDDEN);
	consent_line(line, sizeof(line), 0, digest_zeros, "\"event\":\"dance\"");
	assert_int_equal(append_consent(js, line, &r), ERR_MALFORMED);
	consent_line(line, sizeof(line), 0, digest_zeros, "\"event\":\"grant\",\"cap\":\"all\",\"grant\":1");
	assert_int_equal(append_consent(js, line, &r), ERR_MALFORMED);
	consent_line(line, sizeof(line), 0, digest_zeros, "\"event\":\"open\",\"more\":1");
	assert_int_equal(append_consent(js, line, &r), ERR_MALFORMED);
	assert_int_equal(append_consent(js, "{}", &r), ERR_MALFORMED);
	assert_int_equal(append_consent(js, "", &r), ERR_MALFORMED);
	journals_free(js);
	assert_int_equal(count_lines(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, journal_setup, journal_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(consent_lines_form_their_own_chain_and_add_up),
		TEST(a_consent_line_that_is_not_the_next_is_refused),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("journal_consent", tests, NULL, NULL);
}
