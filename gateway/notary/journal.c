#include "gateway/notary/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "gateway/notary/journal_scan.h"

enum { FILE_MODE = 0640 };

struct journal {
	char session[TOKEN_HEX + 1];
	struct journal_place place;
	int fd;
	bool is_broken;
	struct journal_chain chain;
};

static bool path_of(const struct journal *j, const char *suffix, char *out, size_t room)
{
	int len = snprintf(out, room, "%s/%s.%s", j->place.dir, j->session, suffix);

	return len > 0 && (size_t)len < room;
}

static enum err write_all(const struct journal_io *io, int fd, const char *buf, size_t len)
{
	while (len > 0) {
		ssize_t n = io->write(io->arg, fd, buf, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		buf += n;
		len -= (size_t)n;
	}
	return OK;
}

/* Makes the file's name as durable as its first line will be. */
static enum err sync_directory(const struct journal_place *p)
{
	int fd = p->io->open(p->io->arg, p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	enum err e = fd >= 0 && p->io->fsync(p->io->arg, fd) == 0 ? OK : ERR_IO;

	if (fd >= 0)
		p->io->close(p->io->arg, fd);
	return e;
}

static enum err open_file(struct journal *j, bool may_create)
{
	const struct journal_io *io = j->place.io;
	const int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
	char path[4096];

	if (!path_of(j, "jsonl", path, sizeof(path)))
		return ERR_IO;
	j->fd = io->open(io->arg, path, flags, 0);
	if (j->fd < 0 && errno == ENOENT) {
		if (!may_create)
			return ERR_FORBIDDEN;
		j->fd = io->open(io->arg, path, flags | O_CREAT | O_EXCL, FILE_MODE);
	}
	return j->fd < 0 ? ERR_IO : OK;
}

/* The whole file; *buf is the caller's (free). */
static enum err read_file(struct journal *j, char **buf, size_t *len)
{
	const struct journal_io *io = j->place.io;
	size_t room = 0;

	*buf = NULL;
	*len = 0;
	for (;;) {
		ssize_t n;
		if (*len == room) {
			char *grown = realloc(*buf, room = 2 * room + 65536);
			if (!grown)
				return ERR_NOMEM;
			*buf = grown;
		}
		n = io->pread(io->arg, j->fd, *buf + *len, room - *len, (off_t)*len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || *len > JOURNAL_SIZE_MAX)
			return ERR_IO;
		if (n == 0)
			return OK;
		*len += (size_t)n;
	}
}

/* Nothing is thrown away: what is going to be cut off is kept beside the journal. */
static enum err save_dropped(const struct journal *j, const char *buf, size_t len)
{
	const struct journal_io *io = j->place.io;
	char path[4096];
	enum err e;
	int fd;

	if (!path_of(j, "dropped", path, sizeof(path)))
		return ERR_IO;
	fd = io->open(io->arg, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd < 0)
		return ERR_IO;
	e = write_all(io, fd, buf, len);
	if (!e && io->fdatasync(io->arg, fd) < 0)
		e = ERR_IO;
	io->close(io->arg, fd);
	return e ? e : sync_directory(&j->place);
}

static enum err append_recover(struct journal *j, const char *dropped, size_t len)
{
	struct journal_receipt receipt;
	char hash[DIGEST_HEX + 1];
	cJSON *data = cJSON_CreateObject();
	enum err e = ERR_NOMEM;

	digest_sha256(dropped, len, hash);
	if (data && cJSON_AddNumberToObject(data, "bytes", (double)len) && cJSON_AddStringToObject(data, "sha256", hash))
		e = journal_append(j, "recover", data, &receipt);
	cJSON_Delete(data);
	return e;
}

static enum err cut_off(struct journal *j, const char *buf, size_t len, size_t good)
{
	const struct journal_io *io = j->place.io;
	enum err e = save_dropped(j, buf + good, len - good);

	if (e)
		return e;
	if (io->ftruncate(io->arg, j->fd, (off_t)good) < 0)
		return ERR_IO;
	return append_recover(j, buf + good, len - good);
}

static enum err recover(struct journal *j)
{
	const struct journal_io *io = j->place.io;
	size_t len, good;
	char *buf;
	enum err e = read_file(j, &buf, &len);

	if (!e)
		e = journal_scan(&j->chain, j->session, buf, len, &good);
	if (!e && good == 0)
		e = sync_directory(&j->place);
	/* A line may have been written, but not flushed, when the process died: flush before building on it. */
	if (!e && io->fdatasync(io->arg, j->fd) < 0)
		e = ERR_IO;
	if (!e && good < len)
		e = cut_off(j, buf, len, good);
	free(buf);
	return e;
}

enum err journal_open(const struct journal_place *place, const char *session, bool may_create, struct journal **out)
{
	struct journal *j = calloc(1, sizeof(*j));
	enum err e;

