/* S20, S21: what is received on the customer's disk: fresh folder, no link, nothing over what is there. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "agent/platform/x11/x11_files.h"

struct bench {
	char home[64], outside[64];
	struct x11_files *files;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	memcpy(b->home, "/tmp/x11_files.XXXXXX", 22);
	memcpy(b->outside, "/tmp/x11_files.XXXXXX", 22);
	*state = b;
	if (!mkdtemp(b->home) || !mkdtemp(b->outside))
		return -1;
	b->files = x11_files_below(b->home);
	return b->files ? 0 : -1;
}

static void clear(const char *folder)
{
	DIR *d = opendir(folder);
	char path[512];

	for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		if (unlink(path) != 0) {
			clear(path);
			rmdir(path);
		}
	}
	if (d)
		closedir(d);
}

static unsigned count(const char *folder)
{
	DIR *d = opendir(folder);
	unsigned n = 0;

	for (struct dirent *e; d && (e = readdir(d)) != NULL;)
		n += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	x11_files_free(b->files);
	clear(b->home);
	clear(b->outside);
	rmdir(b->home);
	rmdir(b->outside);
	free(b);
	return 0;
}

static void receive(struct bench *b, const char *name, const char *content)
{
	struct platform_file *f;
	char where[320];

	assert_int_equal(x11_files_begin(b->files, "Assistance", name, strlen(content), &f), OK);
	assert_int_equal(platform_file_write(f, content, strlen(content)), OK);
	assert_int_equal(platform_file_keep(f, where, sizeof(where)), OK);
}

static void holds(const struct bench *b, const char *path, const char *content)
{
	char full[256], is[256] = "";
	struct stat st;
	int fd;

	snprintf(full, sizeof(full), "%s/%s", b->home, path);
	assert_int_equal(lstat(full, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
	fd = open(full, O_RDONLY);
	assert_true(read(fd, is, sizeof(is) - 1) >= 0);
	close(fd);
	assert_string_equal(is, content);
}

static void nothing_stands_there_until_it_is_whole(void **state)
{
	struct bench *b = *state;
	struct platform_file *f;

	assert_int_equal(x11_files_begin(b->files, "Assistance", "a.pdf", 10, &f), OK);
	assert_int_equal(platform_file_write(f, "12345", 5), OK);
	assert_int_equal(count(b->home), 0);
	platform_file_close(f);
	assert_int_equal(count(b->home), 0);
	receive(b, "a.pdf", "whole");
	holds(b, "Assistance/a.pdf", "whole");
}

static void nothing_is_written_over(void **state)
{
	struct bench *b = *state;
	char taken[128];

	snprintf(taken, sizeof(taken), "%s/Assistance", b->home);
	assert_int_equal(mkdir(taken, 0755), 0);
	receive(b, "a.pdf", "one");
	receive(b, "a.pdf", "two");
	assert_int_equal(count(taken), 0);
	holds(b, "Assistance (2)/a.pdf", "one");
	holds(b, "Assistance (2)/a (2).pdf", "two");
}

static void links_lead_nowhere(void **state)
{
	struct bench *b = *state;
	char folder[128], moved[128], target[128], link[256];

	snprintf(folder, sizeof(folder), "%s/Assistance", b->home);
	assert_int_equal(symlink(b->outside, folder), 0); /* before: another folder is made */
	receive(b, "a.pdf", "one");
	holds(b, "Assistance (2)/a.pdf", "one");
	snprintf(folder, sizeof(folder), "%s/Assistance (2)", b->home);
	snprintf(moved, sizeof(moved), "%s/moved", b->home);
	assert_int_equal(rename(folder, moved), 0);
	assert_int_equal(symlink(b->outside, folder), 0); /* after: the folder that is open counts */
	receive(b, "b.pdf", "two");
	holds(b, "moved/b.pdf", "two");
	snprintf(target, sizeof(target), "%s/target", b->outside);
	snprintf(link, sizeof(link), "%s/c.pdf", moved);
	assert_int_equal(symlink(target, link), 0); /* in it: the name is taken */
	receive(b, "c.pdf", "three");
	holds(b, "moved/c (2).pdf", "three");
	assert_int_equal(count(b->outside), 0);
}

static void names_that_are_paths_are_refused(void **state)
{
	static const char *const bad[] = { "../a.pdf", "/tmp/a.pdf", "a/b.pdf", ".hidden", "..", "." };
	struct bench *b = *state;
	struct platform_file *f;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(x11_files_begin(b->files, "Assistance", bad[i], 1, &f), ERR_IO);
		assert_int_equal(x11_files_begin(b->files, bad[i], "a.pdf", 1, &f), ERR_IO);
		assert_null(f);
	}
	assert_int_equal(count(b->home), 0);
}

static void only_plain_files_are_read(void **state)
{
	struct bench *b = *state;
	struct platform_file *f;
	char path[128], got[4];
	uint64_t size;

	receive(b, "a.txt", "abc");
	snprintf(path, sizeof(path), "%s/Assistance/a.txt", b->home);
	assert_int_equal(x11_files_open(path, &f, &size), OK);
	assert_int_equal(size, 3);
	assert_int_equal(platform_file_read(f, 1, got, 2), OK);
	assert_memory_equal(got, "bc", 2);
	assert_int_equal(platform_file_read(f, 1, got, 3), ERR_IO);
	platform_file_close(f);
	assert_int_equal(x11_files_open(b->home, &f, &size), ERR_IO);
	snprintf(path, sizeof(path), "%s/fifo", b->home);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(x11_files_open(path, &f, &size), ERR_IO);
	assert_int_equal(x11_files_open("/dev/zero", &f, &size), ERR_IO);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_stands_there_until_it_is_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_written_over, setup, teardown),
		cmocka_unit_test_setup_teardown(links_lead_nowhere, setup, teardown),
		cmocka_unit_test_setup_teardown(names_that_are_paths_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(only_plain_files_are_read, setup, teardown),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("x11_files", tests, NULL, NULL);
}
