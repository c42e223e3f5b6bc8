#include "gateway/office/bundle.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/bytes.h"
#include "gateway/office/bundle_made.h"
#include "gateway/office/bundle_zip.h"
#include "gateway/office/verify/proof.h"
#include "guichet/evidence.h"

enum { HASH_HEX = 64, BLOCK = 64 << 10, SUM_MAX = HASH_HEX + 2 + BUNDLE_NAME_MAX, OTHER_FILES = 64, JOURNAL_MB = 256, OTHER_MB = 256 };

/* What the notary lets a session make fits: nothing that was sealed is refused here. */
_Static_assert(2 * EVIDENCE_LINES_MAX + EVIDENCE_CHUNKS_MAX + OTHER_FILES <= BUNDLE_FILES_MAX, "files");
_Static_assert(EVIDENCE_LINES_BYTES + EVIDENCE_LINES_MAX * PROOF_DER_MAX + BUNDLE_FILES_MAX * SUM_MAX + BLOCK <= BUNDLE_MADE_MAX,
		"made here");
_Static_assert((UINT64_C(1) << 20) * (EVIDENCE_RECORDING_MB + JOURNAL_MB + OTHER_MB) + BUNDLE_MADE_MAX +
				BUNDLE_FILES_MAX * (BUNDLE_LOCAL_LEN + BUNDLE_CENTRAL_LEN + 2 * BUNDLE_NAME_MAX) <=
			BUNDLE_SIZE_MAX,
		"bytes");

struct entry {
	char name[BUNDLE_NAME_MAX];
	uint8_t *made; /* what was made here; NULL: from the source */
	uint64_t len;
	uint32_t crc, offset;
	char hash[HASH_HEX + 1];
};

struct writer {
	const struct bundle_source *source;
	const struct bundle_options *options;
	struct entry *entry;
	size_t count, room;
	uint64_t made, done, total; /* bytes */
	int fd;
	uint8_t *block;
	EVP_MD_CTX *md;
	char *trouble;
};

static enum err fail(struct writer *w, enum err e, const char *name, const char *what)
{
	if (!*w->trouble)
		snprintf(w->trouble, BUNDLE_TROUBLE_MAX, "%s : %s", name, what);
	return e;
}

/* ---- the table of files --------------------------------------------------------------------------- */

static enum err add(struct writer *w, const char *name, struct entry **out)
{
	struct entry *more;

	if (strlen(name) >= BUNDLE_NAME_MAX || *name == '\0' || *name == '/')
		return fail(w, ERR_MALFORMED, "un fichier", "son nom ne convient pas à un dossier de preuve");
	if (w->count == BUNDLE_FILES_MAX)
		return fail(w, ERR_MALFORMED, "la preuve", "elle a plus de fichiers qu’un zip ne peut en contenir");
	if (w->count == w->room) {
		more = reallocarray(w->entry, w->room ? w->room * 2 : 64, sizeof(*more));
		if (!more)
			return ERR_NOMEM;
		w->entry = more;
		w->room = w->room ? w->room * 2 : 64;
	}
	*out = &w->entry[w->count++];
	**out = (struct entry){ 0 };
	memcpy((*out)->name, name, strlen(name) + 1);
	return OK;
}

static enum err add_made(void *arg, const char *name, const void *at, size_t len)
{
	struct writer *w = arg;
	struct entry *e;
	enum err err;

	w->made += len;
	if (w->made > BUNDLE_MADE_MAX)
		return fail(w, ERR_MALFORMED, name, "le programme du client a signé trop de lignes");
	err = add(w, name, &e);
	if (err)
		return err;
	e->made = malloc(len + 1);
	if (!e->made)
		return ERR_NOMEM;
	memcpy(e->made, at, len);
	e->len = len;
	return OK;
}

static bool is_made_here(const char *name)
{
	return strcmp(name, "agent.pub") == 0 || strcmp(name, "SHA256SUMS") == 0 || strcmp(name, "content.key") == 0 ||
			strncmp(name, "grants/", 7) == 0;
}

static enum err add_listed(void *arg, const char *name)
{
	struct entry *e;

