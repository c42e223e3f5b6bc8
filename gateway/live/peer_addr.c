#include "gateway/live/peer_addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t v4_mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool address_read(const char *text, uint8_t out[16])
{
	if (strchr(text, ':'))
		return inet_pton(AF_INET6, text, out) == 1;
	memcpy(out, v4_mapped, sizeof(v4_mapped));
	return inet_pton(AF_INET, text, out + 12) == 1;
}

bool network_read(const char *text, struct network *out)
{
	const char *slash = strchr(text, '/');
	char address[ADDRESS_TEXT_MAX];
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	bool is_v4 = !memchr(text, ':', n);
	unsigned long prefix = is_v4 ? 32 : 128;
	char *end;

	if (n >= sizeof(address))
		return false;
	memcpy(address, text, n);
	address[n] = '\0';
	if (!address_read(address, out->address))
		return false;
	if (slash) {
		unsigned long widest = prefix;

		prefix = strtoul(slash + 1, &end, 10);
		if (slash[1] < '0' || slash[1] > '9' || *end || prefix > widest)
			return false;
	}
	out->prefix = (unsigned)prefix + (is_v4 ? 96 : 0);
	return true;
}

static bool is_inside(const struct network *n, const uint8_t a[16])
{
	unsigned whole = n->prefix / 8, bits = n->prefix % 8;

	if (memcmp(n->address, a, whole) != 0)
		return false;
	return bits == 0 || (n->address[whole] >> (8 - bits)) == (a[whole] >> (8 - bits));
}

bool network_contains(const struct network *list, size_t count, const char *address)
{
	uint8_t a[16];

	if (!address_read(address, a))
		return false;
	for (size_t i = 0; i < count; i++)
		if (is_inside(&list[i], a))
			return true;
	return false;
}

/* Takes quotes, brackets and a port off "\"[2001:db8::1]:4711\"" or "192.0.2.7:80". False: no
 * address. */
static bool bare_address(const char *in, size_t len, char out[ADDRESS_TEXT_MAX])
{
	const char *colon;
	uint8_t a[16];

	while (len && (in[0] == ' ' || in[0] == '"' || in[0] == '\t'))
		in++, len--;
	while (len && (in[len - 1] == ' ' || in[len - 1] == '"' || in[len - 1] == '\t'))
		len--;
	if (len && in[0] == '[') {
		const char *close = memchr(in, ']', len);

		if (!close)
			return false;
		len = (size_t)(close - in) - 1;
		in++;
	} else if ((colon = memchr(in, ':', len)) &&
			!memchr(colon + 1, ':', len - (size_t)(colon + 1 - in))) {
		len = (size_t)(colon - in);
	}
	if (len == 0 || len >= ADDRESS_TEXT_MAX)
		return false;
	memcpy(out, in, len);
	out[len] = '\0';
	return address_read(out, a);
}

/* The for= parameter of one element of Forwarded. */
static bool forwarded_for(const char *in, size_t len, char out[ADDRESS_TEXT_MAX])
{
	const char *end = in + len;

	while (in < end) {
		const char *stop = memchr(in, ';', (size_t)(end - in));
		size_t n = (size_t)((stop ? stop : end) - in);
		size_t skip = strspn(in, " \t");

		if (n > skip + 4 && strncasecmp(in + skip, "for=", 4) == 0)
			return bare_address(in + skip + 4, n - skip - 4, out);
		in += n + 1;
	}
	return false;
}

void peer_addr_client(const struct network *list, size_t count, const char *peer,
		const char *forwarded, const char *xff, char out[ADDRESS_TEXT_MAX])
{
	bool is_forwarded = forwarded && *forwarded;
	const char *text = is_forwarded ? forwarded : xff ? xff : "";
	const char *end = text + strlen(text);

	snprintf(out, ADDRESS_TEXT_MAX, "%s", peer);
	while (end > text && network_contains(list, count, out)) {
		const char *start = end;
		char found[ADDRESS_TEXT_MAX];
		bool is_address;

		while (start > text && start[-1] != ',')
			start--;
		is_address = is_forwarded ? forwarded_for(start, (size_t)(end - start), found)
					  : bare_address(start, (size_t)(end - start), found);
		if (!is_address)
			return; /* an obfuscated or broken element: believe what is known so far */
		memcpy(out, found, sizeof(found));
		end = start > text ? start - 1 : text;
	}
}

