/*
 * E2: the write log of a session, cut off behind each call; what was not flushed then is lost, torn, full of zeros
 * or reordered, names as well as bytes. Each such disk recovers to the last acknowledgement or later, and twice
 * in a row to the same bytes; also when the recovery itself is cut off.
 */
#include "evidence_script.h"
#include "pki_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/notary/journal.h"

enum { OPS_MAX = 2048, NODES_MAX = 96, NAMES_MAX = 192, FDS_MAX = 1024, PENDING_MAX = 8, VARIANTS_MAX = 6 };

/* ---- the log ---- */

struct op {
	enum { OP_MKDIR, OP_CREATE, OP_TRUNCATE, OP_WRITE, OP_FLUSH, OP_FLUSH_FOLDER, OP_RENAME, OP_UNLINK } kind;
	char path[160], to[160]; /* below the root */
	uint8_t *bytes;          /* of a write */
	size_t len;              /* of a write, or of a truncated file */
	unsigned acks;           /* acknowledgements before it */
};

struct log {
	char root[128];
	char path[FDS_MAX][160]; /* of the open descriptors */
	struct op *op;
	unsigned count;
	const struct acks *acks;
};

static struct op *add(struct log *l, int kind, const char *path)
{
	struct op *o = &l->op[l->count++];

	assert_true(l->count < OPS_MAX);
	assert_memory_equal(path, l->root, strlen(l->root));
	*o = (struct op){ .kind = kind, .acks = l->acks ? l->acks->count : 0 };
	snprintf(o->path, sizeof(o->path), "%s", path + strlen(l->root));
	return o;
}

static int log_mkdir(void *arg, const char *path, mode_t mode)
{
	int n = mkdir(path, mode);

	if (n == 0)
		add(arg, OP_MKDIR, path);
	return n;
}

static int log_open(void *arg, const char *path, int flags, mode_t mode)
{
	struct log *l = arg;
	bool was_there = access(path, F_OK) == 0;
	int fd = open(path, flags, mode);

	if (fd < 0)
		return fd;
	assert_true(fd < FDS_MAX);
	snprintf(l->path[fd], sizeof(l->path[fd]), "%s", path);
	if (!was_there)
		add(l, OP_CREATE, path);
	else if (flags & O_TRUNC)
		add(l, OP_TRUNCATE, path);
	return fd;
}

static ssize_t log_pread(void *arg, int fd, void *buf, size_t len, off_t at)
{
	(void)arg;
	return pread(fd, buf, len, at);
}

static ssize_t log_write(void *arg, int fd, const void *buf, size_t len)
{
	struct log *l = arg;
	ssize_t n = write(fd, buf, len);
	struct op *o;

	assert_int_equal(n, len);
	o = add(l, OP_WRITE, l->path[fd]);
	o->bytes = malloc(len);
	o->len = len;
	memcpy(o->bytes, buf, len);
	return n;
}

static int log_fdatasync(void *arg, int fd)
{
	struct log *l = arg;

	add(l, OP_FLUSH, l->path[fd]);
	return 0;
}

static int log_fsync(void *arg, int fd)
{
	struct log *l = arg;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	add(l, S_ISDIR(st.st_mode) ? OP_FLUSH_FOLDER : OP_FLUSH, l->path[fd]);
	return 0;
}

static int log_ftruncate(void *arg, int fd, off_t len)
{
	struct log *l = arg;

	add(l, OP_TRUNCATE, l->path[fd])->len = (size_t)len;
	return ftruncate(fd, len);
}

static int log_close(void *arg, int fd)
{
	(void)arg;
	return close(fd);
}

static int log_rename(void *arg, const char *from, const char *to)
{
	struct log *l = arg;
	struct op *o = add(l, OP_RENAME, from);

	snprintf(o->to, sizeof(o->to), "%s", to + strlen(l->root));
	return rename(from, to);
}

static int log_unlink(void *arg, const char *path)
{
	int n = unlink(path);

	if (n == 0)
		add(arg, OP_UNLINK, path);
	return n;
}

