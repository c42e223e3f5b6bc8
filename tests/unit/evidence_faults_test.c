/* E3: whichever call of the system fails, nothing is acknowledged that is not stored (S26). */
#include "evidence_script.h"
#include "pki_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FDS_MAX = 1024 };

/* Calls are counted from the start of the script; the fail_at-th fails, or all from it on. */
struct faults {
	int calls, fail_at;
	bool is_lasting, is_short;
	int cause;
	bool has_failed;
	bool is_started; /* out: the notary opened on this disk */
	off_t flushed[FDS_MAX]; /* bytes of each open file that a flush has said are there */
	char fresh[256];        /* the name that was made last and is not flushed yet */
};

static bool fails(struct faults *f)
{
	f->calls++;
	if (f->fail_at == 0 || (f->is_lasting ? f->calls < f->fail_at : f->calls != f->fail_at))
		return false;
	f->has_failed = true;
	errno = f->cause;
	return true;
}

static int faulty_mkdir(void *arg, const char *path, mode_t mode)
{
	return fails(arg) ? -1 : mkdir(path, mode);
}

static int faulty_open(void *arg, const char *path, int flags, mode_t mode)
{
	struct faults *f = arg;
	bool was_there = access(path, F_OK) == 0;
	struct stat st;
	int fd = fails(f) ? -1 : open(path, flags, mode);

	if (fd < 0)
		return fd;
	assert_true(fd < FDS_MAX && fstat(fd, &st) == 0);
	f->flushed[fd] = st.st_size;
	if (!was_there)
		snprintf(f->fresh, sizeof(f->fresh), "%s", path);
	return fd;
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
	(void)!write(fd, buf, len / 2); /* what was written before it failed stays behind */
	errno = f->cause;
	return -1;
}

/* What could not be flushed is gone, as it would be from the kernel's memory. */
static int faulty_fdatasync(void *arg, int fd)
{
	struct faults *f = arg;
	struct stat st;

	if (fails(f)) {
		assert_int_equal(ftruncate(fd, f->flushed[fd]), 0);
		errno = f->cause;
		return -1;
	}
	assert_int_equal(fstat(fd, &st), 0);
	f->flushed[fd] = st.st_size;
	return fdatasync(fd);
}

static int faulty_fsync(void *arg, int fd)
{
	struct faults *f = arg;

	bool is_failing = fails(f);

	if (is_failing && f->fresh[0])
		(void)unlink(f->fresh);
	f->fresh[0] = '\0';
	errno = f->cause;
	return is_failing ? -1 : fsync(fd);
}

static int faulty_ftruncate(void *arg, int fd, off_t len)
{
	return fails(arg) ? -1 : ftruncate(fd, len);
}

static int faulty_rename(void *arg, const char *from, const char *to)
{
	struct faults *f = arg;

	if (fails(f))
		return -1;
	snprintf(f->fresh, sizeof(f->fresh), "%s", to);
	return rename(from, to);
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

static struct journal_io faulty(struct faults *f)
{
	struct journal_io io = journal_io_posix;

	io.arg = f;
	io.mkdir = faulty_mkdir;
	io.open = faulty_open;
	io.pread = faulty_pread;
	io.write = faulty_write;
	io.fdatasync = faulty_fdatasync;
	io.fsync = faulty_fsync;
	io.ftruncate = faulty_ftruncate;
	io.rename = faulty_rename;
	io.unlink = faulty_unlink;
	io.fallocate = faulty_fallocate;
	return io;
}

static char template[64];

static int setup(void **state)
{
	(void)state;
	script_template(template);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	remove_tree(template);
	return 0;
}

/* A failure that was told is told once, and the session is over in journal and store. */
static bool is_told(struct bench *b, const struct door *d)
{
	if (!d->session[0] || !count_events(b->dir, d->session, "failed"))
		return false;
	assert_int_equal(count_events(b->dir, d->session, "failed"), 1);
	assert_int_equal(count_events(b->dir, d->session, "end"), 1);
	assert_ok(of_session(b, "session_get", d, ""));
	assert_string_equal(json_string(b->last, "state"), "ended");
	return true;
}

/* A notary whose log cannot be opened does not start; the next one, on a good disk, does. */
static void start_again(struct bench *b, struct faults *f)
{
	assert_true(f->has_failed);
	f->fail_at = 0;
	f->is_started = false;
	assert_int_equal(bench_try(b), OK);
}

/* One life of a session on that disk; true if a failure is told in its journal. */
static bool live_once(struct faults *f)
{
	struct journal_io io = faulty(f);
	struct bench *b = script_bench(template, script_parent(), &io);
	struct acks acks = { 0 };
	struct door d;
	bool was_told;

	b->reserve_bytes = 16384;
	set_quiet(true);
	f->is_started = true;
	if (bench_try(b))
		start_again(b, f);
	script_run(b, &acks, &d, 4, 2);
	if (!f->has_failed)
		assert_int_equal(acks.refused, 0);
	f->fail_at = 0;
	was_told = !f->is_lasting && is_told(b, &d);
	notary_free(b->n);
	b->n = NULL;
	assert_all_stored(b->dir, &acks, acks.count, &b->clock);
	script_bench_free(b);
	return was_told;
}

/* How many of the failures were told, per cent of those that came behind the start. */
static int break_each(bool is_lasting, bool is_short, int cause)
{
	struct faults whole = { .is_short = is_short };
	int told = 0, started = 0, calls;

	(void)live_once(&whole);
	calls = whole.calls;
	assert_true(calls > 80);
	for (int at = 1; at <= calls; at++) {
		struct faults f = { .fail_at = at, .is_lasting = is_lasting, .is_short = is_short, .cause = cause };
		told += live_once(&f);
		assert_true(f.has_failed);
		started += f.is_started;
	}
	return 100 * told / started;
}

static void E3_no_single_failure_is_acknowledged_and_most_are_told(void **state)
{
	(void)state;
	assert_true(break_each(false, false, ENOSPC) > 60); /* per cent; the others begin no session or cost none */
}

static void E3_no_disk_that_fails_for_good_is_acknowledged(void **state)
{
	(void)state;
	(void)break_each(true, true, EIO);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(E3_no_single_failure_is_acknowledged_and_most_are_told),
		cmocka_unit_test(E3_no_disk_that_fails_for_good_is_acknowledged),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("evidence_faults", tests, setup, teardown);
}
