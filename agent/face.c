#include "agent/face.h"

#include "agent/file_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct face {
	struct platform *platform;
	char title[128], who[128], why[128], words[96], since[24], prompt[1024];
	char advisor[96], purpose[96];
	char file[512], scope[128], view[200];
	bool is_file_moving;
	enum text over, mark;
	const char *phone; /* borrowed, "": none */
	bool is_doubting, is_called, is_expired, is_acting;
	char *receipt; /* NULL: none */
	enum text saved; /* TEXT_COUNT: nothing was saved yet */
};

enum err face_new(struct platform *p, const char *bank, struct face **out)
{
	struct face *f = calloc(1, sizeof(*f));

	*out = f;
	if (!f)
		return ERR_NOMEM;
	f->platform = p;
	f->over = TEXT_OVER_LOST;
	f->mark = TEXT_RECORDED_MARK;
	f->phone = "";
	f->saved = TEXT_COUNT;
	snprintf(f->title, sizeof(f->title), text_of(TEXT_WINDOW_TITLE), bank);
	return OK;
}

void face_free(struct face *f)
{
	if (f)
		free(f->receipt);
	free(f);
}

enum err face_set_people(struct face *f, const char *advisor, const char *purpose)
{
	if (!text_is_name(advisor) || !text_is_name(purpose))
		return ERR_MALFORMED;
	snprintf(f->advisor, sizeof(f->advisor), "%s", advisor);
	snprintf(f->purpose, sizeof(f->purpose), "%s", purpose);
	snprintf(f->who, sizeof(f->who), text_of(TEXT_WHO), advisor);
	snprintf(f->why, sizeof(f->why), text_of(TEXT_WHY), purpose);
	return OK;
}

void face_set_phone(struct face *f, const char *phone)
{
	f->phone = phone;
}

void face_set_doubting(struct face *f, bool is_doubting)
{
	f->is_doubting = is_doubting;
}

void face_set_called(struct face *f)
{
	f->is_called = true;
}

void face_set_words(struct face *f, const char *words)
{
	const char *space = strchr(words, ' ');
	char first[48];

	f->words[0] = '\0';
	if (!space)
		return;
	snprintf(first, sizeof(first), "%.*s", (int)(space - words), words);
	snprintf(f->words, sizeof(f->words), text_of(TEXT_WORDS), first, space + 1);
}

void face_set_since(struct face *f, uint64_t wall_ms)
{
	char at[6];

	platform_local_time(wall_ms, at);
	snprintf(f->since, sizeof(f->since), text_of(TEXT_SINCE), at);
}

void face_set_over(struct face *f, enum text why)
{
	f->over = why;
}

void face_set_scope(struct face *f, const char *title)
{
	snprintf(f->scope, sizeof(f->scope), "%s", title);
}

void face_choose(struct face *f)
{
	const struct ui_choose c = { text_of(TEXT_CHOOSE_TITLE), text_of(TEXT_CHOOSE), text_of(TEXT_CHOOSE_CANCEL),
		text_of(TEXT_CHOOSE_UNTITLED), text_of(TEXT_CHOOSE_NONE) };

	platform_choose(f->platform, &c);
}

void face_set_mark(struct face *f, enum text mark)
{
	f->mark = mark;
}

void face_set_expired(struct face *f, bool is_expired)
{
	f->is_expired = is_expired;
}

enum err face_set_receipt(struct face *f, const char *text)
{
	free(f->receipt);
	f->receipt = text ? strdup(text) : NULL;
	return text && !f->receipt ? ERR_NOMEM : OK;
}

void face_set_saved(struct face *f, enum platform_saved result)
{
	if (result != SAVED_CANCELLED)
		f->saved = result == SAVED_OK ? TEXT_SAVED : TEXT_SAVE_FAILED;
}

const char *face_over(const struct face *f)
{
	return text_of(f->over);
}

static enum text status_of(const struct face *f, enum face_stage stage, const struct consent *c)
{
	switch (stage) {
	case FACE_CONNECTING:
		return TEXT_CONNECTING;
	case FACE_WAITING:
		return TEXT_WAITING;
	case FACE_RECONNECTING:
		return TEXT_RECONNECTING;
	case FACE_OVER:
		return f->over;
	case FACE_READY:
		break;
	}
	if (!c || !consent_grant_of(c, CAP_VIEW))
		return TEXT_NOTHING;
	if (consent_grant_of(c, CAP_CONTROL))
		return TEXT_ACTS;
	return consent_grant_of(c, CAP_POINT) ? TEXT_POINTS : TEXT_SEES;
}

