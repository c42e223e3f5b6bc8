#include "notary_after_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every operation that there is, and who may send it, with which roles: 0 is nobody. */
enum { L = CALLER_LIVE, C = CALLER_CTL, O = CALLER_OFFICE };

static const struct row {
	const char *op;
	unsigned callers;
	const char *roles; /* of an officer who sends it: c compliance, o operator, - needs none */
} matrix[] = {
	{ "advisor_add", C, "-" }, { "login", L, "-" }, { "login_get", L, "-" }, { "login_end", L, "-" },
	{ "acceptance_add", L, "-" }, { "acceptance_get", L, "-" }, { "session_new", L, "-" },
	{ "session_get", L, "-" }, { "session_list", L, "-" }, { "session_open_list", L, "-" },
	{ "session_agent", L, "-" }, { "session_end", L, "-" }, { "code_new", L, "-" }, { "code_use", L, "-" },
	{ "link_new", L, "-" }, { "ticket_new", L, "-" }, { "ticket_use", L, "-" }, { "journal_append", L, "-" },
	{ "consent_append", L, "-" }, { "terms_put", L, "-" }, { "session_key", L, "-" }, { "chunk_add", L, "-" },
	{ "head_sign", L, "-" },
	{ "account_set", C, "-" }, { "account_list", C, "-" }, { "officer_add", C, "-" },
	{ "officer_login", O, "-" }, { "officer_get", O, "-" }, { "officer_end", O, "-" }, { "stats", O, "-" },
	{ "evidence_search", O | C, "c" }, { "evidence_begin", O | C, "c" }, { "evidence_open", O | C, "c" },
	{ "evidence_inclusion", O | C, "c" }, { "rectify", O | C, "c" }, { "hold", O | C, "c" },
	{ "erase_ask", O | C, "c" }, { "erase_confirm", O | C, "c" }, { "retention_run", O | C, "co" },
	{ "seats", O | C, "co" },
};

static const struct row *row_of(const char *op)
{
	for (size_t i = 0; i < sizeof(matrix) / sizeof(*matrix); i++)
		if (strcmp(matrix[i].op, op) == 0)
			return &matrix[i];
	fail_msg("%s is not in the matrix", op);
	return NULL;
}

static const char *const operations[] = {
#define REQUEST(name, callers, fields) #name,
#include "gateway/ipc/requests.def"
#undef REQUEST
};

static void every_operation_is_for_its_callers_only(void **state)
{
	static const enum caller callers[] = { CALLER_LIVE, CALLER_CTL, CALLER_OFFICE };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
		for (size_t c = 0; c < 3; c++) {
			bool is_allowed = row_of(operations[i])->callers & callers[c];
			const char *word = ask_as(b, callers[c], operations[i], "\"nonsense\":1");
			assert_string_equal(word, is_allowed ? "malformed" : "forbidden");
		}
}

/* Fields that are good for any operation with a `who`. */
static const char *fields_of(const char *op)
{
	static const char *const fields[][2] = {
		{ "evidence_begin", "\"session\":\"%s\",\"how\":\"page\"" },
		{ "evidence_open", "\"session\":\"%s\",\"name\":\"seal.json\"" },
		{ "evidence_inclusion", "\"session\":\"%s\"" }, { "rectify", "\"session\":\"%s\",\"text\":\"x\"" },
		{ "hold", "\"session\":\"%s\",\"on\":1,\"ground\":\"x\"" },
		{ "erase_ask", "\"session\":\"%s\",\"ground\":\"x\"" }, { "erase_confirm", "\"session\":\"%s\"" },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (strcmp(fields[i][0], op) == 0)
			return fields[i][1];
	return "";
}

static const char *try_role(struct bench *b, const char *op, enum caller from, const char *who, const char *session)
{
	char more[256], text[512];

	snprintf(more, sizeof(more), "%s", fields_of(op));
	if (strstr(more, "%s")) {
		char *at = strstr(more, "%s");
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - more), more, session, at + 2);
		return ask_for(b, from, who, op, "%s", text);
	}
	return ask_for(b, from, who, op, "%s", more);
}

static bool is_let_in(const char *word)
{
	static const char *const shut[] = { "role", "login", "forbidden", "malformed" };

	for (size_t i = 0; i < sizeof(shut) / sizeof(*shut); i++)
		if (strcmp(word, shut[i]) == 0)
			return false;
	return true;
}

