/* The item `files`: the names of section 10, and what SHA256SUMS says of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/office/verify/inside.h"

static const struct {
	const char *name;
	bool is_needed;
} names[] = {
	{ "LISEZMOI.txt", true }, { "SHA256SUMS", true }, { "VERIFIER.sh", true }, { "after.jsonl", false },
	{ "agent.pub", false }, { "checkpoint.p7s", true }, { "checkpoint.tsr", false }, { "checkpoint.txt", true },
	{ "content.key", false }, { "inclusion.txt", true }, { "journal.jsonl", true }, { "key.wrapped", false },
	{ "lecteur.html", true }, { "private.jsonl", false }, { "root.crt", true }, { "seal.json", true },
	{ "seal.p7s", true }, { "terms.txt", false }, { "tsa.crt", false },
};

/* "chunks/000001": the number as it is printed, and nothing else, has this name. */
static bool is_numbered(const char *name, const char *format, unsigned from)
{
	char again[64];
	unsigned long n;
	const char *digits = strchr(name, '/');

	if (!digits || digits[1] < '0' || digits[1] > '9')
		return false;
	n = strtoul(digits + 1, NULL, 10);
	if (n < from || n > UINT32_MAX)
		return false;
	snprintf(again, sizeof(again), format, (unsigned)n);
	return strcmp(name, again) == 0;
}

static bool is_known(const char *name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(name, names[i].name) == 0)
			return true;
	}
	return is_numbered(name, "chunks/%06u", 1) || is_numbered(name, "grants/%04u.txt", 0) ||
			is_numbered(name, "grants/%04u.sig", 0);
}

static enum err check_names(struct verify *v)
{
	for (size_t i = 0; i < v->count; i++) {
		const char *name = v->files[i].name;

		if (!is_known(name))
			return verify_fail(v, name, "ce nom n’a rien à faire dans un dossier de preuve");
		if (i > 0 && strcmp(name, v->files[i - 1].name) == 0)
			return verify_fail(v, name, "ce fichier y est deux fois");
		v->chunks += strncmp(name, "chunks/", 7) == 0;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].is_needed && !verify_file(v, names[i].name))
			return verify_fail(v, names[i].name, "ce fichier manque");
	}
	return OK;
}

static bool is_summed(const struct verify_file *f)
{
	return strcmp(f->name, "SHA256SUMS") != 0 && strcmp(f->name, "content.key") != 0;
}

/* Order of a name in SHA256SUMS and that of a file. */
static int compare(struct canon name, const char *file)
{
	size_t len = strlen(file), n = name.len < len ? name.len : len;
	int order = memcmp(name.at, file, n);

	return order ? order : (name.len > len) - (name.len < len);
}

/* One line "HASH  NAME", the name of which must be that of the file. */
static enum err check_sum(struct verify *v, struct canon line, size_t number, const struct verify_file *f)
{
	char hash[PROOF_HEX];
	struct canon name;
	int order;

	if (line.len < PROOF_HEX + 2 || memcmp(line.at + 64, "  ", 2) != 0 || memchr(line.at, '\0', line.len))
		return verify_fail_line(v, "SHA256SUMS", number, "cette ligne n’a pas la forme « empreinte  nom »");
	name = (struct canon){ line.at + 66, line.len - 66 };
	order = f ? compare(name, f->name) : -1;
	if (order < 0)
		return verify_fail_line(v, "SHA256SUMS", number, "« %.*s » manque, ou n’est pas à sa place",
				(int)(name.len < VERIFY_PLACE_MAX ? name.len : VERIFY_PLACE_MAX), name.at);
	if (order > 0)
		return verify_fail(v, f->name, "ce fichier n’est pas dans SHA256SUMS, ou pas à sa place");
	proof_sha256_hex(f->at, f->len, hash);
	if (memcmp(line.at, hash, 64) != 0)
		return verify_fail(v, f->name, "ce fichier n’est pas celui dont SHA256SUMS donne l’empreinte");
	return OK;
}

static enum err check_sums(struct verify *v)
{
	const struct verify_file *sums = verify_file(v, "SHA256SUMS");
	const char *at = (const char *)sums->at, *last = at + sums->len;
	size_t number = 0;
	struct canon line;
	enum err e = OK;

	for (size_t i = 0; i < v->count && !e; i++) {
		if (!is_summed(&v->files[i]))
			continue;
		if (!verify_take_line(&at, last, &line))
			return verify_fail(v, v->files[i].name, "ce fichier n’est pas dans SHA256SUMS");
		e = check_sum(v, line, ++number, &v->files[i]);
	}
	if (!e && verify_take_line(&at, last, &line))
		e = check_sum(v, line, ++number, NULL);
	if (!e && at != last)
		e = verify_fail_line(v, "SHA256SUMS", number + 1, "il y a quelque chose après la dernière ligne");
	return e;
}

enum err verify_files(struct verify *v)
{
	enum err e = check_names(v);

	if (!e)
		e = check_sums(v);
	if (!e)
		verify_say(v, VERIFY_OK, "%zu fichiers, chacun conforme à son empreinte", v->count);
	return e;
}
