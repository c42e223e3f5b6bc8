/* OpenSSL 3.0 reaches a token only through an engine; that interface is called deprecated, and the next one is not in Debian 12. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "gateway/notary/signer_key.h"

#include <openssl/engine.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIN_ROOM = 256 };

struct signer_token {
	ENGINE *engine;
	bool is_ready;
};

/* The first line of the file, or nothing if there is no such file to read. */
static bool read_pin(const char *path, char out[PIN_ROOM])
{
	FILE *f = path[0] ? fopen(path, "re") : NULL;
	bool is_read = f && fgets(out, PIN_ROOM, f);

	out[is_read ? strcspn(out, "\r\n") : 0] = '\0';
	if (f)
		fclose(f);
	return is_read || path[0] == '\0';
}

void signer_token_close(struct signer_token *t)
{
	if (!t)
		return;
	if (t->is_ready)
		ENGINE_finish(t->engine);
	ENGINE_free(t->engine);
	free(t);
}

static bool set_up(ENGINE *e, const char *module, const char *pin)
{
	if (module[0] && !ENGINE_ctrl_cmd_string(e, "MODULE_PATH", module, 0))
		return false;
	return pin[0] == '\0' || ENGINE_ctrl_cmd_string(e, "PIN", pin, 0);
}

static const char *open_token(const struct signer_options *o, const char *pin, struct signer_token *t, EVP_PKEY **key)
{
	ENGINE_load_dynamic();
	t->engine = ENGINE_by_id("pkcs11");
	if (!t->engine)
		return "needs the PKCS#11 engine of OpenSSL (package libengine-pkcs11-openssl)";
	if (!set_up(t->engine, o->module, pin) || !ENGINE_init(t->engine))
		return "names a token whose module cannot be loaded (sign_module)";
	t->is_ready = true;
	*key = ENGINE_load_private_key(t->engine, o->key, NULL, NULL);
	return *key ? NULL : "names no key of a token that opens with this PIN";
}

static const char *from_token(const struct signer_options *o, const char *pin, struct signer_token **token, EVP_PKEY **key)
{
	struct signer_token *t = calloc(1, sizeof(*t));
	const char *why = t ? open_token(o, pin, t, key) : "cannot be opened: out of memory";

	if (why)
		signer_token_close(t);
	else
		*token = t;
	return why;
}

static int pin_of(char *buf, int room, int is_writing, void *arg)
{
	const char *pin = arg;
	int len = (int)strlen(pin);

	(void)is_writing;
	if (len > room)
		return -1;
	memcpy(buf, pin, (size_t)len);
	return len;
}

static const char *from_file(const char *path, char *pin, EVP_PKEY **key)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return "cannot be read";
	*key = PEM_read_PrivateKey(f, NULL, pin_of, pin);
	fclose(f);
	return *key ? NULL : "is no private key in PEM that this passphrase opens";
}

enum err signer_key_open(const struct signer_options *o, signer_problem_fn *problem, void *arg,
		struct signer_token **token, EVP_PKEY **key)
{
	char pin[PIN_ROOM] = "";
	const char *why;

	*token = NULL;
	*key = NULL;
	if (!read_pin(o->pin_file, pin)) {
		problem(arg, "sign_pin_file", "cannot be read");
		return ERR_CRYPTO;
	}
	if (strncmp(o->key, "pkcs11:", strlen("pkcs11:")) == 0)
		why = from_token(o, pin, token, key);
	else
		why = from_file(o->key, pin, key);
	OPENSSL_cleanse(pin, sizeof(pin));
	if (why)
		problem(arg, "sign_key", why);
	return why ? ERR_CRYPTO : OK;
}