static void every_operation_is_for_its_roles_only(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door d;
	char advisor[65], gone[65];

	add_officers(b, &o);
	sealed_session(b, &d);
	assert_ok(ask(b, "login", "\"name\":\"claire\",\"password\":\"correct horse\",\"source\":\"s\""));
	keep(b, "login", advisor, sizeof(advisor));
	memset(gone, 'a', 64);
	gone[64] = '\0';
	for (size_t i = 0; i < sizeof(matrix) / sizeof(*matrix); i++) {
		const struct row *m = &matrix[i];

		if (m->roles[0] == '-')
			continue;
		assert_string_equal(try_role(b, m->op, CALLER_OFFICE, advisor, d.session), "login");
		assert_string_equal(try_role(b, m->op, CALLER_OFFICE, gone, d.session), "login");
		assert_string_equal(try_role(b, m->op, CALLER_OFFICE, "anne", d.session), "login");
		assert_string_equal(try_role(b, m->op, CALLER_OFFICE, "", d.session), "login");
		assert_string_equal(try_role(b, m->op, CALLER_CTL, "", d.session), "malformed");
		assert_string_equal(try_role(b, m->op, CALLER_CTL, "ctl:root", d.session), "malformed");
		assert_string_equal(try_role(b, m->op, CALLER_CTL, o.anne, d.session), "malformed");
		assert_string_equal(try_role(b, m->op, CALLER_LIVE, o.anne, d.session), "forbidden");
		if (!strchr(m->roles, 'o'))
			assert_string_equal(try_role(b, m->op, CALLER_OFFICE, o.omar, d.session), "role");
		else
			assert_true(is_let_in(try_role(b, m->op, CALLER_OFFICE, o.omar, d.session)));
		assert_true(is_let_in(try_role(b, m->op, CALLER_OFFICE, o.anne, d.session)));
		assert_true(is_let_in(try_role(b, m->op, CALLER_CTL, "root", d.session)));
	}
}

static void advisors_and_officers_do_not_come_in_by_each_others_door(void **state)
{
	struct bench *b = *state;
	struct officers o;

	add_officers(b, &o);
	assert_string_equal(ask(b, "login_get", "\"login\":\"%s\"", o.anne), "login");
	assert_string_equal(ask(b, "login", "\"name\":\"anne\",\"password\":\"long enough\",\"source\":\"s\""), "refused");
	assert_string_equal(ask_as(b, CALLER_OFFICE, "officer_login",
		"\"name\":\"claire\",\"password\":\"correct horse\",\"source\":\"s\""), "refused");
	assert_string_equal(ask(b, "session_new", "\"advisor\":\"anne\",\"purpose\":\"p\",\"purpose_label\":\"P\","
		"\"ceiling\":[\"view\"]"), "advisor");
	assert_string_equal(ask_as(b, CALLER_CTL, "officer_add",
		"\"name\":\"x\",\"display\":\"X\",\"role\":\"advisor\",\"password\":\"long enough\""), "role");
	assert_string_equal(ask_as(b, CALLER_CTL, "officer_add",
		"\"name\":\"anne\",\"display\":\"X\",\"role\":\"operator\",\"password\":\"long enough\""), "exists");
}

static void a_disabled_account_is_out_at_once(void **state)
{
	struct bench *b = *state;
	struct officers o;
	char advisor[65];

	add_officers(b, &o);
	assert_ok(ask(b, "login", "\"name\":\"claire\",\"password\":\"correct horse\",\"source\":\"s\""));
	keep(b, "login", advisor, sizeof(advisor));
	assert_string_equal(ask_as(b, CALLER_CTL, "account_set", "\"kind\":\"officer\",\"name\":\"claire\",\"on\":0"), "unknown");
	assert_string_equal(ask_as(b, CALLER_CTL, "account_set", "\"kind\":\"x\",\"name\":\"anne\",\"on\":0"), "malformed");
	assert_string_equal(ask_as(b, CALLER_CTL, "account_set", "\"kind\":\"officer\",\"name\":\"anne\",\"on\":2"), "malformed");
	assert_ok(ask(b, "login_get", "\"login\":\"%s\"", advisor));
	assert_ok(ask_as(b, CALLER_CTL, "account_set", "\"kind\":\"advisor\",\"name\":\"claire\",\"on\":0"));
	assert_ok(ask_as(b, CALLER_CTL, "account_set", "\"kind\":\"officer\",\"name\":\"anne\",\"on\":0"));
	assert_string_equal(ask(b, "login_get", "\"login\":\"%s\"", advisor), "login");
	assert_string_equal(ask_for(b, CALLER_OFFICE, o.anne, "seats", "%s", ""), "login");
	assert_ok(ask_for(b, CALLER_OFFICE, o.paul, "seats", "%s", ""));
	assert_string_equal(ask(b, "login", "\"name\":\"claire\",\"password\":\"correct horse\",\"source\":\"s\""), "refused");
	assert_ok(ask_as(b, CALLER_CTL, "account_list", "\"kind\":\"officer\",\"after\":\"\""));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(b->last, "accounts")), 3);
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(
		cJSON_GetArrayItem(cJSON_GetObjectItem(b->last, "accounts"), 0), "disabled")));
	assert_ok(ask_as(b, CALLER_CTL, "account_set", "\"kind\":\"advisor\",\"name\":\"claire\",\"on\":1"));
	assert_string_equal(ask(b, "login_get", "\"login\":\"%s\"", advisor), "login");
	assert_ok(ask(b, "login", "\"name\":\"claire\",\"password\":\"correct horse\",\"source\":\"s\""));
}

