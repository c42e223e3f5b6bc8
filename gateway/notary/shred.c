#include "gateway/notary/shred.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>

enum { PATH_ROOM = 4096, BLOCK = 4096 };

/* How long it is: the table has no call that asks. */
static enum err length_of(const struct journal_io *io, int fd, size_t *len)
{
	uint8_t buf[BLOCK];

	*len = 0;
	for (;;) {
		ssize_t n = io->pread(io->arg, fd, buf, sizeof(buf), (off_t)*len);
		if (n < 0 && errno == EINTR)
			continue;
		explicit_bzero(buf, sizeof(buf));
		if (n <= 0)
			return n == 0 ? OK : ERR_IO;
		*len += (size_t)n;
	}
}

static enum err overwrite(const struct journal_io *io, int fd)
{
	static const uint8_t zeros[BLOCK];
	size_t len;
	enum err e = length_of(io, fd, &len);

	while (!e && len > 0) {
		ssize_t n = io->write(io->arg, fd, zeros, len < BLOCK ? len : BLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		len -= (size_t)n;
	}
	if (!e && (io->fdatasync(io->arg, fd) < 0 || io->ftruncate(io->arg, fd, 0) < 0))
		e = ERR_IO;
	return e;
}

enum err shred_file(const struct journal_io *io, const char *folder, const char *name)
{
	char path[PATH_ROOM];
	int len = snprintf(path, sizeof(path), "%s/%s", folder, name), fd;
	enum err e;

	if (len < 0 || (size_t)len >= sizeof(path))
		return ERR_IO;
	fd = io->open(io->arg, path, O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0);
	if (fd < 0)
		return errno == ENOENT ? OK : ERR_IO;
	e = overwrite(io, fd);
	io->close(io->arg, fd);
	if (!e && io->unlink(io->arg, path) < 0)
		e = ERR_IO;
	return e;
}

enum err shred_done(const struct journal_io *io, const char *folder)
{
	int fd = io->open(io->arg, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	enum err e = fd >= 0 && io->fsync(io->arg, fd) == 0 ? OK : ERR_IO;

	if (fd >= 0)
		io->close(io->arg, fd);
	return e;
}
