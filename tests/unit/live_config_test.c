#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "guichet/capability.h"
#include "gateway/live/live_config.h"

static const char good[] =
	"[live]\nbank = B\npublic_url = https://h.example:8443/a/\nport = 1\ncertificate = c\nkey = k\nnotary = n\nweb = w\n"
	"words = w\nterms_fr = f\nterms_en = e\nagent = a\nprofile = p\nsignature = s\n"
	"[purpose formation]\nlabel = F\nlabel_en = T\nceiling = view\n"; /* 18 lines */

/* Parses and keeps what is complained about. */
static enum err read_text(const char *text, struct live_config *c, char *complaints, size_t size)
{
	FILE *f = fmemopen(complaints, size, "w");
	enum err e;

	assert_non_null(f);
	complaints[0] = '\0';
	e = live_config_parse(text, "x.ini", f, c);
	fclose(f);
	return e;
}

static void the_example_is_good(void **state)
{
	struct live_config c;
	char origin[128];

	(void)state;
	assert_int_equal(live_config_read(GUICHET_ROOT "/deploy/guichet-live.example.ini", stderr, &c), OK);
	assert_string_equal(c.bank, "Banque Exemple");
	assert_int_equal(c.port, 9443);
	assert_int_equal(c.agent_port, 9444);
	assert_true(c.agent_proxy_protocol);
	assert_int_equal(c.proxy_count, 2);
	assert_string_equal(c.customer_header, "");
	assert_int_equal(c.purpose_count, 2);
	assert_int_equal(live_config_purpose(&c, "formation")->ceiling, CAP_BIT(CAP_VIEW) | CAP_BIT(CAP_POINT));
	assert_int_equal(live_config_purpose(&c, "mise-en-place")->ceiling,
		CAP_BIT(CAP_VIEW) | CAP_BIT(CAP_POINT) | CAP_BIT(CAP_CONTROL) | CAP_BIT(CAP_FILES));
	assert_string_equal(c.scanner, "/run/clamav/clamd.ctl");
	assert_int_equal(c.file_mb, 20);
	assert_null(live_config_purpose(&c, "autre"));
	assert_null(live_config_purpose(&c, NULL));
	live_config_origin(&c, origin, sizeof(origin));
	assert_string_equal(origin, "https://assistance.banque.example");
	live_config_done(&c);
}

static void presets_stand_in_for_what_is_not_said(void **state)
{
	char complaints[4096], origin[64];
	struct live_config c;

	(void)state;
	assert_int_equal(read_text(good, &c, complaints, sizeof(complaints)), OK);
	assert_string_equal(complaints, "");
	assert_string_equal(c.listen, "127.0.0.1");
	assert_int_equal(c.agent_port, 0);
	assert_false(c.agent_proxy_protocol);
	assert_int_equal(c.proxy_count, 0);
	live_config_origin(&c, origin, sizeof(origin));
	assert_string_equal(origin, "https://h.example:8443");
	live_config_done(&c);
}

/* The file with one more line at its end, or with `from` replaced. */
static void complains(const char *from, const char *to, const char *where)
{
	char text[4096], complaints[4096];
	const char *at = from ? strstr(good, from) : good + strlen(good);
	struct live_config c;

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, to, from ? at + strlen(from) : "");
	assert_int_equal(read_text(text, &c, complaints, sizeof(complaints)), ERR_MALFORMED);
	if (!strstr(complaints, where))
		fail_msg("no « %s » in: %s", where, complaints);
	live_config_done(&c);
}

