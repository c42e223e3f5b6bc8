#include "evidence_script.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/notary/digest.h"
#include "gateway/notary/journal.h"
#include "pki_bench.h"

enum { FILE_ROOM = 1 << 20 };

void set_quiet(bool is_quiet)
{
	static int loud = -1;
	int nothing;

	fflush(stderr);
	if (loud < 0)
		loud = dup(STDERR_FILENO);
	nothing = open("/dev/null", O_WRONLY);
	dup2(is_quiet ? nothing : loud, STDERR_FILENO);
	close(nothing);
}

const char *script_parent(void)
{
	return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

static void copy_file(const char *from_dir, const char *to_dir, const char *name)
{
	char from[256], to[256], buf[65536];
	FILE *in, *out;
	size_t n;

	snprintf(from, sizeof(from), "%s/%s", from_dir, name);
	snprintf(to, sizeof(to), "%s/%s", to_dir, name);
	in = fopen(from, "r");
	out = fopen(to, "w");
	assert_non_null(in);
	assert_non_null(out);
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		assert_int_equal(fwrite(buf, 1, n, out), n);
	fclose(in);
	assert_int_equal(fclose(out), 0);
}

void script_template(char dir[64])
{
	void *state;
	struct bench *b;

	assert_int_equal(notary_setup(&state), 0);
	b = state;
	add_claire(b);
	notary_free(b->n);
	snprintf(dir, 64, "/tmp/evidence_template.XXXXXX");
	assert_non_null(mkdtemp(dir));
	copy_file(b->dir, dir, "guichet.db");
	copy_file(b->dir, dir, "secret");
	bench_start(b);
	assert_int_equal(notary_teardown(&state), 0);
}

static uint64_t script_ms(void *arg)
{
	return ((struct bench *)arg)->now_ms;
}

struct bench *script_bench(const char *template, const char *parent, const struct journal_io *io)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	snprintf(b->dir, sizeof(b->dir), "%s/notary.XXXXXX", parent);
	assert_non_null(mkdtemp(b->dir));
	copy_file(template, b->dir, "guichet.db");
	copy_file(template, b->dir, "secret");
	b->now_ms = 1700000000000;
	b->clock = (struct clock){ b, script_ms, script_ms };
	b->io = *io;
	b->seats = 10;
	b->is_bare = true;
	return b;
}

void script_bench_free(struct bench *b)
{
	notary_free(b->n);
	cJSON_Delete(b->last);
	remove_tree(b->dir);
	free(b);
}

static bool note(struct acks *a, const struct door *d, int kind, const char *event, const char *hash, const char *word)
{
	struct ack *k;

	if (word[0]) {
		a->refused++;
		return false;
	}
	assert_true(a->count < ACKS_MAX);
	k = &a->ack[a->count++];
	k->kind = kind;
	snprintf(k->session, sizeof(k->session), "%s", d->session);
	snprintf(k->event, sizeof(k->event), "%s", event);
	snprintf(k->hash, sizeof(k->hash), "%s", hash ? hash : "");
	if (a->on_ack)
		a->on_ack(a->arg);
	return true;
}

static bool note_event(struct acks *a, const struct door *d, const char *event, const char *word)
{
	return note(a, d, ACK_EVENT, event, NULL, word);
}

static const char *hash_of_last(const struct bench *b)
{
	const char *hash = json_string(b->last, "hash");

	return hash ? hash : "";
}

static void say(struct bench *b, struct acks *a, const struct door *d, int *n, char prev[65], const char *event)
{
	const char *word = sign_line(b, d, *n, prev, event);

	*n += note(a, d, ACK_CONSENT, "consent", prev, word);
}

static void note_line(struct bench *b, struct acks *a, const struct door *d, const char *word)
{
	note(a, d, ACK_LINE, "", hash_of_last(b), word);
}