/* ---- PROXY protocol ---- */

static enum err read_v1(const uint8_t *buf, size_t len, size_t *used, char out[ADDRESS_TEXT_MAX])
{
	enum { LINE_MAX_LEN = 107 };
	const uint8_t *lf = memchr(buf, '\n', len < LINE_MAX_LEN ? len : LINE_MAX_LEN);
	char line[LINE_MAX_LEN + 1], family[8], source[ADDRESS_TEXT_MAX], target[ADDRESS_TEXT_MAX];
	unsigned from, to;
	uint8_t a[16];
	int end = 0;

	if (!lf)
		return len < LINE_MAX_LEN ? ERR_AGAIN : ERR_MALFORMED;
	*used = (size_t)(lf - buf) + 1;
	if (*used < 2 || lf[-1] != '\r' || memchr(buf, '\0', *used))
		return ERR_MALFORMED;
	memcpy(line, buf, *used - 2);
	line[*used - 2] = '\0';
	if (strncmp(line, "PROXY UNKNOWN", 13) == 0 && (line[13] == '\0' || line[13] == ' ')) {
		out[0] = '\0';
		return OK;
	}
	if (sscanf(line, "PROXY %7s %45s %45s %5u %5u%n", family, source, target, &from, &to,
			    &end) != 5 ||
			line[end] != '\0' || from > 65535 || to > 65535)
		return ERR_MALFORMED;
	if (strcmp(family, strchr(source, ':') ? "TCP6" : "TCP4") != 0 || !address_read(source, a))
		return ERR_MALFORMED;
	memcpy(out, source, sizeof(source));
	return OK;
}

static enum err read_v2(const uint8_t *buf, size_t len, size_t *used, char out[ADDRESS_TEXT_MAX])
{
	enum { HEAD = 16, LOCAL = 0x20, PROXY = 0x21, TCP4 = 0x11, TCP6 = 0x21 };
	size_t body;

	if (len < HEAD)
		return ERR_AGAIN;
	body = (size_t)buf[14] << 8 | buf[15];
	*used = HEAD + body;
	if ((buf[12] != LOCAL && buf[12] != PROXY) || *used > PROXY_HEADER_MAX)
		return ERR_MALFORMED;
	if (len < *used)
		return ERR_AGAIN;
	out[0] = '\0';
	if (buf[12] == LOCAL)
		return OK;
	if (buf[13] == TCP4 && body >= 12)
		return inet_ntop(AF_INET, buf + HEAD, out, ADDRESS_TEXT_MAX) ? OK : ERR_MALFORMED;
	if (buf[13] == TCP6 && body >= 36)
		return inet_ntop(AF_INET6, buf + HEAD, out, ADDRESS_TEXT_MAX) ? OK : ERR_MALFORMED;
	return ERR_MALFORMED;
}

enum err proxy_header_read(const uint8_t *buf, size_t len, size_t *used, char out[ADDRESS_TEXT_MAX])
{
	static const uint8_t mark2[12] = { 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55,
		0x49, 0x54, 0x0a };
	static const uint8_t mark1[6] = { 'P', 'R', 'O', 'X', 'Y', ' ' };
	size_t n1 = len < sizeof(mark1) ? len : sizeof(mark1),
	       n2 = len < sizeof(mark2) ? len : sizeof(mark2);

	*used = 0;
	out[0] = '\0';
	if (len == 0)
		return ERR_AGAIN;
	if (memcmp(buf, mark1, n1) == 0)
		return n1 < sizeof(mark1) ? ERR_AGAIN : read_v1(buf, len, used, out);
	if (memcmp(buf, mark2, n2) == 0)
		return n2 < sizeof(mark2) ? ERR_AGAIN : read_v2(buf, len, used, out);
	return ERR_MALFORMED;
}
