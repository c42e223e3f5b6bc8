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
	"Comptes :\n"
	"  advisor add NOM --display \"Claire Martin\" [--password-file FICHIER]\n"
	"                      crée un conseiller ; sans fichier, le mot de passe est demandé au clavier\n"
	"  officer add NOM --display \"Nora Petit\" --role compliance|operator [--password-file FICHIER]\n"
	"                      crée un membre du bureau : conformité (preuves) ou exploitation (places, conservation)\n"
	"  advisor|officer disable NOM    suspend un compte et ferme aussitôt ses connexions\n"
	"  advisor|officer enable NOM     l'admet de nouveau\n"
	"  advisor|officer list           liste les comptes\n"
	"\n"
	"Preuves (chaque accès est lui-même inscrit dans la preuve, à votre nom) :\n"
	"  search [--reference R] [--advisor DÉBUT] [--purpose P] [--outcome ISSUE] [--from JOUR] [--to JOUR]\n"
	"                      cherche des sessions, la plus récente d'abord ; JOUR : 2026-11-25\n"
	"  export SESSION --out FICHIER.zip [--customer --evidence-key CLÉ [--password-file FICHIER]]\n"
	"                      écrit la preuve d'une session et la vérifie ; avec --customer, l'enregistrement\n"
	"                      est ouvert pour le client avec la clé de preuve de la banque\n"
	"  verify FICHIER [--root CERTIFICAT] [--tsa CERTIFICAT] [--json]\n"
	"                      vérifie une preuve, comme guichet-verify\n"
	"  rectify SESSION TEXTE          ajoute une rectification ; rien n'est changé\n"
	"  hold on|off SESSION --ground MOTIF    gèle une session : rien ne l'efface ; ou lève le gel\n"
	"  erase ask SESSION --ground MOTIF      demande un effacement\n"
	"  erase confirm SESSION                 le confirme ; une autre personne que celle qui l'a demandé\n"
	"  retention run [--dry-run]      efface ce dont la durée de conservation est passée\n"
	"  journal SESSION     affiche les lignes du journal d'une session (32 chiffres hexadécimaux)\n"
	"  evidence keygen --out RÉPERTOIRE [--password-file FICHIER]\n"
	"                      crée la clé de preuve, hors ligne : evidence.key (RSA 3072, sous phrase\n"
	"                      secrète), evidence.pub et evidence.pem ; n’écrase jamais rien\n"
	"  evidence rewrap KEY.WRAPPED --evidence-key evidence.key --recipient PUBLIQUE.pem --out FICHIER\n"
	"                      rouvre la clé d’une session et l’enveloppe pour un second destinataire\n"
	"\n"
	"Service :\n"
	"  sessions            places prises et sessions en cours\n"
	"\n"
	"Options :\n"
	"  --config FICHIER    configuration du notaire, d'où viennent ctl_socket et directory\n"
	"  --socket CHEMIN     prise du notaire (ctl_socket)\n"
	"  --directory CHEMIN  répertoire du notaire\n"
	"  --reader CHEMIN     LISEZMOI.txt, lecteur.html et VERIFIER.sh (/usr/share/guichet/lecteur)\n"
	"  --help              affiche cette aide\n"
	"\n"
	"Codes de sortie : 0 fait, 1 refusé ou impossible, 2 usage ou fichier illisible.\n";

