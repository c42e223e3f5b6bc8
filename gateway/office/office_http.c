#include "gateway/office/office_http.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "gateway/office/target.h"

enum { IDLE_SECONDS = 30, MEMORY_PER_CONNECTION = 32768, STREAM_BLOCK = 65536 };

static const struct {
	const char *name, *value;
} security_headers[] = {
	{ "Content-Security-Policy", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
				     "img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; form-action "
				     "'self'; base-uri 'none'; frame-ancestors 'none'" },
	{ "Strict-Transport-Security", "max-age=31536000" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "same-origin" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy", "camera=(), microphone=(), geolocation=(), usb=(), display-capture=()" },
};

/* ---- reading the request ---- */

static const char *header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

struct count {
	const char *name;
	unsigned n;
};

static enum MHD_Result count_one(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct count *c = arg;

	(void)kind;
	(void)value;
	c->n += key && strcasecmp(key, c->name) == 0;
	return MHD_YES;
}

static unsigned count_header(struct MHD_Connection *c, const char *name)
{
	struct count k = { name, 0 };

	MHD_get_connection_values(c, MHD_HEADER_KIND, count_one, &k);
	return k.n;
}

/* The library decodes and cuts the target at will; what we look at is what was sent. */
static void *on_target(void *arg, const char *target, struct MHD_Connection *c)
{
	struct request *r = calloc(1, sizeof(*r));

	(void)c;
	if (!r)
		return NULL;
	r->office = arg;
	r->answer.fd = -1;
	r->is_bad = !target_read(target, r->path, sizeof(r->path), r->query, sizeof(r->query));
	return r;
}

static int fence(const struct request *r, struct MHD_Connection *c)
{
	struct http_head h = { .method = r->method, .path = r->is_bad ? NULL : r->path };

	h.host = header(c, "Host");
	h.host_count = count_header(c, "Host");
	h.origin = header(c, "Origin");
	h.transfer_encoding = header(c, "Transfer-Encoding");
	h.content_length = header(c, "Content-Length");
	h.content_length_count = count_header(c, "Content-Length");
	if (header(c, "Upgrade"))
		return 400;
	{
		int status = http_fence_request(&h, &r->office->rules);

		return status ? status : http_fence_origin(&h, &r->office->rules);
	}
}

static void read_head(struct request *r, struct MHD_Connection *c, const char *method)
{
	const char *cookies = header(c, "Cookie"), *host = header(c, "Host");
	const union MHD_ConnectionInfo *i = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	snprintf(r->method, sizeof(r->method), "%s", method);
	if (cookies && strlen(cookies) < sizeof(r->cookies))
		snprintf(r->cookies, sizeof(r->cookies), "%s", cookies);
	r->is_local = host && strcasecmp(host, r->office->local_host) == 0;
	target_address(i ? i->client_addr : NULL, header(c, "X-Forwarded-For"), r->address, sizeof(r->address));
}

/* ---- answering ---- */

void answer_json(struct request *r, unsigned status, cJSON *o)
{
	char *text = o ? cJSON_PrintUnformatted(o) : NULL;

	r->answer.status = text ? status : 503;
	r->answer.type = "application/json";
	text_add(&r->answer.text, text ? text : "{\"error\":\"busy\"}");
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
	cJSON_Delete(o);
}

void answer_error(struct request *r, unsigned status, const char *word)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "error", word);
	answer_json(r, status, o);
}