static const struct {
	enum text off, on, suspended, take;
} cap_texts[CAP_COUNT] = {
	[CAP_VIEW] = { TEXT_CAP_VIEW_OFF, TEXT_CAP_VIEW_ON, TEXT_CAP_VIEW_OFF, TEXT_TAKE_VIEW },
	[CAP_POINT] = { TEXT_CAP_POINT_OFF, TEXT_CAP_POINT_ON, TEXT_CAP_POINT_OFF,
			TEXT_TAKE_POINT },
	[CAP_CONTROL] = { TEXT_CAP_CONTROL_OFF, TEXT_CAP_CONTROL_ON, TEXT_CAP_CONTROL_SUSPENDED,
			TEXT_TAKE_CONTROL },
};

static void describe_caps(const struct face *f, struct ui_state *s, const struct consent *c)
{
	static const enum ui_cap ui[] = { [CONSENT_NONE] = UI_OFF,
		[CONSENT_ASKED] = UI_ASKED,
		[CONSENT_GRANTED] = UI_ON,
		[CONSENT_SUSPENDED] = UI_SUSPENDED };

	for (enum capability cap = CAP_VIEW; cap < CAP_COUNT; cap++) {
		enum consent_state state = c ? consent_state(c, cap) : CONSENT_NONE;
		bool is_on = state == CONSENT_GRANTED;

		s->cap[cap].state = ui[state];
		s->cap[cap].label = text_of(is_on ? cap_texts[cap].on
						: state == CONSENT_SUSPENDED
						? cap_texts[cap].suspended
						: cap_texts[cap].off);
		if (cap == CAP_CONTROL && state == CONSENT_SUSPENDED && f->is_expired)
			s->cap[cap].label = text_of(TEXT_CAP_CONTROL_EXPIRED);
		s->cap[cap].take_back = is_on ? text_of(cap_texts[cap].take) : NULL;
	}
}

/* With one window the first row names it, and its button leads back. */
static void describe_scope(struct face *f, struct ui_state *s)
{
	if (s->is_over || !f->advisor[0])
		return;
	s->scope = text_of(f->scope[0] ? TEXT_SCOPE_OTHER : TEXT_SCOPE);
	if (!f->scope[0])
		return;
	snprintf(f->view, sizeof(f->view), text_of(s->cap[CAP_VIEW].state == UI_ON ? TEXT_CAP_VIEW_ONE : TEXT_CAP_VIEW_ONE_OFF),
			f->scope);
	s->cap[CAP_VIEW].label = f->view;
}

static void describe_doubt(const struct face *f, struct ui_state *s)
{
	s->doubt = text_of(TEXT_DOUBT);
	s->is_doubting = f->is_doubting && !s->is_over;
	if (!s->is_doubting)
		return;
	s->status = text_of(TEXT_DOUBT_STATUS);
	s->doubt_title = text_of(TEXT_DOUBT_TITLE);
	s->doubt_call = text_of(f->phone[0] ? TEXT_DOUBT_CALL : TEXT_DOUBT_NO_PHONE);
	s->phone = f->phone;
	s->doubt_body = text_of(TEXT_DOUBT_BODY);
	s->fine = text_of(TEXT_FINE);
}

void face_draw(struct face *f, enum face_stage stage, const struct consent *c)
{
	bool is_known = stage != FACE_CONNECTING && f->advisor[0];
	struct ui_state s = {
		.title = f->title,
		.who = is_known ? f->who : "",
		.why = is_known ? f->why : "",
		.words = stage == FACE_READY || stage == FACE_RECONNECTING ? f->words : "",
		.status = text_of(status_of(f, stage, c)),
		.recording = is_known && stage != FACE_OVER ? text_of(f->mark) : "",
		.since = f->since,
		.file = f->file,
		.file_stop = f->is_file_moving && stage != FACE_OVER ? text_of(TEXT_FILE_STOP) : NULL,
		.panic_hint = text_of(TEXT_PANIC_HINT),
		.end = text_of(TEXT_END),
		.close = text_of(TEXT_CLOSE),
		.is_over = stage == FACE_OVER,
		.receipt = stage == FACE_OVER && f->receipt ? f->receipt : "",
		.save = stage == FACE_OVER && f->receipt ? text_of(TEXT_SAVE) : NULL,
		.saved = f->saved == TEXT_COUNT ? "" : text_of(f->saved),
		.warning = f->is_called ? text_of(TEXT_CALLED) : "",
	};

	f->is_acting = c && consent_grant_of(c, CAP_CONTROL);
	s.words_hint = s.words[0] ? text_of(TEXT_WORDS_HINT) : "";
	describe_caps(f, &s, c);
	describe_scope(f, &s);
	describe_doubt(f, &s);
	platform_window(f->platform, &s);
}