static void run(struct bench *b, struct acks *a, struct door *d, unsigned chunks, unsigned frames)
{
	char prev[65] = { 0 };
	uint32_t seq = 1;
	int n = 0;

	memset(prev, '0', 64);
	*d = (struct door){ 0 };
	note(a, d, ACK_TERMS, "", TERMS, ask(b, "terms_put", "\"text\":\"" TERMS_TEXT "\""));
	if (!note_event(a, d, "session", new_session(b, d)))
		return;
	snprintf(a->ack[a->count - 1].session, 33, "%s", d->session);
	if (accept_terms(b, d, "accepter", "")[0] == '\0')
		note_event(a, d, "accepted", use_code(b, d, d->code, "s"));
	note_event(a, d, "agent", of_session(b, "session_agent", d, ",\"sign\":\"" SIGN "\",\"resume\":\"" RESUME "\""));
	note_event(a, d, "key", put_content_key(b, d));
	say(b, a, d, &n, prev, OPEN_EVENT);
	say(b, a, d, &n, prev, "\\\"ask\\\":1,\\\"cap\\\":\\\"view\\\",\\\"event\\\":\\\"ask\\\"");
	say(b, a, d, &n, prev, "\\\"ask\\\":1,\\\"cap\\\":\\\"view\\\",\\\"event\\\":\\\"grant\\\",\\\"grant\\\":1");
	for (unsigned i = 0; i < chunks; i++) {
		uint32_t some = i % 3 == 2 ? 0 : frames;
		note_line(b, a, d, store_chunk(b, d, i + 1, some, seq));
		seq += some;
		note_line(b, a, d, of_session(b, "journal_append", d, ",\"event\":\"note\",\"data\":{}"));
	}
	say(b, a, d, &n, prev, "\\\"event\\\":\\\"end\\\",\\\"why\\\":\\\"customer\\\"");
	note_event(a, d, "end", of_session(b, "session_end", d, ",\"reason\":\"customer\""));
}

void script_run(struct bench *b, struct acks *a, struct door *d, unsigned chunks, unsigned frames)
{
	set_quiet(true); /* the notary logs each failure */
	run(b, a, d, chunks, frames);
	set_quiet(false);
}

/* ---- looking at the disk ---- */

/* NULL: there is no such file. free() it. */
static char *read_path(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	char *buf;

	*len = 0;
	if (!f)
		return NULL;
	buf = malloc(FILE_ROOM);
	*len = fread(buf, 1, FILE_ROOM - 1, f);
	buf[*len] = '\0';
	fclose(f);
	return buf;
}

static char *read_in(const char *dir, const char *session, const char *name, size_t *len)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/sessions/%s/%s", dir, session, name);
	return read_path(path, len);
}

static void assert_file(const char *dir, const char *session, const char *name, const char *sha256)
{
	char hash[65];
	size_t len;
	char *buf = read_in(dir, session, name, &len);

	if (!buf)
		fail_msg("%s of %s is missing", name, session);
	digest_sha256(buf, len, hash);
	assert_string_equal(hash, sha256);
	free(buf);
}

static void assert_private(const char *dir, const char *session, const cJSON *commitments)
{
	size_t len;
	char *text = read_in(dir, session, "private.jsonl", &len), *rest = text, *line;
	int count = 0;

	assert_non_null(text);
	while ((line = strsep(&rest, "\n")) && *line) {
		cJSON *o = cJSON_Parse(line);
		char joined[512], hash[65];
		snprintf(joined, sizeof(joined), "%s\n%s\n%s", json_string(o, "name"), json_string(o, "salt"),
			json_string(o, "value"));
		digest_sha256(joined, strlen(joined), hash);
		assert_string_equal(json_string(commitments, json_string(o, "name")), hash);
		cJSON_Delete(o);
		count++;
	}
	assert_int_equal(count, cJSON_GetArraySize(commitments));
	free(text);
}

/* What a line speaks of is there. */
static void assert_file_of(const char *dir, const char *session, const cJSON *row)
{
	const cJSON *data = cJSON_GetObjectItem(row, "data");
	const char *event = json_string(row, "event");
	char name[32];

	if (strcmp(event, "chunk") == 0) {
		snprintf(name, sizeof(name), "chunks/%06d", cJSON_GetObjectItem(data, "n")->valueint);
		assert_file(dir, session, name, json_string(data, "sha256"));
	}
	if (strcmp(event, "key") == 0)
		assert_file(dir, session, "key.wrapped", json_string(data, "sha256"));
	if (strcmp(event, "accepted") == 0)
		assert_private(dir, session, cJSON_GetObjectItem(data, "private"));
}