static struct journal_io logging(struct log *l, const char *root, const struct acks *acks)
{
	*l = (struct log){ .op = calloc(OPS_MAX, sizeof(*l->op)), .acks = acks };
	snprintf(l->root, sizeof(l->root), "%s", root);
	return (struct journal_io){
		.arg = l, .mkdir = log_mkdir, .open = log_open, .pread = log_pread, .write = log_write,
		.fdatasync = log_fdatasync, .fsync = log_fsync, .ftruncate = log_ftruncate, .rename = log_rename,
		.unlink = log_unlink, .close = log_close, .fallocate = journal_io_posix.fallocate,
		.opendir = journal_io_posix.opendir, .readdir = journal_io_posix.readdir,
		.closedir = journal_io_posix.closedir,
	};
}

static void log_done(struct log *l)
{
	for (unsigned i = 0; i < l->count; i++)
		free(l->op[i].bytes);
	free(l->op);
}

/* ---- a disk that is cut off ---- */

/* A file's or a folder's content: what is flushed, and what is not. */
struct node {
	bool is_folder;
	uint8_t *bytes;
	size_t len;
	const struct op *pending[PENDING_MAX]; /* writes and truncations since the last flush */
	unsigned pending_count;
};

/* A name of a folder: the node it stands for on the disk, and as the program sees it; -1: none. */
struct name {
	char path[160];
	int flushed, seen;
};

struct disk {
	struct node node[NODES_MAX];
	int nodes;
	struct name name[NAMES_MAX];
	int names;
};

static struct name *name_of(struct disk *d, const char *path)
{
	for (int i = 0; i < d->names; i++)
		if (strcmp(d->name[i].path, path) == 0)
			return &d->name[i];
	assert_true(d->names < NAMES_MAX);
	d->name[d->names] = (struct name){ .flushed = -1, .seen = -1 };
	snprintf(d->name[d->names].path, sizeof(d->name[0].path), "%s", path);
	return &d->name[d->names++];
}

static int new_node(struct disk *d, bool is_folder)
{
	assert_true(d->nodes < NODES_MAX);
	d->node[d->nodes] = (struct node){ .is_folder = is_folder };
	return d->nodes++;
}

static void apply(struct node *n, const struct op *o, size_t take, bool is_zeros)
{
	if (o->kind == OP_TRUNCATE) {
		n->len = o->len;
		return;
	}
	n->bytes = realloc(n->bytes, n->len + o->len + 1);
	memcpy(n->bytes + n->len, o->bytes, o->len);
	if (is_zeros)
		memset(n->bytes + n->len, 0, o->len);
	n->len += take;
}

static void flush_node(struct node *n)
{
	for (unsigned i = 0; i < n->pending_count; i++)
		apply(n, n->pending[i], n->pending[i]->len, false);
	n->pending_count = 0;
}

static bool is_in_folder(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return strncmp(path, folder, len) == 0 && path[len] == '/' && !strchr(path + len + 1, '/');
}

static void flush_folder(struct disk *d, const char *folder)
{
	for (int i = 0; i < d->names; i++)
		if (is_in_folder(d->name[i].path, folder))
			d->name[i].flushed = d->name[i].seen;
}

static void step(struct disk *d, const struct op *o)
{
	struct name *n = name_of(d, o->path);

	switch (o->kind) {
	case OP_MKDIR:
	case OP_CREATE:
		n->seen = new_node(d, o->kind == OP_MKDIR);
		return;
	case OP_WRITE:
	case OP_TRUNCATE:
		assert_true(d->node[n->seen].pending_count < PENDING_MAX);
		d->node[n->seen].pending[d->node[n->seen].pending_count++] = o;
		return;
	case OP_FLUSH:
		flush_node(&d->node[n->seen]);
		return;
	case OP_FLUSH_FOLDER:
		flush_folder(d, o->path);
		return;
	case OP_RENAME:
		name_of(d, o->to)->seen = n->seen;
		name_of(d, o->path)->seen = -1;
		return;
	case OP_UNLINK:
		n->seen = -1;
		return;
	}
}

