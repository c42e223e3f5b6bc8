#include "gateway/notary/notary_config.h"

#include <errno.h>
#include <ini.h>
#include <pwd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RESERVE_MB_MAX = 1024 };

/* The reading of one file. */
struct reading {
	FILE *file, *problems;
	const char *path;
	int line, count; /* present line; problems so far */
	unsigned seen;   /* bit i: row i of the options was given */
	struct notary_config *out;
};

typedef const char *set_fn(struct notary_config *c, size_t offset, const char *value);

static const char *set_path(struct notary_config *c, size_t offset, const char *value)
{
	if (value[0] != '/')
		return "must be an absolute path";
	if (strlen(value) >= CONFIG_PATH)
		return "is too long";
	memcpy((char *)c + offset, value, strlen(value) + 1);
	return NULL;
}

static bool number_of(const char *value, unsigned long max, unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(value, &end, 10);
	return value[0] >= '0' && value[0] <= '9' && *end == '\0' && errno == 0 && *out <= max;
}

static const char *set_seats(struct notary_config *c, size_t offset, const char *value)
{
	unsigned long v;

	(void)offset;
	if (!number_of(value, SEATS_MAX, &v) || v == 0)
		return "must be a number from 1 to 1000";
	c->seats = (unsigned)v;
	return NULL;
}

/* A key is a file or a name in a token (RFC 7512). */
static const char *set_key(struct notary_config *c, size_t offset, const char *value)
{
	if (strncmp(value, "pkcs11:", strlen("pkcs11:")) != 0)
		return set_path(c, offset, value) ? "must be an absolute path, or pkcs11:…" : NULL;
	if (strlen(value) >= CONFIG_PATH)
		return "is too long";
	memcpy((char *)c + offset, value, strlen(value) + 1);
	return NULL;
}

static const char *set_url(struct notary_config *c, size_t offset, const char *value)
{
	if (strncmp(value, "http://", strlen("http://")) != 0 && strncmp(value, "https://", strlen("https://")) != 0)
		return "must begin with http:// or https://";
	for (const char *s = value; *s; s++)
		if (*s <= ' ' || *s > '~')
			return "must be plain ASCII without spaces";
	if (strlen(value) >= CONFIG_PATH)
		return "is too long";
	memcpy((char *)c + offset, value, strlen(value) + 1);
	return NULL;
}

static const char *set_log_name(struct notary_config *c, size_t offset, const char *value)
{
	(void)offset;
	if (value[0] == '\0' || strlen(value) >= CONFIG_NAME)
		return "must have 1 to 64 bytes";
	for (const char *s = value; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return "must not have control characters";
	memcpy(c->log_name, value, strlen(value) + 1);
	return NULL;
}

static const char *set_alarm(struct notary_config *c, size_t offset, const char *value)
{
	unsigned long v;

	(void)offset;
	if (!number_of(value, 604800, &v) || v < 60)
		return "must be a number from 60 to 604800";
	c->tsa_alarm_s = v;
	return NULL;
}

static const char *set_reserve(struct notary_config *c, size_t offset, const char *value)
{
	unsigned long v;

	(void)offset;
	if (!number_of(value, RESERVE_MB_MAX, &v) || v == 0)
		return "must be a number of MiB from 1 to 1024";
	c->reserve_mb = (unsigned)v;
	return NULL;
}

static const char *set_user(struct notary_config *c, size_t offset, const char *value)
{
	uid_t *out = (uid_t *)((char *)c + offset);
	const struct passwd *who;
	unsigned long v;

	if (number_of(value, UINT32_MAX - 1, &v)) {
		*out = (uid_t)v;
		return NULL;
	}
	who = getpwnam(value);
	if (!who)
		return "is no user of this computer";
	*out = who->pw_uid;
	return NULL;
}

static const char *set_days(struct notary_config *c, size_t offset, const char *value)
{
	unsigned long v;

	if (!number_of(value, RETENTION_DAYS_MAX, &v))
		return "must be a number of days from 0 (for ever) to 36500";
	*(unsigned *)((char *)c + offset) = (unsigned)v;
	return NULL;
}

static const char *set_yes(struct notary_config *c, size_t offset, const char *value)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return "must be yes or no";
	*(int *)((char *)c + offset) = value[0] == 'y';
	return NULL;
}