static ssize_t stream_read(void *arg, uint64_t at, char *buf, size_t room)
{
	struct stream *s = arg;
	ssize_t n = s->read(s->arg, buf, room);

	(void)at;
	if (n > 0)
		return n;
	return n == 0 ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void stream_done(void *arg)
{
	struct stream *s = arg;

	s->done(s->arg);
	free(s);
}

static struct MHD_Response *stream_response(struct answer *a)
{
	struct stream *s = malloc(sizeof(*s));
	struct MHD_Response *m;

	if (!s)
		return NULL;
	*s = a->stream;
	m = MHD_create_response_from_callback(s->len == STREAM_UNKNOWN ? MHD_SIZE_UNKNOWN : s->len, STREAM_BLOCK,
			stream_read, s, stream_done);
	if (!m)
		free(s); /* request_free() still has the stream */
	else
		a->stream.read = NULL;
	return m;
}

static struct MHD_Response *response_of(struct answer *a)
{
	struct MHD_Response *m;

	if (a->stream.read)
		return stream_response(a);
	if (a->fd >= 0) {
		m = MHD_create_response_from_fd64(a->fd_len, a->fd);
		if (m)
			a->fd = -1;
		return m;
	}
	if (a->bytes)
		return MHD_create_response_from_buffer(a->bytes_len, (void *)(uintptr_t)a->bytes, MHD_RESPMEM_PERSISTENT);
	return MHD_create_response_from_buffer(a->text.len, a->text.at ? a->text.at : (void *)(uintptr_t)"",
			MHD_RESPMEM_MUST_COPY);
}

/* A file's name is ours, made of letters, digits, '-' and '.': nothing in it ends a header (office_api.c). */
static void add_headers(const struct request *r, struct MHD_Response *m)
{
	const struct answer *a = &r->answer;

	for (size_t i = 0; i < sizeof(security_headers) / sizeof(security_headers[0]); i++)
		MHD_add_response_header(m, security_headers[i].name, security_headers[i].value);
	MHD_add_response_header(m, "Cache-Control", a->may_cache ? "no-cache" : "no-store");
	MHD_add_response_header(m, "Content-Type", a->type ? a->type : "application/octet-stream");
	if (a->etag)
		MHD_add_response_header(m, "ETag", a->etag);
	if (a->cookie[0])
		MHD_add_response_header(m, "Set-Cookie", a->cookie);
	if (a->file_name[0]) {
		char value[160];

		snprintf(value, sizeof(value), "attachment; filename=\"%s\"", a->file_name);
		MHD_add_response_header(m, "Content-Disposition", value);
	}
	if (r->is_refused)
		MHD_add_response_header(m, "Connection", "close");
}

static enum MHD_Result send_answer(struct request *r, struct MHD_Connection *c)
{
	struct MHD_Response *m;
	enum MHD_Result result;

	if (r->answer.text.trouble) {
		text_done(&r->answer.text);
		answer_error(r, 503, "busy");
	}
	m = response_of(&r->answer);
	if (!m)
		return MHD_NO;
	add_headers(r, m);
	atomic_fetch_add(&r->office->answers[r->answer.status / 100 % 6], 1);
	result = MHD_queue_response(c, r->answer.status, m);
	MHD_destroy_response(m);
	return result;
}

static const char *word_of(int status)
{
	static const struct {
		int status;
		const char *word;
	} words[] = { { 403, "origin" }, { 405, "method" }, { 413, "size" }, { 421, "host" }, { 501, "encoding" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].status == status)
			return words[i].word;
	return "malformed";
}

static enum MHD_Result refuse(struct request *r, struct MHD_Connection *c, int status)
{
	r->is_refused = true;
	answer_error(r, (unsigned)status, word_of(status));
	return send_answer(r, c);
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url, const char *method,
		const char *version, const char *body, size_t *body_len, void **slot)
{
	struct request *r = *slot;

	(void)arg;
	(void)url;
	(void)version;
	if (!r)
		return MHD_NO;
	if (r->method[0] == '\0') {
		int status;

		read_head(r, c, method);
		status = fence(r, c);
		return status ? refuse(r, c, status) : MHD_YES;
	}
	if (*body_len) {
		if (r->body.len + *body_len > HTTP_BODY_MAX)
			return MHD_NO;
		text_add_bytes(&r->body, body, *body_len);
		*body_len = 0;
		return MHD_YES;
	}
	if (r->body.trouble)
		return MHD_NO;
	request_route(r);
	return send_answer(r, c);
}

static void request_free(struct request *r)
{
	if (r->answer.stream.read)
		r->answer.stream.done(r->answer.stream.arg);
	if (r->answer.fd >= 0)
		close(r->answer.fd);
	if (r->body.at)
		explicit_bzero(r->body.at, r->body.len);
	text_done(&r->body);
	text_done(&r->answer.text);
	explicit_bzero(r, sizeof(*r));
	free(r);
}

static void on_completed(void *arg, struct MHD_Connection *c, void **slot, enum MHD_RequestTerminationCode code)
{
	(void)arg;
	(void)c;
	(void)code;
	if (*slot)
		request_free(*slot);
	*slot = NULL;
}

/* The library's own remarks name requests: they stay here. */
static void on_log(void *arg, const char *format, va_list args)
{
	(void)arg;
	(void)format;
	(void)args;
}

enum err office_http_open(struct office *o)
{
	o->daemon = MHD_start_daemon(
			MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ITC |
					MHD_USE_ERROR_LOG,
			0, NULL, NULL, on_request, NULL,
			MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
			MHD_OPTION_LISTEN_SOCKET, o->listener,
			MHD_OPTION_URI_LOG_CALLBACK, on_target, o,
			MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
			MHD_OPTION_CONNECTION_LIMIT, o->config.connections,
			MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
			MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_PER_CONNECTION,
			MHD_OPTION_STRICT_FOR_CLIENT, 1,
			MHD_OPTION_END);
	return o->daemon ? OK : ERR_IO;
}

void office_http_close(struct office *o)
{
	if (o->daemon)
		MHD_stop_daemon(o->daemon);
	o->daemon = NULL;
}
