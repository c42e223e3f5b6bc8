#include <string.h>

#include "gateway/live/api.h"
#include "gateway/live/http.h"
#include "gateway/live/pages.h"

/**
 * routes: which path is whose. A path that ends in "/" in the table is a prefix; '*' stands for one
 * segment.
 */
struct route {
	const char *method, *path;
	void (*handle)(struct request *r);
};

static const struct route routes[] = {
	{ "GET", "/", page_terms },
	{ "POST", "/accepter", page_accept },
	{ "GET", "/suite", page_next },
	{ "POST", "/code", page_code },
	{ "GET", "/programme/*", page_program },
	{ "GET", "/programme", page_terms },
	{ "POST", "/conseiller/api/login", api_login },
	{ "POST", "/conseiller/api/logout", api_logout },
	{ "GET", "/conseiller/api/me", api_me },
	{ "GET", "/conseiller/api/sessions", api_sessions },
	{ "POST", "/conseiller/api/sessions", api_session_new },
	{ "POST", "/conseiller/api/sessions/*/code", api_session_code },
	{ "POST", "/conseiller/api/sessions/*/link", api_session_link },
	{ "POST", "/conseiller/api/sessions/*/end", api_session_end },
	{ "GET", "/sante", page_health },
};

static bool matches(const char *pattern, const char *path)
{
	for (; *pattern; pattern++) {
		if (*pattern != '*') {
			if (*pattern != *path++)
				return false;
			continue;
		}
		if (*path == '\0' || *path == '/')
			return false;
		path += strcspn(path, "/");
	}
	return *path == '\0';
}

static void serve_file(struct request *r)
{
	const char *path = strcmp(r->path, "/conseiller/") == 0 ? "/conseiller/index.html" : r->path;
	const struct site_file *f = site_find(r->live->site, path);
	struct answer a = { .status = 200, .may_cache = true };

	if (strcmp(r->path, "/conseiller") == 0) {
		request_redirect(r, "conseiller/", NULL);
		return;
	}
	if (!f) {
		page_not_found(r);
		return;
	}
	a.type = f->type;
	a.etag = f->etag;
	request_answer_bytes(r, &a, f->bytes, f->len, NULL);
}

void request_route(struct request *r)
{
	const char *method = strcmp(r->method, "HEAD") == 0 ? "GET" : r->method;
	bool is_path = false;

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!matches(routes[i].path, r->path))
			continue;
		is_path = true;
		if (strcmp(routes[i].method, method) == 0) {
			routes[i].handle(r);
			return;
		}
	}
	if (is_path || strcmp(method, "GET") != 0)
		request_answer_error(r, 405, "method");
	else
		serve_file(r);
}
