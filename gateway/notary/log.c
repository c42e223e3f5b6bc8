#include "gateway/notary/log.h"

#include <stdio.h>

void log_problem(const char *what, const char *session, const char *why)
{
	if (session)
		fprintf(stderr, "guichet-notary: %s session=%s: %s\n", what, session, why);
	else
		fprintf(stderr, "guichet-notary: %s: %s\n", what, why);
}
