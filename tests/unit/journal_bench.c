#include "journal_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char session[] = "0123456789abcdef0123456789abcdef";

static uint64_t fixed_ms(void *arg)
{
	(void)arg;
	return 1700000000000;
}

static const struct clock fixed = { .wall_ms = fixed_ms, .boot_ms = fixed_ms };

static bool fails(struct faults *f)
{
	if (++f->calls != f->fail_at)
		return false;
	errno = EIO;
	return true;
}

static int faulty_mkdir(void *arg, const char *path, mode_t mode)
{
	return fails(arg) ? -1 : mkdir(path, mode);
}

static int faulty_open(void *arg, const char *path, int flags, mode_t mode)
{
	return fails(arg) ? -1 : open(path, flags, mode);
}

static ssize_t faulty_pread(void *arg, int fd, void *buf, size_t len, off_t at)
{
	return fails(arg) ? -1 : pread(fd, buf, len, at);
}

static ssize_t faulty_write(void *arg, int fd, const void *buf, size_t len)
{
	struct faults *f = arg;

	if (!fails(f))
		return write(fd, buf, f->is_short && len > 1 ? len / 2 : len);
	if (f->is_short)
		(void)!write(fd, buf, len / 2); /* a torn line stays behind */
	errno = ENOSPC;
	return -1;
}

static int faulty_fdatasync(void *arg, int fd)
{
	return fails(arg) ? -1 : fdatasync(fd);
}

static int faulty_fsync(void *arg, int fd)
{
	return fails(arg) ? -1 : fsync(fd);
}

static int faulty_ftruncate(void *arg, int fd, off_t len)
{
	return fails(arg) ? -1 : ftruncate(fd, len);
}

static int faulty_rename(void *arg, const char *from, const char *to)
{
	return fails(arg) ? -1 : rename(from, to);
}

static int faulty_unlink(void *arg, const char *path)
{
	return fails(arg) ? -1 : unlink(path);
}

static int faulty_fallocate(void *arg, int fd, off_t len)
{
	if (fails(arg))
		return -1;
	errno = posix_fallocate(fd, 0, len);
	return errno ? -1 : 0;
}

static DIR *faulty_opendir(void *arg, const char *path)
{
	return fails(arg) ? NULL : opendir(path);
}

static struct dirent *faulty_readdir(void *arg, DIR *folder)
{
	return fails(arg) ? NULL : readdir(folder);
}

static int plain_closedir(void *arg, DIR *folder)
{
	(void)arg;
	return closedir(folder);
}

static int plain_close(void *arg, int fd)
{
	(void)arg;
	return close(fd);
}

struct journal_io faulty(struct faults *f)
{
	return (struct journal_io){
		.arg = f, .mkdir = faulty_mkdir, .open = faulty_open, .pread = faulty_pread, .write = faulty_write,
		.fdatasync = faulty_fdatasync, .fsync = faulty_fsync, .ftruncate = faulty_ftruncate,
		.rename = faulty_rename, .unlink = faulty_unlink, .fallocate = faulty_fallocate, .close = plain_close,
		.opendir = faulty_opendir, .readdir = faulty_readdir, .closedir = plain_closedir,
	};
}

static char dir[64];

const char *path_of(const char *name, const char *suffix)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s/journal.%s", dir, name, suffix);
	return path;
}

const char *folder_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

int journal_setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/journal_test.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

void remove_all(void)
{
	unlink(path_of(session, "jsonl"));
	unlink(path_of(session, "dropped"));
	rmdir(folder_of(session));
}

int journal_teardown(void **state)
{
	(void)state;
	remove_all();
	return rmdir(dir);
}

char *read_file(const char *suffix, size_t *len)
{
	FILE *f = fopen(path_of(session, suffix), "r");
	char *buf = calloc(1, 1 << 20);

	*len = f ? fread(buf, 1, (1 << 20) - 1, f) : 0;
	if (f)
		fclose(f);
	return buf;
}

void write_tail(const char *text, size_t len)
{
	FILE *f;

	mkdir(folder_of(session), 0700);
	f = fopen(path_of(session, "jsonl"), "a");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
}

struct journals *journals_of(const struct journal_io *io, size_t max)
{
	struct journals *js;

	assert_int_equal(journals_new(dir, io, &fixed, max, &js), OK);
	return js;
}

enum err append(struct journals *js, const char *id, int value, struct journal_receipt *r)
{
	cJSON *data = cJSON_CreateObject();
	enum err e;

	cJSON_AddNumberToObject(data, "value", value);
	e = journals_append(js, id, "test", data, r);
	cJSON_Delete(data);
	return e;
}

/* Lines of the file, each checked against the chain by the scanner. */
uint64_t count_lines(void)
{
	struct journal_place place = { .dir = dir, .name = "journal", .io = &journal_io_posix, .clock = &fixed };
	struct journal *j;
	uint64_t n;
	enum err e = journal_open(&place, session, false, &j);

	if (e)
		return 0;
	n = journal_count(j);
	journal_close(j);
	return n;
}
