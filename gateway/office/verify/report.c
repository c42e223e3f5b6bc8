#include "gateway/office/verify/report.h"

#include <stdint.h>

static const struct {
	const char *shown, *word;
} states[] = {
	[VERIFY_NOT_REACHED] = { "", "not_reached" },
	[VERIFY_OK] = { "ok", "ok" },
	[VERIFY_WAITING] = { "attend", "waiting" },
	[VERIFY_ABSENT] = { "-", "absent" },
	[VERIFY_FAILED] = { "FAUX", "failed" },
};

void report_clean(FILE *out, const char *text)
{
	for (const uint8_t *p = (const uint8_t *)text; *p; p++) {
		if (*p < 0x20 || *p == 0x7f) {
			fputc('?', out);
		} else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) {
			fputc('?', out);
			p++;
		} else {
			fputc(*p, out);
		}
	}
}

static const char *or_what(enum verify_item item, const char *what)
{
	return *what ? what : verify_item_what(item);
}

void report_lines(FILE *out, const struct verify_result *r)
{
	for (unsigned i = 0; i < VERIFY_ITEMS && r->line[i].state != VERIFY_NOT_REACHED; i++) {
		enum verify_item item = (enum verify_item)i;

		fprintf(out, "%-7s %-9s  ", states[r->line[i].state].shown, verify_item_word(item));
		if (item == r->failed) {
			report_clean(out, r->place);
			fputs(" : ", out);
		}
		report_clean(out, or_what(item, r->line[i].what));
		fputc('\n', out);
	}
	if (r->root_sha256[0])
		fprintf(out, "\nroot.crt  SHA-256 %s\n", r->root_sha256);
	if (r->tsa_sha256[0])
		fprintf(out, "tsa.crt   SHA-256 %s\n", r->tsa_sha256);
}

/* A JSON string; what report_clean() would hide is hidden here too. */
static void put_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (const uint8_t *p = (const uint8_t *)text; *p; p++) {
		if (*p == '"' || *p == '\\')
			fputc('\\', out);
		fputc(*p < 0x20 || *p == 0x7f ? '?' : *p, out);
	}
	fputc('"', out);
}

static void put_member(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\":", name);
	put_string(out, text);
}

void report_json(FILE *out, const struct verify_result *r)
{
	const int is_ok = r->failed == VERIFY_ITEMS;

	fputc('{', out);
	put_member(out, "item", verify_item_word(r->failed));
	fputs(",\"items\":[", out);
	for (unsigned i = 0; i < VERIFY_ITEMS; i++) {
		fputs(i ? ",{" : "{", out);
		put_member(out, "item", verify_item_word((enum verify_item)i));
		fputc(',', out);
		put_member(out, "state", states[r->line[i].state].word);
		fputc(',', out);
		put_member(out, "what", r->line[i].what);
		fputc('}', out);
	}
	fprintf(out, "],\"ok\":%s,", is_ok ? "true" : "false");
	put_member(out, "place", r->place);
	fprintf(out, ",\"root_sha256\":\"%s\",\"session\":\"%s\",\"tsa_sha256\":\"%s\",", r->root_sha256, r->session, r->tsa_sha256);
	put_member(out, "what", is_ok ? "" : r->line[r->failed].what);
	fputs("}\n", out);
}
