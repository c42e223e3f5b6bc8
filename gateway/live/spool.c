#include "gateway/live/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/core/file_kind.h"
#include "gateway/http/sha256.h"
#include "gateway/live/live.h"
#include "gateway/live/scan.h"

struct spooled {
	struct spooled *next;
	const struct room *room;
	enum transfer_way way;
	uint32_t id, size;
	int fd;
	unsigned jobs;   /* threads that use it */
	bool is_dropped; /* goes with the last job */
};

enum job_kind { JOB_WRITE, JOB_READ, JOB_CHECK };

struct job {
	uv_work_t work;
	struct job *next; /* of those that wait */
	struct spool *spool;
	struct spooled *file;
	struct room *room;
	enum job_kind kind;
	uint32_t at;
	size_t len;
	struct transfer_file what; /* of a check */
	const char *why;           /* what came of it */
	uint8_t bytes[];
};

struct spool {
	struct live *live;
	struct spooled *files;
	uint64_t used, max; /* bytes */
	unsigned jobs, scans, waiting_count;
	struct job *waiting, **waiting_last;
	atomic_bool is_off;
};

/* ---- opening ---- */

/* A file without a name: it is gone when it is closed, by whatever. */
static int open_nameless(const char *folder)
{
	return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

enum err spool_new(struct live *l, struct spool **out)
{
	struct spool *s = calloc(1, sizeof(*s));
	int fd;

	*out = s;
	if (!s)
		return ERR_NOMEM;
	s->live = l;
	s->max = (uint64_t)l->config.spool_mb << 20;
	s->waiting_last = &s->waiting;
	fd = open_nameless(l->config.spool);
	if (fd < 0) {
		fprintf(stderr, "guichet-live: %s: %s\n", l->config.spool, strerror(errno));
		free(s);
		*out = NULL;
		return ERR_IO;
	}
	close(fd);
	return OK;
}

static struct spooled *find(struct spool *s, const struct room *r, enum transfer_way way, uint32_t id)
{
	for (struct spooled *f = s->files; f; f = f->next)
		if (f->room == r && f->way == way && f->id == id && !f->is_dropped)
			return f;
	return NULL;
}

static void forget(struct spool *s, struct spooled *f)
{
	struct spooled **at = &s->files;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	s->used -= f->size;
	close(f->fd);
	free(f);
}

const char *spool_open(void *arg, struct room *r, enum transfer_way way, const struct transfer_file *f)
{
	struct live *l = arg;
	struct spool *s = l->spool;
	struct spooled *n;

	if (s->used + f->size > s->max)
		return "full";
	n = calloc(1, sizeof(*n));
	if (!n)
		return "full";
	*n = (struct spooled){ s->files, r, way, f->id, f->size, open_nameless(l->config.spool), 0, false };
	if (n->fd < 0 || (fallocate(n->fd, 0, 0, f->size) != 0 && errno == ENOSPC)) {
		const char *why = errno == ENOSPC ? "full" : "disk";

		fprintf(stderr, "guichet-live: session %s: spool: %s\n", room_facts(r)->id, strerror(errno));
		if (n->fd >= 0)
			close(n->fd);
		free(n);
		return why;
	}
	s->files = n;
	s->used += f->size;
	return NULL;
}

void spool_drop(void *arg, struct room *r, enum transfer_way way, uint32_t id)
{
	struct live *l = arg;
	struct spooled *f = find(l->spool, r, way, id);

	if (!f)
		return;
	f->is_dropped = true;
	if (!f->jobs)
		forget(l->spool, f);
}

/* ---- what threads do ---- */

static const char *write_all(int fd, const uint8_t *at, size_t len, uint32_t offset)
{
	while (len) {
		ssize_t n = pwrite(fd, at, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return errno == ENOSPC ? "full" : "disk";
		at += n;
		offset += (uint32_t)n;
		len -= (size_t)n;
	}
	return NULL;
}

static const char *read_all(int fd, uint8_t *at, size_t len, uint32_t offset)
{
	while (len) {
		ssize_t n = pread(fd, at, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return "disk";
		at += n;
		offset += (uint32_t)n;
		len -= (size_t)n;
	}
	return NULL;
}

/* Is it what was announced, and of the kind that its name says? */
static const char *check_bytes(const struct job *j)
{
	void *at = mmap(NULL, j->what.size, PROT_READ, MAP_SHARED, j->file->fd, 0);
	const char *why = NULL;
	char hash[65];

	if (at == MAP_FAILED)
		return "disk";
	sha256_hex(at, j->what.size, hash);
	if (strcmp(hash, j->what.sha256) != 0)
		why = "hash";
	else if (!file_kind_fits(j->what.name, at, j->what.size))
		why = "type";
	munmap(at, j->what.size);
	return why;
}

/* What kills comes first: a file that is both infected and of a wrong kind is called infected. */
static const char *check(const struct job *j)
{
	const struct live_config *c = &j->spool->live->config;
	const char *why = scan_clamd(c->scanner, j->file->fd, j->what.size, c->scan_seconds * 1000, &j->spool->is_off);

	return why ? why : check_bytes(j);
}

static void on_thread(uv_work_t *w)
{
	struct job *j = w->data;

	switch (j->kind) {
	case JOB_WRITE:
		j->why = write_all(j->file->fd, j->bytes, j->len, j->at);
		break;
	case JOB_READ:
		j->why = read_all(j->file->fd, j->bytes, j->len, j->at);
		break;
	case JOB_CHECK:
		j->why = check(j);
		break;
	}
}

/* ---- jobs ---- */

static void start(struct job *j);

static void next_scan(struct spool *s)
{
	struct job *j = s->waiting;

	if (!j || s->scans >= SPOOL_SCANS)
		return;
	s->waiting = j->next;
	s->waiting_count--;
	if (!s->waiting)
		s->waiting_last = &s->waiting;
	start(j);
}

static void tell(struct job *j, enum transfer_way way, uint32_t id)
{
	if (j->why)
		fprintf(stderr, "guichet-live: session %s: file %u: %s\n", room_facts(j->room)->id, id, j->why);
	switch (j->kind) {
	case JOB_WRITE:
		room_on_file_written(j->room, way, id, j->len, j->why);
		break;
	case JOB_READ:
		room_on_file_read(j->room, way, id, j->at, j->why ? NULL : j->bytes, j->len);
		break;
	case JOB_CHECK:
		room_on_file_checked(j->room, way, id, j->why);
		break;
	}
}

static void on_done(uv_work_t *w, int status)
{
	struct job *j = w->data;
	struct spool *s = j->spool;
	struct spooled *f = j->file;
	enum transfer_way way = f->way;
	uint32_t id = f->id;
	bool is_wanted = !f->is_dropped;

	if (status)
		j->why = "disk";
	s->jobs--;
	if (j->kind == JOB_CHECK)
		s->scans--;
	if (--f->jobs == 0 && f->is_dropped)
		forget(s, f);
	rooms_hold(s->live, j->room, -1);
	if (is_wanted)
		tell(j, way, id);
	free(j);
	next_scan(s);
}

static void start(struct job *j)
{
	struct spool *s = j->spool;

	if (j->kind == JOB_CHECK)
		s->scans++;
	s->jobs++;
	uv_queue_work(&s->live->loop, &j->work, on_thread, on_done); /* fails only without a function */
}

/* NULL: there is no such file any more, or no memory. */
static struct job *job_new(struct live *l, struct room *r, enum transfer_way way, uint32_t id, enum job_kind kind, size_t len)
{
	struct spooled *f = find(l->spool, r, way, id);
	struct job *j = f ? calloc(1, sizeof(*j) + len) : NULL;

	if (!j)
		return NULL;
	j->spool = l->spool;
	j->file = f;
	j->room = r;
	j->kind = kind;
	j->len = len;
	j->work.data = j;
	f->jobs++;
	rooms_hold(l, r, 1);
	return j;
}

void spool_write(void *arg, struct room *r, enum transfer_way way, uint32_t id, uint32_t at,
		const uint8_t *bytes, size_t len)
{
	struct job *j = job_new(arg, r, way, id, JOB_WRITE, len);

	if (!j) {
		room_on_file_written(r, way, id, len, "full");
		return;
	}
	j->at = at;
	memcpy(j->bytes, bytes, len);
	start(j);
}

void spool_read(void *arg, struct room *r, enum transfer_way way, uint32_t id, uint32_t at, size_t len)
{
	struct job *j = job_new(arg, r, way, id, JOB_READ, len);

	if (!j) {
		room_on_file_read(r, way, id, at, NULL, len);
		return;
	}
	j->at = at;
	start(j);
}

void spool_check(void *arg, struct room *r, enum transfer_way way, const struct transfer_file *f)
{
	struct live *l = arg;
	struct spool *s = l->spool;
	struct job *j = s->waiting_count < SPOOL_WAITING_MAX ? job_new(l, r, way, f->id, JOB_CHECK, 0) : NULL;

	if (!j) {
		room_on_file_checked(r, way, f->id, "busy");
		return;
	}
	j->what = *f;
	*s->waiting_last = j;
	s->waiting_last = &j->next;
	s->waiting_count++;
	next_scan(s);
}

/* ---- the end ---- */

void spool_free(struct spool *s)
{
	if (!s)
		return;
	atomic_store(&s->is_off, true);
	while (s->jobs) /* at most LOOK_MS of scan.c, and a read or a write */
		uv_run(&s->live->loop, UV_RUN_ONCE);
	while (s->files)
		forget(s, s->files);
	free(s);
}
