/* The bank's evidence key, at the officers' computer without network (S19, S28; docs/EVIDENCE.md 5; certs/README.md). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/office/ctl.h"
#include "gateway/office/ctl_rsa.h"

enum { PASSPHRASE_MIN = 16, PASSPHRASE_ROOM = 256 };

static int fail(const char *what, const char *why)
{
	fprintf(stderr, "guichetctl : %s : %s\n", what, why);
	return CTL_FAILED;
}

static const char *text_of(enum err e)
{
	switch (e) {
	case ERR_FORBIDDEN:
		return "une clé de preuve s’y trouve déjà, rien n’a été écrit";
	case ERR_IO:
		return strerror(errno);
	case ERR_CRYPTO:
		return "ce n’est pas la clé attendue (RSA de 3072 bits au moins), ou la phrase secrète est fausse";
	case OK:
	case ERR_NOMEM:
	case ERR_MALFORMED:
	case ERR_AGAIN:
		break;
	}
	return "mémoire insuffisante";
}

int ctl_evidence_keygen(const struct ctl_options *o, char **words)
{
	char passphrase[PASSPHRASE_ROOM], fingerprint[FINGERPRINT_HEX + 1];
	enum err e;

	(void)words;
	if (!o->out)
		return fail("evidence keygen", "--out manque"), CTL_USAGE;
	if (ctl_secret(o->password_file, "Phrase secrète : ", 1, passphrase, sizeof(passphrase)))
		return CTL_FAILED;
	if (strlen(passphrase) < PASSPHRASE_MIN) {
		explicit_bzero(passphrase, sizeof(passphrase));
		return fail("phrase secrète", "16 octets au moins");
	}
	e = ctl_rsa_make(o->out, passphrase, fingerprint);
	explicit_bzero(passphrase, sizeof(passphrase));
	if (e)
		return fail(o->out, text_of(e));
	printf("Clé de preuve créée dans %s\n"
	       "  evidence.key  secrète : deux copies, deux lieux, jamais sur un serveur\n"
	       "  evidence.pub  publique : pour le profil de la banque (certs/make-profile --evidence)\n"
	       "  evidence.pem  la même, en certificat\n"
	       "Empreinte SHA-256 : %s\n"
	       "Sans evidence.key et sa phrase secrète, aucun enregistrement ne pourra plus être relu.\n",
	       o->out, fingerprint);
	return CTL_DONE;
}

static int read_wrapped(const char *path, uint8_t out[RSA_WRAPPED_MAX + 1], size_t *len)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return fail(path, strerror(errno));
	*len = fread(out, 1, RSA_WRAPPED_MAX + 1, f);
	fclose(f);
	return *len > 0 && *len <= RSA_WRAPPED_MAX ? CTL_DONE : fail(path, "n’est pas une clé enveloppée (key.wrapped)");
}

static int write_wrapped(const char *path, const uint8_t *wrapped, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int code;

	if (fd < 0)
		return fail(path, strerror(errno));
	code = write(fd, wrapped, len) == (ssize_t)len && fsync(fd) == 0 ? CTL_DONE : fail(path, strerror(errno));
	close(fd);
	return code;
}

static int open_key(const struct ctl_options *o, EVP_PKEY **key)
{
	char passphrase[PASSPHRASE_ROOM];
	enum err e;

	*key = NULL;
	if (ctl_secret(o->password_file, "Phrase secrète de la clé de preuve : ", 0, passphrase, sizeof(passphrase)))
		return CTL_FAILED;
	e = ctl_rsa_private(o->evidence_key, passphrase, key);
	explicit_bzero(passphrase, sizeof(passphrase));
	return e ? fail(o->evidence_key, text_of(e)) : CTL_DONE;
}

/* The content key is in clear here, and only here, between one envelope and the other. */
static int change_envelope(EVP_PKEY *key, EVP_PKEY *recipient, const char *from, const char *to)
{
	uint8_t wrapped[RSA_WRAPPED_MAX + 1], content[CONTENT_KEY_LEN];
	size_t len;
	enum err e;

	if (read_wrapped(from, wrapped, &len))
		return CTL_FAILED;
	if (ctl_rsa_unwrap(key, wrapped, len, content))
		return fail(from, "cette clé de preuve ne l’ouvre pas");
	e = ctl_rsa_wrap(recipient, content, wrapped, &len);
	explicit_bzero(content, sizeof(content));
	return e ? fail(to, text_of(e)) : write_wrapped(to, wrapped, len);
}

int ctl_evidence_rewrap(const struct ctl_options *o, char **words)
{
	char fingerprint[FINGERPRINT_HEX + 1];
	EVP_PKEY *recipient, *key;
	enum err e;
	int code;

	if (!o->evidence_key || !o->recipient || !o->out)
		return fail("evidence rewrap", "--evidence-key, --recipient et --out sont nécessaires"), CTL_USAGE;
	e = ctl_rsa_public(o->recipient, &recipient);
	if (!e)
		e = ctl_rsa_fingerprint(recipient, fingerprint);
	if (e)
		return fail(o->recipient, text_of(e));
	code = open_key(o, &key);
	if (!code)
		code = change_envelope(key, recipient, words[0], o->out);
	EVP_PKEY_free(key);
	EVP_PKEY_free(recipient);
	if (!code)
		printf("Clé de la session enveloppée pour le destinataire %s : %s\n", fingerprint, o->out);
	return code;
}
