#include "agent/agent_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/receipt.h"
#include "common/bytes.h"
#include "guichet/wire.h"

enum { RETRY_MS = 500 };

/* ---- sending ---- */

static enum err send_plain(struct agent *a, uint8_t kind, const void *payload, size_t len, bool is_bulk)
{
	uint8_t *out = malloc(WIRE_HEADER_LEN + len);
	const struct frame f = { .kind = kind, .len = (uint32_t)len };
	enum err e;

	if (!out)
		return ERR_NOMEM;
	frame_write_header(&f, out);
	memcpy(out + WIRE_HEADER_LEN, payload, len);
	e = link_send(a->link, out, WIRE_HEADER_LEN + len, is_bulk);
	free(out);
	return e;
}

enum err agent_send(struct agent *a, uint8_t kind, const void *payload, size_t len)
{
	return send_plain(a, kind, payload, len, false);
}

enum err agent_send_bulk(struct agent *a, uint8_t kind, const void *payload, size_t len)
{
	return send_plain(a, kind, payload, len, true);
}

static enum err send_sealed(void *arg, uint8_t kind, uint32_t grant, const void *plain, size_t len)
{
	struct agent *a = arg;
	struct frame f = { .kind = kind, .grant = grant };
	uint8_t *out;
	enum err e;

	if (a->is_over || a->phase != PHASE_LIVE)
		return ERR_FORBIDDEN;
	if (!link_has_room(a->link, WIRE_HEADER_LEN + len + WIRE_TAG_LEN))
		return ERR_IO; /* before it takes a counter: what was sealed is expected in the recording */
	out = malloc(WIRE_HEADER_LEN + len + WIRE_TAG_LEN);
	if (!out)
		return ERR_NOMEM;
	e = sealer_seal(&a->sealer, &f, plain, len, out);
	if (!e)
		e = link_send(a->link, out, WIRE_HEADER_LEN + len + WIRE_TAG_LEN, true);
	free(out);
	return e;
}

/* ---- the face ---- */

void agent_draw(struct agent *a)
{
	enum face_stage stage = FACE_READY;

	if (a->is_over)
		stage = FACE_OVER;
	else if (!a->session[0])
		stage = FACE_CONNECTING;
	else if (a->lost_ms)
		stage = FACE_RECONNECTING;
	else if (a->phase != PHASE_LIVE)
		stage = FACE_WAITING;
	face_draw(a->face, stage, a->consent);
	agent_draw_chat(a);
}

/* ---- the end ---- */

static void stop_locally(struct agent *a)
{
	a->is_over = true;
	view_stop(a->view);
	if (a->hands)
		hands_stop(a->hands);
	link_drop_bulk(a->link);
	platform_prompt_close(a->platform);
	platform_pick_close(a->platform);
	platform_choose_close(a->platform);
	a->is_prompt_open = false;
	a->held_ask = 0;
	a->del.state = DELETE_NONE;
	a->control_ms = 0;
}

static enum text text_of_end(const char *why)
{
	static const struct {
		const char *word;
		enum text text;
	} texts[] = {
		{ "customer", TEXT_OVER_CUSTOMER },
		{ "advisor", TEXT_OVER_ADVISOR },
		{ "panic", TEXT_OVER_PANIC },
		{ "lost", TEXT_OVER_LOST },
		{ "evidence", TEXT_OVER_EVIDENCE },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(why, texts[i].word) == 0)
			return texts[i].text;
	return TEXT_OVER_GATEWAY;
}

void agent_end(struct agent *a, const char *why)
{
	const struct consent_event e = { CONSENT_END, CAP_NONE, 0, 0 };
	cJSON *o;

	if (a->is_over)
		return;
	stop_locally(a);
	sealer_wipe(&a->sealer);
	pairing_free(a->pairing);
	a->pairing = NULL;
	face_set_over(a->face, text_of_end(why));
	agent_draw(a);
	if (a->chain) {
		agent_stop_files(a, "end");
		agent_record_counts(a);
		o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "why", why);
		if (agent_record(a, &e, o))
			link_stop(a->link); /* nothing more can be proved, and nothing is shared any
					       more */
		agent_make_receipt(a);
		agent_draw(a);
	}
	a->farewell_ms = platform_boot_ms() + AGENT_FAREWELL_MS;
	agent_schedule(a);
}

