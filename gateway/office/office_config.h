#ifndef OFFICE_CONFIG_H
#define OFFICE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/err.h"

/**
 * office_config: deploy/guichet-office.ini read into a struct, every problem told with its line.
 *
 * The office speaks no TLS: it listens on a loopback address or a Unix socket behind the bank's
 * proxy. Another address is refused unless `admin_network = yes` says that it is meant.
 * Strings are owned by the struct. deploy/guichet-office.example.ini documents each option.
 */
enum { OFFICE_PURPOSES_MAX = 16, OFFICE_CONNECTIONS_MAX = 512 };

/** A purpose that the search offers; the same sections as in guichet-live.ini. */
struct office_purpose {
	char *id, *label, *label_en;
};

struct office_config {
	char *bank;
	char *public_url;  /* https://host[:port]/base/ */
	char *listen;      /* an address, or unix:/path */
	unsigned port;     /* 0 with unix: */
	bool admin_network;
	char *notary;      /* the notary's office_socket */
	char *web;         /* directory web/ */
	char *reader;      /* directory of LISEZMOI.txt, lecteur.html and VERIFIER.sh, which go into every bundle */
	unsigned connections;         /* open at once; more are closed */
	unsigned timestamp_hours_max; /* an older time stamp makes /ready say no */
	struct office_purpose purposes[OFFICE_PURPOSES_MAX];
	size_t purpose_count;
};

/**
 * Reads a file. Each problem goes to `errors` as "file:line: sentence"; ERR_MALFORMED if there was
 * one, ERR_IO if the file cannot be read. office_config_done() after either.
 */
enum err office_config_read(const char *path, FILE *errors, struct office_config *out);
/** The same from memory, for tests and the fuzzer. */
enum err office_config_parse(
		const char *text, const char *name, FILE *errors, struct office_config *out);
void office_config_done(struct office_config *c);

/** "https://host:port" of the public URL into out: what a browser sends as Origin. */
void office_config_origin(const struct office_config *c, char *out, size_t size);
/** The path of "unix:/path", or NULL. */
const char *office_config_socket(const struct office_config *c);

#endif
