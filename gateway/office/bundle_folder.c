#include "gateway/office/bundle_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const evidence_names[] = { "journal.jsonl", "private.jsonl", "key.wrapped", "seal.json", "seal.p7s",
	"after.jsonl", "terms.txt", "checkpoint.txt", "checkpoint.p7s", "checkpoint.tsr", "inclusion.txt", "root.crt", "tsa.crt" };
static const char *const reader_names[] = { "LISEZMOI.txt", "lecteur.html", "VERIFIER.sh" };
enum { EVIDENCE_NAMES = sizeof(evidence_names) / sizeof(*evidence_names), READER_NAMES = sizeof(reader_names) / sizeof(*reader_names) };

static const char *folder_of(const struct bundle_folder *f, const char *name)
{
	for (size_t i = 0; i < READER_NAMES; i++) {
		if (f->reader && strcmp(name, reader_names[i]) == 0)
			return f->reader;
	}
	return f->evidence;
}

static enum err open_name(void *arg, const char *name, int *fd)
{
	char path[PATH_MAX];

	*fd = -1;
	if (snprintf(path, sizeof(path), "%s/%s", folder_of(arg, name), name) >= PATH_MAX)
		return ERR_IO;
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return *fd < 0 ? ERR_IO : OK;
}

/* Takes the names that are there. */
static enum err list_names(const struct bundle_folder *f, const char *const *names, size_t count, bundle_name_fn *take, void *taker)
{
	enum err e = OK;

	for (size_t i = 0; i < count && !e; i++) {
		char path[PATH_MAX];

		if (snprintf(path, sizeof(path), "%s/%s", folder_of(f, names[i]), names[i]) >= PATH_MAX)
			return ERR_IO;
		if (access(path, F_OK) == 0)
			e = take(taker, names[i]);
		else if (errno != ENOENT)
			e = ERR_IO;
	}
	return e;
}

static bool is_chunk(const char *name)
{
	return strlen(name) >= 6 && name[strspn(name, "0123456789")] == '\0';
}

static enum err list_chunks(const struct bundle_folder *f, bundle_name_fn *take, void *taker)
{
	char path[PATH_MAX], name[BUNDLE_NAME_MAX];
	struct dirent *entry;
	enum err e = OK;
	DIR *d;

	if (snprintf(path, sizeof(path), "%s/chunks", f->evidence) >= PATH_MAX)
		return ERR_IO;
	d = opendir(path);
	if (!d)
		return errno == ENOENT ? OK : ERR_IO;
	while (!e && (entry = readdir(d))) {
		if (is_chunk(entry->d_name) && snprintf(name, sizeof(name), "chunks/%.40s", entry->d_name) > 0)
			e = take(taker, name);
	}
	closedir(d);
	return e;
}

static enum err list(void *arg, bundle_name_fn *take, void *taker)
{
	const struct bundle_folder *f = arg;
	enum err e = list_names(f, evidence_names, EVIDENCE_NAMES, take, taker);

	if (!e)
		e = list_names(f, reader_names, READER_NAMES, take, taker);
	return e ? e : list_chunks(f, take, taker);
}

struct bundle_source bundle_folder_source(struct bundle_folder *f)
{
	return (struct bundle_source){ f, list, open_name };
}
