#include "agent/file_words.h"

#include <stdio.h>
#include <string.h>

#include "common/file_name.h"

void file_words_size(uint64_t bytes, char out[FILE_WORDS_SIZE])
{
	uint64_t tenths = (bytes + 50000) / 100000; /* of a megabyte */

	if (bytes < 1000)
		snprintf(out, FILE_WORDS_SIZE, "%u octet%s", (unsigned)bytes, bytes > 1 ? "s" : "");
	else if (tenths < 10)
		snprintf(out, FILE_WORDS_SIZE, "%u Ko", (unsigned)((bytes + 500) / 1000));
	else
		snprintf(out, FILE_WORDS_SIZE, "%u,%u Mo", (unsigned)(tenths / 10), (unsigned)(tenths % 10));
}

enum text file_words_type(const char *name)
{
	static const struct {
		const char *extensions;
		enum text text;
	} types[] = {
		{ " pdf ", TEXT_TYPE_PDF },
		{ " png jpg jpeg gif webp tif tiff ", TEXT_TYPE_PICTURE },
		{ " txt ", TEXT_TYPE_TEXT },
		{ " docx odt ", TEXT_TYPE_DOCUMENT },
		{ " xlsx ods csv ", TEXT_TYPE_TABLE },
		{ " pptx odp ", TEXT_TYPE_SLIDES },
	};
	char extension[FILE_EXTENSION_MAX + 1], word[FILE_EXTENSION_MAX + 3];

	file_name_extension(name, extension);
	snprintf(word, sizeof(word), " %s ", extension);
	for (size_t i = 0; extension[0] && i < sizeof(types) / sizeof(types[0]); i++)
		if (strstr(types[i].extensions, word))
			return types[i].text;
	return TEXT_TYPE_OTHER;
}

enum text file_words_why(const char *why)
{
	static const struct {
		const char *word;
		enum text text;
	} texts[] = {
		{ "infected", TEXT_FILE_INFECTED }, { "size", TEXT_FILE_TOO_BIG }, { "type", TEXT_FILE_BAD_TYPE },
		{ "scanner", TEXT_FILE_NO_SCAN }, { "late", TEXT_FILE_NO_SCAN }, { "busy", TEXT_FILE_NO_SCAN },
		{ "full", TEXT_FILE_NO_ROOM }, { "disk", TEXT_FILE_NO_ROOM }, { "hash", TEXT_FILE_CHANGED },
		{ "changed", TEXT_FILE_CHANGED }, { "advisor", TEXT_FILE_BY_ADVISOR }, { "customer", TEXT_FILE_BY_YOU },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].word, why) == 0)
			return texts[i].text;
	return TEXT_FILE_BROKEN;
}
