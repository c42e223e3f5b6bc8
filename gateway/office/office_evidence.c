#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "gateway/office/history.h"
#include "gateway/office/office_api.h"
#include "gateway/office/target.h"

enum { AFTER_LINES_MAX = 2000 };

void api_search(struct request *r)
{
	cJSON *o = api_who(r);

	if (api_filter(r, o) && api_page(r, o))
		api_pass(r, api_ask(r, "evidence_search", o, OFFICE_ANSWER_MS, NULL));
	else
		cJSON_Delete(o);
}

/* Told to the notary, and written down by it, before anything is shown. */
static cJSON *begin(struct request *r, const char *how)
{
	cJSON *o = api_who_session(r);

	cJSON_AddStringToObject(o, "how", how);
	return api_ask(r, "evidence_begin", o, OFFICE_ANSWER_MS, NULL);
}

/* One of a session's files, for reading. -1: answered. */
static int open_file(struct request *r, const char *name, uint64_t *len)
{
	cJSON *o = api_who_session(r), *answer;
	int fd;

	cJSON_AddStringToObject(o, "name", name);
	answer = api_ask(r, "evidence_open", o, OFFICE_ANSWER_MS, &fd);
	if (!answer)
		return -1;
	if (fd < 0 || json_u64(answer, "bytes", len)) {
		if (fd >= 0)
			close(fd);
		fd = -1;
		answer_error(r, 503, "notary");
	}
	cJSON_Delete(answer);
	return fd;
}

/* ---- the session's page ---- */

typedef enum err line_fn(void *arg, const char *line, size_t len);

static enum err each_line(int fd, line_fn *fn, void *arg)
{
	FILE *f = fdopen(fd, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	enum err e = f ? OK : ERR_IO;

	if (!f)
		close(fd);
	while (!e && (len = getline(&line, &room, f)) > 0)
		e = line[len - 1] == '\n' ? fn(arg, line, (size_t)len - 1) : ERR_MALFORMED;
	if (!e && ferror(f))
		e = ERR_IO;
	if (f)
		fclose(f);
	free(line);
	return e;
}

static enum err add_to_history(void *arg, const char *line, size_t len)
{
	return history_add(arg, line, len);
}

/* A line of after.jsonl as {ms,event,data}. */
static enum err add_after(void *arg, const char *text, size_t len)
{
	cJSON *list = arg, *line, *o;
	uint64_t ms;
	enum err e = json_parse(text, len, 4, &line);

	if (e)
		return e;
	if (json_string(line, "event") == NULL || json_u64(line, "wall_ms", &ms)) {
		e = ERR_MALFORMED;
	} else if (cJSON_GetArraySize(list) < AFTER_LINES_MAX) {
		o = cJSON_CreateObject();
		cJSON_AddNumberToObject(o, "ms", (double)ms);
		cJSON_AddStringToObject(o, "event", json_string(line, "event"));
		cJSON_AddItemToObject(o, "data", cJSON_DetachItemFromObjectCaseSensitive(line, "data"));
		cJSON_AddItemToArray(list, o);
	}
	cJSON_Delete(line);
	return e;
}

static cJSON *read_history(struct request *r)
{
	struct history *h = NULL;
	cJSON *out = NULL;
	uint64_t len;
	int fd = open_file(r, "journal.jsonl", &len);
	enum err e;

	if (fd < 0)
		return NULL;
	e = history_new(&h);
	if (e)
		close(fd);
	else
		e = each_line(fd, add_to_history, h);
	if (!e)
		e = history_finish(h, &out);
	history_free(h);
	if (e) {
		fprintf(stderr, "guichet-office: journal %s: %s\n", r->id, err_name(e));
		answer_error(r, 503, e == ERR_NOMEM ? "busy" : "journal");
	}
	return out;
}

static bool has_file(const cJSON *files, const char *name)
{
	const cJSON *each;

	cJSON_ArrayForEach(each, files)
		if (cJSON_IsString(each) && strcmp(each->valuestring, name) == 0)
			return true;
	return false;
}

static cJSON *read_after(struct request *r)
{
	cJSON *list = cJSON_CreateArray();
	uint64_t len;
	int fd = open_file(r, "after.jsonl", &len);

	if (fd < 0 || !list || each_line(fd, add_after, list)) {
		if (fd >= 0)
			answer_error(r, 503, "journal");
		cJSON_Delete(list);
		return NULL;
	}
	return list;
}

static enum err add_private(void *arg, const char *text, size_t len)
{
	cJSON *o = arg, *line;
	enum err e = json_parse(text, len, 2, &line);

