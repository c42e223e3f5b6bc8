#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "gateway/office/csv.h"
#include "gateway/office/office_api.h"

/**
 * office_report: the sessions of a period as CSV, asked from the notary page by page while they are sent: neither
 * the notary nor this program ever holds all of them.
 */
enum { PAGE = 50, ROWS_MAX = 200000 };

struct report {
	struct office *office;
	cJSON *filter; /* who and what, for each page */
	char before[129];
	struct text text;
	size_t sent, rows;
	bool is_last, is_broken;
};

static const char *const titles[] = { "session", "debut", "fin", "minutes", "conseiller", "nom_affiche", "motif",
				      "motif_libelle", "reference_client", "issue", "etat", "classe", "gel" };

static void report_free(void *arg)
{
	struct report *p = arg;

	if (p->office)
		api_end_export(p->office);
	cJSON_Delete(p->filter);
	text_done(&p->text);
	free(p);
}

static void add_titles(struct text *t)
{
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		csv_field(t, &n, titles[i]);
	csv_end(t, &n);
}

static const char *word(const cJSON *row, const char *name)
{
	const char *s = json_string(row, name);

	return s ? s : "";
}

static uint64_t number(const cJSON *row, const char *name)
{
	uint64_t v;

	return json_u64(row, name, &v) ? 0 : v;
}

static void add_row(struct text *t, const cJSON *row)
{
	static const char *const words[] = { "advisor", "display", "purpose", "purpose_label", "customer", "reason", "state",
					     "class" };
	uint64_t from = number(row, "started_ms"), to = number(row, "ended_ms");
	const cJSON *hold = cJSON_GetObjectItemCaseSensitive(row, "hold");
	char minutes[32] = "";
	unsigned n = 0;

	if (to > from)
		snprintf(minutes, sizeof(minutes), "%llu", (unsigned long long)((to - from + 30000) / 60000));
	csv_field(t, &n, word(row, "session"));
	csv_time(t, &n, from);
	csv_time(t, &n, to);
	csv_field(t, &n, minutes);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		csv_field(t, &n, word(row, words[i]));
	csv_field(t, &n, cJSON_IsTrue(hold) || (cJSON_IsNumber(hold) && hold->valueint) ? "oui" : "non");
	csv_end(t, &n);
}

/* The next page of the notary as text. Nothing can be answered any more: a break is an early end. */
static void next_page(struct report *p)
{
	cJSON *fields = cJSON_Duplicate(p->filter, true), *answer;
	const cJSON *sessions, *row;
	const char *why, *next;

	p->text.len = p->sent = 0;
	cJSON_AddStringToObject(fields, "before", p->before);
	cJSON_AddNumberToObject(fields, "limit", PAGE);
	answer = api_ask_quietly(p->office, "evidence_search", fields, OFFICE_ANSWER_MS, NULL, &why);
	sessions = cJSON_GetObjectItemCaseSensitive(answer, "sessions");
	next = json_string(answer, "next");
	p->is_broken = !cJSON_IsArray(sessions) || !next || strlen(next) >= sizeof(p->before);
	if (!p->is_broken) {
		cJSON_ArrayForEach(row, sessions) {
			add_row(&p->text, row);
			p->rows++;
		}
		snprintf(p->before, sizeof(p->before), "%s", next);
		p->is_last = next[0] == '\0' || p->rows >= ROWS_MAX;
	}
	cJSON_Delete(answer);
}

static ssize_t report_read(void *arg, char *buf, size_t room)
{
	struct report *p = arg;
	size_t n;

	while (p->sent == p->text.len && !p->is_last && !p->is_broken)
		next_page(p);
	if (p->is_broken || p->text.trouble)
		return -1;
	n = p->text.len - p->sent < room ? p->text.len - p->sent : room;
	if (n)
		memcpy(buf, p->text.at + p->sent, n);
	p->sent += n;
	return (ssize_t)n;
}

void api_report(struct request *r)
{
	struct report *p = calloc(1, sizeof(*p));

	if (!p || !api_take_export(r)) {
		if (!p)
			answer_error(r, 503, "busy");
		free(p);
		return;
	}
	p->office = r->office;
	p->filter = api_who(r);
	if (!api_filter(r, p->filter)) {
		report_free(p);
		return;
	}
	next_page(p); /* while a refusal can still be told */
	if (p->is_broken) {
		report_free(p);
		answer_error(r, 503, "notary");
		return;
	}
	{
		struct text rows = p->text;

		p->text = (struct text){ 0 };
		add_titles(&p->text);
		text_add_bytes(&p->text, rows.at ? rows.at : "", rows.len);
		text_done(&rows);
	}
	r->answer.status = 200;
	r->answer.type = "text/csv; charset=utf-8; header=present";
	snprintf(r->answer.file_name, sizeof(r->answer.file_name), "assistances.csv");
	r->answer.stream = (struct stream){ report_read, report_free, p, STREAM_UNKNOWN };
}
