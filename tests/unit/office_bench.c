#include "office_bench.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/json.h"
#include "gateway/ipc/ipc.h"
#include "gateway/office/office_http.h"

enum { PEERS_MAX = 64, REQUEST_DEPTH = 4, SLOW_SECONDS = 2 };

struct bench_notary bench_notary;
struct office bench_office;

static struct {
	char path[64];
	int listener, wake[2];
	pthread_t thread;
	bool is_running;
	char reader[64]; /* a folder with what goes into every bundle */
} notary;

/* ---- the notary ---- */

static int file_of(const char *name)
{
	const char *bytes = strcmp(name, "journal.jsonl") == 0 ? bench_notary.journal : "octets d'un fichier\n";
	int fd = memfd_create("file", MFD_CLOEXEC);

	if (strncmp(name, "chunks/", 7) == 0 && bench_notary.chunk_bytes) {
		assert_int_equal(ftruncate(fd, bench_notary.chunk_bytes), 0);
		return fd;
	}
	assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
	return fd;
}

static void add_rows(cJSON *o, const cJSON *q)
{
	cJSON *list = cJSON_AddArrayToObject(o, "sessions");
	unsigned page = ++bench_notary.searched;

	(void)q;
	for (unsigned i = 0; i < 50; i++) {
		cJSON *row = cJSON_CreateObject();

		cJSON_AddStringToObject(row, "session", BENCH_SESSION);
		cJSON_AddStringToObject(row, "advisor", "claire.martin");
		cJSON_AddStringToObject(row, "display", "=1+1");
		cJSON_AddStringToObject(row, "purpose", "formation");
		cJSON_AddStringToObject(row, "purpose_label", "Formation, « bases »");
		cJSON_AddStringToObject(row, "customer", "K\"1\"");
		cJSON_AddStringToObject(row, "reason", "customer");
		cJSON_AddStringToObject(row, "state", "sealed");
		cJSON_AddStringToObject(row, "class", "proof");
		cJSON_AddNumberToObject(row, "started_ms", 1793710925000.0);
		cJSON_AddNumberToObject(row, "ended_ms", 1793712725000.0);
		cJSON_AddBoolToObject(row, "hold", false);
		cJSON_AddItemToArray(list, row);
	}
	cJSON_AddStringToObject(o, "next", page < bench_notary.pages ? "abcdef" : "");
}

/* {"ok":true,…} or a word. *fd: a descriptor to pass, or -1. */
static const char *fill(cJSON *o, const char *op, const cJSON *q, int *fd)
{
	if (strncmp(op, "evidence_", 9) == 0 && bench_notary.word)
		return bench_notary.word;
	if (strcmp(op, "officer_login") == 0 || strcmp(op, "officer_get") == 0) {
		const char *login = json_string(q, "login");

		if (login && strcmp(login, BENCH_LOGIN) != 0)
			return "login";
		if (!login && strcmp(json_string(q, "password"), "secret") != 0)
			return "refused";
		cJSON_AddStringToObject(o, "login", BENCH_LOGIN);
		cJSON_AddStringToObject(o, "name", "anne.durand");
		cJSON_AddStringToObject(o, "display", "Anne Durand");
		cJSON_AddStringToObject(o, "role", bench_notary.role);
	} else if (strcmp(op, "evidence_begin") == 0) {
		cJSON *files = cJSON_AddArrayToObject(o, "files");

		cJSON_AddItemToArray(files, cJSON_CreateString("journal.jsonl"));
		cJSON_AddNumberToObject(o, "chunks", 3);
	} else if (strcmp(op, "evidence_inclusion") == 0) {
		cJSON_AddStringToObject(o, "text", "guichet-inclusion 1\n");
		cJSON_AddBoolToObject(o, "stamped", false);
	} else if (strcmp(op, "evidence_open") == 0) {
		if (++bench_notary.opened == bench_notary.refuse_at)
			return "file";
		*fd = file_of(json_string(q, "name"));
		cJSON_AddNumberToObject(o, "bytes", (double)lseek(*fd, 0, SEEK_END));
		lseek(*fd, 0, SEEK_SET);
	} else if (strcmp(op, "evidence_search") == 0) {
		if (strcmp(json_string(q, "customer"), "lent") == 0)
			sleep(SLOW_SECONDS);
		add_rows(o, q);
	} else if (strcmp(op, "stats") == 0) {
		cJSON_AddNumberToObject(o, "seats", 20);
		cJSON_AddNumberToObject(o, "taken", 2);
	}
	return NULL;
}

static void answer(int peer, const char *text, size_t len)
{
	cJSON *q, *o = cJSON_CreateObject();
	const char *word, *op;
	char *out;
	int fd = -1;

	assert_int_equal(json_parse(text, len, REQUEST_DEPTH, &q), OK);
	op = json_string(q, "op");
	bench_notary.asked++;
	if (strcmp(op, "officer_get") != 0)
		snprintf(bench_notary.last, sizeof(bench_notary.last), "%.*s", (int)len, text);
	cJSON_AddItemToObject(o, "id", cJSON_Duplicate(cJSON_GetObjectItem(q, "id"), 0));
	word = fill(o, op, q, &fd);
	cJSON_AddBoolToObject(o, "ok", !word);
	if (word)
		cJSON_AddStringToObject(o, "error", word);
	assert_int_equal(json_canonical(o, &out), OK);
	ipc_send(peer, out, strlen(out), fd);
	if (fd >= 0)
		close(fd);
	free(out);
	cJSON_Delete(o);
	cJSON_Delete(q);
}

