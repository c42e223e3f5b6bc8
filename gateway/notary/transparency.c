#include "gateway/notary/transparency.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/json.h"
#include "gateway/notary/stored.h"
#include "gateway/notary/log.h"
#include "gateway/notary/merkle.h"

enum { FILE_MODE = 0600, ENTRY_DEPTH = 1, ENTRY_MAX = 512, FIRST_ROOM = 128 };

static const char *const event_names[LOG_EVENT_COUNT] = { "opened", "sealed", "erased" };

struct transparency {
	struct transparency_options o;
	char folder[DURABLE_PATH];
	int fd; /* -1: closed after an error, opened again for the next entry */
	uint64_t len; /* bytes acknowledged */
	uint64_t *start; /* where each entry begins */
	size_t room;
	struct merkle *tree;
	struct log_index *index;
	struct checkpoints *checkpoints;
	uint64_t checkpoint_ms; /* wall_ms of the newest, 0: none */
	bool is_lost; /* memory ran out between index and tree: nothing more until the next start */
};

static enum err open_file(struct transparency *t, int more_flags)
{
	const struct journal_io *io = t->o.io;
	char path[DURABLE_PATH];
	enum err e = stored_path(t->folder, "entries.jsonl", path);

	if (e)
		return e;
	t->fd = io->open(io->arg, path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | more_flags, FILE_MODE);
	return t->fd < 0 ? ERR_IO : OK;
}

static enum err make_room(struct transparency *t)
{
	size_t room = t->room ? 2 * t->room : FIRST_ROOM;
	uint64_t *grown;

	if (merkle_size(t->tree) < t->room)
		return OK;
	grown = realloc(t->start, room * sizeof(*grown));
	if (!grown)
		return ERR_NOMEM;
	t->start = grown;
	t->room = room;
	return OK;
}

/* An entry of `len` bytes, without its line feed, that is in the file now. */
static enum err take_up(struct transparency *t, enum log_event event, const char *session, const char *line, size_t len)
{
	uint64_t n = merkle_size(t->tree);
	enum err e = make_room(t);

	if (!e)
		e = log_index_add(t->index, event, session, n);
	if (!e) {
		e = merkle_add(t->tree, line, len);
		t->is_lost = e != OK;
	}
	if (e)
		return e;
	t->start[n] = t->len;
	t->len += len + 1;
	return OK;
}

static bool event_of(const char *name, enum log_event *out)
{
	for (size_t i = 0; i < LOG_EVENT_COUNT; i++)
		if (strcmp(event_names[i], name) == 0) {
			*out = (enum log_event)i;
			return true;
		}
	return false;
}

static enum err check_entry(const struct transparency *t, const cJSON *o, enum log_event *event)
{
	uint64_t n;

	if (json_fields(o, "event:s hash:s n:i session:s wall_ms:i") || json_u64(o, "n", &n) ||
			n != merkle_size(t->tree) || !event_of(json_string(o, "event"), event) ||
			!hex_is(json_string(o, "hash"), DIGEST_HEX) || !hex_is(json_string(o, "session"), TOKEN_HEX))
		return ERR_MALFORMED;
	return log_index_check(t->index, *event, json_string(o, "session")) ? ERR_MALFORMED : OK;
}

static enum err scan_line(struct transparency *t, const char *line, size_t len)
{
	enum log_event event;
	char *text = NULL;
	cJSON *o;
	enum err e = json_parse(line, len, ENTRY_DEPTH, &o);

	if (!e)
		e = json_canonical(o, &text);
	if (!e && (strlen(text) != len || memcmp(text, line, len) != 0))
		e = ERR_MALFORMED;
	if (!e)
		e = check_entry(t, o, &event);
	if (!e)
		e = take_up(t, event, json_string(o, "session"), line, len);
	free(text);
	cJSON_Delete(o);
	return e;
}

static enum err scan(struct transparency *t, const char *buf, size_t len)
{
	while (t->len < len) {
		const char *line = buf + t->len, *end = memchr(line, '\n', len - t->len);
		enum err e = end ? scan_line(t, line, (size_t)(end - line)) : ERR_MALFORMED;

		if (e)
			return e == ERR_NOMEM ? e : OK;
	}
	return OK;
}

static enum err save_dropped(struct transparency *t, const char *buf, size_t len)
{
	const struct journal_io *io = t->o.io;
	char path[DURABLE_PATH];
	enum err e = stored_path(t->folder, "entries.dropped", path);
	int fd;

	if (e)
		return e;
	fd = io->open(io->arg, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd < 0)
		return ERR_IO;
	e = durable_write(io, fd, buf, len);
	if (!e && io->fdatasync(io->arg, fd) < 0)
		e = ERR_IO;
	io->close(io->arg, fd);
	return e ? e : durable_sync_folder(io, t->folder);
}

/* What the newest checkpoint says was signed and perhaps stamped: the file must still say it. */
static enum err check_checkpoint(struct transparency *t)
{
	uint64_t size = checkpoints_last(t->checkpoints);
	uint8_t root[MERKLE_HASH];
	char hex[DIGEST_HEX + 1];
	struct checkpoint last;
	enum err e;

