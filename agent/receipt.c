#include "agent/receipt.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/file_words.h"
#include "agent/platform.h"
#include "agent/texts.h"
#include "common/json.h"

/* A text that grows; once memory is missing it stays empty. */
struct page {
	char *at;
	size_t len, room;
	bool is_broken;
};

static bool make_room(struct page *p, size_t more)
{
	size_t room = p->room ? p->room : 4096;
	char *grown;

	while (room < p->len + more + 1)
		room *= 2;
	grown = room == p->room ? p->at : realloc(p->at, room);
	if (!grown) {
		p->is_broken = true;
		return false;
	}
	p->at = grown;
	p->room = room;
	return true;
}

static void add(struct page *p, const char *text)
{
	size_t len = strlen(text);

	if (p->is_broken || !make_room(p, len))
		return;
	memcpy(p->at + p->len, text, len + 1);
	p->len += len;
}

__attribute__((format(printf, 2, 3))) static void print(struct page *p, const char *format, ...)
{
	char line[1024]; /* names have at most 80 bytes, see text_is_name() */
	va_list values;

	va_start(values, format);
	vsnprintf(line, sizeof(line), format, values);
	va_end(values);
	add(p, line);
}

static char *done(struct page *p)
{
	if (p->is_broken) {
		free(p->at);
		return NULL;
	}
	return p->at;
}

/* ---- what the lines say ---- */

static const char *cap_words(enum capability cap)
{
	static const enum text words[CAP_COUNT] = {
		[CAP_VIEW] = TEXT_RECEIPT_VIEW,
		[CAP_POINT] = TEXT_RECEIPT_POINT,
		[CAP_CONTROL] = TEXT_RECEIPT_CONTROL,
	};

	return text_of(words[cap]);
}

/* He refused by a click, by closing, or by his silence; the program's own refusals are not his. */
static bool is_his_refusal(const struct chain_line *l)
{
	static const char *const his[] = { "click", "closed", "silence" };
	const char *why;
	cJSON *o = NULL;
	bool is_his = false;

	if (l->event.kind != CONSENT_REFUSE || json_parse(l->text, strlen(l->text), 3, &o))
		return false;
	why = json_string(o, "why");
	for (size_t i = 0; why && i < sizeof(his) / sizeof(his[0]); i++)
		is_his |= strcmp(why, his[i]) == 0;
	cJSON_Delete(o);
	return is_his;
}

static bool takes_control(const struct consent_event *e)
{
	bool is_taken = e->kind == CONSENT_LIMIT || e->kind == CONSENT_RELEASE ||
			e->kind == CONSENT_SUSPEND;

	return e->kind == CONSENT_END || (is_taken && (e->cap == CAP_CONTROL || e->cap == CAP_VIEW));
}

uint64_t receipt_control_ms(const struct chain *c)
{
	uint64_t since_ms = 0, sum_ms = 0;

	for (const struct chain_line *l = chain_first(c); l; l = l->next) {
		if (l->event.kind == CONSENT_GRANT && l->event.cap == CAP_CONTROL)
			since_ms = l->wall_ms;
		if (since_ms && takes_control(&l->event)) {
			sum_ms += l->wall_ms > since_ms ? l->wall_ms - since_ms : 0;
			since_ms = 0;
		}
	}
	return sum_ms;
}

static unsigned count_of(const struct chain *c, enum consent_kind kind, enum capability cap)
{
	unsigned count = 0;

	for (const struct chain_line *l = chain_first(c); l; l = l->next)
		count += l->event.kind == kind && l->event.cap == cap &&
				(kind != CONSENT_REFUSE || is_his_refusal(l));
	return count;
}

/* ---- parts of both texts ---- */

void receipt_name(uint64_t wall_ms, char out[RECEIPT_NAME_MAX])
{
	char date[11];

	platform_local_date(wall_ms, date);
	snprintf(out, RECEIPT_NAME_MAX, "reçu-assistance-%s.txt", date);
}

void receipt_code(const char *session, char out[RECEIPT_CODE_MAX])
{
	snprintf(out, RECEIPT_CODE_MAX, "%.4s-%.4s", session, session + 4);
	for (char *c = out; *c; c++)
		*c = (char)toupper((unsigned char)*c);
}

/* "25 novembre 2026" */
static void date_in_words(uint64_t wall_ms, char *out, size_t size)
{
	static const char *const months[] = { "janvier", "février", "mars", "avril", "mai", "juin",
		"juillet", "août", "septembre", "octobre", "novembre", "décembre" };
	char date[11];
	unsigned long month, day;

	platform_local_date(wall_ms, date);
	month = strtoul(date + 5, NULL, 10);
	day = strtoul(date + 8, NULL, 10);
	if (month < 1 || month > 12)
		snprintf(out, size, "%s", date);
	else
		snprintf(out, size, "%lu%s %s %.4s", day, day == 1 ? "er" : "", months[month - 1], date);
}

