#include "gateway/core/file_kind.h"

#include <string.h>

#include "common/file_name.h"

typedef bool fits_fn(const uint8_t *at, size_t len);

static bool begins(const uint8_t *at, size_t len, const void *magic, size_t magic_len)
{
	return len >= magic_len && memcmp(at, magic, magic_len) == 0;
}

static bool is_pdf(const uint8_t *at, size_t len)
{
	return begins(at, len, "%PDF-", 5);
}

static bool is_png(const uint8_t *at, size_t len)
{
	return begins(at, len, "\x89PNG\r\n\x1a\n", 8);
}

static bool is_jpeg(const uint8_t *at, size_t len)
{
	return begins(at, len, "\xff\xd8\xff", 3);
}

static bool is_gif(const uint8_t *at, size_t len)
{
	return begins(at, len, "GIF87a", 6) || begins(at, len, "GIF89a", 6);
}

static bool is_webp(const uint8_t *at, size_t len)
{
	return len >= 12 && begins(at, len, "RIFF", 4) && memcmp(at + 8, "WEBP", 4) == 0;
}

static bool is_tiff(const uint8_t *at, size_t len)
{
	return begins(at, len, "II*\0", 4) || begins(at, len, "MM\0*", 4);
}

/* Text has no control characters; a script's first line is not text for us. */
static bool is_text(const uint8_t *at, size_t len)
{
	if (begins(at, len, "#!", 2))
		return false;
	for (size_t i = 0; i < len; i++)
		if (at[i] == 0x7f || (at[i] < 0x20 && at[i] != '\t' && at[i] != '\n' && at[i] != '\r' && at[i] != '\f'))
			return false;
	return true;
}

/* ---- documents that are a zip ---- */

enum { ZIP_END = 22, ZIP_ENTRY = 46, ZIP_COMMENT_MAX = 65535 };

static unsigned u16(const uint8_t *at)
{
	return at[0] | (unsigned)at[1] << 8;
}

static size_t u32(const uint8_t *at)
{
	return u16(at) | (size_t)u16(at + 2) << 16;
}

static bool ends(const char *name, size_t len, const char *end)
{
	size_t n = strlen(end);

	if (len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = name[len - n + i];

		if ((c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c) != end[i])
			return false;
	}
	return true;
}