static void wrong_passwords_close_the_officers_door_and_not_the_advisors(void **state)
{
	struct bench *b = *state;
	struct officers o;

	add_officers(b, &o);
	for (int i = 0; i < LOGIN_TRIES_MAX; i++)
		assert_string_equal(ask_as(b, CALLER_OFFICE, "officer_login",
			"\"name\":\"claire\",\"password\":\"wrong\",\"source\":\"t\""), "refused");
	assert_string_equal(ask_as(b, CALLER_OFFICE, "officer_login",
		"\"name\":\"anne\",\"password\":\"long enough\",\"source\":\"t\""), "throttled");
	assert_ok(ask(b, "login", "\"name\":\"claire\",\"password\":\"correct horse\",\"source\":\"t\""));
}

static const char *open_name(struct bench *b, const char *who, const char *session, const char *name)
{
	return ask_of(b, who, "evidence_open", session, "\"name\":\"%s\"", name);
}

static void nothing_is_handed_out_before_its_line_is_durable(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door d;
	char events[200];

	add_officers(b, &o);
	sealed_session(b, &d);
	assert_string_equal(open_name(b, o.anne, d.session, "journal.jsonl"), "begin");
	assert_ok(ask_of(b, o.anne, "evidence_begin", d.session, "\"how\":\"replay\""));
	events_of(b, d.session, events, sizeof(events));
	assert_string_equal(events, "accessed");
	assert_int_equal(number(b, "chunks"), 1);
	assert_ok(open_name(b, o.anne, d.session, "chunks/000001"));
	assert_true(b->last_fd > 0);
	assert_string_equal(open_name(b, o.paul, d.session, "chunks/000001"), "begin"); /* another person */
	b->is_disk_full = true;
	assert_string_equal(ask_of(b, o.paul, "evidence_begin", d.session, "\"how\":\"bank\""), "evidence");
	assert_string_equal(open_name(b, o.paul, d.session, "journal.jsonl"), "begin");
	assert_ok(open_name(b, o.anne, d.session, "journal.jsonl")); /* hers was written */
	b->is_disk_full = false;
	restart(b);
	assert_string_equal(open_name(b, o.anne, d.session, "journal.jsonl"), "begin");
	assert_ok(ask_of(b, o.paul, "evidence_begin", d.session, "\"how\":\"bank\""));
	events_of(b, d.session, events, sizeof(events));
	assert_string_equal(events, "accessed exported");
}

static void an_opening_lasts_a_quarter_of_an_hour(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door d;

	add_officers(b, &o);
	sealed_session(b, &d);
	assert_ok(ask_of(b, o.anne, "evidence_begin", d.session, "\"how\":\"bank\""));
	b->now_ms += OPENING_MS - 1;
	assert_ok(open_name(b, o.anne, d.session, "journal.jsonl"));
	b->now_ms++;
	assert_string_equal(open_name(b, o.anne, d.session, "journal.jsonl"), "begin");
}

static void the_sessions_page_does_not_give_the_recording(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door d;

	add_officers(b, &o);
	sealed_session(b, &d);
	assert_ok(ask_of(b, o.anne, "evidence_begin", d.session, "\"how\":\"page\""));
	assert_int_equal(number(b, "chunks"), 0);
	assert_ok(open_name(b, o.anne, d.session, "private.jsonl"));
	assert_string_equal(open_name(b, o.anne, d.session, "chunks/000001"), "begin");
	assert_string_equal(open_name(b, o.anne, d.session, "key.wrapped"), "begin");
	assert_ok(ask_of(b, o.anne, "evidence_begin", d.session, "\"how\":\"replay\""));
	assert_ok(open_name(b, o.anne, d.session, "key.wrapped"));
	assert_string_equal(ask_of(b, o.anne, "evidence_begin", d.session, "\"how\":\"fun\""), "malformed");
}

