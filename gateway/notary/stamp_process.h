#ifndef STAMP_PROCESS_H
#define STAMP_PROCESS_H

#include "gateway/notary/stamps.h"

/**
 * stamp_process: the stamper that runs guichet-stamp, which alone speaks to the network and reads what the
 * authority answers. The answer comes through its standard output, its one line of complaint through ours.
 */
struct stamp_process; /* opaque; owned by main */

struct stamp_process_options {
	const char *program; /* path of guichet-stamp */
	const char *url, *ca; /* of the authority; `ca` is the path of its roots in PEM */
};

/** The texts are the caller's and must outlive it. NULL if out of memory. */
struct stamp_process *stamp_process_new(const struct stamp_process_options *o);
/** Ends what runs. NULL is allowed. */
void stamp_process_free(struct stamp_process *p);
/** To be handed to the notary; good as long as `p` is. */
const struct stamper *stamp_process_stamper(struct stamp_process *p);
/** Readable when what ran has ended; -1: nothing runs. */
int stamp_process_fd(const struct stamp_process *p);

#endif
