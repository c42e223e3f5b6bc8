#include "gateway/notary/evidence_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ALL = USE_PAGE | USE_REPLAY | USE_BANK | USE_CUSTOMER, RECORDING = USE_REPLAY | USE_BANK | USE_CUSTOMER };

/* The session's page shows no picture: who opens it does not get the recording. */
static const struct evidence_file files[] = {
	{ "journal.jsonl",  PLACE_SESSION,    ALL,       false, NULL },
	{ "private.jsonl",  PLACE_SESSION,    ALL,       true,  NULL },
	{ "key.wrapped",    PLACE_SESSION,    RECORDING, true,  NULL },
	{ "seal.json",      PLACE_SESSION,    ALL,       false, NULL },
	{ "seal.p7s",       PLACE_SESSION,    ALL,       false, NULL },
	{ "after.jsonl",    PLACE_SESSION,    ALL,       false, NULL },
	{ "terms.txt",      PLACE_TERMS,      ALL,       false, NULL },
	{ "checkpoint.txt", PLACE_CHECKPOINT, ALL,       false, ".txt" },
	{ "checkpoint.p7s", PLACE_CHECKPOINT, ALL,       false, ".p7s" },
	{ "checkpoint.tsr", PLACE_CHECKPOINT, ALL,       false, ".tsr" },
	{ "root.crt",       PLACE_ROOT,       ALL,       false, NULL },
	{ "tsa.crt",        PLACE_TSA,        ALL,       false, NULL },
};

static const struct evidence_file chunks = { "chunks/", PLACE_CHUNK, RECORDING, false, NULL };

static const struct {
	const char *word;
	enum evidence_use use;
} uses[] = {
	{ "page", USE_PAGE }, { "replay", USE_REPLAY }, { "bank", USE_BANK }, { "customer", USE_CUSTOMER },
};

enum { CHUNK_DIGITS = 6 };

/* Exactly six digits, not all of them 0. */
static uint32_t chunk_number(const char *digits)
{
	uint32_t n = 0;

	if (strlen(digits) != CHUNK_DIGITS)
		return 0;
	for (; *digits; digits++) {
		if (*digits < '0' || *digits > '9')
			return 0;
		n = 10 * n + (uint32_t)(*digits - '0');
	}
	return n;
}

const struct evidence_file *evidence_file_of(const char *name, uint32_t *chunk)
{
	size_t len = strlen(chunks.name);

	*chunk = 0;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (strcmp(files[i].name, name) == 0)
			return &files[i];
	if (strncmp(name, chunks.name, len) == 0)
		*chunk = chunk_number(name + len);
	return *chunk ? &chunks : NULL;
}

const struct evidence_file *evidence_file_at(size_t i)
{
	return i < sizeof(files) / sizeof(*files) ? &files[i] : NULL;
}

unsigned evidence_use_of(const char *word)
{
	for (size_t i = 0; i < sizeof(uses) / sizeof(*uses); i++)
		if (strcmp(uses[i].word, word) == 0)
			return uses[i].use;
	return 0;
}

static enum err error_of(int cause)
{
	return cause == ENOENT ? ERR_FORBIDDEN : ERR_IO;
}

static enum err check_file(int *fd, uint64_t *bytes)
{
	struct stat st;

	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode)) {
		*bytes = (uint64_t)st.st_size;
		return OK;
	}
	close(*fd);
	*fd = -1;
	return ERR_IO;
}

enum err evidence_open(const char *root, const char *const *steps, size_t count, int *fd, uint64_t *bytes)
{
	const int folder_flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int at = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), cause;

	*fd = -1;
	*bytes = 0;
	for (size_t i = 0; at >= 0 && i + 1 < count; i++) {
		int next = openat(at, steps[i], folder_flags);
		cause = errno;
		close(at);
		errno = cause;
		at = next;
	}
	if (at < 0)
		return error_of(errno);
	/* O_NONBLOCK: a pipe that somebody put there must not stop the notary. */
	*fd = openat(at, steps[count - 1], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	cause = errno;
	close(at);
	return *fd < 0 ? error_of(cause) : check_file(fd, bytes);
}

enum err evidence_open_path(const char *path, int *fd, uint64_t *bytes)
{
	*bytes = 0;
	*fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return *fd < 0 ? error_of(errno) : check_file(fd, bytes);
}