	*out = NULL;
	if (!j)
		return ERR_NOMEM;
	j->fd = -1;
	j->place = *place;
	memcpy(j->session, session, TOKEN_HEX);
	journal_chain_init(&j->chain);

	e = open_file(j, may_create);
	if (!e)
		e = recover(j);
	if (e) {
		journal_close(j);
		return e;
	}
	*out = j;
	return OK;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	if (j->fd >= 0)
		j->place.io->close(j->place.io->arg, j->fd);
	free(j);
}

static enum err break_off(struct journal *j)
{
	j->is_broken = true;
	j->place.io->close(j->place.io->arg, j->fd);
	j->fd = -1;
	return ERR_IO;
}

/* The next line as canonical text; *line is the caller's (free). */
static enum err write_line(const struct journal *j, const char *event, const cJSON *data, char **line)
{
	cJSON *o = cJSON_CreateObject(), *copy = cJSON_Duplicate(data, true);
	enum err e = ERR_NOMEM;

	*line = NULL;
	if (!o || !copy || !cJSON_AddItemToObject(o, "data", copy)) {
		cJSON_Delete(copy);
		cJSON_Delete(o);
		return e;
	}
	if (cJSON_AddNumberToObject(o, "boot_ms", (double)clock_boot_ms(j->place.clock)) &&
			cJSON_AddNumberToObject(o, "wall_ms", (double)clock_wall_ms(j->place.clock)) &&
			cJSON_AddNumberToObject(o, "n", (double)j->chain.next_n) &&
			cJSON_AddStringToObject(o, "event", event) && cJSON_AddStringToObject(o, "p", j->chain.head) &&
			cJSON_AddStringToObject(o, "session", j->session))
		e = json_canonical(o, line);
	cJSON_Delete(o);
	return e;
}

static enum err store_line(struct journal *j, char *line)
{
	const struct journal_io *io = j->place.io;
	size_t len = strlen(line);
	enum err e;

	line[len] = '\n'; /* in the place of the final 0: one write for the whole line */
	e = write_all(io, j->fd, line, len + 1);
	line[len] = '\0';
	if (e || io->fdatasync(io->arg, j->fd) < 0)
		return break_off(j);
	journal_chain_advance(&j->chain, line, len);
	return OK;
}

enum err journal_append(struct journal *j, const char *event, const cJSON *data, struct journal_receipt *out)
{
	char *line;
	enum err e;

	*out = (struct journal_receipt){ 0 };
	if (j->is_broken)
		return ERR_IO;
	if (!cJSON_IsObject(data) || strlen(event) > JOURNAL_EVENT_MAX)
		return ERR_MALFORMED;
	e = write_line(j, event, data, &line);
	if (e)
		return e;
	out->n = j->chain.next_n;
	e = store_line(j, line);
	free(line);
	if (!e)
		memcpy(out->hash, j->chain.head, sizeof(out->hash));
	return e;
}

static enum err store_consent(struct journal *j, const char *line, const char *sig)
{
	struct journal_receipt receipt;
	cJSON *data = cJSON_CreateObject();
	enum err e = ERR_NOMEM;

	if (data && cJSON_AddStringToObject(data, "line", line) && cJSON_AddStringToObject(data, "sig", sig))
		e = journal_append(j, "consent", data, &receipt);
	cJSON_Delete(data);
	return e;
}

enum err journal_append_consent(struct journal *j, const char *line, const char *sig, struct journal_receipt *out)
{
	struct consent_chain *c = &j->chain.consent, next;
	enum err e;

	*out = (struct journal_receipt){ 0 };
	if (j->is_broken)
		return ERR_IO;
	if (!consent_chain_is_last(c, line)) {
		e = consent_chain_next(c, j->session, line, &next);
		if (!e)
			e = store_consent(j, line, sig);
		if (e)
			return e;
		*c = next;
	}
	out->n = c->next_n - 1;
	memcpy(out->hash, c->head, sizeof(out->hash));
	return OK;
}

const char *journal_session(const struct journal *j)
{
	return j->session;
}

bool journal_is_broken(const struct journal *j)
{
	return j->is_broken;
}

uint64_t journal_count(const struct journal *j)
{
	return j->chain.next_n;
}

const struct consent_chain *journal_consent(const struct journal *j)
{
	return &j->chain.consent;
}
