#include "gateway/office/office_config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	struct office_config *config;
	const char *name;
	FILE *errors;
	unsigned seen; /* bit i: options[i] was given */
	bool is_bad;
	int line;
};

enum type { STRING, NUMBER, YES_NO };

static const struct option {
	const char *name;
	enum type type;
	size_t offset;
	bool is_required;
	const char *preset;
	unsigned min, max; /* of a NUMBER */
} options[] = {
	{ "bank", STRING, offsetof(struct office_config, bank), true, NULL, 0, 0 },
	{ "public_url", STRING, offsetof(struct office_config, public_url), true, NULL, 0, 0 },
	{ "listen", STRING, offsetof(struct office_config, listen), false, "127.0.0.1", 0, 0 },
	{ "port", NUMBER, offsetof(struct office_config, port), false, "0", 0, 65535 },
	{ "admin_network", YES_NO, offsetof(struct office_config, admin_network), false, "no", 0, 0 },
	{ "notary", STRING, offsetof(struct office_config, notary), true, NULL, 0, 0 },
	{ "web", STRING, offsetof(struct office_config, web), true, NULL, 0, 0 },
	{ "reader", STRING, offsetof(struct office_config, reader), true, NULL, 0, 0 },
	{ "connections", NUMBER, offsetof(struct office_config, connections), false, "64", 4,
			OFFICE_CONNECTIONS_MAX },
	{ "timestamp_hours_max", NUMBER, offsetof(struct office_config, timestamp_hours_max), false,
			"26", 1, 8760 },
};
enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

static void complain(struct reading *r, const char *what, const char *subject)
{
	r->is_bad = true;
	fprintf(r->errors, "%s:%d: %s: %s\n", r->name, r->line, subject, what);
}

static void set_string(struct reading *r, char **at, const char *name, const char *value)
{
	free(*at);
	*at = strdup(value);
	if (!*at)
		complain(r, "plus de mémoire", name);
}

static void set_number(struct reading *r, const struct option *o, const char *value)
{
	unsigned *at = (unsigned *)(void *)((char *)r->config + o->offset);
	char *end, what[64];
	unsigned long v;

	errno = 0;
	v = strtoul(value, &end, 10);
	if (errno || *value < '0' || *value > '9' || *end || v < o->min || v > o->max) {
		snprintf(what, sizeof(what), "un nombre de %u à %u", o->min, o->max);
		complain(r, what, o->name);
		return;
	}
	*at = (unsigned)v;
}

static void set_option(struct reading *r, const struct option *o, const char *value)
{
	char *base = (char *)r->config;

	switch (o->type) {
	case STRING:
		set_string(r, (char **)(void *)(base + o->offset), o->name, value);
		break;
	case NUMBER:
		set_number(r, o, value);
		break;
	case YES_NO:
		if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
			complain(r, "« yes » ou « no »", o->name);
		*(bool *)(void *)(base + o->offset) = strcmp(value, "yes") == 0;
		break;
	}
}

static void on_office_option(struct reading *r, const char *name, const char *value)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (strcmp(options[i].name, name) != 0)
			continue;
		if (r->seen & 1u << i)
			complain(r, "donné deux fois", name);
		r->seen |= 1u << i;
		set_option(r, &options[i], value);
		return;
	}
	complain(r, "option inconnue", name);
}

static struct office_purpose *purpose_for(struct reading *r, const char *id)
{
	struct office_config *c = r->config;

	for (size_t i = 0; i < c->purpose_count; i++)
		if (strcmp(c->purposes[i].id, id) == 0)
			return &c->purposes[i];
	if (id[0] == '\0' || strlen(id) > 40 ||
			id[strspn(id, "abcdefghijklmnopqrstuvwxyz-")] != '\0') {
		complain(r, "un motif s'écrit en minuscules et tirets", id);
		return NULL;
	}
	if (c->purpose_count == OFFICE_PURPOSES_MAX) {
		complain(r, "pas plus de 16 motifs", id);
		return NULL;
	}
	set_string(r, &c->purposes[c->purpose_count].id, "purpose", id);
	return &c->purposes[c->purpose_count++];
}

/* The ceiling is live's business: taken so that the sections can be copied, and not looked at. */
static void on_purpose_option(
		struct reading *r, const char *id, const char *name, const char *value)
{
	struct office_purpose *p = purpose_for(r, id);

	if (!p || strcmp(name, "ceiling") == 0)
		return;
	if (strcmp(name, "label") == 0)
		set_string(r, &p->label, name, value);
	else if (strcmp(name, "label_en") == 0)
		set_string(r, &p->label_en, name, value);
	else
		complain(r, "option inconnue", name);
}

static int on_option(void *arg, const char *section, const char *name, const char *value)
{
	static const char purpose[] = "purpose ";
	struct reading *r = arg;

	if (strcmp(section, "office") == 0)
		on_office_option(r, name, value);
	else if (strncmp(section, purpose, sizeof(purpose) - 1) == 0)
		on_purpose_option(r, section + sizeof(purpose) - 1, name, value);
	else
		complain(r, "section inconnue", section);
	return 1;
}

