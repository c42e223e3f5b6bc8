#include "gateway/live/live.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/json.h"
#include "gateway/live/alerts.h"
#include "gateway/live/http.h"
#include "gateway/live/peer_link.h"

enum { TICK_MS = ROOM_TICK_MS / LIVE_TURNS, ORPHANS_MS = 60000, FLUSH_MS = 2000 };

uint64_t live_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t live_boot_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- the notary ---- */

static void on_notary_readable(uv_poll_t *w, int status, int events);

static void on_watch_closed(uv_handle_t *h)
{
	struct live *l = h->data;

	l->is_watching = false;
}

static void notary_away(struct live *l)
{
	struct notary_client *c = l->notary;

	if (!c)
		return;
	uv_poll_stop(&l->notary_watch);
	uv_close((uv_handle_t *)&l->notary_watch, on_watch_closed);
	l->notary = NULL;
	fprintf(stderr, "guichet-live: the notary is away: nothing is granted\n");
	notary_client_close(c); /* answers what is open with NULL */
	if (!l->is_stopping) /* the next live goes on with the sessions of this one */
		rooms_notary_away(l);
}

static void on_terms_told(void *arg, const cJSON *answer)
{
	(void)arg;
	if (answer && !live_is_ok(answer))
		fprintf(stderr, "guichet-live: the notary does not keep the terms: %s\n", live_error(answer));
}

/* The notary keeps the very texts that are accepted; it takes no acceptance of one that it does not know. */
static void tell_terms(struct live *l)
{
	for (size_t i = 0; i < LIVE_LANGUAGES; i++) {
		cJSON *o = cJSON_CreateObject();

		cJSON_AddStringToObject(o, "text", l->terms[i].text);
		live_ask(l, "terms_put", o, on_terms_told, l);
	}
}

static void notary_look(struct live *l)
{
	if (l->is_watching || l->is_stopping || notary_client_open(l->config.notary, &l->notary))
		return;
	l->is_watching = true;
	uv_poll_init(&l->loop, &l->notary_watch, notary_client_fd(l->notary));
	l->notary_watch.data = l;
	uv_poll_start(&l->notary_watch, UV_READABLE | UV_DISCONNECT, on_notary_readable);
	tell_terms(l);
}

static void on_notary_readable(uv_poll_t *w, int status, int events)
{
	struct live *l = w->data;

	(void)events;
	if (status < 0 || notary_client_read(l->notary))
		notary_away(l);
}

void live_ask(struct live *l, const char *op, cJSON *request, notary_answer_fn *fn, void *arg)
{
	if (!l->notary) {
		cJSON_Delete(request);
		fn(arg, NULL);
		return;
	}
	if (notary_client_call(l->notary, op, request, fn, arg))
		fn(arg, NULL);
}

bool live_is_ok(const cJSON *answer)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "ok"));
}

const char *live_error(const cJSON *answer)
{
	const char *word = answer ? json_string(answer, "error") : NULL;

	return word ? word : "notary";
}

/* ---- time and signals ---- */

static void on_tick(uv_timer_t *t)
{
	struct live *l = t->data;

	l->turn = (l->turn + 1) % LIVE_TURNS;
	rooms_tick(l, l->turn);
	if (l->turn != 0)
		return;
	notary_look(l);
	peer_links_tick(l);
	alerts_tick(l->alerts);
	if (l->notary && live_boot_ms() >= l->orphans_ms) {
		l->orphans_ms = live_boot_ms() + ORPHANS_MS;
		rooms_look_for_orphans(l);
	}
}

static void on_stop(uv_signal_t *s, int number)
{
	struct live *l = s->data;

	(void)number;
	l->is_stopping = true;
	uv_stop(&l->loop);
}

static void on_reload(uv_signal_t *s, int number)
{
	struct live *l = s->data;

	(void)number;
	if (lws_tls_cert_updated(
			    l->context, l->config.certificate, l->config.key, NULL, 0, NULL, 0))
		fprintf(stderr, "guichet-live: the certificate could not be read again\n");
}

static void watch_signal(struct live *l, uv_signal_t *s, uv_signal_cb fn, int number)
{
	uv_signal_init(&l->loop, s);
	s->data = l;
	uv_signal_start(s, fn, number);
}