void agent_give_up(struct agent *a, enum text why)
{
	if (a->is_over)
		return;
	stop_locally(a);
	sealer_wipe(&a->sealer);
	face_set_over(a->face, why);
	agent_draw(a);
	a->farewell_ms = platform_boot_ms();
	agent_schedule(a);
}

/* ---- the link ---- */

static void on_open(void *arg, enum link_door door)
{
	struct agent *a = arg;
	char point[2 * CRYPTO_POINT_LEN + 1], *text = NULL;
	cJSON *o = cJSON_CreateObject();

	(void)door;
	hex_write(crypto_key_point(a->sign), CRYPTO_POINT_LEN, point);
	cJSON_AddNumberToObject(o, "v", WIRE_VERSION);
	cJSON_AddNumberToObject(o, "features", 0);
	cJSON_AddStringToObject(o, "agent", GUICHET_VERSION);
	cJSON_AddStringToObject(o, "os", platform_name());
	cJSON_AddStringToObject(o, "sign", point);
	if (a->session[0]) {
		cJSON_AddStringToObject(o, "session", a->session);
		cJSON_AddStringToObject(o, "resume", a->resume);
	} else {
		cJSON_AddStringToObject(o, "ticket", a->ticket);
	}
	text = cJSON_PrintUnformatted(o);
	if (text)
		agent_send(a, KIND_HELLO, text, strlen(text));
	free(text);
	cJSON_Delete(o);
	agent_schedule(a);
}

static void first_attempt_failed(struct agent *a, enum err why)
{
	agent_give_up(a, why == ERR_CRYPTO ? TEXT_TROUBLE_SERVER : TEXT_TROUBLE_NET);
}

static void on_lost(void *arg, enum err why)
{
	struct agent *a = arg;
	uint64_t now = platform_boot_ms();

	if (a->is_over)
		return;
	if (!a->session[0]) {
		first_attempt_failed(a, why);
		return;
	}
	if (!a->lost_ms) {
		fprintf(stderr, "guichet-agent: link lost: %s\n", err_name(why));
		a->lost_ms = now;
		a->phase = PHASE_OPENING;
		view_stop(a->view);
		agent_cancel_prompt(a, "lost");
		agent_cancel_file(a, "lost");
		agent_rewind_files(a);
		agent_take_away(a, CONSENT_SUSPEND, CAP_CONTROL, "lost");
		hands_stop(a->hands);
	}
	a->retry_ms = now + RETRY_MS;
	agent_draw(a);
	agent_schedule(a);
}

/* ---- time ---- */

static uint64_t tick_over(struct agent *a, uint64_t now)
{
	if (now < a->farewell_ms)
		return a->farewell_ms;
	link_stop(a->link);
	return 0;
}

static uint64_t tick_loss(struct agent *a, uint64_t now)
{
	if (!a->lost_ms)
		return 0;
	if (now >= a->lost_ms + WIRE_RESUME_MS) {
		agent_end(a, "lost");
		return 0;
	}
	if (a->retry_ms && now >= a->retry_ms) {
		a->retry_ms = 0;
		link_start(a->link);
	}
	return sooner(a->retry_ms, a->lost_ms + WIRE_RESUME_MS);
}

static uint64_t tick_counts(struct agent *a, uint64_t now)
{
	if (!a->chain || !link_is_open(a->link))
		return 0;
	if (now >= a->counts_ms) {
		a->counts_ms = now + AGENT_COUNTS_MS;
		agent_record_counts(a);
		return 0;
	}
	return hands_has_counts(a->hands) ? a->counts_ms : 0;
}

