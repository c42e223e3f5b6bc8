/* clang -fsanitize=fuzzer,address,undefined -I. tests/fuzz/picture_fuzz.c common/picture/[!e]*.c */
#include "common/picture/decoder.h"

#define SIDE_MAX 128 /* larger pictures cost the fuzzer time and show nothing new */
#define UPDATES_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_dirty_inside(const struct decoder *d)
{
	size_t count;
	const struct picture_rect *r = decoder_dirty(d, &count);

	if (count > DECODER_DIRTY_MAX)
		return 0;
	for (size_t i = 0; i < count; i++)
		if (r[i].x + r[i].w > decoder_width(d) || r[i].y + r[i].h > decoder_height(d))
			return 0;
	return 1;
}

/*
 * A small key frame, then the input as up to UPDATES_MAX updates, each behind its length (u16).
 * Whatever comes: no access out of bounds, and pixels and dirty rectangles agree with the size.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decoder *d = decoder_new();

	for (int i = 0; d && i < UPDATES_MAX && size >= 2; i++) {
		size_t len = (size_t)data[0] << 8 | data[1];
		data += 2;
		size -= 2;
		len = len < size ? len : size;
		if (len >= 5 && (data[0] & 1) && ((data[1] << 8 | data[2]) > SIDE_MAX ||
						  (data[3] << 8 | data[4]) > SIDE_MAX))
			break;
		if (decoder_update(d, data, len) == OK && !decoder_pixels(d))
			__builtin_trap();
		if (!is_dirty_inside(d))
			__builtin_trap();
		data += len;
		size -= len;
	}
	decoder_free(d);
	return 0;
}
