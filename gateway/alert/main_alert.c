/*
 * guichet-alert: tells the bank's webhook, once, what its standard input says, signed with the bank's secret. Run by
 * guichet-live, which never waits for it; alone reads the secret and speaks to the webhook (docs/EVIDENCE.md 13).
 */
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/alert/alert.h"

enum { EXIT_AWAY = 1, EXIT_USAGE = 2, EXIT_REFUSED = 3, NOT_OURS = 3 };

static const char help[] =
	"Usage : guichet-alert --url URL --secret FICHIER [--ca FICHIER] < CORPS.json\n"
	"\n"
	"Prévient la banque qu'un client a un doute : POST signé (HMAC-SHA-256, en-tête X-Guichet-Signature).\n"
	"Lancé par guichet-live.\n"
	"\n"
	"Codes de sortie : 0 reçu (200 à 299), 1 personne ne répond, 2 usage ou secret illisible, 3 refusé.\n";

struct words {
	const char *url, *secret, *ca;
};

static bool read_words(int argc, char **argv, struct words *w)
{
	static const struct option options[] = {
		{ "url", required_argument, NULL, 'u' },
		{ "secret", required_argument, NULL, 's' },
		{ "ca", required_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'u')
			w->url = optarg;
		else if (option == 's')
			w->secret = optarg;
		else if (option == 'c')
			w->ca = optarg;
		else
			return false;
	}
	return optind == argc && w->url && w->secret;
}

/* It reads a stranger's bytes and holds a secret: no file, no core, no other descriptor, no long life. */
static void fence(void)
{
	const struct rlimit none = { 0, 0 };

	close_range(NOT_OURS, ~0u, 0);
	setrlimit(RLIMIT_FSIZE, &none);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	signal(SIGPIPE, SIG_IGN);
	alarm(ALERT_SECONDS);
}

/* Whole, without the line feed that an editor puts behind it. 0: unreadable, too short or too long. */
static size_t read_secret(const char *path, char out[ALERT_SECRET_MAX + 1])
{
	FILE *f = fopen(path, "re");
	size_t len = f ? fread(out, 1, ALERT_SECRET_MAX + 1, f) : 0;

	if (f)
		fclose(f);
	while (len > 0 && (out[len - 1] == '\n' || out[len - 1] == '\r'))
		len--;
	return len < ALERT_SECRET_MIN || len > ALERT_SECRET_MAX ? 0 : len;
}

int main(int argc, char **argv)
{
	struct words w = { 0 };
	char secret[ALERT_SECRET_MAX + 1], body[ALERT_BODY_MAX + 1], signature[ALERT_SIGNATURE];
	size_t secret_len, len;
	enum err e;

	if (!read_words(argc, argv, &w)) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	fence();
	secret_len = read_secret(w.secret, secret);
	len = fread(body, 1, sizeof(body), stdin);
	if (!secret_len || len == 0 || len > ALERT_BODY_MAX) {
		fprintf(stderr, "guichet-alert: %s\n", secret_len ? "no body, or a long one" : "the secret cannot be read, or is short");
		return EXIT_USAGE;
	}
	e = alert_sign(secret, secret_len, body, len, signature);
	explicit_bzero(secret, sizeof(secret));
	if (!e)
		e = alert_post(w.url, w.ca, body, len, signature);
	if (e)
		fprintf(stderr, "guichet-alert: %s: %s\n", w.url, err_name(e));
	return !e ? EXIT_SUCCESS : e == ERR_MALFORMED ? EXIT_USAGE : e == ERR_FORBIDDEN ? EXIT_REFUSED : EXIT_AWAY;
}
