/* The items `key`, `seal` and `signature`: what the notary sealed (sections 5 and 7). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/office/verify/inside.h"

#define SEAL_SHAPE \
	"agent_head:64 agent_lines:i build:s chunks:i journal:64 journal_head:64 journal_lines:i key:s reason:s recording:64 " \
	"session:32 v:i wall_ms:i"

/* The one line of seal.json; false if it is not that. */
static bool read_seal(const struct verify *v, struct canon *seal)
{
	const struct verify_file *f = verify_file(v, "seal.json");

	*seal = (struct canon){ (const char *)f->at, f->len ? f->len - 1 : 0 };
	return f->len > 1 && f->at[f->len - 1] == '\n' && canon_check(seal->at, seal->len) && canon_has(*seal, SEAL_SHAPE);
}

static bool seal_says(struct canon seal, const char *name, const char *text)
{
	struct canon value;

	return canon_get(seal, name, &value) && canon_is(value, text);
}

enum err verify_key(struct verify *v)
{
	const struct chain_line *line = chain_find(&v->journal, 0, "key");
	const struct verify_file *f = verify_file(v, "key.wrapped");
	char *hash = v->key_hash, file[PROOF_HEX];
	struct canon value;

	hash[0] = '\0';
	if (line && (!canon_get(line->data, "sha256", &value) || !canon_hex(value, 64, hash)))
		return verify_fail(v, "journal.jsonl", "la ligne « key » ne donne pas d’empreinte");
	for (size_t i = 0; line && i < v->journal.count; i++) {
		if (chain_is(&v->journal.line[i], "key") && (!canon_get(v->journal.line[i].data, "sha256", &value) || !canon_is(value, hash)))
			return verify_fail_line(v, "journal.jsonl", i + 1, "deux lignes « key » nomment deux clés");
	}
	if (f) {
		proof_sha256_hex(f->at, f->len, file);
		if (strcmp(file, hash) != 0)
			return verify_fail(v, f->name, "ce n’est pas la clé que le journal a notée");
	}
	if (v->agent_count && (!canon_get(v->agent[0].object, "content_key", &value) || !canon_is(value, hash)))
		return verify_fail_line(v, "journal.jsonl", v->agent[0].journal + 1, "le programme du client a signé une autre clé");
	if (!line)
		verify_say(v, VERIFY_ABSENT, "l’assistance n’a pas eu de clé");
	else if (!f)
		verify_say(v, VERIFY_ABSENT, "effacée, ou pas dans ce dossier : les images ne peuvent pas être ouvertes");
	return OK;
}

/* Root of the recording: SHA-256 of the list that `sha256sum` would print (6.4). */
static enum err hash_recording(const struct verify *v, char out[PROOF_HEX])
{
	enum { ROW = 64 + 2 + 64 };
	char *list = malloc(v->chunks * ROW + 1);
	size_t len = 0, n = 0;

	if (!list)
		return ERR_NOMEM;
	for (const struct chain_line *line = chain_find(&v->journal, 0, "chunk"); line;
			line = chain_find(&v->journal, (size_t)(line - v->journal.line) + 1, "chunk")) {
		struct canon hash = { NULL, 0 };

		(void)canon_get(line->data, "sha256", &hash); /* that of the file: `recording` has seen to it */
		len += (size_t)snprintf(list + len, ROW, "%.64s  chunks/%06zu\n", hash.at + 1, ++n);
	}
	proof_sha256_hex(list, len, out);
	free(list);
	return OK;
}

/* True if a text of the seal's is plain: printable ASCII without escapes. */
static bool is_plain(struct canon seal, const char *name)
{
	struct canon value;

	if (!canon_get(seal, name, &value))
		return false;
	for (size_t i = 1; i + 1 < value.len; i++) {
		if (value.at[i] < ' ' || value.at[i] > '~' || value.at[i] == '\\')
			return false;
	}
	return true;
}

static enum err check_seal(struct verify *v, struct canon seal, const char *recording)
{
	const struct verify_file *journal = verify_file(v, "journal.jsonl");
	const struct chain_line *end = chain_find(&v->journal, 0, "end");
	char hash[PROOF_HEX];
	struct canon value, reason;
	const struct {
		const char *name, *is;
	} texts[] = { { "session", v->result->session }, { "journal", hash }, { "journal_head", v->journal.head },
		{ "agent_head", v->agent_head }, { "recording", recording }, { "key", v->key_hash } };
	const struct {
		const char *name;
		uint64_t is;
	} numbers[] = { { "v", 1 }, { "journal_lines", v->journal.count }, { "agent_lines", v->agent_count }, { "chunks", v->chunks } };

	proof_sha256_hex(journal->at, journal->len, hash);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (!seal_says(seal, texts[i].name, texts[i].is))
			return verify_fail(v, "seal.json", "« %s » n’est pas ce que disent les fichiers", texts[i].name);
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		if (canon_get_int(seal, numbers[i].name) != numbers[i].is)
			return verify_fail(v, "seal.json", "« %s » n’est pas ce que disent les fichiers", numbers[i].name);
	}
	if (!is_plain(seal, "build") || !is_plain(seal, "reason"))
		return verify_fail(v, "seal.json", "ce n’est pas un scellé");
	(void)canon_get(seal, "reason", &reason);
	if (end && (!canon_get(end->data, "reason", &value) || value.len != reason.len ||
			memcmp(value.at, reason.at, value.len) != 0))
		return verify_fail(v, "seal.json", "« reason » n’est pas ce que dit le journal");
	(void)canon_get(seal, "build", &value);
	verify_say(v, VERIFY_OK, "conforme aux fichiers (%.*s)", (int)(value.len < 66 ? value.len - 2 : 64), value.at + 1);
	return OK;
}

enum err verify_seal(struct verify *v)
{
	char recording[PROOF_HEX];
	struct canon seal;
	enum err e;

	if (!read_seal(v, &seal))
		return verify_fail(v, "seal.json", "ce n’est pas un scellé");
	e = hash_recording(v, recording);
	return e ? e : check_seal(v, seal, recording);
}
