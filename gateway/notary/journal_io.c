#include "gateway/notary/journal_io.h"

#include <fcntl.h>
#include <unistd.h>

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

static int posix_close(void *arg, int fd)
{
	(void)arg;
	return close(fd);
}

const struct journal_io journal_io_posix = {
	.open = posix_open,
	.pread = posix_pread,
	.write = posix_write,
	.fdatasync = posix_fdatasync,
	.fsync = posix_fsync,
	.ftruncate = posix_ftruncate,
	.close = posix_close,
};
