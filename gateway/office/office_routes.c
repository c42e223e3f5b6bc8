#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "gateway/office/office_api.h"

/**
 * office_routes: which path is whose, and for which role. '*' stands for a session (32 hexadecimal digits); what
 * follows a '/' at the end of a path is the handler's to check.
 */
static const struct route {
	const char *method, *path;
	enum role role;
	void (*handle)(struct request *r);
} routes[] = {
	{ "POST", "/api/login", ROLE_NONE, api_login },
	{ "POST", "/api/logout", ROLE_NONE, api_logout },
	{ "GET", "/api/me", ROLE_ANY, api_me },
	{ "GET", "/api/sessions", ROLE_COMPLIANCE, api_search },
	{ "GET", "/api/sessions/*", ROLE_COMPLIANCE, api_session },
	{ "POST", "/api/sessions/*/replay", ROLE_COMPLIANCE, api_replay },
	{ "GET", "/api/sessions/*/files/", ROLE_COMPLIANCE, api_file },
	{ "POST", "/api/sessions/*/export", ROLE_COMPLIANCE, api_export },
	{ "POST", "/api/sessions/*/rectify", ROLE_COMPLIANCE, api_rectify },
	{ "POST", "/api/sessions/*/hold", ROLE_COMPLIANCE, api_hold },
	{ "POST", "/api/sessions/*/erase", ROLE_COMPLIANCE, api_erase },
	{ "POST", "/api/sessions/*/erase/confirm", ROLE_COMPLIANCE, api_erase_confirm },
	{ "GET", "/api/report.csv", ROLE_COMPLIANCE, api_report },
	{ "GET", "/api/now", ROLE_OPERATOR, api_now },
	{ "POST", "/api/retention", ROLE_OPERATOR, api_retention },
};

/* The operator's own door: no cookie, no names, and never through the proxy. */
static const struct route local_routes[] = {
	{ "GET", "/metrics", ROLE_NONE, door_metrics },
	{ "GET", "/health", ROLE_NONE, door_health },
	{ "GET", "/ready", ROLE_NONE, door_ready },
};

static bool matches(const char *pattern, struct request *r)
{
	const char *path = r->path;

	r->id[0] = '\0';
	for (; *pattern; pattern++) {
		if (*pattern != '*') {
			if (*pattern != *path++)
				return false;
			continue;
		}
		if (strcspn(path, "/") != 32)
			return false;
		memcpy(r->id, path, 32);
		r->id[32] = '\0';
		if (!hex_is(r->id, 32))
			return false;
		path += 32;
	}
	r->tail = path;
	return *path == '\0' || (pattern[-1] == '/' && pattern[-2] != '\0');
}

static void serve_file(struct request *r)
{
	const char *url = strcmp(r->path, "/") == 0 ? "/office/index.html" : r->path;
	const struct site_file *f = site_find(r->office->site, url);
	struct answer *a = &r->answer;

	if (!f) {
		answer_error(r, 404, "path");
		return;
	}
	*a = (struct answer){ .status = 200, .type = f->type, .etag = f->etag, .may_cache = true, .fd = -1 };
	a->bytes = f->bytes;
	a->bytes_len = f->len;
}

static void call(struct request *r, const struct route *t)
{
	if (t->role == ROLE_NONE) {
		t->handle(r);
		return;
	}
	if (!officer_of_request(r))
		return;
	if (r->who.role & t->role)
		t->handle(r);
	else
		answer_error(r, 403, "role");
}

void request_route(struct request *r)
{
	const char *method = strcmp(r->method, "HEAD") == 0 ? "GET" : r->method;
	const struct route *table = r->is_local ? local_routes : routes;
	size_t count = r->is_local ? sizeof(local_routes) / sizeof(local_routes[0]) : sizeof(routes) / sizeof(routes[0]);
	bool is_path = false;

	for (size_t i = 0; i < count; i++) {
		if (!matches(table[i].path, r))
			continue;
		is_path = true;
		if (strcmp(table[i].method, method) == 0) {
			call(r, &table[i]);
			return;
		}
	}
	if (is_path || strcmp(method, "GET") != 0)
		answer_error(r, is_path ? 405 : 404, is_path ? "method" : "path");
	else if (r->is_local)
		answer_error(r, 404, "path");
	else
		serve_file(r);
}