struct served {
	int fd;
};

/* A connection has a thread here too, so that a slow answer is slow for its caller only. */
static void *serve(void *arg)
{
	struct served *s = arg;
	char *buf = malloc(IPC_MESSAGE_MAX);
	size_t len;
	int passed;

	for (;;) {
		struct pollfd p[2] = { { .fd = s->fd, .events = POLLIN }, { .fd = notary.wake[0], .events = POLLIN } };
		enum err e;

		poll(p, 2, -1);
		if (p[1].revents)
			break;
		e = ipc_receive(s->fd, buf, IPC_MESSAGE_MAX, &len, &passed);
		if (e == ERR_AGAIN)
			continue;
		if (e || (bench_notary.break_at && bench_notary.searched + 1 == bench_notary.break_at))
			break;
		answer(s->fd, buf, len);
	}
	close(s->fd);
	free(buf);
	free(s);
	return NULL;
}

static void *accept_all(void *arg)
{
	pthread_t threads[PEERS_MAX];
	size_t count = 0;

	(void)arg;
	for (;;) {
		struct pollfd p[2] = { { .fd = notary.listener, .events = POLLIN }, { .fd = notary.wake[0], .events = POLLIN } };
		struct served *s;
		uid_t uid;
		int fd;

		poll(p, 2, -1);
		if (p[1].revents)
			break;
		if (ipc_accept(notary.listener, &fd, &uid) || count == PEERS_MAX)
			continue;
		s = malloc(sizeof(*s));
		s->fd = fd;
		pthread_create(&threads[count++], NULL, serve, s);
	}
	for (size_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return NULL;
}

/* Three small files, in a folder of their own. */
static void make_reader(void)
{
	static const char *const names[] = { "LISEZMOI.txt", "lecteur.html", "VERIFIER.sh" };

	snprintf(notary.reader, sizeof(notary.reader), "/tmp/office-bench-%d", (int)getpid());
	mkdir(notary.reader, 0700);
	for (size_t i = 0; i < 3; i++) {
		char path[128];
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s", notary.reader, names[i]);
		f = fopen(path, "w");
		fputs(names[i], f);
		fclose(f);
	}
}

static void remove_reader(void)
{
	static const char *const names[] = { "LISEZMOI.txt", "lecteur.html", "VERIFIER.sh" };
	char path[128];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", notary.reader, names[i]);
		unlink(path);
	}
	rmdir(notary.reader);
}

void bench_notary_open(void)
{
	snprintf(notary.path, sizeof(notary.path), "/tmp/office-bench-%d.socket", (int)getpid());
	bench_notary = (struct bench_notary){ .role = "compliance", .journal = "", .pages = 1 };
	assert_int_equal(ipc_listen(notary.path, &notary.listener), OK);
	assert_int_equal(pipe(notary.wake), 0);
	notary.is_running = pthread_create(&notary.thread, NULL, accept_all, NULL) == 0;
}

void bench_notary_close(void)
{
	if (!notary.is_running)
		return;
	assert_int_equal(write(notary.wake[1], "x", 1), 1);
	pthread_join(notary.thread, NULL);
	close(notary.listener);
	close(notary.wake[0]);
	close(notary.wake[1]);
	unlink(notary.path);
	notary.is_running = false;
}

/* ---- the office ---- */

void bench_open(void)
{
	char text[512];

	make_reader();
	bench_notary_open();
	bench_office = (struct office){ 0 };
	snprintf(text, sizeof(text),
			"[office]\nbank = B\npublic_url = https://bank.example/bureau/\nport = %d\nnotary = %s\nweb = %s/web\nreader = %s\n",
			BENCH_PORT, notary.path, GUICHET_ROOT, notary.reader);
	assert_int_equal(office_config_parse(text, "bench", stderr, &bench_office.config), OK);
	assert_int_equal(office_open(&bench_office), OK);
}

void bench_close(void)
{
	office_close(&bench_office);
	bench_notary_close();
	remove_reader();
}

int bench_connect(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(BENCH_PORT) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

char *bench_talk(const char *text, size_t *len)
{
	size_t got = 0, room = 1 << 16, size = strlen(text);
	char *out = malloc(room + 1);
	int fd = bench_connect();
	ssize_t n;

	for (size_t sent = 0; sent < size; sent += (size_t)n) {
		n = send(fd, text + sent, size - sent, MSG_NOSIGNAL);
		if (n <= 0)
			break; /* refused before it had read all */
	}
	while ((n = recv(fd, out + got, room - got, 0)) > 0) {
		got += (size_t)n;
		if (got == room) {
			room *= 2;
			out = realloc(out, room + 1);
		}
	}
	out[got] = '\0';
	if (len)
		*len = got;
	close(fd);
	return out;
}

char *bench_get(const char *path, const char *more)
{
	char text[4096];

	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n" BENCH_HOST BENCH_COOKIE "%sConnection: close\r\n\r\n", path, more);
	return bench_talk(text, NULL);
}

char *bench_post(const char *path, const char *body)
{
	char text[4096];

	snprintf(text, sizeof(text),
			"POST %s HTTP/1.1\r\n" BENCH_HOST BENCH_ORIGIN BENCH_COOKIE "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
			path, strlen(body), body);
	return bench_talk(text, NULL);
}

int bench_status(const char *answer)
{
	int status = 0;

	return sscanf(answer, "HTTP/1.1 %d", &status) == 1 ? status : 0;
}
