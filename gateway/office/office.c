#include "gateway/office/office.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/office/office_http.h"

enum { BACKLOG = 64, SOCKET_MODE = 0660 };

static enum err trouble(const char *what)
{
	fprintf(stderr, "guichet-office: %s: %s\n", what, strerror(errno));
	return ERR_IO;
}

static enum err listen_unix(struct office *o, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct stat st;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	o->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (o->listener < 0 || fchmod(o->listener, SOCKET_MODE) < 0 ||
			bind(o->listener, (struct sockaddr *)&a, sizeof(a)) < 0 || chmod(path, SOCKET_MODE) < 0 ||
			listen(o->listener, BACKLOG) < 0)
		return trouble(path);
	snprintf(o->local_host, sizeof(o->local_host), "localhost");
	return OK;
}

static enum err listen_inet(struct office *o)
{
	const struct office_config *c = &o->config;
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)c->port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)c->port) };
	bool is_v4 = inet_pton(AF_INET, c->listen, &v4.sin_addr) == 1;
	const struct sockaddr *a = is_v4 ? (const void *)&v4 : (const void *)&v6;
	int yes = 1;

	if (!is_v4 && inet_pton(AF_INET6, c->listen, &v6.sin6_addr) != 1)
		return trouble(c->listen);
	o->listener = socket(a->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (o->listener < 0 || setsockopt(o->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
			bind(o->listener, a, is_v4 ? sizeof(v4) : sizeof(v6)) < 0 || listen(o->listener, BACKLOG) < 0)
		return trouble(c->listen);
	snprintf(o->local_host, sizeof(o->local_host), is_v4 ? "%s:%u" : "[%s]:%u", c->listen, c->port);
	return OK;
}

/* The pages have the same folders as in web/, so that they find each other under any base path. */
static enum err read_site(struct office *o)
{
	static const char *const folders[] = { "office", "shared", "reader", "viewer" };
	char path[4096], url[64];
	enum err e = site_new(&o->site);

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && !e; i++) {
		snprintf(path, sizeof(path), "%s/%s", o->config.web, folders[i]);
		snprintf(url, sizeof(url), "/%s/", folders[i]);
		e = site_add_folder(o->site, path, url);
	}
	return e;
}

enum err office_open(struct office *o)
{
	const char *path = office_config_socket(&o->config);
	enum err e;

	o->listener = -1;
	office_config_origin(&o->config, o->origin, sizeof(o->origin));
	e = read_site(o);
	if (!e)
		e = notary_pool_new(o->config.notary, &o->notary);
	if (!e)
		e = path ? listen_unix(o, path) : listen_inet(o);
	if (e)
		return e;
	o->rules = (struct http_rules){ .origin = o->origin, .hosts = { o->origin + 8, o->local_host } };
	return office_http_open(o);
}

void office_close(struct office *o)
{
	const char *path = o->config.listen ? office_config_socket(&o->config) : NULL;

	if (o->daemon)
		office_http_close(o); /* closes the listener too */
	else if (o->listener > 0)
		close(o->listener);
	if (path && o->listener > 0)
		unlink(path);
	notary_pool_free(o->notary);
	site_free(o->site);
	office_config_done(&o->config);
}
