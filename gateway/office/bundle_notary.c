#include "gateway/office/bundle_notary.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/json.h"

static const char *const reader_names[] = { "LISEZMOI.txt", "lecteur.html", "VERIFIER.sh" };
enum { READER_NAMES = sizeof(reader_names) / sizeof(*reader_names), CHUNKS_MAX = 60000 };

static const char inclusion[] = "inclusion.txt";

/* ---- asking ---- */

static enum err ask(struct bundle_notary *b, const char *op, const char *name, const char *value, cJSON **answer, int *fd)
{
	cJSON *o = cJSON_CreateObject();
	int none;

	cJSON_AddStringToObject(o, "who", b->who);
	cJSON_AddStringToObject(o, "session", b->session);
	if (name)
		cJSON_AddStringToObject(o, name, value);
	return b->ask(b->arg, op, o, answer, fd ? fd : &none, &b->word);
}

static enum err lack(struct bundle_notary *b)
{
	b->word = "notary";
	return ERR_MALFORMED;
}

/* ---- the proof of inclusion: the only file that the notary sends as text ---- */

static enum err write_all(int fd, const char *at, size_t len)
{
	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		at += n;
		len -= (size_t)n;
	}
	return OK;
}

static enum err copy_text(const char *text, int *out)
{
	*out = memfd_create("inclusion", MFD_CLOEXEC);
	return *out < 0 ? ERR_IO : write_all(*out, text, strlen(text));
}

/* A descriptor of its own place in the file: a duplicate would share it. */
static enum err open_copy(int copy, int *fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", copy);
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? ERR_IO : OK;
}

/* ---- the source ---- */

static bool is_reader(const char *name)
{
	for (size_t i = 0; i < READER_NAMES; i++)
		if (strcmp(reader_names[i], name) == 0)
			return true;
	return false;
}

static enum err open_reader(const struct bundle_notary *b, const char *name, int *fd)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", b->reader, name) >= PATH_MAX)
		return ERR_IO;
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? ERR_IO : OK;
}

static enum err open_evidence(struct bundle_notary *b, const char *name, int *fd)
{
	cJSON *answer = NULL;
	enum err e = ask(b, "evidence_open", "name", name, &answer, fd);

	cJSON_Delete(answer);
	return e ? e : *fd < 0 ? lack(b) : OK;
}

static enum err open_name(void *arg, const char *name, int *fd)
{
	struct bundle_notary *b = arg;

	*fd = -1;
	if (is_reader(name))
		return open_reader(b, name, fd);
	if (strcmp(name, inclusion) == 0)
		return open_copy(b->inclusion, fd);
	return open_evidence(b, name, fd);
}

static enum err list_names(void *arg, bundle_name_fn *take, void *taker)
{
	struct bundle_notary *b = arg;
	const cJSON *each;
	char chunk[32];
	enum err e = take(taker, inclusion);

	for (size_t i = 0; i < READER_NAMES && !e; i++)
		e = take(taker, reader_names[i]);
	cJSON_ArrayForEach(each, b->files)
		if (!e)
			e = cJSON_IsString(each) ? take(taker, each->valuestring) : lack(b);
	for (uint64_t n = 1; n <= b->chunks && !e; n++) {
		snprintf(chunk, sizeof(chunk), "chunks/%06u", (unsigned)n);
		e = take(taker, chunk);
	}
	return e;
}

struct bundle_source bundle_notary_source(struct bundle_notary *b)
{
	return (struct bundle_source){ b, list_names, open_name };
}

/* ---- beginning ---- */

static bool is_listed(const cJSON *files, const char *name)
{
	const cJSON *each;

	cJSON_ArrayForEach(each, files)
		if (cJSON_IsString(each) && strcmp(each->valuestring, name) == 0)
			return true;
	return false;
}

/* The checkpoint that covers the seal may be made just now: the list of the beginning does not have it then. */
static enum err add_checkpoint(struct bundle_notary *b, bool is_stamped)
{
	static const char *const names[] = { "checkpoint.txt", "checkpoint.p7s", "checkpoint.tsr" };

	for (size_t i = 0; i < 2 + (size_t)is_stamped; i++)
		if (!is_listed(b->files, names[i]) && !cJSON_AddItemToArray(b->files, cJSON_CreateString(names[i])))
			return ERR_NOMEM;
	for (int i = 0; !is_stamped && i < cJSON_GetArraySize(b->files); i++)
		if (strcmp(cJSON_GetStringValue(cJSON_GetArrayItem(b->files, i)), names[2]) == 0)
			cJSON_DeleteItemFromArray(b->files, i--);
	return OK;
}

static enum err take_inclusion(struct bundle_notary *b)
{
	cJSON *answer = NULL;
	enum err e = ask(b, "evidence_inclusion", NULL, NULL, &answer, NULL);
	const char *text = json_string(answer, "text");

	if (!e)
		e = text ? copy_text(text, &b->inclusion) : lack(b);
	if (!e)
		e = add_checkpoint(b, cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "stamped")));
	cJSON_Delete(answer);
	return e;
}

static bool are_names(const cJSON *files)
{
	const cJSON *each;

	cJSON_ArrayForEach(each, files)
		if (!cJSON_IsString(each))
			return false;
	return cJSON_IsArray(files);
}

enum err bundle_notary_begin(struct bundle_notary *b, const char *audience)
{
	cJSON *answer = NULL;
	enum err e;

	b->inclusion = -1;
	e = ask(b, "evidence_begin", "how", audience, &answer, NULL);
	b->files = cJSON_DetachItemFromObjectCaseSensitive(answer, "files");
	if (!e && (!are_names(b->files) || json_u64(answer, "chunks", &b->chunks) || b->chunks > CHUNKS_MAX))
		e = lack(b);
	cJSON_Delete(answer);
	return e ? e : take_inclusion(b);
}

void bundle_notary_done(struct bundle_notary *b)
{
	cJSON_Delete(b->files);
	if (b->inclusion >= 0)
		close(b->inclusion);
	b->files = NULL;
	b->inclusion = -1;
}
