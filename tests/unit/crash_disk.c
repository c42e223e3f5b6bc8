#include "crash_disk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FDS = 256, CHANGES = 4096, NODES = 512, PATH_MAX_LEN = 300 };

enum change_kind { MADE, WRITTEN, CUT, FLUSHED, RENAMED, REMOVED, FOLDER_FLUSHED };

struct change {
	enum change_kind kind;
	int node;
	char path[PATH_MAX_LEN], to[PATH_MAX_LEN]; /* below the folder */
	char *bytes;
	size_t len;
};

struct crash_disk {
	char folder[PATH_MAX_LEN];
	struct change change[CHANGES];
	size_t count;
	int nodes;
	struct {
		char path[PATH_MAX_LEN]; /* "" : removed */
		bool is_folder;
	} node[NODES];
	int node_of_fd[FDS];
};

struct crash_disk *crash_disk_new(const char *folder)
{
	struct crash_disk *d = calloc(1, sizeof(*d));

	snprintf(d->folder, sizeof(d->folder), "%s", folder);
	d->nodes = 1; /* 0 is the folder itself */
	d->node[0].is_folder = true;
	return d;
}

void crash_disk_free(struct crash_disk *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->change[i].bytes);
	free(d);
}

size_t crash_disk_count(const struct crash_disk *d)
{
	return d->count;
}

static const char *below(const struct crash_disk *d, const char *path)
{
	size_t len = strlen(d->folder);

	assert_int_equal(strncmp(path, d->folder, len), 0);
	return path[len] == '/' ? path + len + 1 : "";
}

static int node_at(const struct crash_disk *d, const char *name)
{
	for (int i = d->nodes - 1; i >= 0; i--)
		if (strcmp(d->node[i].path, name) == 0 && (i == 0 || name[0]))
			return i;
	return -1;
}

static struct change *note(struct crash_disk *d, enum change_kind kind, int node)
{
	struct change *c = &d->change[d->count++];

	assert_true(d->count < CHANGES);
	c->kind = kind;
	c->node = node;
	return c;
}

static int add_node(struct crash_disk *d, const char *name, bool is_folder)
{
	int n = d->nodes++;

	assert_true(n < NODES);
	snprintf(d->node[n].path, PATH_MAX_LEN, "%s", name);
	d->node[n].is_folder = is_folder;
	snprintf(note(d, MADE, n)->path, PATH_MAX_LEN, "%s", name);
	return n;
}

static int disk_mkdir(void *arg, const char *path, mode_t mode)
{
	int result = mkdir(path, mode);

	if (result == 0)
		add_node(arg, below(arg, path), true);
	return result;
}

static int disk_open(void *arg, const char *path, int flags, mode_t mode)
{
	struct crash_disk *d = arg;
	const char *name = below(d, path);
	int node = node_at(d, name), fd = open(path, flags, mode);

	if (fd < 0)
		return fd;
	assert_true(fd < FDS);
	if (node < 0)
		node = add_node(d, name, false);
	else if (flags & O_TRUNC)
		note(d, CUT, node)->len = 0;
	d->node_of_fd[fd] = node;
	return fd;
}

static ssize_t disk_pread(void *arg, int fd, void *buf, size_t len, off_t at)
{
	(void)arg;
	return pread(fd, buf, len, at);
}

static ssize_t disk_write(void *arg, int fd, const void *buf, size_t len)
{
	struct crash_disk *d = arg;
	struct change *c = note(d, WRITTEN, d->node_of_fd[fd]);

	c->bytes = malloc(len + 1);
	c->len = len;
	memcpy(c->bytes, buf, len);
	return write(fd, buf, len);
}

static int disk_fdatasync(void *arg, int fd)
{
	struct crash_disk *d = arg;

	note(d, FLUSHED, d->node_of_fd[fd]);
	return 0;
}

static int disk_fsync(void *arg, int fd)
{
	struct crash_disk *d = arg;
	int node = d->node_of_fd[fd];

	note(d, d->node[node].is_folder ? FOLDER_FLUSHED : FLUSHED, node);
	return 0;
}

static int disk_ftruncate(void *arg, int fd, off_t len)
{
	struct crash_disk *d = arg;

	note(d, CUT, d->node_of_fd[fd])->len = (size_t)len;
	return ftruncate(fd, len);
}

static int disk_rename(void *arg, const char *from, const char *to)
{
	struct crash_disk *d = arg;
	int node = node_at(d, below(d, from)), old = node_at(d, below(d, to));
	struct change *c = note(d, RENAMED, node);

	snprintf(c->path, PATH_MAX_LEN, "%s", below(d, from));
	snprintf(c->to, PATH_MAX_LEN, "%s", below(d, to));
	if (old >= 0)
		d->node[old].path[0] = '\0';
	snprintf(d->node[node].path, PATH_MAX_LEN, "%s", below(d, to));
	return rename(from, to);
}

static int disk_unlink(void *arg, const char *path)
{
	struct crash_disk *d = arg;
	int node = node_at(d, below(d, path)), result = unlink(path);

	if (result == 0) {
		snprintf(note(d, REMOVED, node)->path, PATH_MAX_LEN, "%s", below(d, path));
		d->node[node].path[0] = '\0';
	}
	return result;
}

static int disk_close(void *arg, int fd)
{
	(void)arg;
	return close(fd);
}

static DIR *disk_opendir(void *arg, const char *path)
{
	(void)arg;
	return opendir(path);
}

