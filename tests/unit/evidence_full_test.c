/*
 * E4: a real disk that is full, at 200 different points of a session: nothing acknowledged is lost, the failure is
 * told with what was reserved, the session is over, and new ones begin when there is room again.
 * Needs root, for a file system of its own: without it the test fails.
 */
#include "evidence_script.h"
#include "pki_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { POINTS = 200, DISK_KIB = 3072, RESERVE_BYTES = 262144, CHUNKS = 110, FRAMES = 60 };

static char template[64], disk[64];

static int setup(void **state)
{
	char size[32];

	(void)state;
	script_template(template);
	snprintf(disk, sizeof(disk), "/tmp/evidence_full.XXXXXX");
	if (!mkdtemp(disk))
		return -1;
	snprintf(size, sizeof(size), "size=%dk", DISK_KIB);
	if (mount("guichet", disk, "tmpfs", 0, size) < 0) {
		print_error("a disk of its own cannot be mounted: %s\n", strerror(errno));
		return -1;
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	umount2(disk, MNT_DETACH);
	rmdir(disk);
	remove_tree(template);
	return 0;
}

static off_t free_bytes(void)
{
	struct statvfs v;

	assert_int_equal(statvfs(disk, &v), 0);
	return (off_t)(v.f_bavail * v.f_frsize);
}

/* Takes all but `leave` bytes of the disk. */
static void fill(const char *path, off_t leave)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	off_t take = free_bytes() - leave;

	assert_true(fd >= 0);
	if (take > 0)
		assert_int_equal(posix_fallocate(fd, 0, take), 0);
	close(fd);
}

struct tally {
	unsigned refused, told, none_begun;
};

/* Every session that began is over; true if its journal tells why. */
static bool is_told(struct bench *b, const struct door *d, struct tally *t)
{
	if (!d->session[0]) {
		t->none_begun++;
		return false;
	}
	assert_ok(of_session(b, "session_get", d, ""));
	assert_string_equal(json_string(b->last, "state"), "ended");
	if (strcmp(json_string(b->last, "reason"), "evidence") != 0)
		return false;
	assert_int_equal(count_events(b->dir, d->session, "failed"), 1);
	assert_int_equal(count_events(b->dir, d->session, "end"), 1);
	t->told++;
	return true;
}

static void fill_up_at(off_t leave, struct tally *t)
{
	struct journal_io io = journal_io_posix;
	struct bench *b = script_bench(template, disk, &io);
	struct acks acks = { 0 };
	struct door d, next;
	char filler[128];

	snprintf(filler, sizeof(filler), "%s/filler", disk);
	b->reserve_bytes = RESERVE_BYTES;
	bench_start(b);
	fill(filler, leave);
	script_run(b, &acks, &d, CHUNKS, FRAMES);
	t->refused += acks.refused > 0;
	set_quiet(true);
	if (is_told(b, &d, t))
		assert_string_equal(new_session(b, &next), "evidence"); /* until there is room for another reserve */
	unlink(filler);
	assert_ok(new_session(b, &next));
	set_quiet(false);
	notary_free(b->n);
	b->n = NULL;
	assert_all_stored(b->dir, &acks, acks.count, &b->clock);
	script_bench_free(b);
}

static void E4_a_disk_that_is_full_at_200_points_loses_nothing_and_is_told(void **state)
{
	struct tally t = { 0 };

	(void)state;
	for (int i = 0; i < POINTS; i++)
		fill_up_at(4096 * (off_t)i, &t);
	print_message("%d points: %u refused something, %u told it, %u began nothing\n", POINTS, t.refused, t.told,
		t.none_begun);
	assert_true(t.refused > POINTS * 9 / 10);
	assert_true(t.told > POINTS / 2);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(E4_a_disk_that_is_full_at_200_points_loses_nothing_and_is_told),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("evidence_full", tests, setup, teardown);
}
