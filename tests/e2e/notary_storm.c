/*
 * notary_storm NOTARY CONFIG SOCKET KILLS: starts the notary, has it store journal lines and chunks of three
 * sessions, many requests at a time, kills it with -9 at a random moment, and again, KILLS times (E1). Prints
 * "SESSION N HASH" for each acknowledged line, then starts it once more and has it open, and so recover, every
 * session. The advisor "claire" exists. Sessions are renewed now and then, so that no journal grows too long.
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/frame.h"
#include "common/json.h"
#include "gateway/ipc/notary_client.h"
#include "tests/unit/agent_line.h"
#include "tests/unit/ossl.h"

enum { SESSIONS = 3, IN_FLIGHT = 6, ANSWER_MS = 20000, RENEW = 40, STORM_ANSWERS = 40, PAYLOAD = 2000 };

/* SHA-256 of the content key below, and of the terms. */
#define KEY_HASH "7efc0d08fdb1ce6d943883290db2368e5aaddd0a337fc43508658f8c274bb6c3"
#define TERMS_HASH "97d4be8960698f97bff3834494ca9adb3ae0fac886a6773300ff107336350a90"

struct stream {
	char session[33];
	uint32_t chunk, seq; /* the last ones asked for */
	uint64_t to_ms;
};

struct storm {
	const char *notary, *config, *socket;
	pid_t pid;
	struct notary_client *client;
	struct evp_pkey_st *key; /* of all agents */
	uint8_t point[65];
	struct stream stream[SESSIONS];
	unsigned long acknowledged;
	bool is_over;
	uint32_t seed;
};

static uint32_t next_number(struct storm *s)
{
	s->seed = s->seed * 1664525u + 1013904223u;
	return s->seed >> 8;
}

/* One request without an answer; goes on with the next when it comes. */
struct load {
	struct storm *storm;
	struct stream *stream;
};

static void give_up(const char *what, const cJSON *answer)
{
	const char *word = answer ? json_string(answer, "error") : NULL;

	fprintf(stderr, "notary_storm: %s: %s\n", what, word ? word : "no answer");
	exit(EXIT_FAILURE);
}

static bool is_ok(const cJSON *answer)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "ok"));
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void start(struct storm *s)
{
	const struct timespec pause = { 0, 1000000 };
	int64_t end_ms = now_ms() + ANSWER_MS;

	s->pid = fork();
	if (s->pid == 0) {
		int nothing = open("/dev/null", O_WRONLY);
		dup2(nothing, STDERR_FILENO);
		execl(s->notary, s->notary, "--config", s->config, (char *)NULL);
		_exit(127);
	}
	while (notary_client_open(s->socket, &s->client)) {
		if (now_ms() > end_ms)
			give_up("start", NULL);
		nanosleep(&pause, NULL);
	}
}

static void end(struct storm *s)
{
	s->is_over = true;
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	(void)notary_client_read(s->client); /* what was answered before is acknowledged */
	notary_client_close(s->client);
	s->client = NULL;
	s->is_over = false;
}

/* Waits for one answer; the caller's. The request is JSON with ' for ". */
__attribute__((format(printf, 3, 4)))
static cJSON *ask(struct storm *s, const char *op, const char *format, ...)
{
	char text[4096];
	va_list values;
	cJSON *answer = NULL;

	va_start(values, format);
	vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	if (notary_client_ask(s->client, op, cJSON_Parse(text), ANSWER_MS, &answer, NULL) || !is_ok(answer))
		give_up(op, answer);
	return answer;
}

static void keep(cJSON *answer, const char *name, char *out, size_t room)
{
	const char *value = json_string(answer, name);

	snprintf(out, room, "%s", value ? value : "");
	cJSON_Delete(answer);
}

