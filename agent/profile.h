#ifndef AGENT_PROFILE_H
#define AGENT_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * profile: the signed bank profile, the only server this program will ever talk to (S9).
 *
 * It travels behind the executable (common/trailer.h) and is signed by the key whose public half
 * was compiled in. There is no option, variable or message that names another server.
 */
enum { PROFILE_PHONE_MAX = 32, PROFILE_MASKS_MAX = 16, PROFILE_MASK_MAX = 80 }; /* bytes; rules; bytes of each */

struct profile {
	char *bank;           /* "Banque Exemple" */
	char *host;           /* name the certificate must carry */
	char *ca;             /* PEM: the only authority */
	char *evidence;       /* PEM: public evidence key */
	char *seal;           /* PEM: public key with which the notary signs heads and seals */
	char *phone;          /* the bank's official number, as people read it; "": none */
	char *masks[PROFILE_MASKS_MAX]; /* windows that nobody sees: "class:NAME", "title:PART" */
	size_t mask_count;
	char *path;           /* base path of the public URL, "/assistance/" */
	uint16_t native_port; /* 0: no native door */
	uint16_t web_port;
};

/** Checks the signature, then reads. ERR_CRYPTO: not signed by our key; ERR_MALFORMED: not a
 * profile. */
enum err profile_read(const char *key_pem, const uint8_t *text, size_t len, const uint8_t *sig,
		size_t sig_len, struct profile *out);
void profile_done(struct profile *p);

#endif