static void each_problem_names_its_line(void **state)
{
	(void)state;
	complains("port = 1", "port = 65536", "x.ini:4: port: ");
	complains("port = 1", "port = -1", "x.ini:4: port: ");
	complains("port = 1", "port = 1x", "x.ini:4: port: ");
	complains("port = 1", "port =", "x.ini:4: port: ");
	complains("port = 1", "prot = 1", "x.ini:4: prot: ");
	complains("key = k\n", "key = k\nkey = k\n", "x.ini:7: key: ");
	complains("bank = B", "bank B", "x.ini:2: ");
	complains("bank = B", "[bank", "x.ini:2: ");
	complains("[live]", "[dead]", "x.ini:2: dead: ");
	complains("web = w", "agent_proxy_protocol = maybe", "x.ini:8: agent_proxy_protocol: ");
	complains("web = w", "address_header = via", "x.ini:8: address_header: ");
	complains("web = w", "trusted_proxies = 10.0.0.0/8, nobody", "x.ini:8: nobody: ");
	complains("web = w", "alert_url = http://h/\nalert_secret_file = s", "alert_url: ");
	complains("web = w", "alert_url = https://h/a", "alert_secret_file: ");
	complains("ceiling = view", "ceiling = view fly", "x.ini:18: fly: ");
	complains("ceiling = view", "ceiling = view files", "x.ini:18: formation: «");
	complains("web = w", "web = w\n[files]\ntypes = pdf exe\n[live]", "exe: ");
	complains("web = w", "web = w\n[files]\nmax_mb = 0\n[live]", "max_mb: ");
	complains("web = w", "web = w\n[files]\nweb = w\n[live]", "web: ");
	complains("ceiling = view", "ceiling = point", "x.ini:18: ceiling: ");
	complains("ceiling = view", "ceiling =", "x.ini:18: ceiling: ");
	complains("[purpose formation]", "[purpose Formation]", "x.ini:16: Formation: ");
	complains("[purpose formation]", "[purpose ]", "x.ini:16: ");
	complains("label = F", "labels = F", "x.ini:16: labels: ");
	complains("bank = B\n", "bank = B\n; fine\n\n\nweb\n", "x.ini:6: ");
}

static void what_is_missing_is_told_at_the_end(void **state)
{
	static const char *const needed[] = { "bank = B\n", "public_url = https://h.example:8443/a/\n", "port = 1\n", "certificate = c\n",
					      "key = k\n", "notary = n\n", "web = w\n", "words = w\n", "terms_fr = f\n", "terms_en = e\n",
					      "agent = a\n", "profile = p\n", "signature = s\n" };
	char where[64];

	(void)state;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		snprintf(where, sizeof(where), "x.ini:17: %.*s: manque", (int)strcspn(needed[i], " "), needed[i]);
		complains(needed[i], "", where);
	}
	complains("label = F\n", "", "x.ini:17: formation: ");
	complains("label_en = T\n", "", "x.ini:17: formation: ");
	complains("ceiling = view\n", "", "x.ini:17: formation: ");
	complains("[purpose formation]\nlabel = F\nlabel_en = T\nceiling = view\n", "", "x.ini:14: purpose: ");
}

static void only_a_whole_https_address_is_a_public_url(void **state)
{
	static const char *const bad[] = { "http://h/", "https://h", "https:///", "https://h/a", "h", "https://h/?/", "https://h/#/",
					   "https://h/ a/", "https://h/\"/", "https://h\\/" };
	char to[128];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(to, sizeof(to), "public_url = %s", bad[i]);
		complains("public_url = https://h.example:8443/a/", to, "public_url: ");
	}
}

static void lists_and_lines_have_their_limits(void **state)
{
	char many[4096] = "web = w\ntrusted_proxies =";
	size_t n;

	(void)state;
	for (int i = 0; i <= CONFIG_PROXIES_MAX; i++) {
		n = strlen(many);
		snprintf(many + n, sizeof(many) - n, " ::%d", i);
	}
	complains("web = w", many, "x.ini:9: trusted_proxies: ");
	many[0] = '\0';
	for (int i = 0; i <= CONFIG_PURPOSES_MAX; i++) {
		n = strlen(many);
		snprintf(many + n, sizeof(many) - n, "[purpose p%c]\nlabel = a\nlabel_en = a\nceiling = view\n", 'a' + i);
	}
	complains(NULL, many, "pq: ");
	memset(many, 'x', 1000);
	memcpy(many, "web = ", 6);
	many[1000] = '\0';
	complains("web = w", many, "x.ini:8: ");
}

static void a_file_that_is_not_there_is_told(void **state)
{
	char complaints[256] = "";
	FILE *f = fmemopen(complaints, sizeof(complaints), "w");
	struct live_config c;

	(void)state;
	assert_int_equal(live_config_read("/nowhere/live.ini", f, &c), ERR_IO);
	fclose(f);
	assert_non_null(strstr(complaints, "/nowhere/live.ini: "));
	live_config_done(&c);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_is_good),
		cmocka_unit_test(presets_stand_in_for_what_is_not_said),
		cmocka_unit_test(each_problem_names_its_line),
		cmocka_unit_test(what_is_missing_is_told_at_the_end),
		cmocka_unit_test(only_a_whole_https_address_is_a_public_url),
		cmocka_unit_test(lists_and_lines_have_their_limits),
		cmocka_unit_test(a_file_that_is_not_there_is_told),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("live_config", tests, NULL, NULL);
}
