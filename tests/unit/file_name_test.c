/* S20: whatever somebody calls a file, what comes out is a name and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/file_name.h"

static void has_no_bad_byte(const char *s)
{
	for (const unsigned char *p = (const unsigned char *)s; *p; p++) {
		assert_true(*p >= 0x20 && *p != 0x7f && !strchr("/\\:*?\"<>|$%`~", *p));
		assert_false(*p == 0xc2 && p[1] < 0xa0);
		assert_false(p[0] == 0xe2 && p[1] == 0x80 && (p[2] <= 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae)));
		assert_false(p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa0 && p[2] <= 0xaf);
		assert_false(p[0] == 0xd8 && p[1] == 0x9c);
		assert_false(p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf);
	}
}

/* What holds for every name that comes out; the name itself into `out`. */
static void clean(const void *in, size_t len, char out[FILE_NAME_SIZE])
{
	char again[FILE_NAME_SIZE];
	size_t n;

	file_name_clean(in, len, out);
	n = strlen(out);
	assert_in_range(n, 1, FILE_NAME_MAX);
	has_no_bad_byte(out);
	assert_true(out[0] != '.' && out[0] != '-' && out[0] != ' ' && out[n - 1] != '.' && out[n - 1] != ' ');
	file_name_clean(out, n, again);
	assert_string_equal(again, out);
	assert_true(file_name_is_clean(out));
}

static void becomes(const char *in, const char *name)
{
	char out[FILE_NAME_SIZE];

	clean(in, strlen(in), out);
	assert_string_equal(out, name);
}