static const struct command {
	const char *words[2];
	int arguments; /* words that follow */
	ctl_command *run;
} commands[] = {
	{ { "advisor", "add" },       1, ctl_advisor_add },
	{ { "advisor", "disable" },   1, ctl_advisor_disable },
	{ { "advisor", "enable" },    1, ctl_advisor_enable },
	{ { "advisor", "list" },      0, ctl_advisor_list },
	{ { "officer", "add" },       1, ctl_officer_add },
	{ { "officer", "disable" },   1, ctl_officer_disable },
	{ { "officer", "enable" },    1, ctl_officer_enable },
	{ { "officer", "list" },      0, ctl_officer_list },
	{ { "search", NULL },         0, ctl_search },
	{ { "export", NULL },         1, ctl_export },
	{ { "verify", NULL },         1, ctl_verify },
	{ { "rectify", NULL },        2, ctl_rectify },
	{ { "hold", "on" },           1, ctl_hold_on },
	{ { "hold", "off" },          1, ctl_hold_off },
	{ { "erase", "ask" },         1, ctl_erase_ask },
	{ { "erase", "confirm" },     1, ctl_erase_confirm },
	{ { "retention", "run" },     0, ctl_retention },
	{ { "sessions", NULL },       0, ctl_sessions },
	{ { "journal", NULL },        1, ctl_journal },
	{ { "evidence", "keygen" },   0, ctl_evidence_keygen },
	{ { "evidence", "rewrap" },   1, ctl_evidence_rewrap },
};

/* `place` is where the value goes; an option without value is "yes". */
static const struct {
	const char *name;
	int has_arg;
	size_t place;
} places[] = {
	{ "config",        required_argument, offsetof(struct ctl_options, config) },
	{ "socket",        required_argument, offsetof(struct ctl_options, socket) },
	{ "directory",     required_argument, offsetof(struct ctl_options, directory) },
	{ "display",       required_argument, offsetof(struct ctl_options, display) },
	{ "role",          required_argument, offsetof(struct ctl_options, role) },
	{ "password-file", required_argument, offsetof(struct ctl_options, password_file) },
	{ "ground",        required_argument, offsetof(struct ctl_options, ground) },
	{ "out",           required_argument, offsetof(struct ctl_options, out) },
	{ "evidence-key",  required_argument, offsetof(struct ctl_options, evidence_key) },
	{ "recipient",     required_argument, offsetof(struct ctl_options, recipient) },
	{ "reader",        required_argument, offsetof(struct ctl_options, reader) },
	{ "root",          required_argument, offsetof(struct ctl_options, root) },
	{ "tsa",           required_argument, offsetof(struct ctl_options, tsa) },
	{ "reference",     required_argument, offsetof(struct ctl_options, reference) },
	{ "advisor",       required_argument, offsetof(struct ctl_options, advisor) },
	{ "purpose",       required_argument, offsetof(struct ctl_options, purpose) },
	{ "outcome",       required_argument, offsetof(struct ctl_options, outcome) },
	{ "from",          required_argument, offsetof(struct ctl_options, from) },
	{ "to",            required_argument, offsetof(struct ctl_options, to) },
	{ "customer",      no_argument,       offsetof(struct ctl_options, customer) },
	{ "dry-run",       no_argument,       offsetof(struct ctl_options, dry_run) },
	{ "json",          no_argument,       offsetof(struct ctl_options, json) },
};

enum { PLACES = sizeof(places) / sizeof(*places), FIRST = 256 /* value of the first option: above every letter */ };

static int usage(void)
{
	fputs(help, stderr);
	return CTL_USAGE;
}

static void set_option(struct ctl_options *o, int i, const char *value)
{
	const char *given = value ? value : "yes";

	memcpy((char *)o + places[i].place, &given, sizeof(given));
}

/* What getopt_long() wants: the places, --help, and an end. */
static void fill_options(struct option out[PLACES + 2])
{
	for (int i = 0; i < PLACES; i++)
		out[i] = (struct option){ places[i].name, places[i].has_arg, NULL, FIRST + i };
	out[PLACES] = (struct option){ "help", no_argument, NULL, 'h' };
	out[PLACES + 1] = (struct option){ NULL, 0, NULL, 0 };
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
	struct option options[PLACES + 2];
	struct ctl_options o = { 0 };
	int letter;

	fill_options(options);
	while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (letter == 'h') {
			fputs(help, stdout);
			return CTL_DONE;
		}
		if (letter < FIRST)
			return usage();
		set_option(&o, letter - FIRST, optarg);
	}
	return optind < argc ? run_command(&o, argc - optind, argv + optind) : usage();
}
