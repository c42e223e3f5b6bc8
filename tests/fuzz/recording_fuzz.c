/* The frames of a chunk, as guichet-live hands them over: never a byte past the end, and what is taken is true. */
#include <stdint.h>
#include <stdlib.h>

#include "common/bytes.h"
#include "gateway/notary/recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct recording_chunk c = { .n = 1, .to_ms = 2000 };

	if (len < 12)
		return 0;
	c.frames = get_u32(data);
	c.first_seq = get_u32(data + 4);
	c.last_seq = get_u32(data + 8);
	c.bytes = len - 12;
	if (recording_check_frames(&c, data + 12, len - 12) == OK && (uint64_t)c.frames * 20 > len)
		abort();
	return 0;
}
