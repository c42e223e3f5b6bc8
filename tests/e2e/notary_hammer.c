/*
 * notary_hammer SOCKET: opens three sessions and appends to them as fast as the notary answers, many requests
 * at a time, until the notary goes. Prints "SESSION N HASH" for each acknowledged line.
 * notary_hammer SOCKET read: has the notary open, and so recover, the journals of all open sessions.
 * notary_hammer SOCKET end: opens three sessions and ends them; prints each SESSION.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "gateway/ipc/notary_client.h"

enum { SESSIONS = 3, IN_FLIGHT = 8, ANSWER_MS = 5000 };

struct stream {
	struct notary_client *client;
	char session[33];
	int value;
};

static void append(struct stream *s);

static void on_appended(void *arg, const cJSON *answer)
{
	struct stream *s = arg;
	uint64_t n;

	if (!answer)
		return;
	if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "ok")) || json_u64(answer, "n", &n)) {
		fprintf(stderr, "notary_hammer: refused\n");
		exit(EXIT_FAILURE);
	}
	printf("%s %llu %s\n", s->session, (unsigned long long)n, json_string(answer, "hash"));
	append(s);
}

static void append(struct stream *s)
{
	cJSON *o = cJSON_CreateObject(), *data = cJSON_AddObjectToObject(o, "data");

	cJSON_AddStringToObject(o, "session", s->session);
	cJSON_AddStringToObject(o, "event", "hammer");
	cJSON_AddNumberToObject(data, "value", s->value++);
	(void)notary_client_call(s->client, "journal_append", o, on_appended, s);
}

static int open_session(struct stream *s)
{
	static const char *const ceiling[] = { "view" };
	cJSON *o = cJSON_CreateObject(), *answer = NULL;
	const char *id;

	cJSON_AddStringToObject(o, "advisor", "claire");
	cJSON_AddStringToObject(o, "purpose", "formation");
	cJSON_AddStringToObject(o, "purpose_label", "Formation");
	cJSON_AddItemToObject(o, "ceiling", cJSON_CreateStringArray(ceiling, 1));
	if (notary_client_ask(s->client, "session_new", o, ANSWER_MS, &answer, NULL))
		return 0;
	id = json_string(answer, "session");
	if (id && strlen(id) < sizeof(s->session))
		memcpy(s->session, id, strlen(id) + 1);
	cJSON_Delete(answer);
	return s->session[0] != '\0';
}

static int read_session(struct notary_client *c, const char *id)
{
	cJSON *o = cJSON_CreateObject(), *answer = NULL;
	int is_good;

	cJSON_AddStringToObject(o, "session", id);
	is_good = !notary_client_ask(c, "session_get", o, ANSWER_MS, &answer, NULL) &&
		  cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "ok"));
	cJSON_Delete(answer);
	return is_good;
}

static int read_all(struct notary_client *c)
{
	cJSON *answer = NULL, *item;
	int is_good = !notary_client_ask(c, "session_open_list", cJSON_CreateObject(), ANSWER_MS, &answer, NULL);

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(answer, "sessions"))
		is_good = is_good && read_session(c, item->valuestring);
	cJSON_Delete(answer);
	notary_client_close(c);
	return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int end_sessions(struct notary_client *c, struct stream *stream)
{
	int is_good = 1;

	for (int i = 0; i < SESSIONS; i++) {
		cJSON *o = cJSON_CreateObject(), *answer = NULL;

		cJSON_AddStringToObject(o, "session", stream[i].session);
		cJSON_AddStringToObject(o, "reason", "customer");
		is_good = is_good && !notary_client_ask(c, "session_end", o, ANSWER_MS, &answer, NULL) &&
			  cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "ok"));
		cJSON_Delete(answer);
		printf("%s\n", stream[i].session);
	}
	notary_client_close(c);
	return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct stream stream[SESSIONS] = { 0 };
	struct notary_client *c;

	if (argc < 2 || notary_client_open(argv[1], &c))
		return EXIT_FAILURE;
	if (argc > 2 && strcmp(argv[2], "read") == 0)
		return read_all(c);
	for (int i = 0; i < SESSIONS; i++) {
		stream[i].client = c;
		if (!open_session(&stream[i]))
			return EXIT_FAILURE;
	}
	if (argc > 2)
		return end_sessions(c, stream);
	for (int i = 0; i < SESSIONS * IN_FLIGHT; i++)
		append(&stream[i % SESSIONS]);
	for (;;) {
		struct pollfd p = { .fd = notary_client_fd(c), .events = POLLIN };
		if (poll(&p, 1, ANSWER_MS) <= 0 || notary_client_read(c))
			break;
		fflush(stdout);
	}
	notary_client_close(c);
	return EXIT_SUCCESS;
}
