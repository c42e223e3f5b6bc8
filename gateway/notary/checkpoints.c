#include "gateway/notary/checkpoints.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "gateway/notary/stored.h"
#include "gateway/notary/log.h"

enum { FILE_MODE = 0600, NAME_ROOM = 32, FIRST_ROOM = 64, DIGITS_MAX = 16 };

/* The files that there are of one size. */
enum { HAS_TEXT = 1, HAS_SIGNATURE = 2, HAS_STAMP = 4 };

static const struct {
	const char *suffix;
	unsigned bit;
} kinds[] = { { ".txt", HAS_TEXT }, { ".p7s", HAS_SIGNATURE }, { ".tsr", HAS_STAMP } };

struct known {
	uint64_t size;
	unsigned files;
};

struct checkpoints {
	struct checkpoints_options o;
	char folder[DURABLE_PATH];
	char name[CHECKPOINT_NAME_MAX + 1];
	struct known *known; /* the smallest first */
	size_t count, room, waiting;
};

static void file_name(uint64_t size, const char *suffix, char out[NAME_ROOM])
{
	snprintf(out, NAME_ROOM, "%" PRIu64 "%s", size, suffix);
}

/* A number without leading zero, and what follows it. False: not that. */
static bool take_number(const char **at, uint64_t *out)
{
	size_t digits = strspn(*at, "0123456789");

	*out = 0;
	if (digits == 0 || digits > DIGITS_MAX || (digits > 1 && **at == '0'))
		return false;
	for (; digits > 0; digits--)
		*out = *out * 10 + (uint64_t)(*(*at)++ - '0');
	return true;
}

static enum err make_room(struct checkpoints *c)
{
	size_t room = c->room ? 2 * c->room : FIRST_ROOM;
	struct known *grown;

	if (c->count < c->room)
		return OK;
	grown = realloc(c->known, room * sizeof(*grown));
	if (!grown)
		return ERR_NOMEM;
	c->known = grown;
	c->room = room;
	return OK;
}

static enum err note_file(struct checkpoints *c, const char *name)
{
	uint64_t size;
	enum err e;

	if (!take_number(&name, &size) || size == 0)
		return OK;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(name, kinds[i].suffix) != 0)
			continue;
		e = make_room(c);
		if (e)
			return e;
		c->known[c->count++] = (struct known){ size, kinds[i].bit };
	}
	return OK;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = ((const struct known *)a)->size, y = ((const struct known *)b)->size;

	return (x > y) - (x < y);
}

/* One row a size; files without their text are none of ours. */
static void join(struct checkpoints *c)
{
	size_t kept = 0;

	if (c->count > 0)
		qsort(c->known, c->count, sizeof(*c->known), compare);
	for (size_t i = 0; i < c->count;) {
		struct known k = c->known[i++];

		while (i < c->count && c->known[i].size == k.size)
			k.files |= c->known[i++].files;
		if (k.files & HAS_TEXT)
			c->known[kept++] = k;
	}
	c->count = kept;
	for (size_t i = 0; i < c->count; i++)
		c->waiting += !(c->known[i].files & HAS_STAMP);
}

static enum err list_files(struct checkpoints *c)
{
	const struct journal_io *io = c->o.io;
	DIR *folder = io->opendir(io->arg, c->folder);
	struct dirent *file = NULL;
	enum err e = folder ? OK : ERR_IO;

	while (!e) {
		errno = 0;
		file = io->readdir(io->arg, folder);
		if (!file)
			break;
		e = note_file(c, file->d_name);
	}
	if (!e && errno)
		e = ERR_IO;
	if (folder)
		io->closedir(io->arg, folder);
	if (!e)
		join(c);
	return e;
}

static struct known *find(const struct checkpoints *c, uint64_t size)
{
	const struct known key = { .size = size };

	return c->count ? bsearch(&key, c->known, c->count, sizeof(key), compare) : NULL;
}

static enum err read_text(const struct checkpoints *c, uint64_t size, char **text, size_t *len)
{
	char name[NAME_ROOM];

	file_name(size, ".txt", name);
	return stored_read(c->o.io, c->folder, name, CHECKPOINT_TEXT, text, len);
}

static enum err sign(struct checkpoints *c, struct known *k, const char *text, size_t len)
{
	char name[NAME_ROOM];
	uint8_t *der;
	size_t der_len;
	enum err e = signer_cms(c->o.signer, text, len, clock_wall_ms(c->o.clock), &der, &der_len);

	file_name(k->size, ".p7s", name);
	if (!e)
		e = durable_replace(c->o.io, c->folder, name, der, der_len);
	free(der);
	if (!e)
		k->files |= HAS_SIGNATURE;
	return e;
}

/* A crash came between text and signature. */
static enum err sign_unsigned(struct checkpoints *c)
{
	enum err e = OK;

	for (size_t i = 0; !e && i < c->count; i++) {
		char *text;
		size_t len;

		if (c->known[i].files & HAS_SIGNATURE)
			continue;
		e = read_text(c, c->known[i].size, &text, &len);
		if (!e)
			e = sign(c, &c->known[i], text, len);
		free(text);
	}
	return e;
}

enum err checkpoints_open(const struct checkpoints_options *o, struct checkpoints **out)
{
	struct checkpoints *c = calloc(1, sizeof(*c));
	enum err e;

