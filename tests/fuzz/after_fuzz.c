/* after_read(): whatever bytes stand in after.jsonl; what it concludes is whole. */
#include <stdint.h>
#include <string.h>

#include "gateway/notary/after.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct after a;

	if (after_read((const char *)data, len, &a))
		return 0;
	if (strnlen(a.ground, sizeof(a.ground)) == sizeof(a.ground) ||
			strnlen(a.decided_by, sizeof(a.decided_by)) == sizeof(a.decided_by) ||
			strnlen(a.asked_by, sizeof(a.asked_by)) == sizeof(a.asked_by) ||
			a.is_erased != (strlen(a.erased_hash) == DIGEST_HEX))
		__builtin_trap();
	return 0;
}