	return is_made_here(name) ? OK : add(arg, name, &e);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static enum err sort(struct writer *w)
{
	qsort(w->entry, w->count, sizeof(*w->entry), by_name);
	for (size_t i = 1; i < w->count; i++) {
		if (strcmp(w->entry[i].name, w->entry[i - 1].name) == 0)
			return fail(w, ERR_MALFORMED, w->entry[i].name, "ce nom y est deux fois");
	}
	return OK;
}

/* ---- reading -------------------------------------------------------------------------------------- */

/* One file on its way; what is done with a block of it. */
struct pass {
	struct writer *w;
	struct entry *entry;
	uint32_t crc;
	uint64_t len;
	enum err (*take)(struct pass *p, const uint8_t *at, size_t len);
};

static enum err take_block(struct pass *p, const uint8_t *at, size_t len)
{
	p->crc = bundle_crc(p->crc, at, len);
	p->len += len;
	return p->take(p, at, len);
}

static enum err read_blocks(struct pass *p, int fd, uint64_t limit)
{
	ssize_t n = 1;
	enum err e = OK;

	while (!e && p->len < limit) {
		n = read(fd, p->w->block, limit - p->len < BLOCK ? (size_t)(limit - p->len) : BLOCK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(p->w, ERR_IO, p->entry->name, strerror(errno));
		if (n == 0)
			break;
		e = take_block(p, p->w->block, (size_t)n);
	}
	return e;
}

/* Hands out an entry, up to `limit` bytes of it. */
static enum err read_entry(struct pass *p, uint64_t limit)
{
	struct writer *w = p->w;
	enum err e;
	int fd;

	if (p->entry->made)
		return take_block(p, p->entry->made, (size_t)p->entry->len);
	e = w->source->open(w->source->arg, p->entry->name, &fd);
	if (e)
		return fail(w, e, p->entry->name, "ce fichier ne peut pas être ouvert");
	e = read_blocks(p, fd, limit);
	close(fd);
	return e;
}

/* ---- first reading: hashes ------------------------------------------------------------------------ */

static enum err hash_block(struct pass *p, const uint8_t *at, size_t len)
{
	return EVP_DigestUpdate(p->w->md, at, len) == 1 ? OK : ERR_NOMEM;
}

static enum err hash_entry(struct writer *w, struct entry *entry)
{
	struct pass p = { .w = w, .entry = entry, .take = hash_block };
	uint8_t hash[HASH_HEX / 2];
	enum err e = EVP_DigestInit_ex(w->md, EVP_sha256(), NULL) == 1 ? read_entry(&p, BUNDLE_SIZE_MAX) : ERR_NOMEM;

	if (!e && EVP_DigestFinal_ex(w->md, hash, NULL) != 1)
		e = ERR_NOMEM;
	if (e)
		return e;
	hex_write(hash, sizeof(hash), entry->hash);
	entry->len = p.len;
	entry->crc = p.crc;
	return OK;
}

static enum err hash_all(struct writer *w)
{
	enum err e = OK;

	for (size_t i = 0; i < w->count && !e; i++)
		e = hash_entry(w, &w->entry[i]);
	return e;
}

/* SHA256SUMS of the table, which is sorted and hashed. */
static enum err add_sums(struct writer *w)
{
	char *text = malloc(w->count * SUM_MAX + 1);
	size_t len = 0;
	enum err e;

	if (!text)
		return ERR_NOMEM;
	for (size_t i = 0; i < w->count; i++)
		len += (size_t)snprintf(text + len, SUM_MAX + 1, "%s  %s\n", w->entry[i].hash, w->entry[i].name);
	e = add_made(w, "SHA256SUMS", text, len);
	free(text);
	return e ? e : hash_entry(w, &w->entry[w->count - 1]);
}

static enum err add_content_key(struct writer *w)
{
	char text[HASH_HEX + 2];
	enum err e;

	if (!w->options || !w->options->content_key)
		return OK;
	if (!hex_is(w->options->content_key, HASH_HEX))
		return fail(w, ERR_MALFORMED, "content.key", "ce n’est pas une clé");
	snprintf(text, sizeof(text), "%s\n", w->options->content_key);
	e = add_made(w, "content.key", text, HASH_HEX + 1);
	OPENSSL_cleanse(text, sizeof(text));
	return e ? e : hash_entry(w, &w->entry[w->count - 1]);
}

/* All that is to be in the zip, sorted, with hashes. */
static enum err gather(struct writer *w)
{
	enum err e = w->source->list(w->source->arg, add_listed, w);
	int fd;

	if (e)
		return fail(w, e, "la preuve", "la liste de ses fichiers ne peut pas être lue");
	e = w->source->open(w->source->arg, "journal.jsonl", &fd);
	if (e)
		return fail(w, e, "journal.jsonl", "ce fichier ne peut pas être ouvert");
	e = bundle_made(fd, add_made, w);
	if (e)
		return fail(w, e, "journal.jsonl", "ce n’est pas un journal");
	e = sort(w);
	if (!e)
		e = hash_all(w);
	if (!e)
		e = add_sums(w);
	if (!e)
		e = add_content_key(w);
	return e ? e : sort(w);
}

/* ---- second reading: the zip ---------------------------------------------------------------------- */

/* Offsets, and whether it all fits. */
static enum err place(struct writer *w)
{
	uint64_t at = 0, directory = 0;