/* Programs, scripts, macros, archives in an archive. */
static bool is_bad_member(const char *name, size_t len)
{
	static const char *const bad[] = { ".exe", ".dll", ".com", ".scr", ".pif", ".msi", ".bat", ".cmd", ".ps1", ".vbs",
		".vbe", ".js", ".jse", ".wsf", ".wsh", ".hta", ".jar", ".sh", ".py", ".lnk", ".reg", ".so", ".elf",
		".zip", ".rar", ".7z", ".gz", ".iso", ".img", ".docm", ".xlsm", ".pptm", "vbaproject.bin", ".xba",
		".application", ".cpl", ".desktop", ".appimage", ".deb", ".rpm", ".apk" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (ends(name, len, bad[i]))
			return true;
	return len == 0 || name[0] == '/' || memchr(name, '\\', len) || memchr(name, '\0', len) ||
			memmem(name, len, "../", 3);
}

/* Where the list of members begins, and how many there are; false: no zip. */
static bool zip_list(const uint8_t *at, size_t len, size_t *list, size_t *count)
{
	size_t least = len > ZIP_END + ZIP_COMMENT_MAX ? len - ZIP_END - ZIP_COMMENT_MAX : 0;

	for (size_t i = len >= ZIP_END ? len - ZIP_END + 1 : 0; i > least; i--) {
		const uint8_t *end = at + i - 1;

		if (memcmp(end, "PK\5\6", 4) != 0)
			continue;
		*count = u16(end + 10);
		*list = u32(end + 16);
		return *list < i && u16(end + 4) == 0 && u16(end + 20) == len - (i - 1) - ZIP_END;
	}
	return false;
}

/* Each member is harmless by its name and not locked, and `needed` is one of them. */
static bool zip_has(const uint8_t *at, size_t len, const char *needed)
{
	size_t i, count;
	bool is_there = false;

	if (!begins(at, len, "PK\3\4", 4) || !zip_list(at, len, &i, &count))
		return false;
	for (; count; count--) {
		size_t name_len;
		const char *name;

		if (len < ZIP_ENTRY || i > len - ZIP_ENTRY || memcmp(at + i, "PK\1\2", 4) != 0)
			return false;
		name_len = u16(at + i + 28);
		name = (const char *)at + i + ZIP_ENTRY;
		if (name_len > len - ZIP_ENTRY - i || u16(at + i + 8) & 1 || is_bad_member(name, name_len))
			return false;
		is_there |= name_len == strlen(needed) && memcmp(name, needed, name_len) == 0;
		i += ZIP_ENTRY + name_len + u16(at + i + 30) + u16(at + i + 32);
	}
	return is_there && i <= len && len - i >= ZIP_END && memcmp(at + i, "PK\5\6", 4) == 0;
}

static bool is_word_document(const uint8_t *at, size_t len)
{
	return zip_has(at, len, "[Content_Types].xml") && zip_has(at, len, "word/document.xml");
}

static bool is_excel_document(const uint8_t *at, size_t len)
{
	return zip_has(at, len, "[Content_Types].xml") && zip_has(at, len, "xl/workbook.xml");
}

static bool is_powerpoint_document(const uint8_t *at, size_t len)
{
	return zip_has(at, len, "[Content_Types].xml") && zip_has(at, len, "ppt/presentation.xml");
}

/* The first member is `mimetype`, as it is, and says which kind. */
static bool is_open_document(const uint8_t *at, size_t len, const char *kind)
{
	static const char type[] = "application/vnd.oasis.opendocument.";
	size_t head = 30 + 8, n = sizeof(type) - 1;

	return len > head + n + strlen(kind) && begins(at, len, "PK\3\4", 4) && u16(at + 26) == 8 && u16(at + 28) == 0 &&
			memcmp(at + 30, "mimetype", 8) == 0 && memcmp(at + head, type, n) == 0 &&
			memcmp(at + head + n, kind, strlen(kind)) == 0 && zip_has(at, len, "content.xml");
}

static bool is_odt(const uint8_t *at, size_t len)
{
	return is_open_document(at, len, "text");
}

static bool is_ods(const uint8_t *at, size_t len)
{
	return is_open_document(at, len, "spreadsheet");
}

static bool is_odp(const uint8_t *at, size_t len)
{
	return is_open_document(at, len, "presentation");
}

/* ---- the table ---- */

static const struct {
	const char *extension;
	fits_fn *fits;
} kinds[] = {
	{ "pdf", is_pdf }, { "png", is_png }, { "jpg", is_jpeg }, { "jpeg", is_jpeg }, { "gif", is_gif },
	{ "webp", is_webp }, { "tif", is_tiff }, { "tiff", is_tiff }, { "txt", is_text }, { "csv", is_text },
	{ "docx", is_word_document }, { "xlsx", is_excel_document }, { "pptx", is_powerpoint_document },
	{ "odt", is_odt }, { "ods", is_ods }, { "odp", is_odp },
};

static fits_fn *fits_of(const char *extension)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].extension, extension) == 0)
			return kinds[i].fits;
	return NULL;
}

bool file_kind_is_known(const char *extension)
{
	return fits_of(extension) != NULL;
}

bool file_kind_is_allowed(const char *list, const char *name)
{
	char extension[FILE_EXTENSION_MAX + 1];
	size_t len;

	file_name_extension(name, extension);
	len = strlen(extension);
	if (!file_kind_is_known(extension))
		return false;
	for (const char *at = list; *at;) {
		size_t n = strcspn(at, " ,");

		if (n == len && memcmp(at, extension, n) == 0)
			return true;
		at += n;
		at += strspn(at, " ,");
	}
	return false;
}

bool file_kind_fits(const char *name, const uint8_t *bytes, size_t len)
{
	char extension[FILE_EXTENSION_MAX + 1];
	fits_fn *fits;

	file_name_extension(name, extension);
	fits = fits_of(extension);
	return fits && fits(bytes, len);
}
