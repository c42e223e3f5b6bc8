#include "gateway/live/live_config.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "common/consent.h"
#include "gateway/core/file_kind.h"
#include "gateway/live/peer_addr.h"

struct reading {
	struct live_config *config;
	const char *name;
	FILE *errors;
	unsigned seen; /* bit i: options[i] was given */
	bool is_bad;
	int line;
};

enum type { STRING, PORT, YES_NO, ADDRESS_HEADER, NETWORKS, NUMBER };
enum { NUMBER_MAX = 1000 };

static const struct option {
	const char *name;
	enum type type;
	size_t offset;
	bool is_required;
	const char *preset;
	const char *section; /* NULL: "live" */
} options[] = {
	{ "bank", STRING, offsetof(struct live_config, bank), true, NULL, NULL },
	{ "public_url", STRING, offsetof(struct live_config, public_url), true, NULL, NULL },
	{ "listen", STRING, offsetof(struct live_config, listen), false, "127.0.0.1", NULL },
	{ "port", PORT, offsetof(struct live_config, port), true, NULL, NULL },
	{ "agent_port", PORT, offsetof(struct live_config, agent_port), false, "0", NULL },
	{ "agent_same_port", YES_NO, offsetof(struct live_config, agent_same_port), false, "no", NULL },
	{ "agent_proxy_protocol", YES_NO, offsetof(struct live_config, agent_proxy_protocol), false,
			"no", NULL },
	{ "certificate", STRING, offsetof(struct live_config, certificate), true, NULL, NULL },
	{ "key", STRING, offsetof(struct live_config, key), true, NULL, NULL },
	{ "notary", STRING, offsetof(struct live_config, notary), true, NULL, NULL },
	{ "web", STRING, offsetof(struct live_config, web), true, NULL, NULL },
	{ "words", STRING, offsetof(struct live_config, words), true, NULL, NULL },
	{ "terms_fr", STRING, offsetof(struct live_config, terms_fr), true, NULL, NULL },
	{ "terms_en", STRING, offsetof(struct live_config, terms_en), true, NULL, NULL },
	{ "agent", STRING, offsetof(struct live_config, agent), true, NULL, NULL },
	{ "profile", STRING, offsetof(struct live_config, profile), true, NULL, NULL },
	{ "signature", STRING, offsetof(struct live_config, signature), true, NULL, NULL },
	{ "customer_header", STRING, offsetof(struct live_config, customer_header), false, "", NULL },
	{ "alert_url", STRING, offsetof(struct live_config, alert_url), false, "", NULL },
	{ "alert_secret_file", STRING, offsetof(struct live_config, alert_secret_file), false, "", NULL },
	{ "alert_ca", STRING, offsetof(struct live_config, alert_ca), false, "", NULL },
	{ "alert_program", STRING, offsetof(struct live_config, alert_program), false, "", NULL },
	{ "address_header", ADDRESS_HEADER, offsetof(struct live_config, address_header), false, "x-forwarded-for", NULL },
	{ "trusted_proxies", NETWORKS, 0, false, "", NULL },
	{ "spool", STRING, offsetof(struct live_config, spool), false, "", "files" },
	{ "spool_mb", NUMBER, offsetof(struct live_config, spool_mb), false, "500", "files" },
	{ "max_mb", NUMBER, offsetof(struct live_config, file_mb), false, "20", "files" },
	{ "types", STRING, offsetof(struct live_config, file_types), false,
			"pdf png jpg jpeg gif webp tif tiff txt csv docx xlsx pptx odt ods odp", "files" },
	{ "scanner", STRING, offsetof(struct live_config, scanner), false, "", "files" },
	{ "scan_seconds", NUMBER, offsetof(struct live_config, scan_seconds), false, "30", "files" },
};
enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

static void complain(struct reading *r, const char *what, const char *subject)
{
	r->is_bad = true;
	fprintf(r->errors, "%s:%d: %s: %s\n", r->name, r->line, subject, what);
}

static bool set_string(char **at, const char *value)
{
	free(*at);
	*at = strdup(value);
	return *at != NULL;
}

