#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/office/office.h"

static const char usage[] =
	"guichet-office --config FICHIER [--check-config]\n"
	"  --config FICHIER   configuration (deploy/guichet-office.example.ini explique chaque option)\n"
	"  --check-config     vérifie la configuration, ligne par ligne, et le dossier des pages ; 0 : bonne\n"
	"  --help             ce texte\n"
	"SIGTERM arrête.\n";

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
static enum err check_files(const struct office_config *c)
{
	const char *const files[][2] = { { c->web, "office/index.html" }, { c->web, "viewer/decoder/decoder.wasm" },
		{ c->reader, "LISEZMOI.txt" }, { c->reader, "lecteur.html" }, { c->reader, "VERIFIER.sh" } };
	enum err e = OK;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", files[i][0], files[i][1]);
		if (access(path, R_OK) == 0)
			continue;
		perror(path);
		e = ERR_IO;
	}
	return e;
}

/* Blocked before any thread is made, so that only sigwait() ever sees them. */
static void block(sigset_t *ends)
{
	sigemptyset(ends);
	sigaddset(ends, SIGTERM);
	sigaddset(ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, ends, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static enum err serve(struct office *o)
{
	sigset_t ends;
	int which;
	enum err e;

	block(&ends);
	e = office_open(o);
	if (!e)
		sigwait(&ends, &which);
	office_close(o);
	return e;
}

int main(int argc, char **argv)
{
	static struct office office;
	struct options o = { 0 };
	enum err e;

	if (!read_options(argc, argv, &o) || o.is_help) {
		fputs(usage, o.is_help ? stdout : stderr);
		return o.is_help ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	e = office_config_read(o.config, stderr, &office.config);
	if (!e && o.is_check)
		e = check_files(&office.config);
	if (!e && o.is_check)
		puts("configuration : bonne");
	if (!e && !o.is_check)
		return serve(&office) ? EXIT_FAILURE : EXIT_SUCCESS;
	office_config_done(&office.config);
	return e ? EXIT_FAILURE : EXIT_SUCCESS;
}
