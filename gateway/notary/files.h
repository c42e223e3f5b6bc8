#ifndef FILES_H
#define FILES_H

#include <stdint.h>

#include "common/err.h"
#include "gateway/notary/digest.h"

/**
 * files: the notary's directory: DIR/sessions/, DIR/terms/, DIR/guichet.db, DIR/secret, DIR/lock. All of it is for the
 * notary's user alone; what goes wrong is in the log.
 */
enum { FILES_PATH = 1024 };

struct files_paths {
	char directory[FILES_PATH], sessions[FILES_PATH + 16], terms[FILES_PATH + 16], database[FILES_PATH + 16];
	char secret[FILES_PATH + 16], secret_new[FILES_PATH + 16];
};

/** Makes the directories and takes the lock, which is held until files_unlock(). ERR_IO: unusable or in use. */
enum err files_prepare(const char *directory, struct files_paths *paths, int *lock);
/** -1 is allowed. */
void files_unlock(int lock);
/** Reads the codes' key, or makes it at the first start. ERR_IO: unreadable or not 32 bytes. */
enum err files_secret(const struct files_paths *paths, uint8_t key[DIGEST_KEY_LEN]);

#endif
