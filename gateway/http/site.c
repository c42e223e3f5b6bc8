#include "gateway/http/site.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/http/sha256.h"

enum { FILES_MAX = 256, FILE_MAX = 64 << 20 };

struct site {
	struct site_file file[FILES_MAX];
	size_t count;
};

static const struct {
	const char *ending, *type;
} types[] = {
	{ ".html", "text/html; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".css", "text/css; charset=utf-8" },
	{ ".svg", "image/svg+xml" },
	{ ".wasm", "application/wasm" },
	{ ".txt", "text/plain; charset=utf-8" },
	{ ".png", "image/png" },
};

static const char *type_of(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t n = strlen(types[i].ending);
		if (len > n && strcmp(name + len - n, types[i].ending) == 0)
			return types[i].type;
	}
	return NULL;
}

static enum err read_whole(int fd, size_t size, uint8_t *out)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n = read(fd, out + got, size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		got += (size_t)n;
	}
	return OK;
}

enum err site_read_file(const char *path, uint8_t **out, size_t *len)
{
	struct stat st;
	enum err e = ERR_IO;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*out = NULL;
	*len = 0;
	if (fd < 0)
		return ERR_IO;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MAX) {
		*len = (size_t)st.st_size;
		*out = malloc(*len + 1);
		e = *out ? read_whole(fd, *len, *out) : ERR_NOMEM;
	}
	if (!e)
		(*out)[*len] = '\0';
	close(fd);
	if (e) {
		free(*out);
		*out = NULL;
	}
	return e;
}

enum err site_add_file(struct site *s, const char *path, const char *url)
{
	struct site_file *f = &s->file[s->count];
	enum err e;

	if (s->count == FILES_MAX)
		return ERR_NOMEM;
	e = site_read_file(path, &f->bytes, &f->len);
	if (e) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return e;
	}
	f->type = type_of(url);
	f->url = strdup(url);
	f->etag[0] = '"';
	sha256_hex(f->bytes, f->len, f->etag + 1);
	f->etag[65] = '"';
	f->etag[66] = '\0';
	s->count++;
	return f->url ? OK : ERR_NOMEM;
}

/* Files of known types, folder by folder; anything else does not belong to the site. */
enum err site_add_folder(struct site *s, const char *dir, const char *url)
{
	struct dirent *d;
	enum err e = OK;
	DIR *folder = opendir(dir);

	if (!folder) {
		fprintf(stderr, "%s: %s\n", dir, strerror(errno));
		return ERR_IO;
	}
	while (!e && (d = readdir(folder)) != NULL) {
		char path[4096], to[512];

		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, d->d_name);
		snprintf(to, sizeof(to), "%s%s%s", url, d->d_name, d->d_type == DT_DIR ? "/" : "");
		if (d->d_type == DT_REG && type_of(to))
			e = site_add_file(s, path, to);
		else if (d->d_type == DT_DIR)
			e = site_add_folder(s, path, to);
	}
	closedir(folder);
	return e;
}

enum err site_new(struct site **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? OK : ERR_NOMEM;
}

void site_free(struct site *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++) {
		free(s->file[i].url);
		free(s->file[i].bytes);
	}
	free(s);
}

const struct site_file *site_find(const struct site *s, const char *url)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->file[i].url, url) == 0)
			return &s->file[i];
	return NULL;
}
