/* Making a bundle, and checking one. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "gateway/office/bundle_notary.h"
#include "gateway/office/ctl.h"
#include "gateway/office/evidence_key.h"
#include "gateway/office/verify/report.h"
#include "gateway/office/verify/source.h"

enum { PATH_ROOM = 4096, PASSPHRASE_ROOM = 256, ROOT_MAX = 1 << 20 };

static const char default_reader[] = "/usr/share/guichet/lecteur";

/* ---- checking ---- */

/* A small file, whole. NULL path: nothing. False, and said, if it cannot be read. */
static bool read_small(const char *path, uint8_t **at, size_t *len)
{
	FILE *f = path ? fopen(path, "re") : NULL;

	*at = NULL;
	*len = 0;
	if (!path)
		return true;
	*at = f ? malloc(ROOT_MAX) : NULL;
	*len = *at ? fread(*at, 1, ROOT_MAX, f) : 0;
	if (f)
		fclose(f);
	if (*len == 0 || *len == ROOT_MAX)
		ctl_fail("certificat illisible, vide ou trop grand");
	return *len > 0 && *len < ROOT_MAX;
}

static int check_source(struct source *s, const struct verify_options *o, struct verify_result *result)
{
	size_t count;
	const struct verify_file *files = source_files(s, &count);

	if (verify_bundle(files, count, o, result))
		return ctl_fail("mémoire insuffisante");
	return result->failed == VERIFY_ITEMS ? CTL_DONE : CTL_FAILED;
}

static int check_bundle(const char *path, const struct verify_options *o, struct verify_result *result)
{
	char trouble[VERIFY_SENTENCE_MAX];
	struct source *s;
	int code;

	if (source_open(path, &s, trouble)) {
		fputs("guichetctl : ", stderr);
		report_clean(stderr, trouble);
		fputc('\n', stderr);
		return CTL_USAGE; /* as guichet-verify: it cannot be read */
	}
	code = check_source(s, o, result);
	source_close(s);
	return code;
}

int ctl_verify(const struct ctl_options *o, char **words)
{
	struct verify_result result = { .failed = VERIFY_ITEMS };
	struct verify_options roots = { 0 };
	uint8_t *root, *tsa = NULL;
	int code = CTL_USAGE;

	if (read_small(o->root, &root, &roots.root_len) && read_small(o->tsa, &tsa, &roots.tsa_len)) {
		roots.root = root;
		roots.tsa = tsa;
		code = check_bundle(words[0], &roots, &result);
		if (code != CTL_USAGE)
			(o->json ? report_json : report_lines)(stdout, &result);
	}
	free(root);
	free(tsa);
	return fflush(stdout) ? CTL_FAILED : code;
}

/* ---- making ---- */

static enum err ask(void *arg, const char *op, cJSON *fields, cJSON **answer, int *fd, const char **word)
{
	*answer = ctl_ask(arg, op, fields, fd, word);
	return *answer ? OK : ERR_IO;
}

static int fail_word(const struct bundle_notary *b)
{
	return ctl_fail(ctl_text_of(b->word ? b->word : "notary"));
}

static ssize_t read_wrapped(struct bundle_notary *b, uint8_t out[EVIDENCE_WRAPPED_MAX])
{
	struct bundle_source source = bundle_notary_source(b);
	ssize_t len;
	int fd;

	if (source.open(source.arg, "key.wrapped", &fd))
		return -1;
	len = read(fd, out, EVIDENCE_WRAPPED_MAX);
	close(fd);
	return len;
}

