#ifndef OFFICE_H
#define OFFICE_H

#include <pthread.h>
#include <stdatomic.h>

#include "common/err.h"
#include "gateway/http/http_fence.h"
#include "gateway/http/site.h"
#include "gateway/office/notary_pool.h"
#include "gateway/office/office_config.h"

/**
 * office: the back office. Serves web/office and its REST API (docs/office-openapi.json) behind the bank's
 * proxy, to compliance officers and operators.
 *
 * Holds no key and opens no file of the store: everything is asked from the notary, which knows who may what and
 * writes down who looked at what before it answers. Each connection has a thread, so an export, a slow reader or a
 * slow answer of the notary stops nobody else.
 */
struct MHD_Daemon;

enum {
	OFFICE_EXPORTS_MAX = 4, /* bundles and reports being made at once */
	OFFICE_ANSWER_MS = 10000,
	OFFICE_LOGIN_MS = 20000,
	OFFICE_SLOW_MS = 60000, /* inclusion proofs, retention */
};

struct office {
	struct office_config config;
	char origin[256], local_host[64]; /* Origin of our pages; Host of the operator's own door */
	struct http_rules rules;
	struct site *site;
	struct notary_pool *notary;
	struct MHD_Daemon *daemon;
	int listener;
	atomic_uint exports;
	atomic_ullong answers[6]; /* [2]: 200 to 299 … */
};

/** Reads the pages and opens the door; config is filled. Errors are told on stderr. office_close() after either. */
enum err office_open(struct office *o);
/** Waits for the requests under way and frees everything, the config too. */
void office_close(struct office *o);

#endif
