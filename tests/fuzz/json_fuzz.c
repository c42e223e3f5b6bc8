/* clang -g -O1 -fsanitize=fuzzer,address,undefined -I. tests/fuzz/json_fuzz.c common/json.c common/json_scan.c -lcjson */
#include <stdlib.h>
#include <string.h>

#include "common/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is accepted can be written, and its canonical text reads as the same value. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cJSON *o, *again = NULL;
	char *text, *text_again = NULL;

	if (json_parse(data, size, 8, &o))
		return 0;
	(void)json_fields(o, "a:s b:i | c:a d:o");
	if (json_canonical(o, &text) || json_parse(text, strlen(text), 8, &again) ||
			json_canonical(again, &text_again) || strcmp(text, text_again) != 0 ||
			!cJSON_Compare(o, again, 1))
		__builtin_trap();
	free(text);
	free(text_again);
	cJSON_Delete(o);
	cJSON_Delete(again);
	return 0;
}
