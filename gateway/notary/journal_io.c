#include "gateway/notary/journal_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int posix_mkdir(void *arg, const char *path, mode_t mode)
{
	(void)arg;
	return mkdir(path, mode);
}

static int posix_open(void *arg, const char *path, int flags, mode_t mode)
{
	(void)arg;
	return open(path, flags, mode);
}

static ssize_t posix_pread(void *arg, int fd, void *buf, size_t len, off_t at)
{
	(void)arg;
	return pread(fd, buf, len, at);
}

static ssize_t posix_write(void *arg, int fd, const void *buf, size_t len)
{
	(void)arg;
	return write(fd, buf, len);
}

static int posix_fdatasync(void *arg, int fd)
{
	(void)arg;
	return fdatasync(fd);
}

static int posix_fsync(void *arg, int fd)
{
	(void)arg;
	return fsync(fd);
}

static int posix_ftruncate(void *arg, int fd, off_t len)
{
	(void)arg;
	return ftruncate(fd, len);
}

static int take_space(void *arg, int fd, off_t len)
{
	(void)arg;
	errno = posix_fallocate(fd, 0, len);
	return errno ? -1 : 0;
}

static int posix_rename(void *arg, const char *from, const char *to)
{
	(void)arg;
	return rename(from, to);
}

static int posix_unlink(void *arg, const char *path)
{
	(void)arg;
	return unlink(path);
}

static int posix_close(void *arg, int fd)
{
	(void)arg;
	return close(fd);
}

static DIR *posix_opendir(void *arg, const char *path)
{
	(void)arg;
	return opendir(path);
}

static struct dirent *posix_readdir(void *arg, DIR *folder)
{
	(void)arg;
	return readdir(folder);
}

static int posix_closedir(void *arg, DIR *folder)
{
	(void)arg;
	return closedir(folder);
}

const struct journal_io journal_io_posix = {
	.mkdir = posix_mkdir,
	.open = posix_open,
	.pread = posix_pread,
	.write = posix_write,
	.fdatasync = posix_fdatasync,
	.fsync = posix_fsync,
	.ftruncate = posix_ftruncate,
	.fallocate = take_space,
	.rename = posix_rename,
	.unlink = posix_unlink,
	.close = posix_close,
	.opendir = posix_opendir,
	.readdir = posix_readdir,
	.closedir = posix_closedir,
};

enum err journal_io_read(const struct journal_io *io, int fd, size_t max, char **buf, size_t *len)
{
	size_t room = 0;

	*buf = NULL;
	*len = 0;
	for (;;) {
		ssize_t n;
		if (*len == room) {
			char *grown = realloc(*buf, room = 2 * room + 65536);
			if (!grown)
				return ERR_NOMEM;
			*buf = grown;
		}
		n = io->pread(io->arg, fd, *buf + *len, room - *len, (off_t)*len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || *len > max)
			return ERR_IO;
		if (n == 0)
			return OK;
		*len += (size_t)n;
	}
}
