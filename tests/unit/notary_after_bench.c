#include "notary_after_bench.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/notary/digest.h"

static void add_officer(struct bench *b, const char *name, const char *role, char login[65])
{
	char fields[256];

	snprintf(fields, sizeof(fields), "\"name\":\"%s\",\"display\":\"Officer %s\",\"role\":\"%s\",\"password\":\"long enough\"",
			name, name, role);
	assert_ok(ask_as(b, CALLER_CTL, "officer_add", fields));
	snprintf(fields, sizeof(fields), "\"name\":\"%s\",\"password\":\"long enough\",\"source\":\"s\"", name);
	assert_ok(ask_as(b, CALLER_OFFICE, "officer_login", fields));
	assert_string_equal(json_string(b->last, "role"), role);
	keep(b, "login", login, 65);
}

void add_officers(struct bench *b, struct officers *o)
{
	add_claire(b);
	add_officer(b, "anne", "compliance", o->anne);
	add_officer(b, "paul", "compliance", o->paul);
	add_officer(b, "omar", "operator", o->omar);
}

static const char *ask_with(struct bench *b, enum caller from, const char *who, const char *op, const char *more)
{
	char fields[8000];

	snprintf(fields, sizeof(fields), "\"who\":\"%s\"%s%s", who, more[0] ? "," : "", more);
	return ask_as(b, from, op, fields);
}

const char *ask_for(struct bench *b, enum caller from, const char *who, const char *op, const char *format, ...)
{
	char more[7800];
	va_list values;

	va_start(values, format);
	vsnprintf(more, sizeof(more), format, values);
	va_end(values);
	return ask_with(b, from, who, op, more);
}

const char *ask_of(struct bench *b, const char *who, const char *op, const char *session, const char *format, ...)
{
	char more[7600], all[7800];
	va_list values;

	va_start(values, format);
	vsnprintf(more, sizeof(more), format, values);
	va_end(values);
	snprintf(all, sizeof(all), "\"session\":\"%s\"%s%s", session, more[0] ? "," : "", more);
	return ask_with(b, CALLER_OFFICE, who, op, all);
}

const char *file_of(const struct bench *b, const char *session, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/sessions/%s/%s", b->dir, session, name);
	return path;
}

bool is_there(const struct bench *b, const char *session, const char *name)
{
	return access(file_of(b, session, name), F_OK) == 0;
}

void wait_for_seal(struct bench *b, const char *session)
{
	b->now_ms += TRAILING_MS;
	for (int i = 0; i < 100 && !is_there(b, session, "seal.p7s"); i++)
		notary_tick(b->n);
	assert_true(is_there(b, session, "seal.json"));
}

void ended_session(struct bench *b, struct door *d, enum kind kind)
{
	char prev[65];

	assert_ok(new_session(b, d));
	if (kind != KIND_UNUSED) {
		assert_ok(accept_terms(b, d, "accepter", ",\"customer\":\"" CUSTOMER "\""));
		assert_ok(use_code(b, d, d->code, "s"));
		assert_ok(of_session(b, "session_agent", d, ",\"sign\":\"" SIGN "\",\"resume\":\"" RESUME "\""));
		bench_key(b, d);
	}
	if (kind == KIND_PROOF) {
		grant_view(b, d, prev);
		assert_ok(store_chunk(b, d, 1, 2, 10));
	}
	assert_ok(of_session(b, "session_end", d, ",\"reason\":\"advisor\""));
}

void sealed_session(struct bench *b, struct door *d)
{
	ended_session(b, d, KIND_PROOF);
	wait_for_seal(b, d->session);
}

static char *read_whole(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	struct stat st = { 0 };
	char *buf;

	*len = 0;
	if (f)
		assert_int_equal(fstat(fileno(f), &st), 0);
	buf = malloc((size_t)st.st_size + 1);
	if (f) {
		*len = fread(buf, 1, (size_t)st.st_size, f);
		fclose(f);
	}
	return buf;
}

void events_of(struct bench *b, const char *session, char *out, size_t room)
{
	char head[DIGEST_HEX + 1], *buf, *at, *end;
	size_t len;

	buf = read_whole(file_of(b, session, "seal.json"), &len);
	digest_sha256(buf, len, head);
	free(buf);
	buf = read_whole(file_of(b, session, "after.jsonl"), &len);
	out[0] = '\0';
	for (at = buf; at < buf + len; at = end + 1) {
		cJSON *line;

		end = memchr(at, '\n', (size_t)(buf + len - at));
		assert_non_null(end);
		assert_int_equal(json_parse(at, (size_t)(end - at), 8, &line), OK);
		assert_string_equal(json_string(line, "p"), head);
		digest_sha256(at, (size_t)(end - at), head);
		snprintf(out + strlen(out), room - strlen(out), "%s%s", out[0] ? " " : "", json_string(line, "event"));
		cJSON_Delete(line);
	}
	free(buf);
}

/* What find_bytes() looks for: nftw() has no argument for its function. */
static const void *wanted;
static size_t wanted_len;
static unsigned found;

static int search_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	size_t len;
	char *buf;

	(void)st;
	(void)walk;
	if (kind != FTW_F)
		return 0;
	buf = read_whole(path, &len);
	for (char *at = buf; (at = memmem(at, (size_t)(buf + len - at), wanted, wanted_len)) != NULL; at++)
		found++;
	free(buf);
	return 0;
}

unsigned find_bytes(const struct bench *b, const void *bytes, size_t len)
{
	wanted = bytes;
	wanted_len = len;
	found = 0;
	assert_int_equal(nftw(b->dir, search_one, 8, FTW_PHYS), 0);
	return found;
}

void restart(struct bench *b)
{
	notary_free(b->n);
	bench_start(b);
}