static void set_port(struct reading *r, unsigned *at, const char *name, const char *value)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(value, &end, 10);
	if (errno || *value < '0' || *value > '9' || *end || v > 65535)
		complain(r, "un port va de 0 à 65535", name);
	else
		*at = (unsigned)v;
}

static void set_number(struct reading *r, unsigned *at, const char *name, const char *value)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(value, &end, 10);
	if (errno || *value < '0' || *value > '9' || *end || v < 1 || v > NUMBER_MAX)
		complain(r, "un nombre de 1 à 1000", name);
	else
		*at = (unsigned)v;
}

static void set_address_header(struct reading *r, enum address_header *at, const char *value)
{
	static const char *const words[] = { "none", "x-forwarded-for", "forwarded" }; /* enum address_header */

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(value, words[i]) == 0) {
			*at = (enum address_header)i;
			return;
		}
	complain(r, "« x-forwarded-for », « forwarded » ou « none »", "address_header");
}

static void set_networks(struct reading *r, const char *value)
{
	struct live_config *c = r->config;
	char *copy = strdup(value), *rest = copy;

	c->proxy_count = 0;
	for (char *word; rest && (word = strsep(&rest, " ,")) != NULL;) {
		if (*word == '\0')
			continue;
		if (c->proxy_count == CONFIG_PROXIES_MAX)
			complain(r, "pas plus de 16 réseaux", "trusted_proxies");
		else if (!network_read(word, &c->proxies[c->proxy_count]))
			complain(r, "ni une adresse ni un réseau (10.0.0.0/8)", word);
		else
			c->proxy_count++;
	}
	free(copy);
}

static void set_option(struct reading *r, const struct option *o, const char *value)
{
	char *base = (char *)r->config;

	switch (o->type) {
	case STRING:
		if (!set_string((char **)(void *)(base + o->offset), value))
			complain(r, "plus de mémoire", o->name);
		break;
	case PORT:
		set_port(r, (unsigned *)(void *)(base + o->offset), o->name, value);
		break;
	case YES_NO:
		if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
			complain(r, "« yes » ou « no »", o->name);
		*(bool *)(void *)(base + o->offset) = strcmp(value, "yes") == 0;
		break;
	case ADDRESS_HEADER:
		set_address_header(r, (enum address_header *)(void *)(base + o->offset), value);
		break;
	case NETWORKS:
		set_networks(r, value);
		break;
	case NUMBER:
		set_number(r, (unsigned *)(void *)(base + o->offset), o->name, value);
		break;
	}
}

static void on_table_option(struct reading *r, const char *section, const char *name, const char *value)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (strcmp(options[i].name, name) != 0 ||
				strcmp(options[i].section ? options[i].section : "live", section) != 0)
			continue;
		if (r->seen & 1u << i)
			complain(r, "donné deux fois", name);
		r->seen |= 1u << i;
		set_option(r, &options[i], value);
		return;
	}
	complain(r, "option inconnue", name);
}

static struct purpose *purpose_for(struct reading *r, const char *id)
{
	struct live_config *c = r->config;

	for (size_t i = 0; i < c->purpose_count; i++)
		if (strcmp(c->purposes[i].id, id) == 0)
			return &c->purposes[i];
	if (id[0] == '\0' || strlen(id) > 40 ||
			id[strspn(id, "abcdefghijklmnopqrstuvwxyz-")] != '\0') {
		complain(r, "un motif s'écrit en minuscules et tirets", id);
		return NULL;
	}
	if (c->purpose_count == CONFIG_PURPOSES_MAX) {
		complain(r, "pas plus de 16 motifs", id);
		return NULL;
	}
	set_string(&c->purposes[c->purpose_count].id, id);
	return &c->purposes[c->purpose_count++];
}

