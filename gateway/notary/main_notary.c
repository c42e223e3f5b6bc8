/* guichet-notary: keeps the evidence and everything that decides who may come in. Speaks to no network. */
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "gateway/notary/log.h"
#include "gateway/notary/notary.h"
#include "gateway/notary/notary_config.h"
#include "gateway/notary/notary_loop.h"

enum { EXIT_USAGE = 2, FILES_BESIDE_JOURNALS = 128 };

static volatile sig_atomic_t stop;

static const char help[] =
	"Usage : guichet-notary --config FICHIER [--check-config]\n"
	"\n"
	"Le notaire de Guichet : il tient le journal des preuves et l'annuaire des conseillers.\n"
	"\n"
	"  --config FICHIER  fichier de configuration, section [notary] : directory, socket,\n"
	"                    ctl_socket, live_uid, seats\n"
	"  --check-config    vérifie la configuration, nomme chaque défaut avec sa ligne, puis s'arrête\n"
	"  --help            affiche cette aide\n"
	"\n"
	"Codes de sortie : 0 tout va bien, 1 configuration ou démarrage impossible, 2 usage.\n";

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

/* The signals that end the program are let in only while the loop waits: none is missed. */
static void catch_signals(sigset_t *wait_mask)
{
	struct sigaction ending = { .sa_handler = on_signal }, ignored = { .sa_handler = SIG_IGN };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, wait_mask);
	sigdelset(wait_mask, SIGTERM);
	sigdelset(wait_mask, SIGINT);
	sigaction(SIGTERM, &ending, NULL);
	sigaction(SIGINT, &ending, NULL);
	sigaction(SIGPIPE, &ignored, NULL);
}

/* An open journal for each seat. */
static void allow_files(unsigned seats)
{
	struct rlimit files;
	rlim_t wanted = seats + FILES_BESIDE_JOURNALS;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur >= wanted)
		return;
	files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		log_problem("start", NULL, "the limit of open files stays low");
}

static int serve(const struct notary_config *c)
{
	const struct notary_loop_options sockets = {
		.socket = c->socket, .ctl_socket = c->ctl_socket, .live_uid = c->live_uid,
	};
	struct notary_options o = {
		.directory = c->directory, .seats = c->seats, .clock = &clock_system, .io = &journal_io_posix,
		.send = notary_loop_send,
	};
	struct notary_loop *loop = NULL;
	struct notary *n = NULL;
	sigset_t wait_mask;
	enum err e;

	umask(027);
	allow_files(c->seats);
	catch_signals(&wait_mask);
	e = notary_loop_open(&sockets, &loop);
	o.send_arg = loop;
	if (!e)
		e = notary_new(&o, &n);
	if (!e)
		e = notary_loop_run(loop, n, &stop, &wait_mask);
	notary_free(n);
	notary_loop_close(loop);
	if (e)
		log_problem("end", NULL, err_name(e));
	return e ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check-config", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = NULL;
	bool is_check = false;
	struct notary_config config;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c')
			path = optarg;
		else if (option == 'k')
			is_check = true;
		else
			return fputs(help, option == 'h' ? stdout : stderr), option == 'h' ? EXIT_SUCCESS : EXIT_USAGE;
	}
	if (!path || optind != argc) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	if (notary_config_read(path, &config, stderr))
		return EXIT_FAILURE;
	return is_check ? EXIT_SUCCESS : serve(&config);
}
