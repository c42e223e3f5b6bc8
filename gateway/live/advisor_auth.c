#include "gateway/live/advisor_auth.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/json.h"

struct question {
	advisor_fn *fn;
	void *arg;
};

static void on_answer(void *arg, const cJSON *answer)
{
	struct question *q = arg;
	struct advisor who;

	if (live_is_ok(answer)) {
		snprintf(who.name, sizeof(who.name), "%s", json_string(answer, "name"));
		snprintf(who.display, sizeof(who.display), "%s", json_string(answer, "display"));
	}
	q->fn(q->arg, live_is_ok(answer) ? &who : NULL);
	free(q);
}

void advisor_of_cookie(struct live *l, const char *cookie, advisor_fn *fn, void *arg)
{
	struct question *q = calloc(1, sizeof(*q));
	cJSON *o = cJSON_CreateObject();

	if (!q) {
		cJSON_Delete(o);
		fn(arg, NULL);
		return;
	}
	*q = (struct question){ fn, arg };
	cJSON_AddStringToObject(o, "login", cookie);
	live_ask(l, "login_get", o, on_answer, q);
}