void agent_schedule(struct agent *a)
{
	uint64_t now = platform_boot_ms(), due;

	due = a->is_over ? 0 : agent_tick_evidence(a, now);
	if (a->is_over) {
		due = tick_over(a, now);
	} else {
		due = sooner(due, sooner(tick_loss(a, now), link_tick(a->link, now)));
		due = sooner(due, sooner(agent_tick_control(a, now), agent_tick_delete(a, now)));
		due = sooner(due, sooner(hands_tick(a->hands, now), agent_tick_pause(a, now)));
		due = sooner(due, tick_counts(a, now));
		due = sooner(due, view_tick(a->view, now));
		due = sooner(due, agent_tick_files(a, now));
	}
	if (due)
		platform_timer(a->platform, due > now ? (uint32_t)(due - now) : 1);
}

/* ---- events of the platform ---- */

static void on_socket(void *arg, struct platform_socket *s)
{
	struct agent *a = arg;

	(void)s;
	link_socket_ready(a->link);
	agent_schedule(a);
}

static void on_timer(void *arg)
{
	agent_schedule(arg);
}

static void on_damage(void *arg, const struct platform_rect *r, size_t count)
{
	struct agent *a = arg;

	view_on_damage(a->view, r, count);
	agent_schedule(a);
}

static void on_cursor(void *arg, int32_t x, int32_t y, bool is_new_shape)
{
	struct agent *a = arg;

	view_on_cursor(a->view, x, y, is_new_shape);
}

static void on_screens(void *arg)
{
	struct agent *a = arg;

	view_on_screens(a->view);
	agent_schedule(a);
}

static void on_local_hand(void *arg, enum platform_hand hand)
{
	struct agent *a = arg;
	bool had_counts = hands_has_counts(a->hands);

	if (a->is_over || !a->consent)
		return;
	hands_on_local(a->hands, hand);
	if (!had_counts)
		agent_schedule(a);
}

static void on_panic(void *arg)
{
	struct agent *a = arg;

	if (a->session[0])
		agent_end(a, "panic");
}

static void on_prompt(void *arg, uint32_t ask, enum platform_answer answer, bool is_typed)
{
	if (is_typed && !agent_record_typed(arg, ask))
		answer = ANSWER_CLOSED;
	if (ask == FACE_DELETE_ASK)
		agent_on_delete_answer(arg, answer);
	else if (!agent_on_file_answer(arg, ask, answer))
		agent_on_answer(arg, ask, answer);
}

static void on_end(void *arg)
{
	struct agent *a = arg;

	if (a->is_over || !a->session[0])
		platform_quit(a->platform);
	else
		agent_end(a, "customer");
}

static void on_limit(void *arg, enum capability cap)
{
	agent_take_away(arg, CONSENT_LIMIT, cap, NULL);
}

static void on_locked(void *arg)
{
	agent_take_away(arg, CONSENT_SUSPEND, CAP_CONTROL, "locked");
}

static void on_secret(void *arg, bool is_secret)
{
	agent_on_secret(arg, is_secret);
	agent_schedule(arg);
}

static void on_covered(void *arg)
{
	agent_take_away(arg, CONSENT_SUSPEND, CAP_CONTROL, "covered");
}

static void on_scope(void *arg)
{
	agent_on_scope(arg);
}

static void on_chosen(void *arg, const char *title)
{
	agent_on_chosen(arg, title);
	agent_schedule(arg);
}

static void on_save(void *arg)
{
	struct agent *a = arg;
	char name[RECEIPT_NAME_MAX];

	if (!a->is_over || !a->receipt)
		return;
	receipt_name(a->opened_ms, name);
	platform_save(a->platform, text_of(TEXT_SAVE), name, a->receipt, strlen(a->receipt));
}

static void on_saved(void *arg, enum platform_saved result)
{
	struct agent *a = arg;

	face_set_saved(a->face, result);
	agent_draw(a);
}

