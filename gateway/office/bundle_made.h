#ifndef BUNDLE_MADE_H
#define BUNDLE_MADE_H

#include <stddef.h>

#include "common/err.h"

/**
 * bundle_made: the files that follow from the journal alone (docs/EVIDENCE.md section 10): agent.pub, and for each
 * signed line of the agent (the last `agent` before the first of them names its key) but `counts` and all `head` but the last, grants/NNNN.txt and .sig.
 */

/** Takes one file; the bytes are borrowed. Any error is passed on. */
typedef enum err bundle_made_fn(void *arg, const char *name, const void *at, size_t len);

/**
 * Reads a journal and hands out what follows from it, line by line; closes the descriptor.
 *
 * @return OK; ERR_MALFORMED: not a journal; ERR_IO; ERR_NOMEM; what `take` returned
 */
enum err bundle_made(int journal, bundle_made_fn *take, void *arg);

#endif
