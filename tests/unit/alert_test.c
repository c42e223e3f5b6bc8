#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/alert/alert.h"

/* RFC 4231, test case 2. */
static void the_signature_is_hmac_sha_256(void **state)
{
	static const char body[] = "what do ya want for nothing?";
	char out[ALERT_SIGNATURE];

	(void)state;
	assert_int_equal(alert_sign("Jefe", 4, body, strlen(body), out), OK);
	assert_string_equal(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void only_https_or_this_computer_is_called(void **state)
{
	static const char *const bad[] = { "http://banque.example/a", "http://10.0.0.1/", "ftp://127.0.0.1/", "", "127.0.0.1",
					   "http://127.0.0.1.example/" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(alert_post(bad[i], NULL, "{}", 2, "00"), OK);
	assert_int_equal(alert_post(bad[0], NULL, "{}", 2, "00"), ERR_MALFORMED);
	assert_int_equal(alert_post(bad[5], NULL, "{}", 2, "00"), ERR_MALFORMED);
	assert_int_equal(alert_post("http://127.0.0.1:1/", NULL, "{}", 2, "00"), ERR_IO);
	assert_int_equal(alert_post("https://127.0.0.1:1/", "/no/such/file", "{}", 2, "00"), ERR_CRYPTO);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_signature_is_hmac_sha_256),
		cmocka_unit_test(only_https_or_this_computer_is_called),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("alert", tests, NULL, NULL);
}
