#ifndef JOURNAL_IO_H
#define JOURNAL_IO_H

#include <dirent.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/err.h"

/**
 * journal_io: every call of the operating system that the evidence is written and read with, as a table, so
 * that a test can make each n-th of them fail. Results and errno are those of the POSIX calls of the same name;
 * fallocate takes the space of the first `len` bytes, and answers as the others do.
 */
struct journal_io {
	void *arg; /* the first argument of each function */
	int (*mkdir)(void *arg, const char *path, mode_t mode);
	int (*open)(void *arg, const char *path, int flags, mode_t mode);
	ssize_t (*pread)(void *arg, int fd, void *buf, size_t len, off_t at);
	ssize_t (*write)(void *arg, int fd, const void *buf, size_t len);
	int (*fdatasync)(void *arg, int fd);
	int (*fsync)(void *arg, int fd);
	int (*ftruncate)(void *arg, int fd, off_t len);
	int (*rename)(void *arg, const char *from, const char *to);
	int (*unlink)(void *arg, const char *path);
	int (*close)(void *arg, int fd);
	int (*fallocate)(void *arg, int fd, off_t len);
	DIR *(*opendir)(void *arg, const char *path);
	struct dirent *(*readdir)(void *arg, DIR *folder);
	int (*closedir)(void *arg, DIR *folder);
};

/** The real calls. */
extern const struct journal_io journal_io_posix;

/** The whole file; *buf is the caller's (free), whatever comes back. ERR_IO: also if longer than max; ERR_NOMEM. */
enum err journal_io_read(const struct journal_io *io, int fd, size_t max, char **buf, size_t *len);

#endif
