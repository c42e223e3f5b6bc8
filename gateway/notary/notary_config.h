#ifndef NOTARY_CONFIG_H
#define NOTARY_CONFIG_H

#include <stdio.h>
#include <sys/types.h>

#include "common/err.h"

/**
 * notary_config: the section [notary] of the configuration file; other sections are not looked at.
 * docs/ARCHITECTURE.md "Configuration".
 */
enum { CONFIG_PATH = 1024 };

struct notary_config {
	char directory[CONFIG_PATH];  /* everything that the notary keeps */
	char socket[CONFIG_PATH];     /* where guichet-live asks */
	char ctl_socket[CONFIG_PATH]; /* where guichetctl asks; "" for none */
	uid_t live_uid;               /* user that guichet-live runs as; default: the notary's own */
	unsigned seats;               /* sessions open at once; default 100 */
};

/**
 * Reads the file and writes one line for each problem, with its place, to `problems`.
 * ERR_IO: cannot be read; ERR_MALFORMED: there were problems.
 */
enum err notary_config_read(const char *path, struct notary_config *out, FILE *problems);

#endif