static void show_prompt(struct face *f, struct ui_prompt *p)
{
	const struct ui_typing typing = { text_of(TEXT_TYPE_OFFER), text_of(TEXT_TYPE_SO_FAR), text_of(TEXT_TYPE_WRONG),
		text_of(TEXT_TYPE_OVER) };

	p->typing = f->is_acting ? NULL : &typing;
	platform_prompt(f->platform, p);
}

static const char *open_prompt(struct face *f, uint32_t ask, enum text title)
{
	struct ui_prompt p = { .ask = ask,
		.title = text_of(title),
		.body = f->prompt,
		.refuse = text_of(TEXT_REFUSE),
		.allow = text_of(TEXT_ALLOW) };

	show_prompt(f, &p);
	return f->prompt;
}

const char *face_prompt_delete(struct face *f)
{
	snprintf(f->prompt, sizeof(f->prompt), text_of(TEXT_ASK_DELETE), f->advisor);
	return open_prompt(f, FACE_DELETE_ASK, TEXT_ASK_DELETE_TITLE);
}

const char *face_prompt(struct face *f, uint32_t ask, enum capability cap)
{
	static const struct {
		enum text title, body;
	} prompt[CAP_COUNT] = {
		[CAP_VIEW] = { TEXT_ASK_VIEW_TITLE, TEXT_ASK_VIEW },
		[CAP_POINT] = { TEXT_ASK_POINT_TITLE, TEXT_ASK_POINT },
		[CAP_CONTROL] = { TEXT_ASK_CONTROL_TITLE, TEXT_ASK_CONTROL },
	};

	if (cap == CAP_VIEW && f->scope[0]) {
		snprintf(f->prompt, sizeof(f->prompt), text_of(TEXT_ASK_VIEW_ONE), f->advisor, f->purpose, f->scope);
		return open_prompt(f, ask, TEXT_ASK_VIEW_ONE_TITLE);
	}
	snprintf(f->prompt, sizeof(f->prompt), text_of(prompt[cap].body), f->advisor, f->purpose);
	return open_prompt(f, ask, prompt[cap].title);
}

const char *face_prompt_offer(
		struct face *f, uint32_t ask, const char *name, uint32_t size, const char *sha256)
{
	char in_words[FILE_WORDS_SIZE];

	file_words_size(size, in_words);
	snprintf(f->prompt, sizeof(f->prompt), text_of(TEXT_ASK_FILE_DOWN), f->advisor, f->purpose, name, in_words,
			text_of(file_words_type(name)), sha256);
	return open_prompt(f, ask, TEXT_ASK_FILE_DOWN_TITLE);
}

const char *face_prompt_file(struct face *f, uint32_t ask)
{
	snprintf(f->prompt, sizeof(f->prompt), text_of(TEXT_ASK_FILE_UP), f->advisor, f->purpose);
	return open_prompt(f, ask, TEXT_ASK_FILE_UP_TITLE);
}

void face_set_file(struct face *f, const char *line, bool is_moving)
{
	snprintf(f->file, sizeof(f->file), "%s", line);
	f->is_file_moving = is_moving;
}

const char *face_caller(struct face *f, uint32_t ask)
{
	struct ui_prompt p = { .ask = ask,
		.title = text_of(TEXT_CALLER_TITLE),
		.body = text_of(TEXT_CALLER),
		.refuse = text_of(TEXT_CALLER_OTHER),
		.allow = text_of(TEXT_CALLER_CUSTOMER),
		.is_even = true };

	show_prompt(f, &p);
	return p.body;
}

void face_chat_add(struct face *f, bool is_own, const char *text)
{
	platform_chat_add(f->platform, is_own ? text_of(TEXT_CHAT_YOU) : f->advisor, text, is_own);
}

void face_chat(struct face *f, bool can_write, bool is_away)
{
	char title[160];
	const struct ui_chat c = {
		.open = can_write && !is_away ? text_of(TEXT_WRITE) : NULL,
		.title = title,
		.field = text_of(TEXT_CHAT_FIELD),
		.send = text_of(TEXT_CHAT_SEND),
		.hint = text_of(can_write ? TEXT_CHAT_HINT : TEXT_CHAT_OFF),
		.can_write = can_write,
		.is_away = is_away,
	};

	snprintf(title, sizeof(title), text_of(TEXT_CHAT_TITLE), f->advisor);
	platform_chat(f->platform, &c);
}
