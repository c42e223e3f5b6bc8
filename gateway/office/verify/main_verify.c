/* guichet-verify: checks a bundle, a zip or a folder (docs/EVIDENCE.md section 11). */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/office/verify/report.h"
#include "gateway/office/verify/source.h"

enum { EXIT_HOLDS = 0, EXIT_BROKEN = 1, EXIT_UNREADABLE = 2, ROOT_MAX = 1 << 20 /* bytes */ };

struct wish {
	const char *root, *tsa, *bundle;
	bool is_json;
};

static int help(FILE *out)
{
	fputs("guichet-verify [--json] [--root FICHIER] [--tsa FICHIER] PREUVE\n\n"
	      "Vérifie une preuve de Guichet : le fichier .zip, ou le dossier où il a été ouvert.\n"
	      "Une ligne par point vérifié ; au premier qui ne tient pas, il le nomme et s’arrête.\n\n"
	      "  --root FICHIER  certificat(s) PEM publiés par la banque ; root.crt doit en être\n"
	      "  --tsa FICHIER   certificat(s) PEM de l’autorité d’horodatage ; tsa.crt doit en être\n"
	      "  --json          une ligne de JSON au lieu du texte\n"
	      "  --version       la version\n\n"
	      "Sans --root, comparez vous-même l’empreinte de root.crt, affichée à la fin, avec celle\n"
	      "que la banque publie : sans cela, la preuve ne dit pas de quelle banque elle vient.\n\n"
	      "Sort avec 0 : tout tient ; 1 : un point ne tient pas ; 2 : la preuve ne peut pas être lue.\n\n"
	      "Points vérifiés, dans cet ordre :\n",
			out);
	for (unsigned i = 0; i < VERIFY_ITEMS; i++)
		fprintf(out, "  %-9s  %s\n", verify_item_word((enum verify_item)i), verify_item_what((enum verify_item)i));
	return out == stdout ? EXIT_HOLDS : EXIT_UNREADABLE;
}

/* The options; -1 to go on, else the exit code. */
static int read_options(int argc, char **argv, struct wish *w)
{
	static const struct option options[] = { { "root", required_argument, NULL, 'r' },
		{ "tsa", required_argument, NULL, 't' }, { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'v' }, { NULL, 0, NULL, 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			w->root = optarg;
			break;
		case 't':
			w->tsa = optarg;
			break;
		case 'j':
			w->is_json = true;
			break;
		case 'h':
			return help(stdout);
		case 'v':
			puts("guichet-verify " GUICHET_VERSION);
			return EXIT_HOLDS;
		default:
			return help(stderr);
		}
	}
	if (optind + 1 != argc)
		return help(stderr);
	w->bundle = argv[optind];
	return -1;
}

/* A small file, whole. NULL path: nothing to read. False, and said, if it cannot be read. */
static bool read_root(const char *path, const uint8_t **at, size_t *len)
{
	uint8_t *buf;
	FILE *f;

	if (!path)
		return true;
	f = fopen(path, "re");
	buf = f ? malloc(ROOT_MAX) : NULL;
	*len = buf ? fread(buf, 1, ROOT_MAX, f) : 0;
	if (*len == 0 || *len == ROOT_MAX)
		fprintf(stderr, "guichet-verify: %s : %s\n", path, f ? "vide ou trop grand" : strerror(errno));
	if (f)
		fclose(f);
	*at = buf;
	return *len > 0 && *len < ROOT_MAX;
}

static int check(const struct wish *w, const struct verify_options *o)
{
	char trouble[VERIFY_SENTENCE_MAX];
	struct verify_result result;
	const struct verify_file *files;
	struct source *s;
	size_t count;
	enum err e = source_open(w->bundle, &s, trouble);

	if (e) {
		fputs("guichet-verify: ", stderr);
		report_clean(stderr, trouble);
		fputc('\n', stderr);
		return EXIT_UNREADABLE;
	}
	files = source_files(s, &count);
	e = verify_bundle(files, count, o, &result);
	if (e)
		fprintf(stderr, "guichet-verify: %s\n", err_name(e));
	else if (w->is_json)
		report_json(stdout, &result);
	else
		report_lines(stdout, &result);
	source_close(s);
	if (e || fflush(stdout) != 0)
		return EXIT_UNREADABLE;
	return result.failed == VERIFY_ITEMS ? EXIT_HOLDS : EXIT_BROKEN;
}

int main(int argc, char **argv)
{
	struct verify_options o = { 0 };
	struct wish w = { 0 };
	int status = read_options(argc, argv, &w);

	if (status < 0)
		status = read_root(w.root, &o.root, &o.root_len) && read_root(w.tsa, &o.tsa, &o.tsa_len) ? check(&w, &o) :
													     EXIT_UNREADABLE;
	free((void *)(uintptr_t)o.root);
	free((void *)(uintptr_t)o.tsa);
	return status;
}
