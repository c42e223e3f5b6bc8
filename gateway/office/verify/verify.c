#include "gateway/office/verify/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/office/verify/inside.h"

enum { FILES_MAX = 1000000 };

const char verify_zeros[PROOF_HEX] = "0000000000000000000000000000000000000000000000000000000000000000";

static const struct {
	const char *word, *what;
	enum err (*check)(struct verify *v);
} items[VERIFY_ITEMS] = {
#define ITEM(name, word, what) { #word, what, verify_##word },
#include "gateway/office/verify/items.def"
#undef ITEM
};

const char *verify_item_word(enum verify_item item)
{
	return item < VERIFY_ITEMS ? items[item].word : "";
}

const char *verify_item_what(enum verify_item item)
{
	return item < VERIFY_ITEMS ? items[item].what : "";
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct verify_file *)a)->name, ((const struct verify_file *)b)->name);
}

const struct verify_file *verify_file(const struct verify *v, const char *name)
{
	const struct verify_file key = { .name = name };

	return v->count ? bsearch(&key, v->files, v->count, sizeof(key), by_name) : NULL;
}

static enum err fail(struct verify *v, const char *place, const char *format, va_list args)
{
	struct verify_line *line = &v->result->line[v->item];

	line->state = VERIFY_FAILED;
	v->result->failed = v->item;
	snprintf(v->result->place, sizeof(v->result->place), "%s", place);
	vsnprintf(line->what, sizeof(line->what), format, args);
	return ERR_MALFORMED;
}

enum err verify_fail(struct verify *v, const char *place, const char *format, ...)
{
	va_list args;
	enum err e;

	va_start(args, format);
	e = fail(v, place, format, args);
	va_end(args);
	return e;
}

enum err verify_fail_line(struct verify *v, const char *file, size_t line, const char *format, ...)
{
	char place[VERIFY_PLACE_MAX];
	va_list args;
	enum err e;

	snprintf(place, sizeof(place), "%s:%zu", file, line);
	va_start(args, format);
	e = fail(v, place, format, args);
	va_end(args);
	return e;
}

void verify_say(struct verify *v, enum verify_state state, const char *format, ...)
{
	struct verify_line *line = &v->result->line[v->item];
	va_list args;

	line->state = state;
	va_start(args, format);
	vsnprintf(line->what, sizeof(line->what), format, args);
	va_end(args);
}

bool verify_take_line(const char **at, const char *end, struct canon *line)
{
	const char *lf = *at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;

	if (!lf)
		return false;
	*line = (struct canon){ *at, (size_t)(lf - *at) };
	*at = lf + 1;
	return true;
}

static void name_root(const struct verify *v, const char *name, char out[PROOF_HEX])
{
	const struct verify_file *f = verify_file(v, name);

	if (f)
		proof_sha256_hex(f->at, f->len, out);
}

static enum err begin(struct verify *v, const struct verify_file *files, size_t count)
{
	if (count > FILES_MAX)
		return ERR_NOMEM;
	v->files = calloc(count + 1, sizeof(*v->files));
	if (!v->files)
		return ERR_NOMEM;
	if (count)
		memcpy(v->files, files, count * sizeof(*files));
	v->count = count;
	qsort(v->files, count, sizeof(*v->files), by_name);
	name_root(v, "root.crt", v->result->root_sha256);
	name_root(v, "tsa.crt", v->result->tsa_sha256);
	return OK;
}

static void end(struct verify *v)
{
	chain_done(&v->journal);
	CMS_ContentInfo_free(v->seal);
	free(v->agent);
	free(v->texts);
	free(v->files);
}

enum err verify_bundle(const struct verify_file *files, size_t count, const struct verify_options *o,
		struct verify_result *out)
{
	struct verify v = { .result = out };
	enum err e;

	*out = (struct verify_result){ .failed = VERIFY_ITEMS };
	if (o)
		v.options = *o;
	e = begin(&v, files, count);
	for (unsigned i = 0; i < VERIFY_ITEMS && !e; i++) {
		v.item = (enum verify_item)i;
		out->line[i].state = VERIFY_OK;
		e = items[i].check(&v);
	}
	end(&v);
	return e == ERR_MALFORMED ? OK : e;
}
