#include "gateway/office/metrics.h"

#include <stdint.h>

#include "common/json.h"

/* One row a number of the notary's: its name there, ours, what it is, and what it is divided by. */
static const struct metric {
	const char *stat, *name, *type;
	unsigned per;
	const char *help;
} metrics[] = {
	{ "seats", "guichet_seats", "gauge", 1, "Seats that the licence gives." },
	{ "taken", "guichet_seats_taken", "gauge", 1, "Seats in use." },
	{ "sessions", "guichet_sessions", "gauge", 1, "Sessions in the store." },
	{ "held", "guichet_sessions_held", "gauge", 1, "Sessions on legal hold." },
	{ "erased", "guichet_sessions_erased", "gauge", 1, "Sessions whose evidence has been erased." },
	{ "unsettled", "guichet_sessions_unsettled", "gauge", 1, "Sessions whose hold or erasure is being carried out." },
	{ "sealed", "guichet_sessions_sealed", "gauge", 1, "Sessions whose evidence is sealed." },
	{ "unsealed", "guichet_sessions_unsealed", "gauge", 1, "Sessions that have ended and are not sealed yet." },
	{ "seals_failed", "guichet_seals_failed", "gauge", 1, "Seals that could not be made since the notary was started." },
	{ "entries", "guichet_log_entries", "gauge", 1, "Entries of the transparency log." },
	{ "waiting", "guichet_checkpoints_waiting", "gauge", 1, "Checkpoints without a time stamp." },
	{ "stamp_age_ms", "guichet_timestamp_wait_seconds", "gauge", 1000,
			"Age of the oldest checkpoint that waits for its time stamp." },
	{ "stamp_failures", "guichet_timestamp_failures", "gauge", 1,
			"Time stamps that could not be had, one after the other." },
	{ "certificate_ends_ms", "guichet_certificate_end_timestamp_seconds", "gauge", 1000,
			"When the certificate of the seals ends." },
	{ "journal_broken", "guichet_journals_broken", "gauge", 1, "Journals that could not be written." },
	{ "reserve_used", "guichet_reserve_used", "gauge", 1,
			"1 if the space kept for the last lines of a full disk is in use." },
	{ "free_bytes", "guichet_store_free_bytes", "gauge", 1, "Free space where the evidence is kept." },
};

static bool number(const cJSON *stats, const char *name, double *out)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(stats, name);

	*out = cJSON_IsTrue(item) ? 1 : cJSON_IsNumber(item) ? item->valuedouble : 0;
	return cJSON_IsNumber(item) || cJSON_IsBool(item);
}

static void head(struct text *t, const char *name, const char *type, const char *help)
{
	text_addf(t, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(struct text *t, const char *name, const char *help, double value)
{
	head(t, name, "gauge", help);
	text_addf(t, "%s %.17g\n", name, value);
}

void metrics_write(struct text *t, const cJSON *stats, const struct metrics_office *own)
{
	gauge(t, "guichet_notary_up", "1 if the notary answers.", stats != NULL);
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		const struct metric *m = &metrics[i];
		double v;

		if (!number(stats, m->stat, &v))
			continue;
		head(t, m->name, m->type, m->help);
		text_addf(t, "%s %.17g\n", m->name, v / m->per);
	}
	gauge(t, "guichet_office_exports", "Bundles and reports being made.", own->exports);
	head(t, "guichet_office_answers_total", "counter", "Answers of the back office by class of status.");
	for (unsigned i = 1; i < 6; i++)
		text_addf(t, "guichet_office_answers_total{code=\"%uxx\"} %llu\n", i, own->answers[i]);
	head(t, "guichet_build_info", "gauge", "The version, as a label; always 1.");
	text_add(t, "guichet_build_info{version=\"" GUICHET_VERSION "\"} 1\n");
}

void metrics_reasons(const cJSON *stats, unsigned max_hours, cJSON *reasons)
{
	double v;

	if (!stats) {
		cJSON_AddItemToArray(reasons, cJSON_CreateString("notary"));
		return;
	}
	if (number(stats, "reserve_used", &v) && v > 0)
		cJSON_AddItemToArray(reasons, cJSON_CreateString("reserve"));
	if (number(stats, "stamp_age_ms", &v) && v > max_hours * 3600e3)
		cJSON_AddItemToArray(reasons, cJSON_CreateString("timestamps"));
}