static void add_people(struct page *p, const struct receipt *r)
{
	char day[32], from[6], to[6];

	date_in_words(r->from_ms, day, sizeof(day));
	platform_local_time(r->from_ms, from);
	platform_local_time(r->to_ms, to);
	print(p, text_of(TEXT_RECEIPT_WHO), r->advisor);
	add(p, "\n");
	print(p, text_of(TEXT_WHY), r->purpose);
	add(p, "\n");
	print(p, text_of(TEXT_RECEIPT_WHEN), day, from, to);
	add(p, "\n");
}

static void add_decisions(
		struct page *p, const struct receipt *r, enum text title, enum consent_kind kind)
{
	bool has_some = false;

	add(p, text_of(title));
	for (enum capability cap = CAP_VIEW; cap < CAP_COUNT; cap++) {
		unsigned count = count_of(r->chain, kind, cap);

		if (!count)
			continue;
		print(p, "%s%s", has_some ? ", " : " ", cap_words(cap));
		if (count > 1)
			print(p, " (%u fois)", count);
		has_some = true;
	}
	if (!has_some)
		print(p, " %s", text_of(TEXT_RECEIPT_NOTHING));
	add(p, ".\n");
}

/* "  reçu : devis.pdf (3,0 Mo)"; the name is as the signed line has it, clean. */
static void add_file(struct page *p, const struct chain_line *l)
{
	char size[FILE_WORDS_SIZE];
	const char *name;
	uint64_t bytes = 0;
	cJSON *o = NULL;

	if (json_parse(l->text, strlen(l->text), 3, &o))
		return;
	name = json_string(o, "name");
	json_u64(o, "size", &bytes);
	file_words_size(bytes, size);
	if (name)
		print(p, text_of(l->event.kind == CONSENT_FILE_RECEIVED ? TEXT_RECEIPT_FILE_IN : TEXT_RECEIPT_FILE_OUT), name, size);
	cJSON_Delete(o);
}

static bool is_file_done(const struct chain_line *l)
{
	return l->event.kind == CONSENT_FILE_RECEIVED || l->event.kind == CONSENT_FILE_SENT;
}

static void add_files(struct page *p, const struct receipt *r)
{
	bool has_some = false;

	for (const struct chain_line *l = chain_first(r->chain); l; l = l->next)
		has_some |= is_file_done(l);
	print(p, "%s\n", text_of(has_some ? TEXT_RECEIPT_SOME_FILES : TEXT_RECEIPT_FILES));
	for (const struct chain_line *l = chain_first(r->chain); l; l = l->next)
		if (is_file_done(l))
			add_file(p, l);
}

static void add_sums(struct page *p, const struct receipt *r)
{
	uint64_t seconds = (receipt_control_ms(r->chain) + 500) / 1000;
	char span[40];

	if (seconds < 60)
		snprintf(span, sizeof(span), "%u s", (unsigned)seconds);
	else
		snprintf(span, sizeof(span), "%u min %02u s", (unsigned)(seconds / 60),
				(unsigned)(seconds % 60));
	if (count_of(r->chain, CONSENT_GRANT, CAP_CONTROL))
		print(p, text_of(TEXT_RECEIPT_ACTED), span);
	else
		add(p, text_of(TEXT_RECEIPT_NEVER_ACTED));
	add(p, "\n");
	add_files(p, r);
}

static void add_copy(struct page *p, const struct receipt *r)
{
	char code[RECEIPT_CODE_MAX];

	receipt_code(r->session, code);
	print(p, text_of(TEXT_RECEIPT_COPY), r->bank, code);
}

char *receipt_screen(const struct receipt *r)
{
	struct page p = { 0 };

	add_people(&p, r);
	add(&p, "\n");
	add_decisions(&p, r, TEXT_RECEIPT_ALLOWED, CONSENT_GRANT);
	add_decisions(&p, r, TEXT_RECEIPT_REFUSED, CONSENT_REFUSE);
	add_sums(&p, r);
	add(&p, "\n");
	add_copy(&p, r);
	return done(&p);
}

/* ---- the file ---- */

static void add_title(struct page *p, enum text title)
{
	print(p, "\n== %s ==\n\n", text_of(title));
}

/* Canonical JSON: a field is found by its bytes. */
static bool has_word(const struct chain_line *l, const char *field)
{
	return strstr(l->text, field) != NULL;
}