static void set_ceiling(struct reading *r, struct purpose *p, const char *value)
{
	char *copy = strdup(value), *rest = copy;

	p->ceiling = 0;
	for (char *word; rest && (word = strsep(&rest, " ,")) != NULL;) {
		p->ceiling |= ceiling_bit(word);
		if (*word && !ceiling_bit(word))
			complain(r, "« view », « point », « control » ou « files »", word);
	}
	if (!(p->ceiling & CAP_BIT(CAP_VIEW)))
		complain(r, "un motif sans « view » ne sert à rien", "ceiling");
	free(copy);
}

static void on_purpose_option(
		struct reading *r, const char *id, const char *name, const char *value)
{
	struct purpose *p = purpose_for(r, id);

	if (!p)
		return;
	if (strcmp(name, "label") == 0)
		set_string(&p->label, value);
	else if (strcmp(name, "label_en") == 0)
		set_string(&p->label_en, value);
	else if (strcmp(name, "ceiling") == 0)
		set_ceiling(r, p, value);
	else
		complain(r, "option inconnue", name);
}

static int on_option(void *arg, const char *section, const char *name, const char *value)
{
	static const char purpose[] = "purpose ";
	struct reading *r = arg;

	if (strcmp(section, "live") == 0 || strcmp(section, "files") == 0)
		on_table_option(r, section, name, value);
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

/* A file goes past a scanner or not at all (S20). */
static void check_files(struct reading *r)
{
	const struct live_config *c = r->config;
	bool has_files = c->spool && c->spool[0] && c->scanner && c->scanner[0];
	char *copy = c->file_types ? strdup(c->file_types) : NULL, *rest = copy;

	for (char *word; rest && (word = strsep(&rest, " ,")) != NULL;)
		if (*word && !file_kind_is_known(word))
			complain(r, "ce type de fichier ne peut pas être autorisé", word);
	free(copy);
	for (size_t i = 0; i < c->purpose_count; i++)
		if (c->purposes[i].ceiling & CAP_BIT(CAP_FILES) && !has_files)
			complain(r, "« files » demande spool et scanner dans [files]", c->purposes[i].id);
}

static void check_alert(struct reading *r)
{
	const struct live_config *c = r->config;
	const char *url = c->alert_url;

	if (!url || !url[0])
		return;
	if ((strncmp(url, "https://", 8) != 0 && strncmp(url, "http://127.0.0.1:", 17) != 0) || strpbrk(url, "#\\\"' "))
		complain(r, "attendu : https://… (ou http://127.0.0.1:port/…)", "alert_url");
	if (!c->alert_secret_file || !c->alert_secret_file[0])
		complain(r, "nécessaire avec alert_url", "alert_secret_file");
}

static void check_whole(struct reading *r)
{
	struct live_config *c = r->config;

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (r->seen & 1u << i)
			continue;
		if (options[i].is_required)
			complain(r, "manque dans [live]", options[i].name);
		else
			set_option(r, &options[i], options[i].preset);
	}
	check_url(r);
	check_files(r);
	check_alert(r);
	if (c->purpose_count == 0)
		complain(r, "au moins une section [purpose …] est nécessaire", "purpose");
	for (size_t i = 0; i < c->purpose_count; i++)
		if (!c->purposes[i].label || !c->purposes[i].label_en || !c->purposes[i].ceiling)
			complain(r, "label, label_en et ceiling sont nécessaires",
					c->purposes[i].id);
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

enum err live_config_parse(
		const char *text, const char *name, FILE *errors, struct live_config *out)
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

enum err live_config_read(const char *path, FILE *errors, struct live_config *out)
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
		e = live_config_parse(text, path, errors, out);
	free(text);
	fclose(f);
	return e;
}

void live_config_done(struct live_config *c)
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

const struct purpose *live_config_purpose(const struct live_config *c, const char *id)
{
	for (size_t i = 0; id && i < c->purpose_count; i++)
		if (strcmp(c->purposes[i].id, id) == 0)
			return &c->purposes[i];
	return NULL;
}

void live_config_origin(const struct live_config *c, char *out, size_t size)
{
	const char *path = strchr(c->public_url + 8, '/');

	snprintf(out, size, "%.*s", (int)(path - c->public_url), c->public_url);
}
