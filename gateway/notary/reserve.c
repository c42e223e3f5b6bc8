#include "gateway/notary/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/notary/durable.h"
#include "gateway/notary/log.h"

enum { FILE_MODE = 0600 };

static const char name[] = "reserve";

struct reserve {
	const struct journal_io *io;
	char *dir;
	uint64_t bytes;
	bool is_whole, was_given;
};

enum err reserve_new(const struct journal_io *io, const char *dir, uint64_t bytes, struct reserve **out)
{
	struct reserve *r = calloc(1, sizeof(*r));

	*out = NULL;
	if (!r)
		return ERR_NOMEM;
	*r = (struct reserve){ .io = io, .dir = strdup(dir), .bytes = bytes, .is_whole = bytes == 0 };
	if (!r->dir) {
		reserve_free(r);
		return ERR_NOMEM;
	}
	*out = r;
	return OK;
}

void reserve_free(struct reserve *r)
{
	if (r)
		free(r->dir);
	free(r);
}

bool reserve_is_whole(const struct reserve *r)
{
	return r->is_whole;
}

static enum err fill(const struct reserve *r, int fd)
{
	const struct journal_io *io = r->io;

	if (r->was_given && (io->fallocate(io->arg, fd, (off_t)(2 * r->bytes)) < 0 ||
			io->ftruncate(io->arg, fd, (off_t)r->bytes) < 0))
		return ERR_IO;
	if (io->fallocate(io->arg, fd, (off_t)r->bytes) < 0 || io->fsync(io->arg, fd) < 0)
		return ERR_IO;
	return durable_sync_folder(io, r->dir);
}

bool reserve_take(struct reserve *r)
{
	const struct journal_io *io = r->io;
	char path[DURABLE_PATH];
	int fd;

	if (r->is_whole)
		return true;
	if (snprintf(path, sizeof(path), "%s/%s", r->dir, name) >= (int)sizeof(path))
		return false;
	fd = io->open(io->arg, path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	r->is_whole = fd >= 0 && fill(r, fd) == OK;
	if (!r->is_whole)
		log_problem(name, NULL, strerror(errno));
	if (fd >= 0)
		io->close(io->arg, fd);
	if (!r->is_whole)
		(void)durable_remove(io, r->dir, name);
	r->was_given = r->was_given && !r->is_whole;
	return r->is_whole;
}

void reserve_give(struct reserve *r)
{
	if (r->bytes == 0 || !r->is_whole)
		return;
	r->is_whole = false;
	r->was_given = true;
	if (durable_remove(r->io, r->dir, name) || durable_sync_folder(r->io, r->dir))
		log_problem(name, NULL, strerror(errno));
}
