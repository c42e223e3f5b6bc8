#include "gateway/office/verify/zip.h"

#include <stdbool.h>
#include <string.h>

static uint16_t u16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)u16(p) | (uint32_t)u16(p + 2) << 16;
}

static enum err fail(struct zip *z, const char *what)
{
	z->what = what;
	return ERR_MALFORMED;
}

enum err zip_open(struct zip *z, const void *at, size_t len)
{
	const uint8_t *end;

	*z = (struct zip){ .at = at, .len = len };
	if (len < ZIP_END_LEN || len > UINT32_MAX)
		return fail(z, "ce n’est pas un fichier zip");
	end = z->at + len - ZIP_END_LEN;
	if (u32(end) != ZIP_END || u16(end + 20) != 0)
		return fail(z, "ce n’est pas un fichier zip, ou il est incomplet");
	if (u16(end + 4) != 0 || u16(end + 6) != 0 || u16(end + 8) != u16(end + 10) || u16(end + 10) == UINT16_MAX)
		return fail(z, "zip en plusieurs volumes ou zip64");
	z->count = u16(end + 10);
	z->directory = u32(end + 16);
	if (z->directory + (uint64_t)u32(end + 12) != len - ZIP_END_LEN)
		return fail(z, "le répertoire du zip n’est pas à sa place");
	if (z->count * ZIP_CENTRAL_LEN > u32(end + 12))
		return fail(z, "le répertoire du zip est trop court");
	return OK;
}

/* A record of the central directory at *p, and the local header that it points to, which stands at *next. */
static const char *read_member(const struct zip *z, size_t *p, size_t *next, struct zip_member *m)
{
	const size_t end = z->len - ZIP_END_LEN;
	const uint8_t *c = z->at + *p, *l = z->at + *next;

	if (end - *p < ZIP_CENTRAL_LEN || u32(c) != ZIP_CENTRAL)
		return "le répertoire du zip est abîmé";
	m->name_len = u16(c + 28);
	m->len = u32(c + 24);
	if (m->name_len == 0 || m->name_len > ZIP_NAME_MAX || end - *p - ZIP_CENTRAL_LEN < m->name_len)
		return "un nom du zip est vide ou trop long";
	if (u16(c + 8) != 0 || u16(c + 10) != 0 || u32(c + 20) != m->len || u16(c + 30) != 0 || u16(c + 32) != 0)
		return "un fichier du zip est compressé, chiffré ou d’une forme inconnue";
	if (u16(c + 34) != 0 || u32(c + 42) != *next || z->directory - *next < ZIP_LOCAL_LEN)
		return "un fichier du zip n’est pas à sa place";
	/* version, flags, method, time, date, CRC, sizes and lengths of name and extra: the same bytes in both */
	if (u32(l) != ZIP_LOCAL || memcmp(l + 4, c + 6, 26) != 0)
		return "les deux en-têtes d’un fichier du zip se contredisent";
	if (z->directory - *next - ZIP_LOCAL_LEN < m->name_len + (uint64_t)m->len)
		return "un fichier du zip est plus long que le zip";
	m->name = (const char *)l + ZIP_LOCAL_LEN;
	if (memcmp(m->name, c + ZIP_CENTRAL_LEN, m->name_len) != 0 || memchr(m->name, '\0', m->name_len))
		return "un fichier du zip a deux noms";
	m->at = l + ZIP_LOCAL_LEN + m->name_len;
	*p += ZIP_CENTRAL_LEN + m->name_len;
	*next += ZIP_LOCAL_LEN + m->name_len + m->len;
	return NULL;
}

enum err zip_read(struct zip *z, struct zip_member *members)
{
	size_t p = z->directory, next = 0;

	for (size_t i = 0; i < z->count; i++) {
		z->what = read_member(z, &p, &next, &members[i]);
		if (z->what)
			return ERR_MALFORMED;
	}
	if (next != z->directory || p != z->len - ZIP_END_LEN)
		return fail(z, "le zip contient des octets qui n’appartiennent à aucun fichier");
	return OK;
}