static void what_is_not_sealed_is_not_opened(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door d;
	char nobody[33];

	add_officers(b, &o);
	assert_ok(new_session(b, &d));
	assert_string_equal(ask_of(b, o.anne, "evidence_begin", d.session, "\"how\":\"page\""), "open");
	assert_ok(of_session(b, "session_end", &d, ",\"reason\":\"advisor\""));
	assert_string_equal(ask_of(b, o.anne, "evidence_begin", d.session, "\"how\":\"page\""), "open");
	assert_string_equal(ask_of(b, o.anne, "rectify", d.session, "\"text\":\"x\""), "open");
	assert_false(is_there(b, d.session, "after.jsonl"));
	memset(nobody, '0', 32);
	nobody[32] = '\0';
	assert_string_equal(ask_of(b, o.anne, "evidence_begin", nobody, "\"how\":\"page\""), "session");
	assert_string_equal(ask_of(b, o.anne, "evidence_begin", "../../etc", "\"how\":\"page\""), "session");
}

static const char *const good_names[] = {
	"journal.jsonl", "private.jsonl", "key.wrapped", "seal.json", "seal.p7s", "after.jsonl", "terms.txt",
	"checkpoint.txt", "checkpoint.p7s", "checkpoint.tsr", "root.crt", "tsa.crt", "chunks/000001",
};

static bool is_good_name(const char *name)
{
	for (size_t i = 0; i < sizeof(good_names) / sizeof(*good_names); i++)
		if (strcmp(good_names[i], name) == 0)
			return true;
	return false;
}

/* Whatever the name, the answer is a word and no descriptor. */
static void expect_nothing(struct bench *b, const struct officers *o, const struct door *d, const char *name, int *count)
{
	const char *word;

	if (is_good_name(name))
		return;
	word = open_name(b, o->anne, d->session, name);
	assert_true(strcmp(word, "name") == 0 || strcmp(word, "file") == 0 || strcmp(word, "malformed") == 0);
	assert_true(b->last_fd <= 0);
	++*count;
}

static void names_that_lie_open_nothing(void **state)
{
	static const char *const befores[] = { "", "/", "./", "../", "../../", "..%2f", "%2e%2e/", "%2e%2e%2f", "\\\\", "..\\\\",
		" ", "chunks/", "chunks/../", "sessions/", "/tmp/", "//", "C:", "file://", "\xc3\xa9", "." };
	static const char *const afters[] = { "", " ", "/", ".", "/.", "\\u0001", ".new", "%00", "~", "\\n" };
	static const char *const others[] = { "", ".", "..", "*", "chunks", "chunks/", "chunks/1", "chunks/00001", "chunks/0000001",
		"chunks/000000", "chunks/000002", "chunks/999999", "chunks/-00001", "chunks/+00001", "chunks/00000a",
		"chunks/ 00001", "chunks/0x0001", "chunks/000001.new", "chunks//00001", "chunks/000001/", "Chunks/000001",
		"secret", "guichet.db", "lock", "JOURNAL.JSONL", "journal.dropped", "reserve", "log/entries.jsonl",
		"/etc/passwd", "/proc/self/mem", "/dev/stdin", "terms/x.txt", "content.key", "SHA256SUMS", "lecteur.html" };
	struct bench *b = *state;
	struct officers o;
	struct door d;
	char name[128];
	int count = 0;

	add_officers(b, &o);
	sealed_session(b, &d);
	assert_ok(ask_of(b, o.anne, "evidence_begin", d.session, "\"how\":\"replay\""));
	for (size_t i = 0; i < sizeof(befores) / sizeof(*befores); i++)
		for (size_t k = 0; k < sizeof(good_names) / sizeof(*good_names); k++) {
			size_t a = (i + k) % (sizeof(afters) / sizeof(*afters));
			snprintf(name, sizeof(name), "%s%s%s", befores[i], good_names[k], befores[i][0] ? "" : afters[a]);
			expect_nothing(b, &o, &d, name, &count);
			snprintf(name, sizeof(name), "%s%s%s", befores[i], good_names[k], afters[a]);
			expect_nothing(b, &o, &d, name, &count);
		}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		expect_nothing(b, &o, &d, others[i], &count);
	for (size_t k = 0; k < sizeof(good_names) / sizeof(*good_names); k++)
		for (size_t cut = 0; cut < strlen(good_names[k]); cut++) {
			snprintf(name, sizeof(name), "%.*s", (int)cut, good_names[k]);
			expect_nothing(b, &o, &d, name, &count);
		}
	assert_true(count >= 300);
}

