#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/json.h"
#include "gateway/ipc/ipc.h"
#include "gateway/ipc/notary_client.h"

/* A socket in a fresh directory, with a server end that the test plays itself. */
struct bench {
	char dir[64], path[96];
	int listener, server;
	int passed, reply_fd, taken; /* came with a request; goes with the next reply; came with an answer */
	struct notary_client *client;
	char buf[IPC_MESSAGE_MAX];
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	uid_t uid;

	b->passed = b->reply_fd = b->taken = -1;
	snprintf(b->dir, sizeof(b->dir), "/tmp/ipc_test.XXXXXX");
	if (!mkdtemp(b->dir))
		return -1;
	snprintf(b->path, sizeof(b->path), "%s/socket", b->dir);
	if (ipc_listen(b->path, &b->listener) || notary_client_open(b->path, &b->client) ||
			ipc_accept(b->listener, &b->server, &uid))
		return -1;
	*state = b;
	return uid == geteuid() ? 0 : -1;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	notary_client_close(b->client);
	close(b->server);
	close(b->listener);
	unlink(b->path);
	rmdir(b->dir);
	free(b);
	return 0;
}

static cJSON *request(const char *text)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "text", text);
	return o;
}

static uint64_t next_request(struct bench *b)
{
	uint64_t id;
	size_t len;
	cJSON *o;

	assert_int_equal(ipc_receive(b->server, b->buf, sizeof(b->buf), &len, &b->passed), OK);
	assert_int_equal(json_parse(b->buf, len, 4, &o), OK);
	assert_int_equal(json_u64(o, "id", &id), OK);
	assert_string_equal(json_string(o, "op"), "test");
	cJSON_Delete(o);
	return id;
}

static void reply(struct bench *b, uint64_t id)
{
	char text[64];

	snprintf(text, sizeof(text), "{\"id\":%llu,\"ok\":true}", (unsigned long long)id);
	assert_int_equal(ipc_send(b->server, text, strlen(text), b->reply_fd), OK);
}

struct count {
	int answers, nothings, order[8];
};

struct expected {
	struct count *count;
	int number;
};

static void on_answer(void *arg, const cJSON *answer)
{
	struct expected *e = arg;
	int i = e->count->answers + e->count->nothings;

	if (i < 8)
		e->count->order[i] = e->number;
	if (answer)
		e->count->answers++;
	else
		e->count->nothings++;
}

static void the_socket_is_for_owner_and_group_alone(void **state)
{
	struct bench *b = *state;
	struct stat st;

	assert_int_equal(stat(b->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
}

static void a_served_socket_is_kept_and_a_stale_one_replaced(void **state)
{
	struct bench *b = *state;
	int fd;

	assert_int_equal(ipc_listen(b->path, &fd), ERR_IO);
	close(b->listener);
	b->listener = -1;
	assert_int_equal(ipc_listen(b->path, &b->listener), OK);
}

static void a_message_that_is_too_long_is_refused_at_both_ends(void **state)
{
	struct bench *b = *state;
	static char big[IPC_MESSAGE_MAX + 1];
	size_t len;
	char small[4];
	int passed;

	assert_int_equal(ipc_send(b->server, big, sizeof(big), -1), ERR_MALFORMED);
	assert_int_equal(ipc_send(b->server, "12345", 5, b->listener), OK);
	assert_int_equal(ipc_receive(notary_client_fd(b->client), small, sizeof(small), &len, &passed), ERR_MALFORMED);
	assert_int_equal(passed, -1);
	assert_int_equal(ipc_receive(notary_client_fd(b->client), small, sizeof(small), &len, &passed), ERR_AGAIN);
}

/* What a descriptor reads is what was written into the file behind it. */
static void assert_reads(int fd, const char *text)
{
	char buf[16];

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, buf, sizeof(buf), 0), strlen(text));
	assert_memory_equal(buf, text, strlen(text));
	close(fd);
}

static int file_with(const char *text)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static void take_descriptor(void *arg, const cJSON *answer)
{
	struct bench *b = arg;

	assert_non_null(answer);
	b->taken = notary_client_take_fd(b->client);
	assert_int_equal(notary_client_take_fd(b->client), -1);
}

static void a_descriptor_travels_with_a_request_and_with_its_answer(void **state)
{
	struct bench *b = *state;
	uint64_t id;

	assert_int_equal(notary_client_call_with(b->client, "test", request("x"), file_with("there"), take_descriptor, b), OK);
	id = next_request(b);
	assert_reads(b->passed, "there");
	b->reply_fd = file_with("and back");
	reply(b, id);
	close(b->reply_fd);
	b->reply_fd = -1;
	assert_int_equal(notary_client_read(b->client), OK);
	assert_reads(b->taken, "and back");
}