static bool is_acknowledged(const struct ack *k, const cJSON *row, const char *line_hash)
{
	const char *event = json_string(row, "event"), *line = json_string(cJSON_GetObjectItem(row, "data"), "line");
	char hash[65];

	if (k->kind == ACK_EVENT)
		return strcmp(event, k->event) == 0;
	if (k->kind == ACK_LINE)
		return strcmp(line_hash, k->hash) == 0;
	if (k->kind != ACK_CONSENT || !line)
		return false;
	digest_sha256(line, strlen(line), hash);
	return strcmp(hash, k->hash) == 0;
}

void assert_accepted(const char *dir, const char *session)
{
	size_t len;
	char *text = read_in(dir, session, "journal.jsonl", &len), *rest = text, *line;
	bool is_there = false;

	while (text && (line = strsep(&rest, "\n")) && *line) {
		cJSON *row = cJSON_Parse(line);
		if (strcmp(json_string(row, "event"), "accepted") == 0) {
			is_there = true;
			assert_file_of(dir, session, row);
		}
		cJSON_Delete(row);
	}
	free(text);
	assert_true(is_there);
}

/* Each line's files, and each acknowledged line. */
static void assert_journal(const char *dir, const char *session, const struct acks *a, unsigned count)
{
	bool is_found[ACKS_MAX] = { false };
	size_t len;
	char *text = read_in(dir, session, "journal.jsonl", &len), *rest = text, *line;
	unsigned chunks = 0;
	char name[32];

	while (text && (line = strsep(&rest, "\n")) && *line) {
		cJSON *row = cJSON_Parse(line);
		char hash[65];
		assert_non_null(row);
		digest_sha256(line, strlen(line), hash);
		assert_file_of(dir, session, row);
		chunks += strcmp(json_string(row, "event"), "chunk") == 0;
		for (unsigned i = 0; i < count; i++)
			is_found[i] = is_found[i] || is_acknowledged(&a->ack[i], row, hash);
		cJSON_Delete(row);
	}
	free(text);
	for (unsigned i = 0; i < count; i++)
		if (a->ack[i].kind != ACK_TERMS && strcmp(a->ack[i].session, session) == 0 && !is_found[i])
			fail_msg("acknowledged and lost: %s %s", a->ack[i].event, a->ack[i].hash);
	snprintf(name, sizeof(name), "chunks/%06u", chunks + 1);
	text = read_in(dir, session, name, &len);
	if (text)
		fail_msg("%s has no line", name);
}

static void recover(const char *dir, const char *session, const struct clock *clock)
{
	char sessions[128];
	struct journal_place place = { .dir = sessions, .name = "journal", .io = &journal_io_posix, .clock = clock };
	struct journal *j;
	enum err e;

	snprintf(sessions, sizeof(sessions), "%s/sessions", dir);
	e = journal_open(&place, session, false, &j);
	assert_true(e == OK || e == ERR_FORBIDDEN);
	journal_close(j);
}

void assert_all_stored(const char *dir, const struct acks *a, unsigned count, const struct clock *clock)
{
	const char *session = "";
	char path[256], hash[65];
	size_t len, again;
	char *once, *twice, *text;

	for (unsigned i = 0; i < count; i++) {
		if (a->ack[i].session[0])
			session = a->ack[i].session;
		if (a->ack[i].kind != ACK_TERMS)
			continue;
		snprintf(path, sizeof(path), "%s/terms/%s.txt", dir, a->ack[i].hash);
		text = read_path(path, &len);
		assert_non_null(text);
		digest_sha256(text, len, hash);
		assert_string_equal(hash, a->ack[i].hash);
		free(text);
	}
	if (!session[0])
		return;
	recover(dir, session, clock);
	assert_journal(dir, session, a, count);
	once = read_in(dir, session, "journal.jsonl", &len);
	recover(dir, session, clock);
	twice = read_in(dir, session, "journal.jsonl", &again);
	assert_int_equal(len, again);
	if (once)
		assert_memory_equal(once, twice, len);
	free(once);
	free(twice);
}

unsigned count_events(const char *dir, const char *session, const char *event)
{
	size_t len;
	char wanted[64], *text = read_in(dir, session, "journal.jsonl", &len);
	unsigned count = 0;

	snprintf(wanted, sizeof(wanted), "\"event\":\"%s\",\"n\"", event);
	for (char *at = text; at && (at = strstr(at, wanted)); at++)
		count++;
	free(text);
	return count;
}
