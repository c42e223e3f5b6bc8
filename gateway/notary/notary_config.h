#ifndef NOTARY_CONFIG_H
#define NOTARY_CONFIG_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "common/err.h"
#include "gateway/notary/notary.h"

/**
 * notary_config: the section [notary] of the configuration file; other sections are not looked at.
 * docs/ARCHITECTURE.md "Configuration".
 */
enum { CONFIG_PATH = 1024, CONFIG_OPTIONS_MAX = 32, CONFIG_NAME = 64 + 1 };

struct notary_config {
	char directory[CONFIG_PATH];  /* everything that the notary keeps */
	char socket[CONFIG_PATH];     /* where guichet-live asks */
	char ctl_socket[CONFIG_PATH]; /* where guichetctl asks; "" for none */
	uid_t live_uid;               /* user that guichet-live runs as; default: the notary's own */
	char office_socket[CONFIG_PATH]; /* where guichet-office asks; "" for none */
	uid_t office_uid;             /* user that guichet-office runs as; default: the notary's own */
	unsigned seats;               /* sessions open at once; default 100 */
	struct notary_retention retention;
	unsigned reserve_mb;          /* MiB of the disk kept free for the last lines; default 4 */
	char sign_key[CONFIG_PATH];   /* path of a PEM file, or pkcs11:… */
	char sign_module[CONFIG_PATH], sign_pin_file[CONFIG_PATH]; /* "": none */
	char sign_certificate[CONFIG_PATH], sign_root[CONFIG_PATH];
	char log_name[CONFIG_NAME];   /* default "guichet" */
	char tsa_url[CONFIG_PATH], tsa_ca[CONFIG_PATH]; /* "": no time-stamps */
	char tsa_program[CONFIG_PATH]; /* guichet-stamp; "": the one beside this program */
	uint64_t tsa_alarm_s;         /* default 14,400 */
	int line[CONFIG_OPTIONS_MAX]; /* where each option was given, 0: nowhere */
};

/**
 * Reads the file and writes one line for each problem, with its place, to `problems`.
 * ERR_IO: cannot be read; ERR_MALFORMED: there were problems.
 */
enum err notary_config_read(const char *path, struct notary_config *out, FILE *problems);
/** Reports what was found wrong with an option after the file was read: one more line with its place. */
void notary_config_problem(const struct notary_config *c, const char *path, const char *option, const char *why,
		FILE *problems);

#endif