static void a_good_name_stays_as_it_is(void **state)
{
	static const char *const good[] = { "devis.pdf", "Relevé n° 12 – août 2026.pdf", "été (2).txt", "日本語.docx", "a", "a.b.c",
		"œuvre à ç é.odt", "Contrat_final-v2.pdf", "😀.png", "contact.txt", "auxiliaire.pdf", "CONTRAT.pdf", "com.txt", "lpt.txt",
		"COM10.txt", "nulle.pdf", "x'y, z & t = 1 + 2 @ # ; [ok] {a} !.txt", "cafe\xcc\x81.pdf" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		becomes(good[i], good[i]);
}

static void ways_out_of_the_folder_are_closed(void **state)
{
	(void)state;
	becomes("../../etc/passwd", "_.._etc_passwd");
	becomes("..\\..\\windows\\system32\\a.pdf", "_.._windows_system32_a.pdf");
	becomes("/etc/shadow", "_etc_shadow");
	becomes("C:\\a.pdf", "C__a.pdf");
	becomes("a.pdf:Zone.Identifier", "a.pdf_Zone.Identifier");
	becomes("..", "fichier");
	becomes(".", "fichier");
	becomes("", "fichier");
	becomes("   ", "fichier");
	becomes("...", "fichier");
	becomes(".bashrc", "bashrc");
	becomes("-rf", "rf");
	becomes("--help.pdf", "help.pdf");
	becomes("\xe2\x80\x94x.pdf", "x.pdf");
	becomes("a.pdf...", "a.pdf");
	becomes("a.pdf . . ", "a.pdf");
	becomes("a\xe2\x88\x95" "b.pdf", "a_b.pdf");
	becomes("a\xef\xbc\x8f" "b.pdf", "a_b.pdf");
	becomes("a\xef\xbc\x9a" "b.pdf", "a_b.pdf");
	becomes("\xe2\x80\xa4\xe2\x80\xa4/a", "_a");
	becomes("~/.ssh/id", "__.ssh_id");
	becomes("$(reboot).pdf", "_(reboot).pdf");
	becomes("`id`.pdf", "_id_.pdf");
	becomes("%2e%2e%2fa.pdf", "_2e_2e_2fa.pdf");
	becomes("\\\\server\\share\\a.pdf", "__server_share_a.pdf");
	becomes("\xc0\xae\xc0\xae\xc0\xaf" "a.pdf", "______a.pdf");
	becomes("a\xff" "b.pdf", "a_b.pdf");
	becomes("\xed\xa0\x80.pdf", "___.pdf");
}

static void what_nobody_sees_goes(void **state)
{
	(void)state;
	becomes("fac\xe2\x80\xaeture-fdp.exe", "facture-fdp.exe");
	becomes("a\xe2\x80\x8b" "b.pdf", "ab.pdf");
	becomes("\xef\xbb\xbf" "a.pdf", "a.pdf");
	becomes("a\xd8\x9c" "b.pdf", "ab.pdf");
	becomes("a\x1b[31mb.pdf", "a[31mb.pdf");
	becomes("a\nb.pdf", "a b.pdf");
	becomes("a\r\n\tb.pdf", "a b.pdf");
	becomes("a\x7f\xc2\x85" "b.pdf", "ab.pdf");
	becomes("a\xc2\xa0\xe3\x80\x80 b.pdf", "a b.pdf");
	becomes("\xf3\xa0\x81\x81" "a.pdf", "a.pdf");
	becomes("a\xcc\x81\xcc\x81\xcc\x81\xcc\x81.pdf", "a\xcc\x81\xcc\x81.pdf");
	becomes("\xcc\x81" "a.pdf", "a.pdf");
	becomes("\xe2\x81\xa6" "a\xe2\x81\xa9.pdf", "a.pdf");
}

static void devices_of_windows_are_no_names(void **state)
{
	static const char *const devices[] = { "CON", "con", "Con", "PRN", "aux", "NUL", "COM0", "com1", "COM9", "LPT1", "lpt9",
		"COM\xc2\xb9", "LPT\xc2\xb3" };
	static const char *const ends[] = { "", ".", ".txt", ".pdf", ".tar.gz", " ", " .txt", "..pdf", "  " };
	char in[64], out[FILE_NAME_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		for (size_t j = 0; j < sizeof(ends) / sizeof(ends[0]); j++) {
			snprintf(in, sizeof(in), "%s%s", devices[i], ends[j]);
			clean(in, strlen(in), out);
			assert_int_equal(out[0], '_');
		}
	becomes("CONIN$", "_CONIN_");
}

static void a_long_name_keeps_its_kind(void **state)
{
	char in[4200], out[FILE_NAME_SIZE];

	(void)state;
	memset(in, 'a', 4096);
	memcpy(in + 4092, ".pdf", 5);
	clean(in, 4096, out);
	assert_int_equal(strlen(out), FILE_NAME_MAX);
	assert_string_equal(out + FILE_NAME_MAX - 4, ".pdf");
	for (size_t i = 0; i < 4092; i += 3)
		memcpy(in + i, "\xe2\x82\xac", 3);
	clean(in, 4096, out);
	assert_string_equal(out + strlen(out) - 4, ".pdf");
	for (size_t i = 0; i < 4096; i++)
		in[i] = "./"[i % 2];
	clean(in, 4096, out);
	memset(in, '.', 4096);
	clean(in, 4096, out);
	memset(in, 0xcc, 4096);
	clean(in, 4096, out);
}

/* Each piece that somebody may hide, in front, inside, at the end, alone and twice: several hundred names. */
static void hostile_pieces_anywhere_leave_a_clean_name(void **state)
{
	static const char *const pieces[] = { "..", "../", "..\\", "/", "\\", ":", "\xe2\x80\xae", "\xe2\x80\xad", "\xe2\x81\xa6",
		"\xe2\x80\x8b", "\x01", "\x1b[2J", "\n", "\r", "\t", "\x7f", "\xc2\x80", "\xc2\x9b", "\xff", "\xc0\x80", "\xed\xbf\xbf",
		"\xf4\x90\x80\x80", "CON", "NUL.", "COM1.", "|", "<", ">", "\"", "*", "?", ".", " ", "-", "\xef\xbb\xbf", "\xcc\x88",
		"\xf3\xa0\x80\xa0", "\xef\xbc\x8f", "\xe2\x80\xa8", "%00", "${x}", "~", "`", "\xe2\x80", "\xf0\x9f" };
	static const char *const shapes[] = { "%s", "%sa.pdf", "a%sb.pdf", "a.pdf%s", "a.%spdf", "%sa%s.pdf", "%s%s", "CON%s.txt" };
	char in[128], out[FILE_NAME_SIZE];
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		for (size_t j = 0; j < sizeof(shapes) / sizeof(shapes[0]); j++, count++) {
			int n = 0;

			for (const char *s = shapes[j]; *s; s++) {
				if (s[0] == '%' && s[1] == 's') {
					n += snprintf(in + n, sizeof(in) - (size_t)n, "%s", pieces[i]);
					s++;
				} else {
					in[n++] = *s;
				}
			}
			clean(in, (size_t)n, out);
		}
	assert_true(count >= 300);
}

static void any_bytes_leave_a_clean_name(void **state)
{
	uint8_t in[64];
	char out[FILE_NAME_SIZE];
	uint32_t seed = 7;

	(void)state;
	clean("a\0b", 3, out);
	assert_string_equal(out, "ab");
	for (unsigned a = 0; a < 256; a++)
		for (unsigned b = 0; b < 256; b++) {
			in[0] = (uint8_t)a;
			in[1] = (uint8_t)b;
			clean(in, 2, out);
		}
	for (unsigned i = 0; i < 20000; i++) {
		for (size_t j = 0; j < sizeof(in); j++)
			in[j] = (uint8_t)((seed = seed * 1664525u + 1013904223u) >> 24);
		clean(in, i % sizeof(in), out);
	}
}

static void the_kind_is_what_stands_behind_the_last_dot(void **state)
{
	static const char *const cases[][2] = { { "a.pdf", "pdf" }, { "a.PDF", "pdf" }, { "a.pdf.exe", "exe" }, { "a", "" }, { "a.", "" },
		{ "pdf", "" }, { "a.averyveryverylongend", "" }, { "a b.Tar.Gz", "gz" } };
	char out[FILE_EXTENSION_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		file_name_extension(cases[i][0], out);
		assert_string_equal(out, cases[i][1]);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_name_stays_as_it_is),
		cmocka_unit_test(ways_out_of_the_folder_are_closed),
		cmocka_unit_test(what_nobody_sees_goes),
		cmocka_unit_test(devices_of_windows_are_no_names),
		cmocka_unit_test(a_long_name_keeps_its_kind),
		cmocka_unit_test(hostile_pieces_anywhere_leave_a_clean_name),
		cmocka_unit_test(any_bytes_leave_a_clean_name),
		cmocka_unit_test(the_kind_is_what_stands_behind_the_last_dot),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("file_name", tests, NULL, NULL);
}