static void on_picked(void *arg, struct platform_file *file, const char *name, uint64_t size)
{
	struct agent *a = arg;

	agent_on_file_picked(a, file, name, size);
	agent_schedule(a);
}

static void on_file_stop(void *arg)
{
	struct agent *a = arg;

	agent_stop_files(a, "customer");
	agent_draw(a);
}

static void on_doubt(void *arg)
{
	agent_doubt(arg);
}

static void on_fine(void *arg)
{
	agent_fine(arg);
}

static bool on_say(void *arg, const char *text)
{
	return agent_say(arg, text);
}

static const struct platform_events platform_events = {
	on_socket,
	on_timer,
	on_damage,
	on_cursor,
	on_screens,
	on_local_hand,
	on_panic,
	on_prompt,
	on_end,
	on_limit,
	on_locked,
	on_secret,
	on_covered,
	on_scope,
	on_chosen,
	on_save,
	on_saved,
	on_picked,
	on_file_stop,
	on_doubt,
	on_fine,
	on_say,
};

/* ---- life ---- */

static enum err build_parts(struct agent *a)
{
	static const struct link_events link_events = { on_open, agent_on_frame, on_lost };
	enum err e = crypto_key_new(&a->sign);

	if (!e)
		e = sealer_init(&a->sealer);
	if (!e)
		e = view_new(a->platform, &a->out, &a->view);
	if (!e)
		e = hands_new(a->platform, &a->out, &a->hands);
	if (!e)
		hands_on_delete(a->hands, agent_on_delete, a);
	if (!e)
		e = face_new(a->platform, a->profile->bank, &a->face);
	if (!e)
		face_set_phone(a->face, a->profile->phone);
	if (!e)
		platform_mask(a->platform, a->profile->masks, a->profile->mask_count);
	if (!e)
		e = link_new(a->platform, a->profile, &link_events, a, &a->link);
	return e;
}

enum err agent_new(const struct profile *profile, const char *ticket, struct agent **out)
{
	struct agent *a = calloc(1, sizeof(*a));
	enum err e;

	*out = NULL;
	if (!a)
		return ERR_NOMEM;
	a->profile = profile;
	memcpy(a->ticket, ticket, sizeof(a->ticket));
	a->out = (struct outlet){ a, send_sealed };
	e = platform_open(&platform_events, a, &a->platform);
	if (!e)
		e = build_parts(a);
	if (e) {
		agent_free(a);
		return e;
	}
	*out = a;
	return OK;
}

void agent_run(struct agent *a)
{
	agent_draw(a);
	link_start(a->link);
	agent_schedule(a);
	platform_run(a->platform);
	if (!a->is_over)
		agent_end(a, "customer");
}

void agent_free(struct agent *a)
{
	if (!a)
		return;
	for (enum file_way way = 0; way < FILE_WAYS; way++) {
		platform_file_close(a->file[way].file);
		crypto_hash_free(a->file[way].hash);
	}
	link_free(a->link);
	view_free(a->view);
	hands_free(a->hands);
	face_free(a->face);
	pairing_free(a->pairing);
	sealer_wipe(&a->sealer);
	free(a->receipt);
	chain_free(a->chain);
	consent_free(a->consent);
	crypto_key_free(a->sign);
	platform_close(a->platform);
	free(a);
}

static void quit_on_close(void *arg)
{
	struct platform **p = arg;

	platform_quit(*p);
}

void agent_show_trouble(void)
{
	struct platform_events events = platform_events;
	struct platform *p = NULL;
	struct face *f = NULL;

	events.on_end = quit_on_close;
	if (platform_open(&events, &p, &p))
		return;
	if (!face_new(p, "", &f)) {
		face_set_over(f, TEXT_TROUBLE_PROFILE);
		face_draw(f, FACE_OVER, NULL);
		platform_run(p);
	}
	face_free(f);
	platform_close(p);
}
