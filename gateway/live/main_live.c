#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/live/live.h"

static const char usage[] = "guichet-live --config FICHIER [--check-config]\n"
			    "  --config FICHIER   configuration (deploy/guichet-live.example.ini "
			    "explique chaque option)\n"
			    "  --check-config     vérifie la configuration, ligne par ligne, et "
			    "les fichiers qu'elle nomme ; 0 : bonne\n"
			    "  --help             ce texte\n"
			    "SIGTERM arrête ; SIGHUP relit le certificat.\n";

struct options {
	const char *config;
	bool is_check, is_help;
};

static bool read_options(int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
			o->config = argv[++i];
		else if (strcmp(argv[i], "--check-config") == 0)
			o->is_check = true;
		else if (strcmp(argv[i], "--help") == 0)
			o->is_help = true;
		else
			return false;
	}
	return o->is_help || o->config;
}

/* The files that a good-looking configuration may still name wrongly. */
static enum err check_files(const struct live_config *c)
{
	const char *const paths[] = { c->certificate, c->key, c->words, c->agent, c->profile,
		c->signature };
	const char *const terms[] = { c->terms_fr, c->terms_en };
	enum err worst = OK;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		uint8_t *bytes;
		size_t len;

		if (site_read_file(paths[i], &bytes, &len)) {
			perror(paths[i]);
			worst = ERR_IO;
		}
		free(bytes);
	}
	for (size_t i = 0; i < LIVE_LANGUAGES; i++) {
		char trouble[256];
		struct terms t;

		if (terms_read(terms[i], &t, trouble, sizeof(trouble))) {
			fprintf(stderr, "%s: %s\n", terms[i], trouble);
			worst = ERR_IO;
		}
		terms_done(&t);
	}
	return worst;
}

/* guichet-alert stands beside this program unless the configuration names it. */
static enum err find_alert(struct live_config *c)
{
	static const char name[] = "guichet-alert";
	char path[4096];
	ssize_t len;
	char *slash;

	if (!c->alert_url[0])
		return OK;
	if (!c->alert_program[0]) {
		len = readlink("/proc/self/exe", path, sizeof(path) - sizeof(name));
		path[len > 0 ? len : 0] = '\0';
		slash = strrchr(path, '/');
		if (!slash)
			return ERR_IO;
		memcpy(slash + 1, name, sizeof(name));
		free(c->alert_program);
		c->alert_program = strdup(path);
	}
	if (c->alert_program && access(c->alert_program, X_OK) == 0 && access(c->alert_secret_file, R_OK) == 0)
		return OK;
	fprintf(stderr, "guichet-live: alert_program ou alert_secret_file : illisible\n");
	return ERR_IO;
}

int main(int argc, char **argv)
{
	static struct live live;
	struct options o = { 0 };
	enum err e;

	if (!read_options(argc, argv, &o) || o.is_help) {
		fputs(usage, o.is_help ? stdout : stderr);
		return o.is_help ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	lws_set_log_level(LLL_ERR, NULL);
	e = live_config_read(o.config, stderr, &live.config);
	if (!e)
		e = find_alert(&live.config);
	if (!e && o.is_check) {
		e = check_files(&live.config);
		if (!e)
			puts("configuration : bonne");
		live_config_done(&live.config);
		return e ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	if (!e)
		e = live_open(&live);
	if (!e)
		live_run(&live);
	if (live.context)
		live_close(&live);
	else
		live_config_done(&live.config);
	return e ? EXIT_FAILURE : EXIT_SUCCESS;
}