static void check_url(struct reading *r)
{
	const char *url = r->config->public_url, *path;

	if (!url)
		return;
	path = strncmp(url, "https://", 8) == 0 ? strchr(url + 8, '/') : NULL;
	if (!path || path == url + 8 || url[strlen(url) - 1] != '/' || strpbrk(url, "?#\\\"' "))
		complain(r, "attendu : https://hôte[:port]/chemin/", "public_url");
}

static bool is_loopback(const char *address, bool *is_address)
{
	struct in_addr v4;
	struct in6_addr v6;

	*is_address = true;
	if (inet_pton(AF_INET, address, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, address, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	*is_address = false;
	return false;
}

/* What is read here travels in clear: outside this computer only where somebody wrote that he knows. */
static void check_listen(struct reading *r)
{
	const struct office_config *c = r->config;
	const char *path = office_config_socket(c);
	bool is_address;

	if (path) {
		if (path[0] != '/' || strlen(path) > 100)
			complain(r, "attendu : unix:/chemin/absolu (100 octets au plus)", "listen");
		if (c->port != 0)
			complain(r, "sans objet avec unix:", "port");
		return;
	}
	if (!is_loopback(c->listen, &is_address)) {
		if (!is_address)
			complain(r, "ni une adresse ni unix:/chemin", "listen");
		else if (!c->admin_network)
			complain(r, "hors de cet ordinateur sans TLS : 127.0.0.1, ::1 ou unix:/chemin ; sinon "
				    "admin_network = yes",
					"listen");
	}
	if (c->port == 0)
		complain(r, "manque dans [office]", "port");
}

static void check_whole(struct reading *r)
{
	struct office_config *c = r->config;

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (r->seen & 1u << i)
			continue;
		if (options[i].is_required)
			complain(r, "manque dans [office]", options[i].name);
		else
			set_option(r, &options[i], options[i].preset);
	}
	check_url(r);
	if (c->listen)
		check_listen(r);
	for (size_t i = 0; i < c->purpose_count; i++)
		if (!c->purposes[i].label || !c->purposes[i].label_en)
			complain(r, "label et label_en sont nécessaires", c->purposes[i].id);
}

/* inih tells the line only of its own errors: feed it line by line and count. */
struct source {
	const char *at;
	struct reading *reading;
};

static char *next_line(char *out, int size, void *arg)
{
	struct source *s = arg;
	size_t n = strcspn(s->at, "\n");

	if (*s->at == '\0')
		return NULL;
	if (s->at[n] == '\n')
		n++;
	s->reading->line++;
	if (n >= (size_t)size) {
		complain(s->reading, "ligne trop longue", "…");
		s->at += n;
		out[0] = '\0';
		return out;
	}
	memcpy(out, s->at, n);
	out[n] = '\0';
	s->at += n;
	return out;
}

enum err office_config_parse(
		const char *text, const char *name, FILE *errors, struct office_config *out)
{
	struct reading r = { .config = out, .name = name, .errors = errors };
	struct source s = { text, &r };
	int bad;

	memset(out, 0, sizeof(*out));
	bad = ini_parse_stream(next_line, &s, on_option, &r);
	if (bad < 0)
		return ERR_NOMEM;
	if (bad > 0) {
		r.line = bad;
		complain(&r, "ni [section] ni option = valeur", "…");
	}
	check_whole(&r);
	return r.is_bad ? ERR_MALFORMED : OK;
}

enum err office_config_read(const char *path, FILE *errors, struct office_config *out)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t len;
	enum err e = ERR_IO;
	FILE *f = fopen(path, "re");

	memset(out, 0, sizeof(*out));
	if (!f) {
		fprintf(errors, "%s: %s\n", path, strerror(errno));
		return ERR_IO;
	}
	len = getdelim(&text, &size, '\0', f);
	if (len >= 0)
		e = office_config_parse(text, path, errors, out);
	free(text);
	fclose(f);
	return e;
}

void office_config_done(struct office_config *c)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (options[i].type == STRING)
			free(*(char **)(void *)((char *)c + options[i].offset));
	for (size_t i = 0; i < c->purpose_count; i++) {
		free(c->purposes[i].id);
		free(c->purposes[i].label);
		free(c->purposes[i].label_en);
	}
	memset(c, 0, sizeof(*c));
}

void office_config_origin(const struct office_config *c, char *out, size_t size)
{
	const char *path = strchr(c->public_url + 8, '/');

	snprintf(out, size, "%.*s", (int)(path - c->public_url), c->public_url);
}

const char *office_config_socket(const struct office_config *c)
{
	return strncmp(c->listen, "unix:", 5) == 0 ? c->listen + 5 : NULL;
}
