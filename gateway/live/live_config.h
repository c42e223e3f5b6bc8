#ifndef LIVE_CONFIG_H
#define LIVE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/err.h"

/**
 * live_config: deploy/guichet-live.ini read into a struct, every problem told with its line.
 *
 * Strings are owned by the struct. deploy/guichet-live.example.ini documents each option.
 */
enum { CONFIG_PURPOSES_MAX = 16, CONFIG_PROXIES_MAX = 16 };

/** The one header in which the proxies in front give the client's address; the other is never looked at. */
enum address_header { ADDRESS_NONE, ADDRESS_X_FORWARDED_FOR, ADDRESS_FORWARDED };

/** One purpose: what an advisor may pick, and the most that may be asked under it (S5). */
struct purpose {
	char *id;    /* lower-case letters and '-' */
	char *label; /* French, shown to advisor and customer */
	char *label_en;
	unsigned ceiling; /* set of CAP_BIT() */
};

/** A network in the list of trusted proxies. */
struct network {
	uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
	unsigned prefix;     /* bits, 0..128 */
};

struct live_config {
	char *bank;
	char *public_url;                  /* https://host[:port]/base/ */
	char *listen;                      /* address of both doors */
	unsigned port;                     /* HTTPS: pages and WebSockets */
	unsigned agent_port;               /* native TLS, 0: none */
	bool agent_same_port;              /* native TLS also on `port`, told apart by ALPN */
	bool agent_proxy_protocol;         /* a PROXY header stands in front of TLS on agent_port */
	char *certificate, *key;           /* PEM files */
	char *notary;                      /* socket path */
	char *web;                         /* directory web/ */
	char *words;                       /* common/words_fr.txt */
	char *terms_fr, *terms_en;         /* files */
	char *agent, *profile, *signature; /* executable, signed bank profile */
	char *customer_header; /* header with the bank's customer reference, set by the proxy; ""
				  none */
	char *spool;    /* directory in which files wait for the scanner, "": there are no files */
	char *scanner;  /* socket of clamd */
	char *file_types;
	unsigned spool_mb, file_mb, scan_seconds;
	char *alert_url, *alert_secret_file, *alert_ca; /* the bank's webhook; "" none */
	char *alert_program;                            /* guichet-alert; "": beside guichet-live */
	enum address_header address_header;
	struct network proxies[CONFIG_PROXIES_MAX];
	size_t proxy_count;
	struct purpose purposes[CONFIG_PURPOSES_MAX];
	size_t purpose_count;
};

/**
 * Reads a file. Each problem goes to `errors` as "file:line: sentence"; ERR_MALFORMED if there was
 * one, ERR_IO if the file cannot be read. live_config_done() after either.
 */
enum err live_config_read(const char *path, FILE *errors, struct live_config *out);
/** The same from memory, for tests and the fuzzer. */
enum err live_config_parse(
		const char *text, const char *name, FILE *errors, struct live_config *out);
void live_config_done(struct live_config *c);

const struct purpose *live_config_purpose(const struct live_config *c, const char *id);
/** "https://host:port" of the public URL into out: what a browser sends as Origin. */
void live_config_origin(const struct live_config *c, char *out, size_t size);

#endif