static void disk_done(struct disk *d)
{
	for (int i = 0; i < d->nodes; i++)
		free(d->node[i].bytes);
	free(d);
}

/* What the notary finds: its folders, which it makes before it takes any request. */
static void begin_disk(struct disk *d)
{
	static const char *const names[] = { "", "/sessions", "/terms" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct name *n = name_of(d, names[i]);
		n->flushed = n->seen = new_node(d, true);
	}
}

/* What becomes of a file's unflushed calls: 0 none, 1 all, 2 the last one half, 3 the last one zeros, 4 all but the first. */
static void write_variant(const struct node *n, unsigned variant, FILE *f)
{
	struct node copy = { .len = n->len, .bytes = malloc(n->len + 1) };

	if (n->len)
		memcpy(copy.bytes, n->bytes, n->len);
	for (unsigned i = variant == 4 ? 1 : 0; variant > 0 && i < n->pending_count; i++) {
		bool is_last = i + 1 == n->pending_count;
		size_t len = n->pending[i]->len;
		apply(&copy, n->pending[i], variant == 2 && is_last ? len / 2 : len, variant == 3 && is_last);
	}
	assert_int_equal(fwrite(copy.bytes, 1, copy.len, f), copy.len);
	free(copy.bytes);
}

static void put_name(const struct disk *d, const char *root, const char *path, int node, unsigned variant)
{
	char full[512];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	if (d->node[node].is_folder) {
		(void)mkdir(full, 0700);
		return;
	}
	f = fopen(full, "w");
	if (!f)
		return; /* its folder is not there: neither is it */
	write_variant(&d->node[node], variant, f);
	fclose(f);
}

/*
 * The disk after the cut, in a fresh folder. `names`: 0 only flushed names, 1 all, 2 the older half of the changes,
 * 3 the newer half. Folders come before what is in them, as they were made.
 */
static void materialize(const struct disk *d, const char *root, unsigned names, unsigned variant)
{
	int changed = 0, at = 0;

	assert_int_equal(mkdir(root, 0700), 0);
	for (int i = 0; i < d->names; i++)
		changed += d->name[i].seen != d->name[i].flushed;
	for (int i = 0; i < d->names; i++) {
		const struct name *n = &d->name[i];
		bool is_new = names == 1 || (names == 2 && at < changed / 2) || (names == 3 && at >= changed / 2);
		int node = n->flushed;

		if (n->seen != n->flushed) {
			at++;
			node = is_new ? n->seen : n->flushed;
		}
		if (node >= 0 && n->path[0])
			put_name(d, root, n->path, node, variant);
	}
}

/* ---- the test ---- */

struct world {
	char template[64], parent[96], root[128];
	struct bench *bench;
	struct acks acks;
	struct log log;
	unsigned states, nested;
	char session[33];
};

static void open_with(const struct world *w, const char *root, const struct journal_io *io)
{
	char sessions[160];
	struct journal_place place = { .dir = sessions, .name = "journal", .io = io, .clock = &w->bench->clock };
	struct journal *j;

	snprintf(sessions, sizeof(sessions), "%s/sessions", root);
	(void)journal_open(&place, w->session, false, &j);
	journal_close(j);
}

/* Copies what a recovery begins with, so that its own log can be replayed. */
static void take_up(struct disk *d, const char *root, const char *path)
{
	char full[512];
	struct stat st;
	struct name *n;
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	if (stat(full, &st) < 0)
		return;
	n = name_of(d, path);
	n->flushed = n->seen = new_node(d, S_ISDIR(st.st_mode));
	if (S_ISDIR(st.st_mode))
		return;
	d->node[n->seen].len = (size_t)st.st_size;
	d->node[n->seen].bytes = malloc((size_t)st.st_size + 1);
	f = fopen(full, "r");
	assert_int_equal(fread(d->node[n->seen].bytes, 1, (size_t)st.st_size, f), st.st_size);
	fclose(f);
}