static const struct option {
	const char *name;
	set_fn *set;
	size_t offset;
	bool is_needed;
} options[] = {
	{ "directory",  set_path,  offsetof(struct notary_config, directory),  true },
	{ "socket",     set_path,  offsetof(struct notary_config, socket),     true },
	{ "ctl_socket", set_path,  offsetof(struct notary_config, ctl_socket), false },
	{ "live_uid",   set_user,  offsetof(struct notary_config, live_uid), false },
	{ "office_socket", set_path, offsetof(struct notary_config, office_socket), false },
	{ "office_uid", set_user,  offsetof(struct notary_config, office_uid), false },
	{ "seats",      set_seats, 0, false },
	{ "retention_proof_days",   set_days, offsetof(struct notary_config, retention.proof_days),   false },
	{ "retention_quality_days", set_days, offsetof(struct notary_config, retention.quality_days), false },
	{ "retention_unused_days",  set_days, offsetof(struct notary_config, retention.unused_days),  false },
	{ "retention_auto",         set_yes,  offsetof(struct notary_config, retention.is_auto),      false },
	{ "reserve_mb", set_reserve, 0, false },
	{ "sign_key",         set_key,  offsetof(struct notary_config, sign_key),         true },
	{ "sign_module",      set_path, offsetof(struct notary_config, sign_module),      false },
	{ "sign_pin_file",    set_path, offsetof(struct notary_config, sign_pin_file),    false },
	{ "sign_certificate", set_path, offsetof(struct notary_config, sign_certificate), true },
	{ "sign_root",        set_path, offsetof(struct notary_config, sign_root),        true },
	{ "log_name",    set_log_name, 0, false },
	{ "tsa_url",     set_url,   offsetof(struct notary_config, tsa_url),     false },
	{ "tsa_ca",      set_path,  offsetof(struct notary_config, tsa_ca),      false },
	{ "tsa_program", set_path,  offsetof(struct notary_config, tsa_program), false },
	{ "tsa_alarm_s", set_alarm, 0, false },
};

enum { OPTION_COUNT = sizeof(options) / sizeof(*options) };
_Static_assert((int)OPTION_COUNT <= (int)CONFIG_OPTIONS_MAX, "notary_config.line has a place for each option");

static void report(struct reading *r, const char *name, const char *why)
{
	r->count++;
	if (r->problems)
		fprintf(r->problems, "%s:%d: %s %s\n", r->path, r->line, name, why);
}

static char *read_line(char *buf, int room, void *arg)
{
	struct reading *r = arg;
	char *line = fgets(buf, room, r->file);

	if (line)
		r->line++;
	return line;
}

static int on_option(void *arg, const char *section, const char *name, const char *value)
{
	struct reading *r = arg;
	size_t i = 0;
	const char *why;

	if (strcmp(section, "notary") != 0)
		return 1;
	while (i < OPTION_COUNT && strcmp(options[i].name, name) != 0)
		i++;
	if (i == OPTION_COUNT)
		why = "is not an option of [notary]";
	else if (r->seen & 1u << i)
		why = "is given twice";
	else
		why = options[i].set(r->out, options[i].offset, value);
	if (i < OPTION_COUNT) {
		r->seen |= 1u << i;
		r->out->line[i] = r->line;
	}
	if (why)
		report(r, name, why);
	return 1;
}

static void report_missing(struct reading *r)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (options[i].is_needed && !(r->seen & 1u << i))
			report(r, options[i].name, "is missing in [notary]");
	if ((r->out->tsa_url[0] == '\0') != (r->out->tsa_ca[0] == '\0'))
		report(r, r->out->tsa_url[0] ? "tsa_ca" : "tsa_url", "is missing in [notary], the two go together");
}

void notary_config_problem(const struct notary_config *c, const char *path, const char *option, const char *why,
		FILE *problems)
{
	int line = 0;

	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (strcmp(options[i].name, option) == 0)
			line = c->line[i];
	fprintf(problems, "%s:%d: %s %s\n", path, line, option, why);
}

enum err notary_config_read(const char *path, struct notary_config *out, FILE *problems)
{
	struct reading r = { .path = path, .problems = problems, .out = out };
	int bad_line;

	*out = (struct notary_config){
		.live_uid = geteuid(), .office_uid = geteuid(), .seats = 100, .reserve_mb = 4, .log_name = "guichet",
		.tsa_alarm_s = 14400,
		.retention = { RETENTION_PROOF_DAYS, RETENTION_QUALITY_DAYS, RETENTION_UNUSED_DAYS, 0 },
	};
	r.file = fopen(path, "re");
	if (!r.file) {
		if (problems)
			fprintf(problems, "%s: %s\n", path, strerror(errno));
		return ERR_IO;
	}
	bad_line = ini_parse_stream(read_line, &r, on_option, &r);
	fclose(r.file);
	if (bad_line != 0) {
		r.line = bad_line > 0 ? bad_line : r.line;
		report(&r, "this line", "is neither a section nor an option");
	}
	report_missing(&r);
	return r.count ? ERR_MALFORMED : OK;
}