static void sign(struct storm *s, const char *session, int n, char prev[65], const char *event, const char *open)
{
	char sig[129], *line = agent_line(session, (unsigned)n, prev, event, open);
	cJSON *o = cJSON_CreateObject(), *answer = NULL;
	uint8_t raw[64];

	ossl_sign_raw(s->key, line, strlen(line), raw);
	hex_write(raw, sizeof(raw), sig);
	cJSON_AddStringToObject(o, "session", session);
	cJSON_AddStringToObject(o, "line", line);
	cJSON_AddStringToObject(o, "sig", sig);
	free(line);
	if (notary_client_ask(s->client, "consent_append", o, ANSWER_MS, &answer, NULL) || !is_ok(answer))
		give_up("consent_append", answer);
	keep(answer, "hash", prev, 65);
}

static void renew(struct storm *s, struct stream *t)
{
	char code[16], acceptance[33], key[769], sign_key[131], prev[65], open[512];
	cJSON *answer;

	if (t->session[0])
		cJSON_Delete(ask(s, "session_end", "{'session':'%s','reason':'lost'}", t->session));
	memset(key, 'a', 768);
	for (int i = 1; i < 768; i += 2)
		key[i] = 'b';
	key[768] = '\0';
	hex_write(s->point, sizeof(s->point), sign_key);
	memset(prev, '0', 64);
	prev[64] = '\0';
	cJSON_Delete(ask(s, "terms_put", "{'text':'Conditions'}"));
	answer = ask(s, "session_new", "{'advisor':'claire','purpose':'p','purpose_label':'P','ceiling':['view']}");
	snprintf(t->session, sizeof(t->session), "%s", json_string(answer, "session"));
	keep(answer, "code", code, sizeof(code));
	keep(ask(s, "acceptance_add", "{'version':'1','lang':'fr','terms':'" TERMS_HASH "','articles':[],'button':'accepter',"
		"'ip':'192.0.2.1','user_agent':'x'}"), "acceptance", acceptance, sizeof(acceptance));
	cJSON_Delete(ask(s, "code_use", "{'code':'%s','acceptance':'%s','source':'s'}", code, acceptance));
	cJSON_Delete(ask(s, "session_agent", "{'session':'%s','sign':'%s','resume':'%s'}", t->session, sign_key, t->session));
	cJSON_Delete(ask(s, "session_key", "{'session':'%s','key':'%s'}", t->session, key));
	snprintf(open, sizeof(open), "\"acceptance\":\"%s\",\"ceiling\":[\"view\"],\"content_key\":\"" KEY_HASH "\",\"purpose\":\"p\","
		"\"sign\":\"%s\",\"terms\":\"1\"", acceptance, sign_key);
	sign(s, t->session, 0, prev, "\"event\":\"open\"", open);
	sign(s, t->session, 1, prev, "\"ask\":1,\"cap\":\"view\",\"event\":\"ask\"", "");
	sign(s, t->session, 2, prev, "\"ask\":1,\"cap\":\"view\",\"event\":\"grant\",\"grant\":1", "");
}

/* What the notary holds of the session after a kill: the recording goes on behind it. */
static void take_up(struct storm *s, struct stream *t)
{
	cJSON *answer = ask(s, "session_get", "{'session':'%s'}", t->session);
	uint64_t chunks = 0, seq = 0;

	json_u64(answer, "chunks", &chunks);
	json_u64(answer, "chunk_seq", &seq);
	json_u64(answer, "chunk_to_ms", &t->to_ms);
	t->chunk = (uint32_t)chunks;
	t->seq = (uint32_t)seq;
	cJSON_Delete(answer);
}

