#include "gateway/office/ctl.h"

#include <getopt.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"Usage : guichetctl COMMANDE [OPTIONS]\n"
	"\n"
	"Commandes :\n"
	"  advisor add NOM --display \"Claire Martin\" [--password-file FICHIER]\n"
	"                      crée un conseiller ; sans fichier, le mot de passe est demandé au clavier\n"
	"  journal SESSION     affiche les lignes du journal d'une session (32 chiffres hexadécimaux)\n"
	"\n"
	"Options :\n"
	"  --config FICHIER    configuration du notaire, d'où viennent ctl_socket et directory\n"
	"  --socket CHEMIN     prise du notaire (ctl_socket)\n"
	"  --directory CHEMIN  répertoire du notaire\n"
	"  --help              affiche cette aide\n"
	"\n"
	"Codes de sortie : 0 fait, 1 refusé ou impossible, 2 usage.\n";

static const struct command {
	const char *words[2];
	int arguments; /* words that follow */
	int (*run)(const struct ctl_options *o, char **words);
} commands[] = {
	{ { "advisor", "add" }, 1, ctl_advisor_add },
	{ { "journal", NULL },  1, ctl_journal },
};

static const struct option options[] = {
	{ "config",        required_argument, NULL, 'c' },
	{ "socket",        required_argument, NULL, 's' },
	{ "directory",     required_argument, NULL, 'd' },
	{ "display",       required_argument, NULL, 'n' },
	{ "password-file", required_argument, NULL, 'p' },
	{ "help",          no_argument,       NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const struct {
	int letter;
	size_t offset;
} places[] = {
	{ 'c', offsetof(struct ctl_options, config) },
	{ 's', offsetof(struct ctl_options, socket) },
	{ 'd', offsetof(struct ctl_options, directory) },
	{ 'n', offsetof(struct ctl_options, display) },
	{ 'p', offsetof(struct ctl_options, password_file) },
};

static int usage(void)
{
	fputs(help, stderr);
	return CTL_USAGE;
}

static void set_option(struct ctl_options *o, int letter, const char *value)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (places[i].letter == letter)
			memcpy((char *)o + places[i].offset, &value, sizeof(value));
}

/* Values of the configuration file that the command line did not give; they live as long as the program. */
struct from_config {
	char *socket, *directory;
};

static int on_value(void *arg, const char *section, const char *name, const char *value)
{
	struct from_config *f = arg;
	char **place = strcmp(name, "ctl_socket") == 0 ? &f->socket : strcmp(name, "directory") == 0 ? &f->directory : NULL;

	if (strcmp(section, "notary") == 0 && place && !*place)
		*place = strdup(value);
	return 1;
}

static const struct command *command_of(int count, char **words, int *used)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		const struct command *c = &commands[i];

		*used = c->words[1] ? 2 : 1;
		if (count == *used + c->arguments && strcmp(words[0], c->words[0]) == 0 &&
				(!c->words[1] || strcmp(words[1], c->words[1]) == 0))
			return c;
	}
	return NULL;
}

static int run_command(struct ctl_options *o, int count, char **words)
{
	struct from_config f = { 0 };
	int used, code = CTL_FAILED;
	const struct command *c = command_of(count, words, &used);

	if (!c)
		return usage();
	if (o->config && ini_parse(o->config, on_value, &f) != 0) {
		fprintf(stderr, "guichetctl : configuration illisible : %s\n", o->config);
	} else {
		o->socket = o->socket ? o->socket : f.socket;
		o->directory = o->directory ? o->directory : f.directory;
		code = c->run(o, words + used);
	}
	free(f.socket);
	free(f.directory);
	return code;
}

int ctl_run(int argc, char **argv)
{
	struct ctl_options o = { 0 };
	int letter;

	while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (letter == 'h') {
			fputs(help, stdout);
			return CTL_DONE;
		}
		if (letter == '?')
			return usage();
		set_option(&o, letter, optarg);
	}
	return optind < argc ? run_command(&o, argc - optind, argv + optind) : usage();
}