	for (size_t i = 0; i < w->count; i++) {
		struct entry *e = &w->entry[i];

		if (at + e->len > BUNDLE_SIZE_MAX)
			return fail(w, ERR_MALFORMED, "la preuve", "elle dépasse 4 Gio, la limite d’un zip simple");
		e->offset = (uint32_t)at;
		at += BUNDLE_LOCAL_LEN + strlen(e->name) + e->len;
		directory += BUNDLE_CENTRAL_LEN + strlen(e->name);
	}
	w->total = at + directory + BUNDLE_END_LEN;
	return w->total <= BUNDLE_SIZE_MAX ? OK : fail(w, ERR_MALFORMED, "la preuve", "elle dépasse 4 Gio, la limite d’un zip simple");
}

static enum err put(struct writer *w, const void *at, size_t len)
{
	const uint8_t *p = at;

	while (len > 0) {
		ssize_t n = write(w->fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(w, ERR_IO, "le zip", strerror(errno));
		p += n;
		len -= (size_t)n;
		w->done += (uint64_t)n;
	}
	return w->options && w->options->progress ? w->options->progress(w->options->progress_arg, w->done, w->total) : OK;
}

static enum err copy_block(struct pass *p, const uint8_t *at, size_t len)
{
	return put(p->w, at, len);
}

static struct bundle_member member_of(const struct entry *e)
{
	return (struct bundle_member){ e->name, (uint32_t)e->len, e->crc, e->offset, strcmp(e->name, "VERIFIER.sh") == 0 };
}

static enum err put_entry(struct writer *w, struct entry *entry)
{
	struct pass p = { .w = w, .entry = entry, .take = copy_block };
	struct bundle_member m = member_of(entry);
	uint8_t header[BUNDLE_LOCAL_LEN];
	enum err e;

	bundle_local(&m, header);
	e = put(w, header, sizeof(header));
	if (!e)
		e = put(w, entry->name, strlen(entry->name));
	if (!e)
		e = read_entry(&p, entry->len); /* what was appended meanwhile is for the next bundle */
	if (!e && (p.len != entry->len || p.crc != entry->crc))
		e = fail(w, ERR_IO, entry->name, "ce fichier a changé pendant la copie");
	return e;
}

static enum err put_directory(struct writer *w)
{
	const uint32_t offset = (uint32_t)w->done;
	uint8_t header[BUNDLE_CENTRAL_LEN], end[BUNDLE_END_LEN];
	enum err e = OK;

	for (size_t i = 0; i < w->count && !e; i++) {
		struct bundle_member m = member_of(&w->entry[i]);

		bundle_central(&m, header);
		e = put(w, header, sizeof(header));
		if (!e)
			e = put(w, m.name, strlen(m.name));
	}
	if (e)
		return e;
	bundle_end(w->count, (uint32_t)w->done - offset, offset, end);
	return put(w, end, sizeof(end));
}

static enum err put_all(struct writer *w)
{
	enum err e = place(w);

	for (size_t i = 0; i < w->count && !e; i++)
		e = put_entry(w, &w->entry[i]);
	return e ? e : put_directory(w);
}

static void done(struct writer *w)
{
	for (size_t i = 0; i < w->count; i++) {
		if (w->entry[i].made)
			OPENSSL_cleanse(w->entry[i].made, (size_t)w->entry[i].len);
		free(w->entry[i].made);
	}
	free(w->entry);
	free(w->block);
	EVP_MD_CTX_free(w->md);
}

enum err bundle_write(const struct bundle_source *source, const struct bundle_options *o, int fd,
		char trouble[BUNDLE_TROUBLE_MAX])
{
	struct writer w = { .source = source, .options = o, .fd = fd, .trouble = trouble };
	enum err e;

	*trouble = '\0';
	w.block = malloc(BLOCK);
	w.md = EVP_MD_CTX_new();
	e = w.block && w.md ? gather(&w) : ERR_NOMEM;
	if (!e)
		e = put_all(&w);
	if (e)
		(void)fail(&w, e, "la preuve", e == ERR_NOMEM ? "mémoire insuffisante" : "elle n’a pas pu être écrite");
	done(&w);
	return e;
}
