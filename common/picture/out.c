#include "common/picture/out.h"

#include <stdlib.h>

enum err picture_out_reserve(struct picture_out *o, size_t more)
{
	size_t need = o->len + more;
	size_t size = o->size ? o->size : 4096;
	uint8_t *bytes;

	if (need < more)
		return ERR_NOMEM;
	if (need <= o->size)
		return OK;
	while (size < need)
		size = size > SIZE_MAX / 2 ? need : size * 2;
	bytes = realloc(o->bytes, size);
	if (!bytes)
		return ERR_NOMEM;
	o->bytes = bytes;
	o->size = size;
	return OK;
}

void picture_out_done(struct picture_out *o)
{
	free(o->bytes);
	*o = (struct picture_out){0};
}