static struct disk *disk_like(const struct disk *like, const char *root)
{
	struct disk *d = calloc(1, sizeof(*d));

	for (int i = 0; i < like->names; i++)
		take_up(d, root, like->name[i].path);
	return d;
}

/* A recovery that is cut off as well, behind each of its calls. */
static void cut_off_recovery(struct world *w, const struct disk *disk, const char *root, unsigned acks)
{
	struct log log;
	struct journal_io io = logging(&log, root, NULL);
	struct disk *before = disk_like(disk, root);
	char again[160];

	open_with(w, root, &io);
	for (unsigned end = 0; end <= log.count; end++) {
		for (unsigned variant = 0; variant < 4; variant++) {
			snprintf(again, sizeof(again), "%s/again", w->parent);
			materialize(before, again, variant % 2, variant);
			assert_all_stored(again, &w->acks, acks, &w->bench->clock);
			remove_tree(again);
			w->nested++;
		}
		if (end < log.count)
			step(before, &log.op[end]);
	}
	disk_done(before);
	log_done(&log);
}

static void try_state(struct world *w, const struct disk *d, unsigned acks, unsigned names, unsigned variant)
{
	char root[160];

	snprintf(root, sizeof(root), "%s/crashed", w->parent);
	materialize(d, root, names, variant);
	if (w->states % 5 == 0) { /* recovers it in a copy of its own */
		cut_off_recovery(w, d, root, acks);
		remove_tree(root);
		materialize(d, root, names, variant);
	}
	assert_all_stored(root, &w->acks, acks, &w->bench->clock);
	remove_tree(root);
	w->states++;
}

static bool has_pending(const struct disk *d)
{
	for (int i = 0; i < d->nodes; i++)
		if (d->node[i].pending_count)
			return true;
	return false;
}

static bool has_new_names(const struct disk *d)
{
	for (int i = 0; i < d->names; i++)
		if (d->name[i].seen != d->name[i].flushed)
			return true;
	return false;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct journal_io io;
	struct door d;

	script_template(w->template);
	snprintf(w->parent, sizeof(w->parent), "%s/evidence_crash.XXXXXX", script_parent());
	assert_non_null(mkdtemp(w->parent));
	io = journal_io_posix;
	w->bench = script_bench(w->template, w->parent, &io);
	w->bench->io = logging(&w->log, w->bench->dir, &w->acks);
	bench_start(w->bench);
	script_run(w->bench, &w->acks, &d, 12, 2);
	assert_int_equal(w->acks.refused, 0);
	memcpy(w->session, d.session, sizeof(w->session));
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	script_bench_free(w->bench);
	log_done(&w->log);
	remove_tree(w->parent);
	remove_tree(w->template);
	free(w);
	return 0;
}

static void E2_every_cut_of_the_write_log_recovers_to_the_last_acknowledgement(void **state)
{
	struct world *w = *state;
	struct disk *d = calloc(1, sizeof(*d));

	begin_disk(d);
	for (unsigned end = 0; end <= w->log.count; end++) {
		unsigned acks = end < w->log.count ? w->log.op[end].acks : w->acks.count;
		unsigned name_ways = has_new_names(d) ? 4 : 1, byte_ways = has_pending(d) ? 5 : 1;

		for (unsigned names = 0; names < name_ways; names++)
			for (unsigned variant = 0; variant < byte_ways; variant++)
				try_state(w, d, acks, names, variant);
		if (end < w->log.count)
			step(d, &w->log.op[end]);
	}
	disk_done(d);
	print_message("%u calls, %u disks, %u of cut off recoveries\n", w->log.count, w->states, w->nested);
	assert_true(w->states > 500);
	assert_true(w->nested > 1500);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(E2_every_cut_of_the_write_log_recovers_to_the_last_acknowledgement),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("evidence_crash", tests, setup, teardown);
}
