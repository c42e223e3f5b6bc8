#ifndef SITE_H
#define SITE_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/**
 * site: the static files of the pages, read once at the start. No file is opened at a request's
 * wish, so no path can lead out of the site.
 */
struct site; /* opaque */

struct site_file {
	char *url;        /* "/conseiller/main.js" */
	const char *type; /* with charset */
	uint8_t *bytes;
	size_t len;
	char etag[67]; /* quoted SHA-256 */
};

enum err site_new(struct site **out);
/** Reads the files of known types below `dir` as URL/… ; `url` ends in "/". ERR_IO: something is missing (told on stderr). */
enum err site_add_folder(struct site *s, const char *dir, const char *url);
/** Reads one file of a known type. ERR_IO as above. */
enum err site_add_file(struct site *s, const char *path, const char *url);
void site_free(struct site *s);
/** NULL: there is no such page. */
const struct site_file *site_find(const struct site *s, const char *url);

/** A whole file; free() it. ERR_IO: errno says why. */
enum err site_read_file(const char *path, uint8_t **out, size_t *len);

#endif
