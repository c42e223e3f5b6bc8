/* guichet-notary: keeps the evidence and everything that decides who may come in. Speaks to no network. */
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/notary/log.h"
#include "gateway/notary/notary.h"
#include "gateway/notary/notary_config.h"
#include "gateway/notary/notary_loop.h"
#include "gateway/notary/p256.h"
#include "gateway/notary/signer.h"
#include "gateway/notary/stamp_process.h"

enum { EXIT_USAGE = 2, FILES_BESIDE_JOURNALS = 128 };

/* What lives as long as the program, in the order in which it is made. */
struct program {
	const char *path; /* of the configuration */
	struct notary_config config;
	struct signer *signer;
	struct stamp_process *stamper; /* NULL: no time-stamp authority */
	struct notary_loop *loop;
	struct notary *notary;
};

static volatile sig_atomic_t stop;

static const char help[] =
	"Usage : guichet-notary --config FICHIER [--check-config]\n"
	"\n"
	"Le notaire de Guichet : il tient le journal des preuves et l'annuaire des conseillers.\n"
	"\n"
	"  --config FICHIER  fichier de configuration, section [notary] : directory, socket,\n"
	"                    ctl_socket, live_uid, office_socket, office_uid, seats, reserve_mb,\n"
	"                    sign_key, sign_module, sign_pin_file, sign_certificate, sign_root, log_name,\n"
	"                    tsa_url, tsa_ca, tsa_program, tsa_alarm_s, retention_proof_days,\n"
	"                    retention_quality_days, retention_unused_days, retention_auto\n"
	"  --check-config    vérifie la configuration, la clé et le certificat, nomme chaque défaut\n"
	"                    avec sa ligne, puis s'arrête\n"
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

static void on_problem(void *arg, const char *option, const char *why)
{
	const struct program *p = arg;

	notary_config_problem(&p->config, p->path, option, why, stderr);
}

static enum err open_signer(struct program *p)
{
	const struct notary_config *c = &p->config;
	const struct signer_options o = {
		.key = c->sign_key, .module = c->sign_module, .pin_file = c->sign_pin_file,
		.certificate = c->sign_certificate, .root = c->sign_root,
	};

	return signer_open(&o, clock_wall_ms(&clock_system), on_problem, p, &p->signer);
}

/* guichet-stamp lies beside this program unless the configuration says otherwise. */
static enum err find_stamp(struct notary_config *c)
{
	static const char name[] = "guichet-stamp";
	ssize_t len;
	char *slash;

	if (c->tsa_program[0])
		return OK;
	len = readlink("/proc/self/exe", c->tsa_program, sizeof(c->tsa_program) - sizeof(name));
	c->tsa_program[len > 0 ? len : 0] = '\0';
	slash = strrchr(c->tsa_program, '/');
	if (!slash)
		return ERR_IO;
	memcpy(slash + 1, name, sizeof(name));
	return OK;
}

static enum err check_stamp(struct program *p)
{
	struct notary_config *c = &p->config;
	enum err e = OK;

	if (c->tsa_url[0] == '\0')
		return OK;
	if (access(c->tsa_ca, R_OK) < 0) {
		on_problem(p, "tsa_ca", "cannot be read");
		e = ERR_IO;
	}
	if (find_stamp(c) || access(c->tsa_program, X_OK) < 0) {
		on_problem(p, "tsa_program", "is no program that can be run");
		e = ERR_IO;
	}
	return e;
}

static enum err open_stamper(struct program *p)
{
	const struct notary_config *c = &p->config;
	const struct stamp_process_options o = { .program = c->tsa_program, .url = c->tsa_url, .ca = c->tsa_ca };

	if (c->tsa_url[0] == '\0') {
		log_problem("start", NULL, "no tsa_url: checkpoints get no time-stamp");
		return OK;
	}
	p->stamper = stamp_process_new(&o);
	return p->stamper ? OK : ERR_NOMEM;
}

static int stamper_fd(void *arg)
{
	const struct program *p = arg;

	return p->stamper ? stamp_process_fd(p->stamper) : -1;
}

static bool verify_line(void *arg, const char *sign, const char *line, const char *sig)
{
	(void)arg;
	return p256_holds(sign, line, strlen(line), sig);
}

static enum err open_notary(struct program *p)
{
	const struct notary_config *c = &p->config;
	const struct notary_options o = {
		.directory = c->directory, .seats = c->seats, .retention = c->retention,
		.reserve_bytes = (uint64_t)c->reserve_mb << 20, .clock = &clock_system, .io = &journal_io_posix,
		.signer = p->signer, .root = c->sign_root, .tsa = c->tsa_ca, .log_name = c->log_name, .stamp_alarm_ms = c->tsa_alarm_s * 1000,
		.stamper = p->stamper ? stamp_process_stamper(p->stamper) : NULL,
		.send = notary_loop_send, .send_arg = p->loop, .verify = verify_line,
	};

	return notary_new(&o, &p->notary);
}

static enum err run(struct program *p)
{
	const struct notary_loop_options sockets = {
		.socket = p->config.socket, .ctl_socket = p->config.ctl_socket, .live_uid = p->config.live_uid,
		.office_socket = p->config.office_socket, .office_uid = p->config.office_uid,
		.wake = stamper_fd, .wake_arg = p,
	};
	sigset_t wait_mask;
	enum err e;

	umask(027);
	allow_files(p->config.seats);
	catch_signals(&wait_mask);
	e = open_stamper(p);
	if (!e)
		e = notary_loop_open(&sockets, &p->loop);
	if (!e)
		e = open_notary(p);
	return e ? e : notary_loop_run(p->loop, p->notary, &stop, &wait_mask);
}

static int serve(struct program *p)
{
	enum err e = run(p);

	notary_free(p->notary);
	notary_loop_close(p->loop);
	stamp_process_free(p->stamper);
	if (e)
		log_problem("end", NULL, err_name(e));
	return e ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Everything that is wrong is told at once. */
static bool is_fit(struct program *p)
{
	enum err e = notary_config_read(p->path, &p->config, stderr);

	if (e)
		return false;
	e = check_stamp(p);
	return !open_signer(p) && !e;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check-config", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct program program = { 0 };
	bool is_check = false;
	int option, code;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c')
			program.path = optarg;
		else if (option == 'k')
			is_check = true;
		else
			return fputs(help, option == 'h' ? stdout : stderr), option == 'h' ? EXIT_SUCCESS : EXIT_USAGE;
	}
	if (!program.path || optind != argc) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	if (!is_fit(&program))
		code = EXIT_FAILURE;
	else
		code = is_check ? EXIT_SUCCESS : serve(&program);
	signer_close(program.signer);
	return code;
}
