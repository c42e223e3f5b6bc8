#include "gateway/notary/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "gateway/notary/durable.h"

enum { FILE_MODE = 0600, FOLDER_MODE = 0700, PATH_ROOM = 4096 };

struct journal {
	char session[TOKEN_HEX + 1];
	struct journal_place place;
	int fd;
	bool is_broken, is_sealed;
	uint64_t signed_lines;
	struct journal_marks marks;
	struct journal_chain chain;
	bool has_chunks; /* the folder of the chunks is there, durably */
};

static const char chunks[] = "chunks";

static bool path_of(const struct journal *j, const char *suffix, char *out, size_t room)
{
	int len = snprintf(out, room, "%s/%s/%s.%s", j->place.dir, j->session, j->place.name, suffix);

	return len > 0 && (size_t)len < room;
}

static bool folder_of(const struct journal *j, char *out, size_t room)
{
	int len = snprintf(out, room, "%s/%s", j->place.dir, j->session);

	return len > 0 && (size_t)len < room;
}

/* Makes the file's name, and that of its folder, as durable as its first line will be. */
static enum err sync_names(const struct journal *j)
{
	char path[PATH_ROOM];
	enum err e = folder_of(j, path, sizeof(path)) ? durable_sync_folder(j->place.io, path) : ERR_IO;

	return e ? e : durable_sync_folder(j->place.io, j->place.dir);
}

static enum err make_folder(const struct journal *j)
{
	char path[PATH_ROOM];

	if (!folder_of(j, path, sizeof(path)))
		return ERR_IO;
	return j->place.io->mkdir(j->place.io->arg, path, FOLDER_MODE) == 0 || errno == EEXIST ? OK : ERR_IO;
}

static enum err open_file(struct journal *j, bool may_create)
{
	const struct journal_io *io = j->place.io;
	const int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
	char path[PATH_ROOM];

	if (!path_of(j, "jsonl", path, sizeof(path)))
		return ERR_IO;
	j->fd = io->open(io->arg, path, flags, 0);
	if (j->fd < 0 && errno == ENOENT) {
		if (!may_create)
			return ERR_FORBIDDEN;
		if (make_folder(j))
			return ERR_IO;
		j->fd = io->open(io->arg, path, flags | O_CREAT | O_EXCL, FILE_MODE);
	}
	return j->fd < 0 ? ERR_IO : OK;
}

/* Line 0 follows the file that the place names, as it lies on the disk. */
static enum err begin_chain(struct journal *j)
{
	const struct journal_io *io = j->place.io;
	char path[PATH_ROOM], *buf;
	size_t len;
	enum err e;
	int n, fd;

	if (!j->place.follows)
		return OK;
	n = snprintf(path, sizeof(path), "%s/%s/%s", j->place.dir, j->session, j->place.follows);
	if (n < 0 || (size_t)n >= sizeof(path))
		return ERR_IO;
	fd = io->open(io->arg, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
	if (fd < 0)
		return errno == ENOENT ? ERR_FORBIDDEN : ERR_IO;
	e = journal_io_read(io, fd, JOURNAL_SIZE_MAX, &buf, &len);
	if (!e)
		digest_sha256(buf, len, j->chain.head);
	free(buf);
	io->close(io->arg, fd);
	return e;
}

/* Nothing is thrown away: what is going to be cut off is kept beside the journal. */
static enum err save_dropped(const struct journal *j, const char *buf, size_t len)
{
	const struct journal_io *io = j->place.io;
	char path[PATH_ROOM];
	enum err e;
	int fd;

	if (!path_of(j, "dropped", path, sizeof(path)))
		return ERR_IO;
	fd = io->open(io->arg, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd < 0)
		return ERR_IO;
	e = durable_write(io, fd, buf, len);
	if (!e && io->fdatasync(io->arg, fd) < 0)
		e = ERR_IO;
	io->close(io->arg, fd);
	return e ? e : sync_names(j);
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

/*
 * What was on its way when the process died: a file that no line speaks of is none of the evidence. Only the
 * next chunk can be there, since each follows the line of the one before.
 */
static enum err drop_strays(const struct journal *j)
{
	const struct journal_io *io = j->place.io;
	char folder[PATH_ROOM], name[sizeof(chunks) + RECORDING_NAME], number[RECORDING_NAME];
	enum err e = folder_of(j, folder, sizeof(folder)) ? OK : ERR_IO;

	if (strcmp(j->place.name, "journal") != 0)
		return OK;
	recording_name(j->chain.recording.chunks + 1, number);
	snprintf(name, sizeof(name), "%s/%s", chunks, number);
	if (!e)
		e = durable_remove(io, folder, name);
	if (!e && !j->chain.key[0])
		e = durable_remove(io, folder, "key.wrapped");
	if (!e && !j->chain.is_accepted)
		e = durable_remove(io, folder, "private.jsonl");
	return e;
}

/* Whether the seal's file is there; if that cannot be told, the journal cannot be used. */
static enum err look_for_seal(struct journal *j)
{
	const struct journal_io *io = j->place.io;
	char path[PATH_ROOM];
	int fd;

