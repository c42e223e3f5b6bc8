#ifndef BUNDLE_FOLDER_H
#define BUNDLE_FOLDER_H

#include "gateway/office/bundle.h"

/**
 * bundle_folder: a source whose files lie in folders, under the names of the bundle.
 *
 * One folder has the evidence (journal.jsonl, chunks/…, seal.json, …), the other what every bundle gets (LISEZMOI.txt,
 * lecteur.html, VERIFIER.sh). Names that no bundle has are passed over, so that a session's own folder will do.
 */
struct bundle_folder {
	const char *evidence, *reader; /* paths, the caller's; reader may be NULL: all is in the first */
};

/** A source over *f, which must outlive it. Errors of its functions: ERR_IO, errno says why. */
struct bundle_source bundle_folder_source(struct bundle_folder *f);

#endif