	*out = NULL;
	if (!c)
		return ERR_NOMEM;
	c->o = *o;
	snprintf(c->name, sizeof(c->name), "%s", o->name);
	e = durable_folder(o->io, o->folder, "checkpoints");
	if (!e)
		e = stored_path(o->folder, "checkpoints", c->folder);
	if (!e)
		e = list_files(c);
	if (!e)
		e = sign_unsigned(c);
	if (e) {
		checkpoints_close(c);
		return e;
	}
	*out = c;
	return OK;
}

void checkpoints_close(struct checkpoints *c)
{
	if (!c)
		return;
	free(c->known);
	free(c);
}

enum err checkpoints_make(struct checkpoints *c, uint64_t size, const char root[DIGEST_HEX + 1])
{
	char name[NAME_ROOM], text[CHECKPOINT_TEXT];
	struct known *k;
	int len;
	enum err e;

	if (size <= checkpoints_last(c) && !(find(c, size) && !(find(c, size)->files & HAS_SIGNATURE)))
		return ERR_FORBIDDEN;
	k = find(c, size);
	e = k ? OK : make_room(c);
	if (e)
		return e;
	len = snprintf(text, sizeof(text), "guichet-log 1\n%s\n%" PRIu64 "\n%s\n%" PRIu64 "\n", c->name, size, root,
		clock_wall_ms(c->o.clock));
	file_name(size, ".txt", name);
	e = durable_replace(c->o.io, c->folder, name, text, (size_t)len);
	if (e)
		return e;
	if (!k) {
		k = &c->known[c->count++];
		*k = (struct known){ size, HAS_TEXT };
		c->waiting++;
	}
	return sign(c, k, text, (size_t)len);
}

static bool take_line(const char **at, const char *line)
{
	size_t len = strlen(line);

	if (strncmp(*at, line, len) != 0 || (*at)[len] != '\n')
		return false;
	*at += len + 1;
	return true;
}

/* The name is what it was when the text was made. */
static bool parse(const char *text, struct checkpoint *out)
{
	const char *at = text;
	size_t name;

	if (!take_line(&at, "guichet-log 1"))
		return false;
	name = strcspn(at, "\n");
	if (name > CHECKPOINT_NAME_MAX || at[name] != '\n')
		return false;
	at += name + 1;
	if (!take_number(&at, &out->size) || *at++ != '\n' || strlen(at) <= DIGEST_HEX)
		return false;
	memcpy(out->root, at, DIGEST_HEX);
	out->root[DIGEST_HEX] = '\0';
	at += DIGEST_HEX;
	return hex_is(out->root, DIGEST_HEX) && *at++ == '\n' && take_number(&at, &out->wall_ms) && *at++ == '\n' &&
	       *at == '\0';
}

enum err checkpoints_get(const struct checkpoints *c, uint64_t size, struct checkpoint *out)
{
	char *text;
	size_t len;
	enum err e = read_text(c, size, &text, &len);

	*out = (struct checkpoint){ 0 };
	if (!e && (!parse(text, out) || out->size != size))
		e = ERR_MALFORMED;
	free(text);
	return e;
}

uint64_t checkpoints_last(const struct checkpoints *c)
{
	return c->count ? c->known[c->count - 1].size : 0;
}

uint64_t checkpoints_covering(const struct checkpoints *c, uint64_t size, bool *is_stamped)
{
	size_t low = 0, high = c->count;

	*is_stamped = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (c->known[middle].size < size)
			low = middle + 1;
		else
			high = middle;
	}
	/* Every one is signed before it is given away. */
	while (low < c->count && !(c->known[low].files & HAS_SIGNATURE))
		low++;
	if (low == c->count)
		return 0;
	*is_stamped = c->known[low].files & HAS_STAMP;
	return c->known[low].size;
}

size_t checkpoints_count(const struct checkpoints *c)
{
	return c->count;
}

size_t checkpoints_waiting(const struct checkpoints *c)
{
	return c->waiting;
}

uint64_t checkpoints_oldest_waiting(const struct checkpoints *c)
{
	for (size_t i = 0; c->waiting > 0 && i < c->count; i++)
		if (!(c->known[i].files & HAS_STAMP))
			return c->known[i].size;
	return 0;
}

enum err checkpoints_stamp_begin(struct checkpoints *c, uint64_t size, char digest[DIGEST_HEX + 1], int *fd)
{
	const struct journal_io *io = c->o.io;
	char name[NAME_ROOM], path[DURABLE_PATH], *text;
	size_t len;
	enum err e = read_text(c, size, &text, &len);

	*fd = -1;
	digest[0] = '\0';
	if (!e)
		digest_sha256(text, len, digest);
	free(text);
	file_name(size, ".tsr.new", name);
	if (!e)
		e = stored_path(c->folder, name, path);
	if (e)
		return e;
	*fd = io->open(io->arg, path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	return *fd < 0 ? ERR_IO : OK;
}

enum err checkpoints_stamp_end(struct checkpoints *c, uint64_t size, int fd)
{
	struct known *k = find(c, size);
	char name[NAME_ROOM], *answer;
	size_t len;
	enum err e = k ? stored_read_fd(c->o.io, fd, TIMESTAMP_MAX, &answer, &len) : ERR_FORBIDDEN;

	if (e)
		return e;
	free(answer);
	if (len == 0)
		return ERR_MALFORMED;
	file_name(size, ".tsr", name);
	e = stored_name(c->o.io, c->folder, name, fd);
	if (e)
		return e;
	c->waiting -= !(k->files & HAS_STAMP);
	k->files |= HAS_STAMP;
	return OK;
}

void checkpoints_stamp_close(struct checkpoints *c, int fd)
{
	c->o.io->close(c->o.io->arg, fd);
}