static int chunk_of(struct stream *t, uint32_t frames)
{
	uint8_t head[4 + WIRE_HEADER_LEN], payload[PAYLOAD];
	int fd = memfd_create("storm", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	memset(payload, 'x', sizeof(payload));
	for (uint32_t i = 0; i < frames; i++) {
		struct frame f = { .kind = KIND_PICTURE, .flags = WIRE_SEALED, .len = PAYLOAD, .seq = ++t->seq, .grant = 1 };
		put_u32(head, i);
		frame_write_header(&f, head + 4);
		if (write(fd, head, sizeof(head)) != sizeof(head) || write(fd, payload, PAYLOAD) != PAYLOAD)
			give_up("memfd", NULL);
	}
	fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	return fd;
}

static void on_answer(void *arg, const cJSON *answer);

static void send_one(struct load *l)
{
	struct stream *t = l->stream;
	cJSON *o = cJSON_CreateObject();
	uint32_t frames = 1 + next_number(l->storm) % 8;
	bool is_chunk = (t->chunk + (uint32_t)l->storm->acknowledged) % 2;

	cJSON_AddStringToObject(o, "session", t->session);
	if (!is_chunk) {
		cJSON_AddStringToObject(o, "event", "storm");
		cJSON_AddNumberToObject(cJSON_AddObjectToObject(o, "data"), "value", (double)l->storm->acknowledged);
		(void)notary_client_call(l->storm->client, "journal_append", o, on_answer, l);
		return;
	}
	cJSON_AddNumberToObject(o, "n", ++t->chunk);
	cJSON_AddNumberToObject(o, "frames", frames);
	cJSON_AddNumberToObject(o, "from_ms", (double)t->to_ms);
	cJSON_AddNumberToObject(o, "to_ms", (double)(t->to_ms += 2000));
	cJSON_AddNumberToObject(o, "first_seq", t->seq + 1);
	cJSON_AddNumberToObject(o, "last_seq", t->seq + frames);
	cJSON_AddNumberToObject(o, "bytes", frames * (4 + WIRE_HEADER_LEN + PAYLOAD));
	(void)notary_client_call_with(l->storm->client, "chunk_add", o, chunk_of(t, frames), on_answer, l);
}

static void on_answer(void *arg, const cJSON *answer)
{
	struct load *l = arg;
	uint64_t n;

	if (!answer)
		return;
	if (!is_ok(answer) || json_u64(answer, "n", &n))
		give_up("load", answer);
	printf("%s %llu %s\n", l->stream->session, (unsigned long long)n, json_string(answer, "hash"));
	l->storm->acknowledged++;
	if (!l->storm->is_over)
		send_one(l);
}

/* One life of the notary. */
static void live(struct storm *s, int number)
{
	struct load load[SESSIONS * IN_FLIGHT];
	struct timespec moment = { .tv_nsec = next_number(s) % 2000000 };
	unsigned long enough;

	start(s);
	for (int i = 0; i < SESSIONS; i++) {
		if (number % RENEW == 0)
			renew(s, &s->stream[i]);
		take_up(s, &s->stream[i]);
	}
	enough = s->acknowledged + next_number(s) % STORM_ANSWERS;
	for (int i = 0; i < SESSIONS * IN_FLIGHT; i++) {
		load[i] = (struct load){ s, &s->stream[i % SESSIONS] };
		send_one(&load[i]);
	}
	while (s->acknowledged < enough) {
		struct pollfd p = { .fd = notary_client_fd(s->client), .events = POLLIN };
		if (poll(&p, 1, ANSWER_MS) <= 0 || notary_client_read(s->client))
			give_up("the notary went by itself", NULL);
	}
	nanosleep(&moment, NULL); /* it works on what is still open */
	end(s);
}

static void read_all(struct storm *s)
{
	cJSON *answer, *item;

	start(s);
	answer = ask(s, "session_open_list", "{}");
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(answer, "sessions"))
		cJSON_Delete(ask(s, "session_get", "{'session':'%s'}", item->valuestring));
	cJSON_Delete(answer);
	end(s);
}

int main(int argc, char **argv)
{
	struct storm s = { 0 };

	if (argc != 5)
		return EXIT_FAILURE;
	s.notary = argv[1];
	s.config = argv[2];
	s.socket = argv[3];
	s.seed = (uint32_t)getpid();
	s.key = ossl_key(s.point);
	for (int i = 0; i < (int)strtol(argv[4], NULL, 10); i++)
		live(&s, i);
	read_all(&s);
	EVP_PKEY_free(s.key);
	return EXIT_SUCCESS;
}