static int open_content(const struct ctl_options *o, struct bundle_notary *b, char content[EVIDENCE_KEY_HEX + 1])
{
	char passphrase[PASSPHRASE_ROOM];
	uint8_t wrapped[EVIDENCE_WRAPPED_MAX];
	ssize_t len = read_wrapped(b, wrapped);
	enum err e;

	if (len <= 0)
		return ctl_fail("cette session n’a pas de clé, ou elle est effacée : il n’y a rien à ouvrir pour le client");
	if (ctl_secret(o->password_file, "Phrase secrète de la clé de preuve : ", 0, passphrase, sizeof(passphrase)))
		return CTL_FAILED;
	e = evidence_key_unwrap(o->evidence_key, passphrase, wrapped, (size_t)len, content);
	explicit_bzero(passphrase, sizeof(passphrase));
	if (e)
		return ctl_fail(e == ERR_IO ? "la clé de preuve est illisible" :
					      "mauvaise phrase secrète, ou ce n’est pas la clé de preuve de cette session");
	return CTL_DONE;
}

static enum err show_progress(void *arg, uint64_t done, uint64_t total)
{
	int *shown = arg, percent = total ? (int)(100 * done / total) : 100;

	if (isatty(STDERR_FILENO) && percent != *shown)
		fprintf(stderr, "\r%3d %%%s", percent, percent == 100 ? "\n" : "");
	*shown = percent;
	return OK;
}

static int write_zip(struct bundle_notary *b, const char *content, const char *path)
{
	int shown = -1, fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	const struct bundle_options options = { content, show_progress, &shown };
	struct bundle_source source = bundle_notary_source(b);
	char trouble[BUNDLE_TROUBLE_MAX] = "";
	enum err e;

	if (fd < 0)
		return ctl_fail(strerror(errno));
	e = bundle_write(&source, &options, fd, trouble);
	if (!e && fsync(fd) < 0)
		e = ERR_IO;
	close(fd);
	if (e)
		fprintf(stderr, "guichetctl : %s\n", trouble[0] ? trouble : b->word ? ctl_text_of(b->word) : err_name(e));
	return e ? CTL_FAILED : CTL_DONE;
}

/* What nobody could verify is not handed to anybody. */
static int check_and_name(const char *part, const char *out)
{
	struct verify_result result = { .failed = VERIFY_ITEMS };
	int code = check_bundle(part, NULL, &result);

	if (code) {
		report_lines(stderr, &result);
		return ctl_fail("la preuve écrite ne se vérifie pas ; elle n’est pas gardée");
	}
	if (rename(part, out) < 0)
		return ctl_fail(strerror(errno));
	printf("Preuve écrite et vérifiée : %s\n", out);
	return CTL_DONE;
}

static int export_begun(const struct ctl_options *o, struct bundle_notary *b)
{
	char content[EVIDENCE_KEY_HEX + 1] = "", part[PATH_ROOM];
	int len = snprintf(part, sizeof(part), "%s.part", o->out), code = CTL_DONE;

	if (len < 0 || (size_t)len >= sizeof(part))
		return ctl_fail("chemin trop long");
	if (o->customer)
		code = open_content(o, b, content);
	if (!code)
		code = write_zip(b, content[0] ? content : NULL, part);
	explicit_bzero(content, sizeof(content));
	if (!code)
		code = check_and_name(part, o->out);
	if (code)
		unlink(part);
	return code;
}

static int check_usage(const struct ctl_options *o)
{
	if (!o->out)
		return ctl_fail("--out manque"), CTL_USAGE;
	if (!o->customer != !o->evidence_key)
		return ctl_fail("--customer et --evidence-key vont ensemble : l’enregistrement est ouvert pour le client"), CTL_USAGE;
	return CTL_DONE;
}

int ctl_export(const struct ctl_options *o, char **words)
{
	char name[33];
	struct bundle_notary b = { .ask = ask, .arg = (void *)(uintptr_t)o, .session = words[0], .inclusion = -1,
		.reader = o->reader ? o->reader : default_reader };
	cJSON *who = ctl_who_session(words[0]);
	int code = who ? check_usage(o) : CTL_USAGE;

	cJSON_Delete(who);
	if (code)
		return code;
	ctl_name(name);
	b.who = name;
	code = bundle_notary_begin(&b, o->customer ? "customer" : "bank") ? fail_word(&b) : export_begun(o, &b);
	bundle_notary_done(&b);
	return code;
}