/* ---- opening ---- */

static const struct lws_protocols web_protocols[] = {
	{ "http", http_callback, sizeof(struct request *), 0, 0, NULL, 0 },
	{ WIRE_SUBPROTOCOL_VIEWER, viewer_callback, sizeof(struct peer_link *), 4096, 0, NULL,
			65536 },
	{ WIRE_SUBPROTOCOL_AGENT, agent_web_callback, sizeof(struct peer_link *), 65536, 0, NULL,
			65536 },
	{ "guichet-native", agent_native_callback, sizeof(struct peer_link *), 16384, 0, NULL,
			65536 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 },
};

static const struct lws_protocols native_protocols[] = {
	{ "guichet-native", agent_native_callback, sizeof(struct peer_link *), 16384, 0, NULL,
			65536 },
	{ NULL, NULL, 0, 0, 0, NULL, 0 },
};

static const lws_retry_bo_t web_validity = {
	.secs_since_valid_ping = WIRE_PING_MS / 1000,
	.secs_since_valid_hangup = WIRE_DEAD_MS / 1000,
};

static void common_info(const struct live *l, struct lws_context_creation_info *i)
{
	i->ssl_cert_filepath = l->config.certificate;
	i->ssl_private_key_filepath = l->config.key;
	i->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
	i->ssl_options_set = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TLSv1 |
			SSL_OP_NO_TLSv1_1;
	i->keepalive_timeout = 75;
	i->timeout_secs = 20;
}

static enum err open_context(struct live *l)
{
	struct lws_context_creation_info info = { 0 };
	void *loops[1] = { &l->loop };

	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_LIBUV;
	common_info(l, &info);
	info.foreign_loops = loops;
	info.user = l;
	info.max_http_header_data = 16384;
	info.pt_serv_buf_size = 17 * 1024 + 4096;
	l->context = lws_create_context(&info);
	return l->context ? OK : ERR_IO;
}

static enum err open_vhosts(struct live *l)
{
	struct lws_context_creation_info web = { 0 }, native = { 0 };

	common_info(l, &web);
	web.vhost_name = "web";
	web.iface = l->config.listen;
	web.port = (int)l->config.port;
	web.protocols = web_protocols;
	web.alpn = "http/1.1";
	web.retry_and_idle_policy = &web_validity;
	web.options |= LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND;
	if (l->config.agent_same_port) { /* a frame's first byte is no letter: no HTTP, so raw */
		web.alpn = "http/1.1," WIRE_ALPN;
		web.options |= LWS_SERVER_OPTION_FALLBACK_TO_APPLY_LISTEN_ACCEPT_CONFIG;
		web.listen_accept_role = "raw-skt";
		web.listen_accept_protocol = "guichet-native";
	}
	l->web = lws_create_vhost(l->context, &web);

	common_info(l, &native);
	native.vhost_name = "native";
	native.port = CONTEXT_PORT_NO_LISTEN_SERVER;
	native.protocols = native_protocols;
	native.alpn = WIRE_ALPN;
	l->native = lws_create_vhost(l->context, &native);
	if (l->web && l->native)
		return OK;
	fprintf(stderr, "guichet-live: %s:%u: this door could not be opened\n", l->config.listen,
			l->config.port);
	return ERR_IO;
}

static enum err load_terms(struct live *l)
{
	const char *const path[LIVE_LANGUAGES] = { l->config.terms_fr, l->config.terms_en };
	char trouble[256];

	for (size_t i = 0; i < LIVE_LANGUAGES; i++) {
		enum err e = terms_read(path[i], &l->terms[i], trouble, sizeof(trouble));

		if (e) {
			fprintf(stderr, "guichet-live: %s: %s\n", path[i], trouble);
			return e;
		}
	}
	return OK;
}