static void links_are_not_followed_and_descriptors_only_read(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door d;
	char path[256];

	add_officers(b, &o);
	sealed_session(b, &d);
	assert_ok(ask_of(b, o.anne, "evidence_begin", d.session, "\"how\":\"bank\""));
	assert_ok(open_name(b, o.anne, d.session, "journal.jsonl"));
	assert_int_equal(fcntl(b->last_fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(write(b->last_fd, "x", 1), -1);
	assert_int_equal(errno, EBADF);
	snprintf(path, sizeof(path), "%s", file_of(b, d.session, "seal.p7s"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_string_equal(open_name(b, o.anne, d.session, "seal.p7s"), "evidence");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_string_equal(open_name(b, o.anne, d.session, "seal.p7s"), "evidence");
	assert_int_equal(unlink(path), 0);
	assert_string_equal(open_name(b, o.anne, d.session, "seal.p7s"), "file");
	assert_ok(open_name(b, o.anne, d.session, "terms.txt"));
}

static void the_inclusion_comes_with_its_checkpoint(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door d;
	char name[64];

	add_officers(b, &o);
	sealed_session(b, &d);
	assert_string_equal(ask_of(b, o.anne, "evidence_inclusion", d.session, "%s", ""), "begin");
	assert_ok(ask_of(b, o.anne, "evidence_begin", d.session, "\"how\":\"page\""));
	assert_string_equal(open_name(b, o.anne, d.session, "checkpoint.txt"), "file");
	assert_ok(ask_of(b, o.anne, "evidence_inclusion", d.session, "%s", ""));
	assert_memory_equal(json_string(b->last, "text"), "guichet-inclusion 1\n", 20);
	assert_int_equal(number(b, "size"), 2);
	assert_ok(open_name(b, o.anne, d.session, "checkpoint.txt"));
	assert_ok(open_name(b, o.anne, d.session, "checkpoint.p7s"));
	assert_ok(ask_of(b, o.paul, "evidence_begin", d.session, "\"how\":\"customer\""));
	assert_int_equal(number(b, "checkpoint"), 2);
	assert_ok(open_name(b, o.paul, d.session, "checkpoint.txt"));
	assert_int_equal(read(b->last_fd, name, sizeof(name)), 64);
	assert_memory_equal(name, "guichet-log 1\nbanc\n2\n", 21);
}

static void a_rectification_is_a_line_and_changes_nothing_else(void **state)
{
	struct bench *b = *state;
	struct officers o;
	struct door d;
	char events[200];

	add_officers(b, &o);
	sealed_session(b, &d);
	assert_string_equal(ask_of(b, o.anne, "rectify", d.session, "\"text\":\"  \""), "text");
	assert_string_equal(ask_of(b, o.anne, "rectify", d.session, "\"text\":\"a\\nb\""), "text");
	assert_ok(ask_of(b, o.anne, "rectify", d.session, "\"text\":\"Le client s’appelle Dupont.\""));
	events_of(b, d.session, events, sizeof(events));
	assert_string_equal(events, "rectified");
	assert_int_equal(find_bytes(b, "s’appelle Dupont", strlen("s’appelle Dupont")), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, notary_setup, notary_teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(every_operation_is_for_its_callers_only),
		TEST(every_operation_is_for_its_roles_only),
		TEST(advisors_and_officers_do_not_come_in_by_each_others_door),
		TEST(a_disabled_account_is_out_at_once),
		TEST(wrong_passwords_close_the_officers_door_and_not_the_advisors),
		TEST(nothing_is_handed_out_before_its_line_is_durable),
		TEST(an_opening_lasts_a_quarter_of_an_hour),
		TEST(the_sessions_page_does_not_give_the_recording),
		TEST(what_is_not_sealed_is_not_opened),
		TEST(names_that_lie_open_nothing),
		TEST(links_are_not_followed_and_descriptors_only_read),
		TEST(the_inclusion_comes_with_its_checkpoint),
		TEST(a_rectification_is_a_line_and_changes_nothing_else),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("notary_access", tests, NULL, NULL);
}