/* Moments whose words depend on more than the kind of the line. */
static enum text text_of_caution(const struct chain_line *l)
{
	if (l->event.kind == CONSENT_DOUBT)
		return has_word(l, "\"what\":\"raised\"") ? TEXT_RECEIPT_DOUBT : TEXT_RECEIPT_FINE;
	if (l->event.kind == CONSENT_CALLER)
		return has_word(l, "\"who\":\"customer\"") ? TEXT_RECEIPT_CALLER_CUSTOMER : TEXT_RECEIPT_CALLER_OTHER;
	if (l->event.kind == CONSENT_SCOPE)
		return has_word(l, "\"what\":\"window\"") ? TEXT_RECEIPT_ONE : TEXT_RECEIPT_ALL;
	if (l->event.kind == CONSENT_PAUSE && has_word(l, "\"why\":\"password\""))
		return TEXT_RECEIPT_SECRET;
	return TEXT_COUNT;
}

static void add_moment(struct page *p, const struct chain_line *l)
{
	static const struct {
		enum consent_kind kind;
		enum text text;
	} words[] = {
		{ CONSENT_GRANT, TEXT_RECEIPT_ALLOWED }, { CONSENT_REFUSE, TEXT_RECEIPT_REFUSED },
		{ CONSENT_LIMIT, TEXT_RECEIPT_TOOK }, { CONSENT_RELEASE, TEXT_RECEIPT_GAVE },
		{ CONSENT_SUSPEND, TEXT_RECEIPT_LOST }, { CONSENT_PAUSE, TEXT_RECEIPT_PAUSE },
		{ CONSENT_RESUME, TEXT_RECEIPT_RESUME },
		{ CONSENT_TYPED, TEXT_RECEIPT_TYPED },
	};
	char at[6];

	if (l->event.kind == CONSENT_REFUSE && !is_his_refusal(l))
		return;
	platform_local_time(l->wall_ms, at);
	if (text_of_caution(l) != TEXT_COUNT) {
		print(p, "%s  %s\n", at, text_of(text_of_caution(l)));
		return;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i].kind != l->event.kind)
			continue;
		print(p, "%s  %s", at, text_of(words[i].text));
		if (l->event.cap != CAP_NONE)
			print(p, " %s", cap_words(l->event.cap));
		add(p, "\n");
	}
}

static void add_proof(struct page *p, const struct receipt *r)
{
	print(p, "%s\n\n", text_of(TEXT_RECEIPT_PROOF));
	print(p, "session: %s\n", r->session);
	print(p, "lines: %u\n", (unsigned)chain_count(r->chain));
	print(p, "head: %s\n", chain_head(r->chain));
	print(p, "sign: %s\n", r->sign);
	print(p, "gateway: %s\n", r->heads->text);
	print(p, "gateway_sig: %s\n", r->heads->sig);
}

/* All that counts: no counts, and of the heads only the last. */
static bool is_kept(const struct chain_line *l, const struct chain_line *last_head)
{
	if (!l->next || l == last_head)
		return true;
	return l->event.kind != CONSENT_COUNTS && l->event.kind != CONSENT_HEAD;
}

static void add_lines(struct page *p, const struct receipt *r)
{
	const struct chain_line *last_head = NULL;

	for (const struct chain_line *l = chain_first(r->chain); l; l = l->next)
		if (l->event.kind == CONSENT_HEAD)
			last_head = l;
	for (const struct chain_line *l = chain_first(r->chain); l; l = l->next) {
		if (!is_kept(l, last_head))
			continue;
		add(p, l->text);
		print(p, "\n%s\n", l->sig);
	}
}

char *receipt_file(const struct receipt *r)
{
	struct page p = { 0 };

	print(&p, "%s\n", text_of(TEXT_RECEIPT_TITLE));
	print(&p, text_of(TEXT_RECEIPT_BANK), r->bank);
	add(&p, "\n\n");
	add_people(&p, r);
	print(&p, "%s\n", r->why);
	add_title(&p, TEXT_RECEIPT_DECIDED);
	for (const struct chain_line *l = chain_first(r->chain); l; l = l->next)
		add_moment(&p, l);
	add(&p, "\n");
	add_decisions(&p, r, TEXT_RECEIPT_ALLOWED, CONSENT_GRANT);
	add_decisions(&p, r, TEXT_RECEIPT_REFUSED, CONSENT_REFUSE);
	add_sums(&p, r);
	add_title(&p, TEXT_RECEIPT_COPY_TITLE);
	add_copy(&p, r);
	add(&p, "\n");
	add_title(&p, TEXT_RECEIPT_PROOF_TITLE);
	add_proof(&p, r);
	add_title(&p, TEXT_RECEIPT_LINES_TITLE);
	add_lines(&p, r);
	return done(&p);
}