static struct dirent *disk_readdir(void *arg, DIR *folder)
{
	(void)arg;
	return readdir(folder);
}

static int disk_closedir(void *arg, DIR *folder)
{
	(void)arg;
	return closedir(folder);
}

struct journal_io crash_disk_io(struct crash_disk *d)
{
	return (struct journal_io){
		.arg = d, .mkdir = disk_mkdir, .open = disk_open, .pread = disk_pread, .write = disk_write,
		.fdatasync = disk_fdatasync, .fsync = disk_fsync, .ftruncate = disk_ftruncate, .rename = disk_rename,
		.unlink = disk_unlink, .close = disk_close, .opendir = disk_opendir, .readdir = disk_readdir,
		.closedir = disk_closedir,
	};
}

/* ---- the state after a crash ---- */

struct bytes_of_node {
	char *now, *flushed;
	size_t now_len, flushed_len;
};

/* Names as a list of (path, node); a later one of the same path counts. */
struct names {
	struct {
		char path[PATH_MAX_LEN];
		int node;
	} at[NODES];
	int count;
};

struct state {
	struct bytes_of_node bytes[NODES];
	struct names now, flushed;
};

static void set_name(struct names *n, const char *path, int node)
{
	int i = 0;

	while (i < n->count && strcmp(n->at[i].path, path) != 0)
		i++;
	if (i == n->count)
		n->count++;
	assert_true(n->count < NODES);
	snprintf(n->at[i].path, PATH_MAX_LEN, "%s", path);
	n->at[i].node = node; /* -1: no such name any more */
}

static bool is_directly_in(const char *path, const char *folder)
{
	size_t len = strlen(folder);
	const char *rest = path + (len ? len + 1 : 0);

	return (len == 0 || (strncmp(path, folder, len) == 0 && path[len] == '/')) && !strchr(rest, '/');
}

static void set_bytes(char **to, size_t *to_len, const char *bytes, size_t len)
{
	free(*to);
	*to = malloc(len + 1);
	memcpy(*to, bytes, len);
	*to_len = len;
}

static void apply(struct state *s, const struct change *c, const char *folder)
{
	struct bytes_of_node *b = &s->bytes[c->node];

	switch (c->kind) {
	case MADE:
		set_name(&s->now, c->path, c->node);
		break;
	case WRITTEN:
		b->now = realloc(b->now, b->now_len + c->len + 1);
		memcpy(b->now + b->now_len, c->bytes, c->len);
		b->now_len += c->len;
		break;
	case CUT:
		b->now_len = c->len < b->now_len ? c->len : b->now_len;
		break;
	case FLUSHED:
		set_bytes(&b->flushed, &b->flushed_len, b->now ? b->now : "", b->now_len);
		break;
	case RENAMED:
		set_name(&s->now, c->path, -1);
		set_name(&s->now, c->to, c->node);
		break;
	case REMOVED:
		set_name(&s->now, c->path, -1);
		break;
	case FOLDER_FLUSHED:
		for (int i = 0; i < s->now.count; i++)
			if (is_directly_in(s->now.at[i].path, folder))
				set_name(&s->flushed, s->now.at[i].path, s->now.at[i].node);
		break;
	}
}

static void make_file(const struct state *s, int node, enum crash_kind kind, const char *path)
{
	const struct bytes_of_node *b = &s->bytes[node];
	const char *bytes = kind == CRASH_KILL || kind == CRASH_TORN ? b->now : b->flushed;
	size_t len = kind == CRASH_KILL ? b->now_len : b->flushed_len;
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	if (kind == CRASH_TORN && b->now_len > b->flushed_len)
		len = b->flushed_len + (b->now_len - b->flushed_len) / 2;
	else if (kind == CRASH_TORN)
		len = b->now_len;
	if (bytes && len)
		assert_int_equal(fwrite(bytes, 1, len, f), len);
	fclose(f);
}

static void make_name(const struct crash_disk *d, const struct state *s, const char *name, int node,
		enum crash_kind kind, const char *target)
{
	char path[2 * PATH_MAX_LEN], *slash;
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", target, name);
	slash = strrchr(path, '/');
	*slash = '\0';
	if (stat(path, &st) < 0)
		return; /* its folder was lost, and it with it */
	*slash = '/';
	if (d->node[node].is_folder)
		assert_int_equal(mkdir(path, 0700), 0);
	else
		make_file(s, node, kind, path);
}

/* Folders first, in the order in which they were made: a folder is numbered before what is in it. */
static void make_names(const struct crash_disk *d, const struct state *s, enum crash_kind kind, const char *target)
{
	const struct names *n = kind == CRASH_KILL || kind == CRASH_NAMES_ONLY ? &s->now : &s->flushed;

	for (int node = 1; node < d->nodes; node++)
		for (int i = 0; i < n->count; i++)
			if (n->at[i].node == node)
				make_name(d, s, n->at[i].path, node, kind, target);
}

void crash_disk_make(const struct crash_disk *d, size_t count, enum crash_kind kind, const char *target)
{
	struct state *s = calloc(1, sizeof(*s));

	assert_true(count <= d->count);
	for (size_t i = 0; i < count; i++)
		apply(s, &d->change[i], d->node[d->change[i].node].path);
	make_names(d, s, kind, target);
	for (int i = 0; i < NODES; i++) {
		free(s->bytes[i].now);
		free(s->bytes[i].flushed);
	}
	free(s);
}
