#include "gateway/notary/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { FILE_MODE = 0600, FOLDER_MODE = 0700 };

static bool path_of(const char *folder, const char *name, const char *suffix, char out[DURABLE_PATH])
{
	int len = snprintf(out, DURABLE_PATH, "%s/%s%s", folder, name, suffix);

	if (len > 0 && len < DURABLE_PATH)
		return true;
	errno = ENAMETOOLONG;
	return false;
}

enum err durable_write(const struct journal_io *io, int fd, const void *buf, size_t len)
{
	const uint8_t *at = buf;

	while (len > 0) {
		ssize_t n = io->write(io->arg, fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return ERR_IO;
		at += n;
		len -= (size_t)n;
	}
	return OK;
}

/* Closes without losing the errno that the caller is going to report. */
static void close_quietly(const struct journal_io *io, int fd)
{
	int cause = errno;

	if (fd >= 0)
		io->close(io->arg, fd);
	errno = cause;
}

enum err durable_sync_folder(const struct journal_io *io, const char *path)
{
	int fd = io->open(io->arg, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	enum err e = fd >= 0 && io->fsync(io->arg, fd) == 0 ? OK : ERR_IO;

	close_quietly(io, fd);
	return e;
}

enum err durable_folder(const struct journal_io *io, const char *parent, const char *name)
{
	char path[DURABLE_PATH];

	if (!path_of(parent, name, "", path))
		return ERR_IO;
	if (io->mkdir(io->arg, path, FOLDER_MODE) < 0 && errno != EEXIST)
		return ERR_IO;
	return durable_sync_folder(io, parent);
}

static enum err write_file(const struct journal_io *io, const char *path, const void *buf, size_t len)
{
	int fd = io->open(io->arg, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	enum err e = fd >= 0 ? durable_write(io, fd, buf, len) : ERR_IO;

	if (!e && io->fdatasync(io->arg, fd) < 0)
		e = ERR_IO;
	close_quietly(io, fd);
	return e;
}

enum err durable_file(const struct journal_io *io, const char *folder, const char *name, const void *buf, size_t len)
{
	char path[DURABLE_PATH];
	enum err e = path_of(folder, name, "", path) ? write_file(io, path, buf, len) : ERR_IO;

	return e ? e : durable_sync_folder(io, folder);
}

enum err durable_replace(const struct journal_io *io, const char *folder, const char *name, const void *buf, size_t len)
{
	char path[DURABLE_PATH], fresh[DURABLE_PATH];
	enum err e = path_of(folder, name, "", path) && path_of(folder, name, ".new", fresh) ? OK : ERR_IO;

	if (!e)
		e = write_file(io, fresh, buf, len);
	if (!e && io->rename(io->arg, fresh, path) < 0)
		e = ERR_IO;
	return e ? e : durable_sync_folder(io, folder);
}

enum err durable_remove(const struct journal_io *io, const char *folder, const char *name)
{
	char path[DURABLE_PATH];

	if (!path_of(folder, name, "", path))
		return ERR_IO;
	return io->unlink(io->arg, path) == 0 || errno == ENOENT ? OK : ERR_IO;
}
