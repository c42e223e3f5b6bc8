#include "gateway/notary/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/notary/log.h"

enum { DIRECTORY_MODE = 0700, FILE_MODE = 0600 };

static enum err fail_with(const char *path, const char *why)
{
	log_problem(path, NULL, why);
	return ERR_IO;
}

static enum err make_directory(const char *path)
{
	struct stat st;

	if (mkdir(path, DIRECTORY_MODE) < 0 && errno != EEXIST)
		return fail_with(path, strerror(errno));
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return fail_with(path, "is no directory");
	return OK;
}

static enum err sync_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e = fd >= 0 && fsync(fd) == 0 ? OK : fail_with(path, strerror(errno));

	if (fd >= 0)
		close(fd);
	return e;
}

static enum err take_lock(const char *path, int *lock)
{
	*lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (*lock < 0)
		return fail_with(path, strerror(errno));
	if (flock(*lock, LOCK_EX | LOCK_NB) == 0)
		return OK;
	close(*lock);
	*lock = -1;
	return fail_with(path, "another notary uses this directory");
}

enum err files_prepare(const char *directory, struct files_paths *p, int *lock)
{
	char lock_path[FILES_PATH + 16];
	enum err e;

	*lock = -1;
	if (strlen(directory) >= FILES_PATH)
		return fail_with(directory, "the path is too long");
	snprintf(p->directory, sizeof(p->directory), "%s", directory);
	snprintf(p->sessions, sizeof(p->sessions), "%s/sessions", directory);
	snprintf(p->terms, sizeof(p->terms), "%s/terms", directory);
	snprintf(p->database, sizeof(p->database), "%s/guichet.db", directory);
	snprintf(p->secret, sizeof(p->secret), "%s/secret", directory);
	snprintf(p->secret_new, sizeof(p->secret_new), "%s/secret.new", directory);
	snprintf(lock_path, sizeof(lock_path), "%s/lock", directory);

	e = make_directory(directory);
	if (!e)
		e = make_directory(p->sessions);
	if (!e)
		e = make_directory(p->terms);
	if (!e)
		e = take_lock(lock_path, lock);
	return e ? e : sync_directory(directory);
}

void files_unlock(int lock)
{
	if (lock >= 0)
		close(lock);
}

static enum err read_secret(int fd, const char *path, uint8_t key[DIGEST_KEY_LEN])
{
	uint8_t buf[DIGEST_KEY_LEN + 1];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n == DIGEST_KEY_LEN)
		memcpy(key, buf, DIGEST_KEY_LEN);
	sodium_memzero(buf, sizeof(buf));
	return n == DIGEST_KEY_LEN ? OK : fail_with(path, "does not hold 32 bytes");
}

/* Whole or not at all: the file gets its name once its bytes are on the disk. */
static enum err make_secret(const struct files_paths *p, uint8_t key[DIGEST_KEY_LEN])
{
	int fd = open(p->secret_new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	bool is_written;

	if (fd < 0)
		return fail_with(p->secret_new, strerror(errno));
	randombytes_buf(key, DIGEST_KEY_LEN);
	is_written = write(fd, key, DIGEST_KEY_LEN) == DIGEST_KEY_LEN && fsync(fd) == 0;
	close(fd);
	if (!is_written || rename(p->secret_new, p->secret) < 0)
		return fail_with(p->secret, "cannot be written");
	return sync_directory(p->directory);
}

enum err files_secret(const struct files_paths *p, uint8_t key[DIGEST_KEY_LEN])
{
	int fd = open(p->secret, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum err e;

	if (fd < 0)
		return errno == ENOENT ? make_secret(p, key) : fail_with(p->secret, strerror(errno));
	e = read_secret(fd, p->secret, key);
	close(fd);
	return e;
}
