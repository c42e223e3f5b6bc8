#ifndef AGENT_LINE_H
#define AGENT_LINE_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"

/**
 * agent_line: a line as an agent signs it, for tests that care about a few of its fields only.
 */

#define ZEROS64 "0000000000000000000000000000000000000000000000000000000000000000"

/* What a line has when a test does not say it. */
static const struct {
	const char *event, *members;
} agent_line_defaults[] = {
	{ "", "{\"boot_ms\":1,\"wall_ms\":2}" },
	{ "open", "{\"acceptance\":\"00000000000000000000000000000000\",\"ceiling\":[\"view\",\"control\"],\"content_key\":\"" ZEROS64
		"\",\"key_check\":\"" ZEROS64 "\",\"purpose\":\"formation\",\"sign\":\"04" ZEROS64 ZEROS64 "\",\"terms\":\"2026-11\"}" },
	{ "paired", "{\"seq\":0,\"transcript\":\"" ZEROS64 "\",\"words\":\"" ZEROS64 "\"}" },
	{ "head", "{\"gateway\":\"{}\",\"gateway_sig\":\"" ZEROS64 ZEROS64 "\",\"sent\":0}" },
	{ "ask", "{\"text\":\"Autorisez-vous ?\"}" },
	{ "refuse", "{\"why\":\"click\"}" },
	{ "limit", "{\"grant\":1}" },
	{ "release", "{\"grant\":1}" },
	{ "suspend", "{\"grant\":1,\"why\":\"lost\"}" },
	{ "counts", "{\"done_key\":0,\"done_mouse\":0,\"done_point\":0,\"done_text\":0,\"local\":0,\"own_key\":0,\"own_mouse\":0,"
		"\"refused\":0}" },
	{ "pause", "{\"who\":\"advisor\",\"why\":\"card\"}" },
	{ "end", "{\"why\":\"customer\"}" },
};

/* Adds what is missing. */
static inline void agent_line_add(cJSON *line, const char *members)
{
	cJSON *o = cJSON_Parse(members), *item;

	assert(o);
	while ((item = o->child)) {
		cJSON_DetachItemViaPointer(o, item);
		if (cJSON_HasObjectItem(line, item->string))
			cJSON_Delete(item);
		else
			cJSON_AddItemToObject(line, item->string, item);
	}
	cJSON_Delete(o);
}

/** Canonical; `members` as in `"event":"ask","ask":1,"cap":"view"`; `open` more of them for line 0, or "". free() it. */
static inline char *agent_line(const char *of, unsigned n, const char *prev, const char *members, const char *open)
{
	char text[4096], *line;
	const char *event;
	cJSON *o;

	snprintf(text, sizeof(text), "{%s}", members);
	o = cJSON_Parse(text);
	assert(o);
	snprintf(text, sizeof(text), "{\"n\":%u,\"prev\":\"%s\",\"session\":\"%s\"}", n, prev, of);
	agent_line_add(o, text);
	event = json_string(o, "event");
	snprintf(text, sizeof(text), "{%s}", open);
	if (strcmp(event, "open") == 0)
		agent_line_add(o, text);
	for (size_t i = 0; i < sizeof(agent_line_defaults) / sizeof(*agent_line_defaults); i++)
		if (!agent_line_defaults[i].event[0] || strcmp(agent_line_defaults[i].event, event) == 0)
			agent_line_add(o, agent_line_defaults[i].members);
	if (json_canonical(o, &line))
		line = NULL;
	assert(line);
	cJSON_Delete(o);
	return line;
}

#endif
