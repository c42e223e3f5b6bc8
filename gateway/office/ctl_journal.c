#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "gateway/office/ctl.h"

enum { SESSION_DIGITS = 32 };

static int copy_out(FILE *f)
{
	char buf[65536];
	size_t n;

	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		if (fwrite(buf, 1, n, stdout) != n)
			return CTL_FAILED;
	return ferror(f) || fflush(stdout) != 0 ? CTL_FAILED : CTL_DONE;
}

/* Reads only: the notary alone writes and recovers. */
int ctl_journal(const struct ctl_options *o, char **words)
{
	char path[4096];
	FILE *f;
	int code;

	if (!o->directory || !hex_is(words[0], SESSION_DIGITS)) {
		fputs(o->directory ? "guichetctl : une session a 32 chiffres hexadécimaux\n" :
				     "guichetctl : --directory ou --config manque\n", stderr);
		return CTL_USAGE;
	}
	if (snprintf(path, sizeof(path), "%s/sessions/%s/journal.jsonl", o->directory, words[0]) >= (int)sizeof(path)) {
		fputs("guichetctl : chemin trop long\n", stderr);
		return CTL_USAGE;
	}
	f = fopen(path, "re");
	if (!f) {
		fprintf(stderr, "guichetctl : journal illisible : %s\n", strerror(errno));
		return CTL_FAILED;
	}
	code = copy_out(f);
	fclose(f);
	return code;
}
