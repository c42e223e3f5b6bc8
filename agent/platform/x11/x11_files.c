#include "agent/platform/x11/x11_files.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRIES_MAX = 99 };

static const char part_name[] = ".guichet-part";

struct x11_files {
	char *downloads;  /* path */
	int parent, own;  /* open folders: of downloads, and this session's in it; -1: not yet */
	char folder[160]; /* name of the session's */
};

struct platform_file {
	struct x11_files *files; /* NULL: chosen, only read */
	int fd;
	bool has_part; /* it stands in the session's folder as part_name */
	char name[256], folder[128];
};

struct x11_files *x11_files_below(const char *downloads)
{
	struct x11_files *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->downloads = strdup(downloads);
	s->parent = s->own = -1;
	if (!s->downloads) {
		free(s);
		return NULL;
	}
	return s;
}

struct x11_files *x11_files_new(void)
{
	const char *downloads = g_get_user_special_dir(G_USER_DIRECTORY_DOWNLOAD);
	const char *home = g_get_home_dir();

	if (!downloads || access(downloads, W_OK) != 0)
		downloads = home;
	return x11_files_below(downloads);
}

static void close_own(struct x11_files *s)
{
	if (s->own >= 0)
		close(s->own);
	s->own = -1;
}

/* Only an empty folder goes. */
static void drop_empty(struct x11_files *s)
{
	if (s->own >= 0 && unlinkat(s->parent, s->folder, AT_REMOVEDIR) == 0)
		close_own(s);
}

void x11_files_free(struct x11_files *s)
{
	if (!s)
		return;
	drop_empty(s);
	close_own(s);
	if (s->parent >= 0)
		close(s->parent);
	free(s->downloads);
	free(s);
}

/* ---- the session's folder ---- */

static enum err open_parent(struct x11_files *s)
{
	if (s->parent < 0)
		s->parent = open(s->downloads, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s->parent < 0 ? ERR_IO : OK;
}

/* Made by us and by nobody else, or not at all; what was put in its place meanwhile is not entered. */
static enum err make_own(struct x11_files *s, const char *folder)
{
	struct stat st;

	for (int i = 1; s->own < 0 && i <= TRIES_MAX; i++) {
		if (i == 1)
			snprintf(s->folder, sizeof(s->folder), "%s", folder);
		else
			snprintf(s->folder, sizeof(s->folder), "%s (%d)", folder, i);
		if (mkdirat(s->parent, s->folder, 0700) != 0) {
			if (errno == EEXIST)
				continue;
			return ERR_IO;
		}
		s->own = openat(s->parent, s->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (s->own >= 0 && (fstat(s->own, &st) != 0 || st.st_uid != geteuid() || (st.st_mode & 07777) != 0700))
			close_own(s);
	}
	return s->own < 0 ? ERR_IO : OK;
}

/* ---- receiving ---- */

static enum err open_part(struct platform_file *f)
{
	f->fd = openat(f->files->parent, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (f->fd >= 0)
		return OK;
	if (make_own(f->files, f->folder))
		return ERR_IO;
	f->fd = openat(f->files->own, part_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	f->has_part = f->fd >= 0;
	return f->has_part ? OK : ERR_IO;
}

enum err x11_files_begin(struct x11_files *s, const char *folder, const char *name, uint64_t size,
		struct platform_file **out)
{
	struct platform_file *f = calloc(1, sizeof(*f));

	*out = NULL;
	if (!f)
		return ERR_NOMEM;
	f->files = s;
	f->fd = -1;
	snprintf(f->name, sizeof(f->name), "%s", name);
	snprintf(f->folder, sizeof(f->folder), "%s", folder);
	if (strchr(f->name, '/') || f->name[0] == '.' || strchr(f->folder, '/') || f->folder[0] == '.' ||
			open_parent(s) || open_part(f) ||
			(fallocate(f->fd, 0, 0, (off_t)size) != 0 && errno == ENOSPC)) {
		platform_file_close(f);
		return ERR_IO;
	}
	*out = f;
	return OK;
}

enum err platform_file_write(struct platform_file *f, const void *buf, size_t len)
{
	const uint8_t *at = buf;

	while (len) {
		ssize_t n = write(f->fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		at += n;
		len -= (size_t)n;
	}
	return OK;
}

/* Gives it this name unless something has it; neither call goes over what is there. */
static int give_name(struct platform_file *f, const char *name)
{
	char path[40];

	if (f->has_part)
		return renameat2(f->files->own, part_name, f->files->own, name, RENAME_NOREPLACE);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", f->fd);
	return linkat(AT_FDCWD, path, f->files->own, name, AT_SYMLINK_FOLLOW);
}

/* "devis.pdf", "devis (2).pdf", … */
static enum err name_it(struct platform_file *f, char *name, size_t size)
{
	const char *dot = strrchr(f->name, '.');
	int stem = dot && dot != f->name ? (int)(dot - f->name) : (int)strlen(f->name);

	for (int i = 1; i <= TRIES_MAX; i++) {
		if (i == 1)
			snprintf(name, size, "%s", f->name);
		else
			snprintf(name, size, "%.*s (%d)%s", stem, f->name, i, f->name + stem);
		if (give_name(f, name) == 0)
			return OK;
		if (errno != EEXIST)
			break;
	}
	return ERR_IO;
}

enum err platform_file_keep(struct platform_file *f, char *where, size_t size)
{
	char name[300];
	enum err e = fsync(f->fd) == 0 ? OK : ERR_IO;

	if (!e)
		e = make_own(f->files, f->folder);
	if (!e)
		e = name_it(f, name, sizeof(name));
	if (!e) {
		f->has_part = false;
		(void)fsync(f->files->own);
		(void)fsync(f->files->parent);
		snprintf(where, size, "%s/%s", strrchr(f->files->downloads, '/') + 1, f->files->folder);
	}
	platform_file_close(f);
	return e;
}

/* ---- reading what was chosen ---- */

enum err x11_files_open(const char *path, struct platform_file **out, uint64_t *size)
{
	struct platform_file *f = calloc(1, sizeof(*f));
	struct stat st;

	*out = NULL;
	*size = 0;
	if (!f)
		return ERR_NOMEM;
	f->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (f->fd < 0 || fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		platform_file_close(f);
		return ERR_IO;
	}
	*size = (uint64_t)st.st_size;
	*out = f;
	return OK;
}

enum err platform_file_read(struct platform_file *f, uint64_t at, void *buf, size_t len)
{
	uint8_t *to = buf;

	while (len) {
		ssize_t n = pread(f->fd, to, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		to += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return OK;
}

void platform_file_close(struct platform_file *f)
{
	if (!f)
		return;
	if (f->fd >= 0)
		close(f->fd);
	if (f->has_part)
		unlinkat(f->files->own, part_name, 0);
	if (f->files)
		drop_empty(f->files);
	free(f);
}