	if (size == 0)
		return OK;
	e = checkpoints_get(t->checkpoints, size, &last);
	if (e)
		return e == ERR_MALFORMED ? ERR_CRYPTO : e;
	if (merkle_root(t->tree, size, root))
		return ERR_CRYPTO;
	hex_write(root, sizeof(root), hex);
	t->checkpoint_ms = last.wall_ms;
	return strcmp(hex, last.root) == 0 ? OK : ERR_CRYPTO;
}

/* Nothing is cut off before the checkpoint has agreed: a changed file is evidence too. */
static enum err recover(struct transparency *t)
{
	const struct journal_io *io = t->o.io;
	char *buf;
	size_t len;
	enum err e = stored_read_fd(io, t->fd, LOG_SIZE_MAX, &buf, &len);

	if (!e)
		e = scan(t, buf, len);
	if (!e)
		e = check_checkpoint(t);
	if (!e && io->fdatasync(io->arg, t->fd) < 0)
		e = ERR_IO;
	if (!e && t->len < len) {
		log_problem("log", NULL, "the end of entries.jsonl was torn and is cut off");
		e = save_dropped(t, buf + t->len, len - t->len);
		if (!e && (io->ftruncate(io->arg, t->fd, (off_t)t->len) < 0 || io->fdatasync(io->arg, t->fd) < 0))
			e = ERR_IO;
	}
	free(buf);
	return e ? e : durable_sync_folder(io, t->folder);
}

static enum err open_parts(struct transparency *t)
{
	const struct checkpoints_options c = {
		.folder = t->folder, .name = t->o.name, .io = t->o.io, .clock = t->o.clock, .signer = t->o.signer,
	};
	enum err e = durable_folder(t->o.io, t->o.folder, "log");

	t->tree = merkle_new();
	t->index = log_index_new();
	if (!t->tree || !t->index)
		return ERR_NOMEM;
	if (!e)
		e = stored_path(t->o.folder, "log", t->folder);
	if (!e)
		e = checkpoints_open(&c, &t->checkpoints);
	if (!e)
		e = open_file(t, O_CREAT);
	return e ? e : recover(t);
}

enum err transparency_open(const struct transparency_options *o, struct transparency **out)
{
	struct transparency *t = calloc(1, sizeof(*t));
	enum err e;

	*out = NULL;
	if (!t)
		return ERR_NOMEM;
	t->o = *o;
	t->fd = -1;
	e = open_parts(t);
	if (e == ERR_CRYPTO)
		log_problem("log", NULL, "entries.jsonl contradicts its newest checkpoint");
	if (e) {
		transparency_close(t);
		return e;
	}
	*out = t;
	return OK;
}

void transparency_close(struct transparency *t)
{
	if (!t)
		return;
	if (t->fd >= 0)
		t->o.io->close(t->o.io->arg, t->fd);
	checkpoints_close(t->checkpoints);
	log_index_free(t->index);
	merkle_free(t->tree);
	free(t->start);
	free(t);
}

static void break_off(struct transparency *t)
{
	t->o.io->close(t->o.io->arg, t->fd);
	t->fd = -1;
}

/* A new descriptor after an error: what was not acknowledged is cut off, so that its bytes are written anew. */
static enum err open_again(struct transparency *t)
{
	enum err e = open_file(t, 0);

	if (!e && t->o.io->ftruncate(t->o.io->arg, t->fd, (off_t)t->len) < 0) {
		break_off(t);
		e = ERR_IO;
	}
	return e;
}

static enum err write_line(struct transparency *t, const char *line, size_t len)
{
	enum err e = t->fd < 0 ? open_again(t) : OK;

	if (e)
		return e;
	e = durable_write(t->o.io, t->fd, line, len);
	if (!e && t->o.io->fdatasync(t->o.io->arg, t->fd) < 0)
		e = ERR_IO;
	if (e)
		break_off(t);
	return e;
}

enum err transparency_append(struct transparency *t, enum log_event event, const char *session,
		const char hash[DIGEST_HEX + 1])
{
	char line[ENTRY_MAX];
	int len;
	enum err e = t->is_lost ? ERR_NOMEM : log_index_check(t->index, event, session);

	if (!e)
		e = make_room(t);
	if (e)
		return e;
	len = snprintf(line, sizeof(line),
		"{\"event\":\"%s\",\"hash\":\"%s\",\"n\":%" PRIu64 ",\"session\":\"%s\",\"wall_ms\":%" PRIu64 "}\n",
		event_names[event], hash, merkle_size(t->tree), session, clock_wall_ms(t->o.clock));
	e = write_line(t, line, (size_t)len);
	if (e)
		return e;
	e = take_up(t, event, session, line, (size_t)len - 1);
	if (e)
		break_off(t); /* not taken up, so not acknowledged: it will be cut off */
	return e;
}