static int open_descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void a_descriptor_that_nobody_takes_is_closed(void **state)
{
	struct bench *b = *state;
	struct count c = { 0 };
	struct expected e = { &c, 0 };
	int before = open_descriptors();
	uint64_t id;

	assert_int_equal(notary_client_call_with(b->client, "test", request("x"), file_with("there"), on_answer, &e), OK);
	id = next_request(b);
	close(b->passed);
	b->reply_fd = file_with("and back");
	reply(b, id);
	close(b->reply_fd);
	b->reply_fd = -1;
	assert_int_equal(notary_client_read(b->client), OK);
	assert_int_equal(c.answers, 1);
	assert_int_equal(open_descriptors(), before);
}

static void answers_find_their_request_by_its_id(void **state)
{
	struct bench *b = *state;
	struct count count = { 0 };
	struct expected e[3] = { { &count, 0 }, { &count, 1 }, { &count, 2 } };
	uint64_t id[3];

	for (int i = 0; i < 3; i++)
		assert_int_equal(notary_client_call(b->client, "test", request("x"), on_answer, &e[i]), OK);
	for (int i = 0; i < 3; i++)
		id[i] = next_request(b);
	reply(b, id[1]);
	reply(b, 999);
	reply(b, id[1]); /* answered already: no harm */
	reply(b, id[0]);
	reply(b, id[2]);
	assert_int_equal(notary_client_read(b->client), OK);
	assert_int_equal(count.answers, 3);
	assert_int_equal(count.order[0], 1);
	assert_int_equal(count.order[2], 2);
}

static void the_open_requests_are_bounded_and_none_is_lost_in_a_full_socket(void **state)
{
	struct bench *b = *state;
	static char text[2000];
	struct count count = { 0 };
	struct expected e = { &count, 0 };
	int received = 0;

	memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < NOTARY_PENDING_MAX; i++)
		assert_int_equal(notary_client_call(b->client, "test", request(text), on_answer, &e), OK);
	assert_int_equal(notary_client_call(b->client, "test", request(text), on_answer, &e), ERR_AGAIN);
	while (received < NOTARY_PENDING_MAX) {
		struct pollfd p = { .fd = b->server, .events = POLLIN };
		assert_int_equal(poll(&p, 1, 5000), 1);
		reply(b, next_request(b));
		received++;
		assert_int_equal(notary_client_read(b->client), OK);
	}
	assert_int_equal(count.answers, NOTARY_PENDING_MAX);
}

static void when_the_notary_goes_every_request_is_answered_with_nothing(void **state)
{
	struct bench *b = *state;
	struct count count = { 0 };
	struct expected e = { &count, 0 };

	for (int i = 0; i < 5; i++)
		assert_int_equal(notary_client_call(b->client, "test", request("x"), on_answer, &e), OK);
	close(b->server);
	b->server = -1;
	assert_int_equal(notary_client_read(b->client), ERR_IO);
	assert_int_equal(count.nothings, 5);
	assert_int_equal(notary_client_call(b->client, "test", request("x"), on_answer, &e), ERR_IO);
	assert_int_equal(count.nothings, 5);
}

static void closing_answers_what_is_open(void **state)
{
	struct bench *b = *state;
	struct count count = { 0 };
	struct expected e = { &count, 0 };

	assert_int_equal(notary_client_call(b->client, "test", request("x"), on_answer, &e), OK);
	notary_client_close(b->client);
	b->client = NULL;
	assert_int_equal(count.nothings, 1);
}

static void a_question_waits_no_longer_than_it_may(void **state)
{
	struct bench *b = *state;
	cJSON *answer;

	assert_int_equal(notary_client_ask(b->client, "test", request("x"), 30, &answer, NULL), ERR_AGAIN);
	assert_null(answer);
	reply(b, next_request(b)); /* the late answer is thrown away */
	assert_int_equal(notary_client_read(b->client), OK);
	close(b->server);
	b->server = -1;
	assert_int_equal(notary_client_ask(b->client, "test", request("x"), 1000, &answer, NULL), ERR_IO);
}

static void answers_that_are_not_json_end_the_link(void **state)
{
	struct bench *b = *state;
	struct count count = { 0 };
	struct expected e = { &count, 0 };

	assert_int_equal(notary_client_call(b->client, "test", request("x"), on_answer, &e), OK);
	assert_int_equal(ipc_send(b->server, "garbage", 7, -1), OK);
	assert_int_equal(notary_client_read(b->client), ERR_IO);
	assert_int_equal(count.nothings, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(the_socket_is_for_owner_and_group_alone),
		TEST(a_served_socket_is_kept_and_a_stale_one_replaced),
		TEST(a_message_that_is_too_long_is_refused_at_both_ends),
		TEST(a_descriptor_travels_with_a_request_and_with_its_answer),
		TEST(a_descriptor_that_nobody_takes_is_closed),
		TEST(answers_find_their_request_by_its_id),
		TEST(the_open_requests_are_bounded_and_none_is_lost_in_a_full_socket),
		TEST(when_the_notary_goes_every_request_is_answered_with_nothing),
		TEST(closing_answers_what_is_open),
		TEST(a_question_waits_no_longer_than_it_may),
		TEST(answers_that_are_not_json_end_the_link),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("ipc", tests, NULL, NULL);
}