	if (e)
		return e;
	if (json_string(line, "name") && json_string(line, "value"))
		cJSON_AddStringToObject(o, json_string(line, "name"), json_string(line, "value"));
	else
		e = ERR_MALFORMED;
	cJSON_Delete(line);
	return e;
}

static cJSON *read_private(struct request *r)
{
	cJSON *o = cJSON_CreateObject();
	uint64_t len;
	int fd = open_file(r, "private.jsonl", &len);

	if (fd < 0 || !o || each_line(fd, add_private, o)) {
		if (fd >= 0)
			answer_error(r, 503, "journal");
		cJSON_Delete(o);
		return NULL;
	}
	return o;
}

/* Fills the session's page. False: answered already. */
static bool add_parts(struct request *r, const cJSON *files, cJSON *o)
{
	cJSON *after = has_file(files, "after.jsonl") ? read_after(r) : cJSON_CreateArray();
	cJSON *persons;

	if (!after)
		return false;
	cJSON_AddItemToObject(o, "after", after);
	persons = has_file(files, "private.jsonl") ? read_private(r) : cJSON_CreateObject();
	if (!persons)
		return false;
	cJSON_AddItemToObject(o, "private", persons);
	return true;
}

static bool move_item(cJSON *from, const char *name, cJSON *to)
{
	cJSON *item = cJSON_DetachItemFromObjectCaseSensitive(from, name);

	return item && cJSON_AddItemToObject(to, name, item);
}

void api_session(struct request *r)
{
	cJSON *begun = begin(r, "page"), *o;

	if (!begun)
		return;
	o = read_history(r);
	if (o && add_parts(r, cJSON_GetObjectItemCaseSensitive(begun, "files"), o)) {
		cJSON_AddStringToObject(o, "session", r->id);
		if (move_item(begun, "files", o))
			answer_json(r, 200, o);
		else
			answer_error(r, 503, "notary"), cJSON_Delete(o);
	} else {
		cJSON_Delete(o);
	}
	cJSON_Delete(begun);
}

/* ---- the replay: files as they are, for the browser that has the key ---- */

void api_replay(struct request *r)
{
	cJSON *body = api_body(r, "");

	cJSON_Delete(body);
	if (body)
		api_pass(r, begin(r, "replay"));
}

void api_file(struct request *r)
{
	uint64_t len = 0;
	int fd;

	if (!target_is_evidence(r->tail)) {
		answer_error(r, 404, "file");
		return;
	}
	fd = open_file(r, r->tail, &len);
	if (fd < 0)
		return;
	r->answer.status = 200;
	r->answer.type = "application/octet-stream";
	r->answer.fd = fd;
	r->answer.fd_len = len;
}

/* ---- what changes something ---- */

/* Sends the body's fields with who and session. */
static void send_act(struct request *r, const char *op, cJSON *body)
{
	cJSON_AddStringToObject(body, "who", r->who.login);
	cJSON_AddStringToObject(body, "session", r->id);
	api_pass(r, api_ask(r, op, body, OFFICE_ANSWER_MS, NULL));
}

static void act(struct request *r, const char *op, const char *fields)
{
	cJSON *o = api_body(r, fields);

	if (o)
		send_act(r, op, o);
}

void api_rectify(struct request *r)
{
	act(r, "rectify", "text:s");
}

void api_hold(struct request *r)
{
	cJSON *o = api_body(r, "on:b ground:s");
	bool is_on;

	if (!o)
		return;
	is_on = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, "on"));
	cJSON_DeleteItemFromObjectCaseSensitive(o, "on");
	cJSON_AddNumberToObject(o, "on", is_on);
	send_act(r, "hold", o);
}

void api_erase(struct request *r)
{
	act(r, "erase_ask", "ground:s");
}

void api_erase_confirm(struct request *r)
{
	act(r, "erase_confirm", "");
}
