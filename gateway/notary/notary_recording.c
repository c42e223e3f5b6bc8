/* The recording, its key and the texts that were accepted (S26, S27; docs/EVIDENCE.md 1, 5, 6). */
#include "gateway/notary/notary_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/json.h"
#include "gateway/notary/durable.h"
#include "gateway/notary/recording.h"

enum { KEY_SMALL = 384, KEY_LARGE = 512 }; /* bytes of an RSA-OAEP text: 3,072 and 4,096 bits */

static const char chunks_folder[] = "chunks", key_file[] = "key.wrapped";

/* ---- the texts ---- */

static void terms_name(const char hash[DIGEST_HEX + 1], char out[DIGEST_HEX + 5])
{
	snprintf(out, DIGEST_HEX + 5, "%s.txt", hash);
}

bool terms_are_known(struct notary *n, const char hash[DIGEST_HEX + 1])
{
	char name[DIGEST_HEX + 5], path[sizeof(n->paths.terms) + sizeof(name) + 1];
	int fd;

	terms_name(hash, name);
	snprintf(path, sizeof(path), "%s/%s", n->paths.terms, name);
	fd = n->o.io->open(n->o.io->arg, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
	if (fd >= 0)
		n->o.io->close(n->o.io->arg, fd);
	return fd >= 0;
}

const char *on_terms_put(struct notary *n, const struct request *r, cJSON *answer)
{
	const char *text = json_string(r->fields, "text");
	char hash[DIGEST_HEX + 1], name[DIGEST_HEX + 5];

	if (text[0] == '\0')
		return "malformed";
	digest_sha256(text, strlen(text), hash);
	terms_name(hash, name);
	/* A file gets its name when it is whole, so one that is there needs no second look. */
	if (!terms_are_known(n, hash) && durable_replace(n->o.io, n->paths.terms, name, text, strlen(text)))
		return "evidence";
	return add_text(answer, "terms", hash) ? NULL : "nomem";
}

/* ---- the content key ---- */

static bool take_key(const struct request *r, uint8_t key[KEY_LARGE], size_t *len)
{
	const char *hex = json_string(r->fields, "key");

	*len = strlen(hex) / 2;
	return (*len == KEY_SMALL || *len == KEY_LARGE) && hex_read(hex, key, *len);
}

static const char *store_key(struct notary *n, struct journal *j, const uint8_t *key, size_t len, const char *hash)
{
	cJSON *data;

	if (journal_store_file(j, "", key_file, key, len, true))
		return no_evidence(n, journal_session(j), key_file);
	data = cJSON_CreateObject();
	if (data && add_text(data, "sha256", hash))
		return journal_event(n, journal_session(j), "key", data);
	cJSON_Delete(data);
	return "nomem";
}

/* The same key again is well: an answer was lost. Another one never replaces it. */
const char *on_session_key(struct notary *n, const struct request *r, cJSON *answer)
{
	char id[STORE_ID], hash[DIGEST_HEX + 1];
	uint8_t key[KEY_LARGE];
	struct store_session se;
	struct journal *j;
	const char *word;
	size_t len;

	(void)answer;
	if (!take_hex(r, "session", id, TOKEN_HEX))
		return "session";
	if (!take_key(r, key, &len))
		return "malformed";
	word = open_session(n, id, &se);
	if (!word)
		word = get_journal(n, id, &j);
	if (word)
		return word;
	digest_sha256(key, len, hash);
	if (journal_chain(j)->key[0])
		return strcmp(journal_chain(j)->key, hash) == 0 ? NULL : "key";
	return store_key(n, j, key, len, hash);
}

/* ---- the chunks ---- */

/* Only a file that nobody can change or cut short while it is read; never a pipe that would make the notary wait. */
static bool is_sealed(int fd, size_t bytes)
{
	const int wanted = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
	struct stat st;
	int seals = fd >= 0 ? fcntl(fd, F_GET_SEALS) : -1;

	return seals >= 0 && (seals & wanted) == wanted && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_size >= 0 && (size_t)st.st_size == bytes;
}

static bool read_all(int fd, uint8_t *buf, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ssize_t got = pread(fd, buf + at, len - at, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += (size_t)got;
	}
	return true;
}

/* The file of the chunk in our own memory, its frames judged; *file is the caller's (free). */
static const char *take_chunk(const struct request *r, const char *id, const struct recording_chunk *c, uint8_t **file)
{
	uint8_t salt[RECORDING_SALT];

	*file = NULL;
	if (c->bytes > RECORDING_FRAMES_MAX || !is_sealed(r->fd, c->bytes))
		return "malformed";
	*file = malloc(RECORDING_HEADER + c->bytes);
	if (!*file)
		return "nomem";
	randombytes_buf(salt, sizeof(salt));
	recording_header(id, c, salt, *file);
	if (!read_all(r->fd, *file + RECORDING_HEADER, c->bytes) ||
			recording_check_frames(c, *file + RECORDING_HEADER, c->bytes))
		return "malformed";
	return NULL;
}

/* The file, its folder's entry, then the line are flushed, in this order. */
static const char *store_chunk(struct notary *n, struct journal *j, const struct recording_chunk *c,
		const uint8_t *file, struct journal_receipt *receipt)
{
	struct recording_chunk stored = *c;
	char name[RECORDING_NAME], where[sizeof(chunks_folder) + RECORDING_NAME], hash[DIGEST_HEX + 1];
	cJSON *data;
	enum err e;

	stored.bytes = RECORDING_HEADER + c->bytes;
	recording_name(c->n, name);
	snprintf(where, sizeof(where), "%s/%s", chunks_folder, name);
	if (journal_store_file(j, chunks_folder, name, file, stored.bytes, false))
		return no_evidence(n, journal_session(j), where);
	digest_sha256(file, stored.bytes, hash);
	data = recording_write(&stored);
	if (!data || !add_text(data, "sha256", hash)) {
		cJSON_Delete(data);
		return "nomem";
	}
	e = journal_append(j, "chunk", data, receipt);
	cJSON_Delete(data);
	return word_of_journal(n, journal_session(j), e);
}

static const char *check_chunk(struct notary *n, const char *id, const struct recording_chunk *c, struct journal **j)
{
	struct store_session se;
	const char *word = writable_session(n, id, &se);

	if (!word)
		word = get_journal(n, id, j);
	if (word)
		return word;
	if (journal_is_sealed(*j))
		return "sealed"; /* a file more would be left over for every verifier */
	if (journal_chain(*j)->is_failed)
		return "ended";
	if (!reserve_is_whole(n->reserve)) { /* what is left of the disk is for the last lines of all */
		errno = ENOSPC;
		return no_evidence(n, id, chunks_folder);
	}
	if (c->n > EVIDENCE_CHUNKS_MAX || (journal_chain(*j)->recording.bytes + c->bytes) >> 20 >= EVIDENCE_RECORDING_MB)
		return "full";
	return journal_consent(*j)->state.last_grant == 0 || recording_follows(&journal_chain(*j)->recording, c) ?
		"chunk" : NULL;
}

const char *on_chunk_add(struct notary *n, const struct request *r, cJSON *answer)
{
	struct recording_chunk c;
	struct journal_receipt receipt;
	char id[STORE_ID];
	uint8_t *file;
	struct journal *j;
	const char *word;

	if (!take_hex(r, "session", id, TOKEN_HEX))
		return "session";
	if (recording_read(r->fields, &c))
		return "malformed";
	word = check_chunk(n, id, &c, &j);
	if (word)
		return word;
	word = take_chunk(r, id, &c, &file);
	if (!word)
		word = store_chunk(n, j, &c, file, &receipt);
	free(file);
	if (word)
		return word;
	return add_number(answer, "n", receipt.n) && add_text(answer, "hash", receipt.hash) &&
			add_full(answer, j) ? NULL : "nomem";
}
