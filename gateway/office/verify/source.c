#include "gateway/office/verify/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/office/verify/zip.h"

enum { FILES_MAX = 1000000, NAME_MAX_LEN = ZIP_NAME_MAX };

struct source {
	struct verify_file *files;
	size_t count, room;
	void *zip; /* the mapping of a zip; NULL for a folder, whose files are mapped one by one */
	size_t zip_len;
	char *trouble;
};

static enum err fail(struct source *s, enum err e, const char *name, const char *what)
{
	snprintf(s->trouble, VERIFY_SENTENCE_MAX, "%.128s : %s", name, what);
	return e;
}

/* An empty file has no mapping: *at stays at a byte that nobody reads. */
static enum err map(int fd, const uint8_t **at, size_t *len)
{
	static const uint8_t none;
	struct stat st;
	void *p;

	if (fstat(fd, &st) < 0)
		return ERR_IO;
	*len = (size_t)st.st_size;
	*at = &none;
	if (*len == 0)
		return OK;
	p = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return ERR_IO;
	*at = p;
	return OK;
}

static enum err add(struct source *s, const char *name, size_t name_len, const uint8_t *at, size_t len)
{
	if (s->count == s->room) {
		size_t room = s->room ? s->room * 2 : 64;
		struct verify_file *more = room <= FILES_MAX * 2 ? reallocarray(s->files, room, sizeof(*more)) : NULL;

		if (!more)
			return ERR_NOMEM;
		s->files = more;
		s->room = room;
	}
	s->files[s->count].name = strndup(name, name_len);
	if (!s->files[s->count].name)
		return ERR_NOMEM;
	s->files[s->count].at = at;
	s->files[s->count++].len = len;
	return OK;
}

static enum err read_zip(struct source *s, int fd, const char *path)
{
	struct zip_member *members = NULL;
	const uint8_t *at;
	struct zip z;
	enum err e = map(fd, &at, &s->zip_len);

	if (e)
		return fail(s, e, path, strerror(errno));
	s->zip = s->zip_len ? (void *)(uintptr_t)at : NULL;
	e = zip_open(&z, at, s->zip_len);
	if (!e && !(members = calloc(z.count + 1, sizeof(*members))))
		e = ERR_NOMEM;
	if (!e)
		e = zip_read(&z, members);
	for (size_t i = 0; !e && i < z.count; i++)
		e = add(s, members[i].name, members[i].name_len, members[i].at, members[i].len);
	free(members);
	return e == ERR_MALFORMED ? fail(s, e, path, z.what) : e;
}

static enum err read_file(struct source *s, int dir, const char *entry, const char *name)
{
	const uint8_t *at;
	size_t len;
	enum err e;
	int fd = openat(dir, entry, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return fail(s, ERR_IO, name, errno == ELOOP ? "un lien, pas un fichier" : strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return fail(s, ERR_IO, name, "ce n’est pas un fichier");
	}
	e = map(fd, &at, &len);
	close(fd);
	if (e)
		return fail(s, e, name, strerror(errno));
	e = add(s, name, strlen(name), at, len);
	if (e && len)
		munmap((void *)(uintptr_t)at, len);
	return e;
}

static enum err read_folder(struct source *s, int fd, const char *prefix);

static enum err read_entry(struct source *s, int dir, const char *entry, const char *prefix)
{
	char name[NAME_MAX_LEN + 1];
	struct stat st;
	int fd;

	if (snprintf(name, sizeof(name), "%s%s", prefix, entry) > NAME_MAX_LEN)
		return fail(s, ERR_MALFORMED, entry, "nom trop long");
	if (fstatat(dir, entry, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(s, ERR_IO, name, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return read_file(s, dir, entry, name);
	if (*prefix || (strcmp(entry, "chunks") != 0 && strcmp(entry, "grants") != 0))
		return fail(s, ERR_MALFORMED, name, "un dossier de trop");
	fd = openat(dir, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail(s, ERR_IO, name, strerror(errno));
	snprintf(name, sizeof(name), "%.254s/", entry);
	return read_folder(s, fd, name);
}

/* Beside the folder itself, what a computer leaves in folders that somebody looked into. */
static bool is_skipped(const char *name)
{
	static const char *const names[] = { ".", "..", ".DS_Store", "Thumbs.db", "desktop.ini" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

/* Takes the descriptor. Two levels at most. */
static enum err read_folder(struct source *s, int fd, const char *prefix)
{
	DIR *d = fdopendir(fd);
	struct dirent *entry;
	enum err e = OK;

	if (!d) {
		close(fd);
		return ERR_NOMEM;
	}
	while (!e && (entry = readdir(d))) {
		if (!is_skipped(entry->d_name))
			e = read_entry(s, dirfd(d), entry->d_name, prefix);
	}
	closedir(d);
	return e;
}

enum err source_open(const char *path, struct source **out, char trouble[VERIFY_SENTENCE_MAX])
{
	struct source *s = calloc(1, sizeof(*s));
	struct stat st;
	enum err e;
	int fd;

	*out = NULL;
	*trouble = '\0';
	if (!s)
		return ERR_NOMEM;
	s->trouble = trouble;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		e = fail(s, ERR_IO, path, strerror(errno));
		if (fd >= 0)
			close(fd);
	} else if (S_ISDIR(st.st_mode)) {
		e = read_folder(s, fd, "");
	} else {
		e = S_ISREG(st.st_mode) ? read_zip(s, fd, path) : fail(s, ERR_IO, path, "ni un fichier ni un dossier");
		close(fd);
	}
	if (e)
		source_close(s);
	else
		*out = s;
	if (e == ERR_NOMEM)
		snprintf(trouble, VERIFY_SENTENCE_MAX, "mémoire insuffisante");
	return e;
}

void source_close(struct source *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++) {
		if (!s->zip && s->files[i].len)
			munmap((void *)(uintptr_t)s->files[i].at, s->files[i].len);
		free((char *)(uintptr_t)s->files[i].name);
	}
	if (s->zip)
		munmap(s->zip, s->zip_len);
	free(s->files);
	free(s);
}

const struct verify_file *source_files(const struct source *s, size_t *count)
{
	*count = s->count;
	return s->files;
}
