#include "gateway/notary/stored.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

enum { READ_STEP = 65536 };

enum err stored_path(const char *dir, const char *name, char out[DURABLE_PATH])
{
	int len = snprintf(out, DURABLE_PATH, "%s/%s", dir, name);

	return len > 0 && len < DURABLE_PATH ? OK : ERR_IO;
}

enum err stored_name(const struct journal_io *io, const char *dir, const char *name, int fd)
{
	char from[DURABLE_PATH], to[DURABLE_PATH];
	int len = snprintf(from, sizeof(from), "%s/%s.new", dir, name);
	enum err e = len > 0 && len < DURABLE_PATH ? stored_path(dir, name, to) : ERR_IO;

	if (!e && io->fdatasync(io->arg, fd) < 0)
		e = ERR_IO;
	if (!e && io->rename(io->arg, from, to) < 0)
		e = ERR_IO;
	return e ? e : durable_sync_folder(io, dir);
}

static enum err grow(char **buf, size_t *room, size_t len, size_t max)
{
	char *grown;

	if (len < *room)
		return OK;
	*room = 2 * *room + READ_STEP < max + 1 ? 2 * *room + READ_STEP : max + 1;
	grown = realloc(*buf, *room + 1);
	if (!grown)
		return ERR_NOMEM;
	*buf = grown;
	return OK;
}

enum err stored_read_fd(const struct journal_io *io, int fd, size_t max, char **buf, size_t *len)
{
	size_t room = 0;
	enum err e = OK;

	*buf = NULL;
	*len = 0;
	while (!e) {
		ssize_t n = 0;

		e = *len > max ? ERR_MALFORMED : grow(buf, &room, *len, max);
		if (!e)
			n = io->pread(io->arg, fd, *buf + *len, room - *len, (off_t)*len);
		if (!e && n == 0) {
			(*buf)[*len] = '\0';
			return OK;
		}
		if (n > 0)
			*len += (size_t)n;
		else if (!e && errno != EINTR)
			e = ERR_IO;
	}
	free(*buf);
	*buf = NULL;
	*len = 0;
	return e;
}

enum err stored_read(const struct journal_io *io, const char *dir, const char *name, size_t max, char **buf,
		size_t *len)
{
	char path[DURABLE_PATH];
	enum err e = stored_path(dir, name, path);
	int fd;

	*buf = NULL;
	*len = 0;
	if (e)
		return e;
	fd = io->open(io->arg, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
	if (fd < 0)
		return errno == ENOENT ? ERR_FORBIDDEN : ERR_IO;
	e = stored_read_fd(io, fd, max, buf, len);
	io->close(io->arg, fd);
	return e;
}
