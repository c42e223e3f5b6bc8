/* S20: which files may pass, by the end of their name and by what is inside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/core/file_kind.h"

enum { ZIP_MAX = 4096 };

struct zip {
	uint8_t at[ZIP_MAX], list[ZIP_MAX];
	size_t len, list_len, count;
};

static void put(uint8_t *at, size_t *len, const void *bytes, size_t n)
{
	memcpy(at + *len, bytes, n);
	*len += n;
}

static void put16(uint8_t *at, size_t *len, size_t v)
{
	const uint8_t b[2] = { (uint8_t)v, (uint8_t)(v >> 8) };

	put(at, len, b, 2);
}

static void put32(uint8_t *at, size_t *len, size_t v)
{
	put16(at, len, v & 0xffff);
	put16(at, len, v >> 16);
}

static void member(struct zip *z, const char *name, const char *content, unsigned flags)
{
	size_t at = z->len, n = strlen(name), c = strlen(content);

	put(z->at, &z->len, "PK\3\4\x14\0", 6);
	put16(z->at, &z->len, flags);
	put(z->at, &z->len, "\0\0\0\0\0\0\0\0\0\0", 10);
	put32(z->at, &z->len, c);
	put32(z->at, &z->len, c);
	put16(z->at, &z->len, n);
	put16(z->at, &z->len, 0);
	put(z->at, &z->len, name, n);
	put(z->at, &z->len, content, c);
	put(z->list, &z->list_len, "PK\1\2\x14\0\x14\0", 8);
	put16(z->list, &z->list_len, flags);
	put(z->list, &z->list_len, "\0\0\0\0\0\0\0\0\0\0", 10);
	put32(z->list, &z->list_len, c);
	put32(z->list, &z->list_len, c);
	put16(z->list, &z->list_len, n);
	put(z->list, &z->list_len, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
	put32(z->list, &z->list_len, at);
	put(z->list, &z->list_len, name, n);
	z->count++;
}

static void finish(struct zip *z)
{
	size_t at = z->len;

	put(z->at, &z->len, z->list, z->list_len);
	put(z->at, &z->len, "PK\5\6\0\0\0\0", 8);
	put16(z->at, &z->len, z->count);
	put16(z->at, &z->len, z->count);
	put32(z->at, &z->len, z->list_len);
	put32(z->at, &z->len, at);
	put16(z->at, &z->len, 0);
}

static void word_document(struct zip *z, const char *more)
{
	memset(z, 0, sizeof(*z));
	member(z, "[Content_Types].xml", "<x/>", 0);
	member(z, "word/document.xml", "<x/>", 0);
	if (more)
		member(z, more, "x", 0);
	finish(z);
}

static bool fits(const char *name, const char *bytes, size_t len)
{
	return file_kind_fits(name, (const uint8_t *)bytes, len);
}

static void only_kinds_of_the_table_can_be_allowed(void **state)
{
	static const char *const bad[] = { "exe", "zip", "rar", "js", "sh", "docm", "xlsm", "html", "svg", "lnk", "doc", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(file_kind_is_known(bad[i]));
	assert_true(file_kind_is_allowed("pdf png", "a.pdf"));
	assert_true(file_kind_is_allowed("pdf, png", "A.PNG"));
	assert_false(file_kind_is_allowed("pdf png", "a.txt"));
	assert_false(file_kind_is_allowed("pdf png", "a.pdf.exe"));
	assert_false(file_kind_is_allowed("exe pdf", "a.exe"));
	assert_false(file_kind_is_allowed("pdfx", "a.pdf"));
	assert_false(file_kind_is_allowed("", "a.pdf"));
	assert_false(file_kind_is_allowed("pdf", "pdf"));
}

static void the_inside_has_to_be_what_the_name_says(void **state)
{
	(void)state;
	assert_true(fits("a.pdf", "%PDF-1.7", 8));
	assert_false(fits("a.pdf", "MZ\x90", 3));
	assert_false(fits("a.pdf", "\x7f" "ELF", 4));
	assert_true(fits("a.png", "\x89PNG\r\n\x1a\n", 8));
	assert_false(fits("a.jpg", "\x89PNG\r\n\x1a\n", 8));
	assert_true(fits("a.jpeg", "\xff\xd8\xff\xe0", 4));
	assert_true(fits("a.gif", "GIF89a", 6));
	assert_true(fits("a.webp", "RIFF....WEBP", 12));
	assert_true(fits("a.txt", "Bonjour\r\n\tété", 15));
	assert_false(fits("a.txt", "#!/bin/sh\n", 10));
	assert_false(fits("a.txt", "a\0b", 3));
	assert_false(fits("a.csv", "MZ\x90\x03", 4));
	assert_false(fits("a.exe", "%PDF-", 5));
	assert_false(fits("a", "%PDF-", 5));
}

static void documents_hold_no_programs_macros_or_archives(void **state)
{
	static const char *const bad[] = { "word/vbaProject.bin", "a.exe", "x/A.EXE", "a.zip", "../a.xml", "/a.xml", "a\\b", "run.js",
		"a.docm" };
	struct zip z;

	(void)state;
	word_document(&z, NULL);
	assert_true(file_kind_fits("a.docx", z.at, z.len));
	assert_false(file_kind_fits("a.xlsx", z.at, z.len));
	assert_false(file_kind_fits("a.odt", z.at, z.len));
	word_document(&z, "word/media/image1.png");
	assert_true(file_kind_fits("a.docx", z.at, z.len));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		word_document(&z, bad[i]);
		assert_false(file_kind_fits("a.docx", z.at, z.len));
	}
	memset(&z, 0, sizeof(z));
	member(&z, "[Content_Types].xml", "", 1);
	member(&z, "word/document.xml", "", 0);
	finish(&z);
	assert_false(file_kind_fits("a.docx", z.at, z.len)); /* locked: the scanner sees nothing */
	memset(&z, 0, sizeof(z));
	member(&z, "mimetype", "application/vnd.oasis.opendocument.text", 0);
	member(&z, "content.xml", "<x/>", 0);
	finish(&z);
	assert_true(file_kind_fits("a.odt", z.at, z.len));
	assert_false(file_kind_fits("a.ods", z.at, z.len));
}

static void a_document_cut_anywhere_is_none(void **state)
{
	struct zip z;

	(void)state;
	word_document(&z, "word/media/image1.png");
	for (size_t len = 0; len < z.len; len++) {
		uint8_t *exact = malloc(len ? len : 1); /* so that one byte too far is seen */

		memcpy(exact, z.at, len);
		assert_false(file_kind_fits("a.docx", exact, len));
		free(exact);
	}
	for (size_t i = 0; i < z.len; i++) { /* no byte makes it read beyond */
		uint8_t was = z.at[i];

		z.at[i] = 0xff;
		(void)file_kind_fits("a.docx", z.at, z.len);
		z.at[i] = was;
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_kinds_of_the_table_can_be_allowed),
		cmocka_unit_test(the_inside_has_to_be_what_the_name_says),
		cmocka_unit_test(documents_hold_no_programs_macros_or_archives),
		cmocka_unit_test(a_document_cut_anywhere_is_none),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("file_kind", tests, NULL, NULL);
}
