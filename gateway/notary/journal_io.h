#ifndef JOURNAL_IO_H
#define JOURNAL_IO_H

#include <stddef.h>
#include <sys/types.h>

/**
 * journal_io: every call of the operating system that the journal makes, as a table, so that a test can
 * make each n-th of them fail. Results and errno are those of the POSIX calls of the same name.
 */
struct journal_io {
	void *arg; /* the first argument of each function */
	int (*open)(void *arg, const char *path, int flags, mode_t mode);
	ssize_t (*pread)(void *arg, int fd, void *buf, size_t len, off_t at);
	ssize_t (*write)(void *arg, int fd, const void *buf, size_t len);
	int (*fdatasync)(void *arg, int fd);
	int (*fsync)(void *arg, int fd);
	int (*ftruncate)(void *arg, int fd, off_t len);
	int (*close)(void *arg, int fd);
};

/** The real calls. */
extern const struct journal_io journal_io_posix;

#endif