bool transparency_has(const struct transparency *t, enum log_event event, const char *session)
{
	const struct log_entries *en = log_index_find(t->index, session);

	return en && en->place[event];
}

const struct log_entries *transparency_session(const struct transparency *t, size_t i)
{
	return log_index_at(t->index, i);
}

bool transparency_checkpoint_is_due(const struct transparency *t)
{
	uint64_t now = clock_wall_ms(t->o.clock);

	if (merkle_size(t->tree) <= checkpoints_last(t->checkpoints))
		return false;
	/* A clock that was set back does not silence the log. */
	return now < t->checkpoint_ms || now - t->checkpoint_ms >= CHECKPOINT_EVERY_MS;
}

enum err transparency_checkpoint(struct transparency *t)
{
	uint64_t size = merkle_size(t->tree);
	uint8_t root[MERKLE_HASH];
	char hex[DIGEST_HEX + 1];
	enum err e;

	if (size <= checkpoints_last(t->checkpoints))
		return OK;
	e = merkle_root(t->tree, size, root);
	hex_write(root, sizeof(root), hex);
	if (!e)
		e = checkpoints_make(t->checkpoints, size, hex);
	if (!e)
		t->checkpoint_ms = clock_wall_ms(t->o.clock);
	return e;
}

/* An entry's line as it stands in the file, without its line feed. */
static enum err read_entry(const struct transparency *t, uint64_t n, char out[ENTRY_MAX])
{
	const struct journal_io *io = t->o.io;
	uint64_t end = n + 1 < merkle_size(t->tree) ? t->start[n + 1] : t->len;
	size_t len = (size_t)(end - t->start[n]) - 1, have = 0;

	out[0] = '\0';
	if (t->fd < 0 || len >= ENTRY_MAX)
		return ERR_IO;
	while (have < len) {
		ssize_t got = io->pread(io->arg, t->fd, out + have, len - have, (off_t)(t->start[n] + have));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ERR_IO;
		have += (size_t)got;
	}
	out[len] = '\0';
	return OK;
}

static enum err write_path(const struct transparency *t, uint64_t n, uint64_t size, FILE *out)
{
	struct merkle_step step[MERKLE_PATH_MAX];
	char line[ENTRY_MAX], hex[DIGEST_HEX + 1];
	size_t count;
	enum err e = read_entry(t, n, line);

	if (!e)
		e = merkle_path(t->tree, n, size, step, &count);
	if (e)
		return e;
	fprintf(out, "entry %s\nindex %" PRIu64 "\n", line, n);
	for (size_t i = 0; i < count; i++) {
		hex_write(step[i].hash, MERKLE_HASH, hex);
		fprintf(out, "%s %s\n", step[i].is_left ? "left" : "right", hex);
	}
	return OK;
}

static enum err write_inclusion(const struct transparency *t, const struct log_entries *en,
		struct transparency_inclusion *out)
{
	static const enum log_event shown[] = { LOG_OPENED, LOG_SEALED };
	size_t len;
	FILE *f = open_memstream(&out->text, &len);
	enum err e = OK;

	if (!f)
		return ERR_NOMEM;
	fputs("guichet-inclusion 1\n", f);
	for (size_t i = 0; !e && i < sizeof(shown) / sizeof(*shown); i++)
		e = write_path(t, en->place[shown[i]] - 1, out->size, f);
	if (fclose(f) != 0 && !e)
		e = ERR_NOMEM;
	if (!e)
		return OK;
	free(out->text);
	out->text = NULL;
	return e;
}

enum err transparency_inclusion(struct transparency *t, const char *session, struct transparency_inclusion *out)
{
	const struct log_entries *en = log_index_find(t->index, session);
	enum err e = OK;

	*out = (struct transparency_inclusion){ 0 };
	if (!en || !en->place[LOG_SEALED])
		return ERR_FORBIDDEN;
	if (t->fd < 0)
		e = open_again(t);
	out->size = checkpoints_covering(t->checkpoints, en->place[LOG_SEALED], &out->is_stamped);
	if (!e && out->size == 0) {
		e = transparency_checkpoint(t);
		if (!e)
			out->size = checkpoints_covering(t->checkpoints, en->place[LOG_SEALED], &out->is_stamped);
		if (!e && out->size == 0)
			e = ERR_CRYPTO; /* its signature is still missing */
	}
	return e ? e : write_inclusion(t, en, out);
}

struct checkpoints *transparency_checkpoints(struct transparency *t)
{
	return t->checkpoints;
}

void transparency_stats(const struct transparency *t, struct transparency_stats *out)
{
	uint64_t oldest = checkpoints_oldest_waiting(t->checkpoints);
	struct checkpoint c = { 0 };

	*out = (struct transparency_stats){
		.entries = merkle_size(t->tree), .checkpoints = checkpoints_count(t->checkpoints),
		.waiting = checkpoints_waiting(t->checkpoints),
	};
	if (oldest && checkpoints_get(t->checkpoints, oldest, &c) == OK)
		out->oldest_waiting_ms = c.wall_ms;
}