	if (!j->place.seal)
		return OK;
	if (snprintf(path, sizeof(path), "%s/%s/%s", j->place.dir, j->session, j->place.seal) >= (int)sizeof(path))
		return ERR_IO;
	fd = io->open(io->arg, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
	j->is_sealed = fd >= 0;
	if (fd < 0)
		return errno == ENOENT ? OK : ERR_IO;
	io->close(io->arg, fd);
	return OK;
}

static enum err recover(struct journal *j)
{
	const struct journal_io *io = j->place.io;
	size_t len, good;
	char *buf;
	enum err e = journal_io_read(io, j->fd, JOURNAL_SIZE_MAX, &buf, &len);

	if (!e)
		e = journal_scan(&j->chain, j->session, buf, len, &good);
	if (!e && j->is_sealed) { /* what was sealed is not mended: a verifier names it */
		free(buf);
		return good < len ? ERR_IO : OK;
	}
	if (!e && good == 0)
		e = sync_names(j);
	/* A line may have been written, but not flushed, when the process died: flush before building on it. */
	if (!e && io->fdatasync(io->arg, j->fd) < 0)
		e = ERR_IO;
	if (!e && good < len)
		e = cut_off(j, buf, len, good);
	free(buf);
	return e ? e : drop_strays(j);
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

	e = begin_chain(j);
	if (!e)
		e = open_file(j, may_create);
	if (!e)
		e = look_for_seal(j);
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
	int cause = errno;

	j->is_broken = true;
	j->place.io->close(j->place.io->arg, j->fd);
	j->fd = -1;
	errno = cause;
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

/* The line, after which the chain is `next`. */
static enum err store_line(struct journal *j, struct journal_chain *next, char *line)
{
	const struct journal_io *io = j->place.io;
	size_t len = strlen(line);
	enum err e;

	line[len] = '\n'; /* in the place of the final 0: one write for the whole line */
	e = durable_write(io, j->fd, line, len + 1);
	line[len] = '\0';
	if (e || io->fdatasync(io->arg, j->fd) < 0)
		return break_off(j);
	journal_chain_advance(next, line, len);
	j->chain = *next;
	return OK;
}

static enum err is_dead(void)
{
	errno = EIO;
	return ERR_IO;
}

enum err journal_append(struct journal *j, const char *event, const cJSON *data, struct journal_receipt *out)
{
	struct journal_chain next = j->chain;
	char *line;
	enum err e;

	*out = (struct journal_receipt){ 0 };
	if (j->is_sealed)
		return ERR_FORBIDDEN;
	if (j->is_broken)
		return is_dead();
	if (!cJSON_IsObject(data) || strlen(event) > JOURNAL_EVENT_MAX)
		return ERR_MALFORMED;
	e = journal_chain_event(&next, event, data);
	if (!e)
		e = write_line(j, event, data, &line);
	if (e)
		return e;
	e = store_line(j, &next, line);
	free(line);
	if (e)
		return e;
	out->n = next.next_n - 1;
	memcpy(out->hash, next.head, sizeof(out->hash));
	return OK;
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
		return is_dead();
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

enum err journal_store_file(struct journal *j, const char *folder, const char *name, const void *buf, size_t len,
		bool is_whole)
{
	const struct journal_io *io = j->place.io;
	char path[PATH_ROOM];
	size_t end;

	if (j->is_broken || !folder_of(j, path, sizeof(path)))
		return is_dead();
	if (strcmp(folder, chunks) == 0 && !j->has_chunks) {
		if (durable_folder(io, path, chunks))
			return ERR_IO;
		j->has_chunks = true;
	}
	end = strlen(path);
	if (folder[0] && snprintf(path + end, sizeof(path) - end, "/%s", folder) >= (int)(sizeof(path) - end))
		return is_dead();
	return is_whole ? durable_replace(io, path, name, buf, len) : durable_file(io, path, name, buf, len);
}

const char *journal_session(const struct journal *j)
{
	return j->session;
}

bool journal_is_broken(const struct journal *j)
{
	return j->is_broken;
}

bool journal_is_sealed(const struct journal *j)
{
	return j->is_sealed;
}

const char *journal_head(const struct journal *j)
{
	return j->chain.head;
}

uint64_t journal_signed(const struct journal *j)
{
	return j->signed_lines;
}

void journal_set_signed(struct journal *j, uint64_t lines)
{
	j->signed_lines = lines;
}

void journal_mark(struct journal *j)
{
	struct journal_mark now = { .n = j->chain.next_n, .chunks = j->chain.recording.chunks };

	memcpy(now.head, j->chain.head, sizeof(now.head));
	journal_marks_add(&j->marks, &now);
}

bool journal_was(struct journal *j, const struct journal_mark *mark)
{
	char *buf;
	size_t len;
	bool was;

	if (journal_marks_have(&j->marks, mark))
		return true;
	if (j->marks.looks++ >= JOURNAL_MARKS || journal_read(j, &buf, &len))
		return false;
	was = journal_marks_fit(mark, buf, len);
	free(buf);
	return was;
}

enum err journal_read(struct journal *j, char **buf, size_t *len)
{
	enum err e;

	*buf = NULL;
	*len = 0;
	if (j->is_broken)
		return ERR_IO;
	e = journal_io_read(j->place.io, j->fd, JOURNAL_SIZE_MAX, buf, len);
	if (e) {
		free(*buf);
		*buf = NULL;
	}
	return e;
}

uint64_t journal_count(const struct journal *j)
{
	return j->chain.next_n;
}

const struct journal_chain *journal_chain(const struct journal *j)
{
	return &j->chain;
}

const struct consent_chain *journal_consent(const struct journal *j)
{
	return &j->chain.consent;
}