static enum err load_site(struct live *l)
{
	static const struct {
		const char *path, *url;
	} folders[] = { { "viewer", "/conseiller/" }, { "shared", "/shared/" } };
	char path[4096];
	enum err e = site_new(&l->site);

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && !e; i++) {
		snprintf(path, sizeof(path), "%s/%s", l->config.web, folders[i].path);
		e = site_add_folder(l->site, path, folders[i].url);
	}
	snprintf(path, sizeof(path), "%s/terms/terms.css", l->config.web);
	if (!e)
		e = site_add_file(l->site, path, "/style/terms.css");
	return e ? e : site_add_file(l->site, l->config.words, "/shared/words_fr.txt");
}

static enum err load(const char *path, uint8_t **out, size_t *len)
{
	enum err e = site_read_file(path, out, len);

	if (e)
		fprintf(stderr, "guichet-live: %s: %s\n", path, strerror(errno));
	return e;
}

static enum err open_spool(struct live *l)
{
	const struct live_config *c = &l->config;

	l->files = (struct files_policy){ c->file_types, (uint32_t)c->file_mb << 20 };
	return c->spool[0] && c->scanner[0] ? spool_new(l, &l->spool) : OK;
}

enum err live_open(struct live *l)
{
	const struct live_config *c = &l->config;
	enum err e = load_terms(l);

	l->agent_socket = -1;
	live_config_origin(c, l->origin, sizeof(l->origin));
	if (!e)
		e = load_site(l);
	if (!e)
		e = load(c->agent, &l->agent, &l->agent_len);
	if (!e)
		e = load(c->profile, &l->profile, &l->profile_len);
	if (!e)
		e = load(c->signature, &l->signature, &l->signature_len);
	if (e)
		return e;
	l->alerts = alerts_new(l);
	if (!l->alerts)
		return ERR_NOMEM;
	uv_loop_init(&l->loop);
	e = open_context(l);
	if (!e)
		e = open_vhosts(l);
	if (!e)
		e = agent_accept_open(l);
	if (e)
		return e;
	watch_signal(l, &l->on_term, on_stop, SIGTERM);
	watch_signal(l, &l->on_int, on_stop, SIGINT);
	watch_signal(l, &l->on_hup, on_reload, SIGHUP);
	e = open_spool(l);
	if (e)
		return e;
	uv_timer_init(&l->loop, &l->tick);
	l->tick.data = l;
	l->turn = LIVE_TURNS - 1; /* the first look for the notary is at once */
	uv_timer_start(&l->tick, on_tick, 0, TICK_MS);
	uv_timer_init(&l->loop, &l->closer);
	l->closer.data = l;
	return OK;
}

void live_run(struct live *l)
{
	uv_run(&l->loop, UV_RUN_DEFAULT);
}

/* Only our own handles: the library closes its own, and some of them twice if we help. */
static void close_handles(struct live *l)
{
	uv_close((uv_handle_t *)&l->tick, NULL);
	uv_close((uv_handle_t *)&l->closer, NULL);
	uv_close((uv_handle_t *)&l->on_term, NULL);
	uv_close((uv_handle_t *)&l->on_int, NULL);
	uv_close((uv_handle_t *)&l->on_hup, NULL);
}

/* The last chunks are stored before we go; whoever does not answer is not waited for. */
static void flush_rooms(struct live *l)
{
	uint64_t end_ms = live_boot_ms() + FLUSH_MS;

	rooms_flush(l);
	while (l->notary && rooms_are_asking(l) && live_boot_ms() < end_ms) {
		struct pollfd p = { .fd = notary_client_fd(l->notary), .events = POLLIN };

		if (poll(&p, 1, FLUSH_MS) > 0 && notary_client_read(l->notary))
			return;
	}
}

void live_close(struct live *l)
{
	l->is_stopping = true;
	flush_rooms(l);
	notary_away(l);
	agent_accept_close(l);
	if (l->tick.data)
		close_handles(l);
	lws_context_destroy(l->context);
	spool_free(l->spool);
	for (int i = 0; i < 100 && uv_run(&l->loop, UV_RUN_NOWAIT); i++)
		;
	rooms_free(l);
	alerts_free(l->alerts);
	site_free(l->site);
	for (size_t i = 0; i < LIVE_LANGUAGES; i++)
		terms_done(&l->terms[i]);
	free(l->agent);
	free(l->profile);
	free(l->signature);
	live_config_done(&l->config);
}
