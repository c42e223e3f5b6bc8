#include <stdio.h>

#include "gateway/office/metrics.h"
#include "gateway/office/office_api.h"

enum { STATS_MS = 3000 };

void api_now(struct request *r)
{
	api_pass(r, api_ask(r, "seats", api_who(r), OFFICE_ANSWER_MS, NULL));
}

void api_retention(struct request *r)
{
	cJSON *o = api_body(r, "dry:b");
	bool is_dry;

	if (!o)
		return;
	is_dry = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "dry"));
	cJSON_Delete(o);
	o = api_who(r);
	cJSON_AddNumberToObject(o, "dry", is_dry);
	api_pass(r, api_ask(r, "retention_run", o, OFFICE_SLOW_MS, NULL));
}

static cJSON *stats(struct office *o)
{
	const char *word;

	return api_ask_quietly(o, "stats", cJSON_CreateObject(), STATS_MS, NULL, &word);
}

void door_metrics(struct request *r)
{
	struct metrics_office own = { .exports = atomic_load(&r->office->exports) };
	cJSON *numbers = stats(r->office);

	for (size_t i = 0; i < 6; i++)
		own.answers[i] = atomic_load(&r->office->answers[i]);
	metrics_write(&r->answer.text, numbers, &own);
	cJSON_Delete(numbers);
	r->answer.status = 200;
	r->answer.type = "text/plain; version=0.0.4; charset=utf-8";
}

/* Alive: this program answers. Whether it is of any use is asked at /ready. */
void door_health(struct request *r)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddBoolToObject(o, "alive", true);
	answer_json(r, 200, o);
}

void door_ready(struct request *r)
{
	cJSON *numbers = stats(r->office), *o = cJSON_CreateObject();
	cJSON *reasons = cJSON_AddArrayToObject(o, "reasons");
	bool is_ready;

	metrics_reasons(numbers, r->office->config.timestamp_hours_max, reasons);
	cJSON_Delete(numbers);
	is_ready = cJSON_GetArraySize(reasons) == 0;
	cJSON_AddBoolToObject(o, "ready", is_ready);
	answer_json(r, is_ready ? 200 : 503, o);
}
