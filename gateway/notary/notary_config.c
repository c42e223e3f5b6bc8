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

#include "gateway/notary/notary.h"

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

static const char *set_user(struct notary_config *c, size_t offset, const char *value)
{
	const struct passwd *who;
	unsigned long v;

	(void)offset;
	if (number_of(value, UINT32_MAX - 1, &v)) {
		c->live_uid = (uid_t)v;
		return NULL;
	}
	who = getpwnam(value);
	if (!who)
		return "is no user of this computer";
	c->live_uid = who->pw_uid;
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
	{ "live_uid",   set_user,  0, false },
	{ "seats",      set_seats, 0, false },
};

enum { OPTION_COUNT = sizeof(options) / sizeof(*options) };

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
	if (i < OPTION_COUNT)
		r->seen |= 1u << i;
	if (why)
		report(r, name, why);
	return 1;
}

static void report_missing(struct reading *r)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (options[i].is_needed && !(r->seen & 1u << i))
			report(r, options[i].name, "is missing in [notary]");
}

enum err notary_config_read(const char *path, struct notary_config *out, FILE *problems)
{
	struct reading r = { .path = path, .problems = problems, .out = out };
	int bad_line;

	*out = (struct notary_config){ .live_uid = geteuid(), .seats = 100 };
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
