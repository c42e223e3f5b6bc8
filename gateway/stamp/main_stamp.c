/*
 * guichet-stamp: asks a time-stamp authority (RFC 3161) for the time of one SHA-256, verifies the answer and
 * writes it to its standard output. It has no configuration, holds no secret and is run by guichet-notary
 * once for each checkpoint (docs/EVIDENCE.md 8.3, 8.5).
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/bytes.h"
#include "gateway/stamp/stamp.h"
#include "gateway/stamp/stamp_http.h"

enum { EXIT_AWAY = 1, EXIT_USAGE = 2, EXIT_REFUSED = 3, LIFE_SECONDS = 60 };

static const char help[] =
	"Usage : guichet-stamp --url URL --ca FICHIER --digest SHA256 > REPONSE.tsr\n"
	"\n"
	"Demande l'heure à une autorité d'horodatage (RFC 3161), vérifie sa réponse et l'écrit sur la\n"
	"sortie standard. Lancé par guichet-notary.\n"
	"\n"
	"Codes de sortie : 0 horodaté, 1 autorité absente, 2 usage, 3 réponse refusée.\n";

struct words {
	const char *url, *ca, *digest;
};

static bool read_words(int argc, char **argv, struct words *w)
{
	static const struct option options[] = {
		{ "url", required_argument, NULL, 'u' },
		{ "ca", required_argument, NULL, 'c' },
		{ "digest", required_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'u')
			w->url = optarg;
		else if (option == 'c')
			w->ca = optarg;
		else if (option == 'd')
			w->digest = optarg;
		else
			return false;
	}
	return optind == argc && w->url && w->ca && w->digest;
}

/* It reads a stranger's bytes: it may not live long, write much, dump its memory or become anybody else. */
static void fence(void)
{
	const struct rlimit file = { STAMP_ANSWER_MAX, STAMP_ANSWER_MAX }, none = { 0, 0 };

	setrlimit(RLIMIT_FSIZE, &file);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	alarm(LIFE_SECONDS);
}

static int fail(int code, const char *url, const char *why)
{
	fprintf(stderr, "guichet-stamp: %s: %s\n", url, why);
	return code;
}

static const char *why_refused(enum err e)
{
	switch (e) {
	case ERR_MALFORMED:
		return "the answer is no time-stamp response";
	case ERR_FORBIDDEN:
		return "the authority refuses";
	case ERR_CRYPTO:
		return "the answer does not verify";
	case ERR_IO:
		return "the roots (tsa_ca) cannot be read";
	case OK:
	case ERR_NOMEM:
	case ERR_AGAIN:
		break;
	}
	return "out of memory";
}

static int stamp(const struct words *w, const struct stamp *s)
{
	size_t len, answer_len;
	const uint8_t *request = stamp_request(s, &len);
	uint8_t *answer;
	enum err e = stamp_http_post(w->url, request, len, STAMP_ANSWER_MAX, &answer, &answer_len);
	bool is_written;

	if (e)
		return fail(EXIT_AWAY, w->url, e == ERR_MALFORMED ? "is no URL" : "the authority does not answer");
	e = stamp_check(s, w->ca, answer, answer_len);
	is_written = !e && fwrite(answer, 1, answer_len, stdout) == answer_len && fflush(stdout) == 0;
	free(answer);
	if (e)
		return fail(EXIT_REFUSED, w->url, why_refused(e));
	return is_written ? EXIT_SUCCESS : fail(EXIT_AWAY, w->url, "the answer cannot be written");
}

int main(int argc, char **argv)
{
	struct words w = { 0 };
	uint8_t digest[STAMP_DIGEST];
	struct stamp *s;
	int code;

	if (!read_words(argc, argv, &w) || !hex_read(w.digest, digest, sizeof(digest))) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	fence();
	if (stamp_new(digest, &s))
		return fail(EXIT_AWAY, w.url, "no request could be made");
	code = stamp(&w, s);
	stamp_free(s);
	return code;
}
