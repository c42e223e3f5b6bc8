#ifndef ADVISOR_AUTH_H
#define ADVISOR_AUTH_H

#include "gateway/live/live.h"

/**
 * advisor_auth: who the advisor is. Local accounts today; the bank's signed identity header takes
 * this place by implementing the same three functions (S4).
 */
#define ADVISOR_COOKIE "__Host-guichet-conseiller"

struct advisor {
	char name[65];     /* account */
	char display[128]; /* as the customer sees it */
};

/** `who` is NULL if nobody is signed in under this cookie, or the notary is away. */
typedef void advisor_fn(void *arg, const struct advisor *who);
void advisor_of_cookie(struct live *l, const char *cookie, advisor_fn *fn, void *arg);

#endif
