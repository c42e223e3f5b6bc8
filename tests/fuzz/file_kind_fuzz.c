#include "gateway/core/file_kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever the bytes: an answer, and nothing read beyond them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a.pdf", "a.docx", "a.xlsx", "a.odt", "a.txt", "a.webp", "a" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)file_kind_fits(names[i], data, size);
	return 0;
}
