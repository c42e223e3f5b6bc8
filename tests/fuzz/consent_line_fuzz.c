/* clang -g -O1 -fsanitize=fuzzer,address,undefined -I. -Iinclude tests/fuzz/consent_line_fuzz.c common/consent_line.c
 * common/consent.c common/json.c common/json_scan.c common/bytes.c gateway/office/verify/canon.c -lcjson */
#include "common/consent_line.h"
#include "common/json.h"
#include "gateway/office/verify/canon.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What may be stored, a verifier reads; and whatever it says, consent takes it or leaves it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct consent_event event;
	struct consent c;
	cJSON *o;

	if (consent_line_read((const char *)data, size, &o, &event)) {
		if (o)
			__builtin_trap();
		return 0;
	}
	if (!canon_check(data, size) || !consent_word(event.kind))
		__builtin_trap();
	consent_init(&c, CAP_BIT(CAP_VIEW) | CAP_BIT(CAP_CONTROL));
	(void)consent_apply(&c, &event);
	cJSON_Delete(o);
	return 0;
}
