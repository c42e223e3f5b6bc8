#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "gateway/office/bundle_notary.h"
#include "gateway/office/office_api.h"

/**
 * office_export: a bundle on its way to a browser. A thread writes it into a pipe, the connection's thread sends what
 * comes out: nothing of it is ever kept here, and a browser that stops reading stops only its own export.
 */
struct export {
	struct office *office;
	char who[LOGIN_DIGITS + 1], session[33], audience[16];
	struct bundle_notary source;
	pthread_t writer;
	int in, out; /* of the pipe; `in` is the writer's */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* under the lock: */
	uint64_t total;   /* bytes of the whole; 0: not known yet */
	bool is_over;
	enum err result;
	const char *word; /* why there is none */
};

static enum err ask(void *arg, const char *op, cJSON *fields, cJSON **answer, int *fd, const char **word)
{
	struct office *o = arg;

	*answer = api_ask_quietly(o, op, fields, OFFICE_SLOW_MS, fd, word);
	return *answer ? OK : ERR_IO;
}

static void tell(struct export *x, uint64_t total, bool is_over, enum err result)
{
	pthread_mutex_lock(&x->lock);
	x->total = total;
	x->is_over = is_over;
	x->result = result;
	x->word = x->source.word;
	pthread_cond_signal(&x->changed);
	pthread_mutex_unlock(&x->lock);
}

static enum err on_progress(void *arg, uint64_t done, uint64_t total)
{
	struct export *x = arg;

	(void)done;
	if (x->total != total)
		tell(x, total, false, OK);
	return OK;
}

static void *write_bundle(void *arg)
{
	struct export *x = arg;
	struct bundle_options o = { NULL, on_progress, x };
	char trouble[BUNDLE_TROUBLE_MAX] = "";
	enum err e = bundle_notary_begin(&x->source, x->audience);

	if (!e) {
		struct bundle_source source = bundle_notary_source(&x->source);

		e = bundle_write(&source, &o, x->in, trouble);
	}
	if (e)
		fprintf(stderr, "guichet-office: export %s: %s %s\n", x->session, err_name(e), trouble);
	close(x->in);
	tell(x, x->total, true, e);
	return NULL;
}

static void export_free(void *arg)
{
	struct export *x = arg;

	close(x->out); /* whoever still writes is told so */
	pthread_join(x->writer, NULL);
	bundle_notary_done(&x->source);
	pthread_cond_destroy(&x->changed);
	pthread_mutex_destroy(&x->lock);
	api_end_export(x->office);
	explicit_bzero(x->who, sizeof(x->who));
	free(x);
}

/* The end of the pipe is the end of the bundle only if the writer says so. */
static ssize_t export_read(void *arg, char *buf, size_t room)
{
	struct export *x = arg;
	ssize_t n;
	bool is_whole;

	do
		n = read(x->out, buf, room);
	while (n < 0 && errno == EINTR);
	if (n != 0)
		return n;
	pthread_mutex_lock(&x->lock);
	while (!x->is_over)
		pthread_cond_wait(&x->changed, &x->lock);
	is_whole = x->result == OK;
	pthread_mutex_unlock(&x->lock);
	return is_whole ? 0 : -1;
}

/* NULL: nothing was begun. */
static struct export *export_new(struct request *r, const char *audience)
{
	struct export *x = calloc(1, sizeof(*x));
	int ends[2];

	if (!x || pipe2(ends, O_CLOEXEC) < 0) {
		free(x);
		return NULL;
	}
	x->office = r->office;
	x->in = ends[1];
	x->out = ends[0];
	snprintf(x->who, sizeof(x->who), "%s", r->who.login);
	snprintf(x->session, sizeof(x->session), "%s", r->id);
	snprintf(x->audience, sizeof(x->audience), "%s", audience);
	x->source = (struct bundle_notary){ .ask = ask, .arg = r->office, .who = x->who, .session = x->session,
		.reader = r->office->config.reader, .inclusion = -1 };
	pthread_mutex_init(&x->lock, NULL);
	pthread_cond_init(&x->changed, NULL);
	if (pthread_create(&x->writer, NULL, write_bundle, x) == 0)
		return x;
	close(ends[0]);
	close(ends[1]);
	pthread_cond_destroy(&x->changed);
	pthread_mutex_destroy(&x->lock);
	free(x);
	return NULL;
}

/* Waits until the bundle's size is known, while a refusal can still be told. NULL: it has begun. */
static const char *wait_for_size(struct export *x, uint64_t *total)
{
	const char *word = NULL;

	pthread_mutex_lock(&x->lock);
	while (!x->total && !x->is_over)
		pthread_cond_wait(&x->changed, &x->lock);
	*total = x->total;
	if (x->is_over && x->result)
		word = x->word ? x->word : "bundle";
	pthread_mutex_unlock(&x->lock);
	return word;
}

static void send_export(struct request *r, struct export *x)
{
	uint64_t total;
	const char *word = wait_for_size(x, &total);

	if (word) {
		export_free(x);
		api_refuse(r, word);
		return;
	}
	r->answer.status = 200;
	r->answer.type = "application/zip";
	snprintf(r->answer.file_name, sizeof(r->answer.file_name), "guichet-%.8s.zip", r->id);
	r->answer.stream = (struct stream){ export_read, export_free, x, total };
}

void api_export(struct request *r)
{
	cJSON *body = api_body(r, "for:s");
	const char *audience = json_string(body, "for");
	struct export *x;

	if (!body)
		return;
	if (strcmp(audience, "bank") != 0 && strcmp(audience, "customer") != 0) {
		answer_error(r, 400, "malformed");
	} else if (api_take_export(r)) {
		x = export_new(r, audience);
		if (x) {
			send_export(r, x);
		} else {
			api_end_export(r->office);
			answer_error(r, 503, "busy");
		}
	}
	cJSON_Delete(body);
}
