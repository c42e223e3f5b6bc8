#include <stdlib.h>
#include <string.h>

#include "gateway/office/verify/verify.h"
#include "gateway/office/verify/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every member lies inside the zip, apart from the others, in order; and the bundle can be asked about. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct verify_result result;
	struct verify_file *files;
	struct zip_member *m;
	struct zip z;

	if (zip_open(&z, data, size))
		return 0;
	m = calloc(z.count + 1, sizeof(*m));
	files = calloc(z.count + 1, sizeof(*files));
	if (m && files && !zip_read(&z, m)) {
		for (size_t i = 0; i < z.count; i++) {
			if (m[i].at < data || m[i].at + m[i].len > data + size || (i > 0 && m[i].at < m[i - 1].at + m[i - 1].len))
				__builtin_trap();
			files[i] = (struct verify_file){ strndup(m[i].name, m[i].name_len), m[i].at, m[i].len };
		}
		(void)verify_bundle(files, z.count, NULL, &result);
		for (size_t i = 0; i < z.count; i++)
			free((char *)(uintptr_t)files[i].name);
	}
	free(m);
	free(files);
	return 0;
}
