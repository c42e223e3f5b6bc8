#include "agent/face.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct face {
	struct platform *platform;
	char title[128], who[128], why[128], words[96], since[24], prompt[1024];
	char advisor[96], purpose[96];
	enum text over;
};

enum err face_new(struct platform *p, const char *bank, struct face **out)
{
	struct face *f = calloc(1, sizeof(*f));

	*out = f;
	if (!f)
		return ERR_NOMEM;
	f->platform = p;
	f->over = TEXT_OVER_LOST;
	snprintf(f->title, sizeof(f->title), text_of(TEXT_WINDOW_TITLE), bank);
	return OK;
}

void face_free(struct face *f)
{
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

static void describe_caps(struct ui_state *s, const struct consent *c)
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
		s->cap[cap].take_back = is_on ? text_of(cap_texts[cap].take) : NULL;
	}
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
		.recording = is_known && stage != FACE_OVER ? text_of(TEXT_JOURNAL_MARK) : "",
		.since = f->since,
		.panic_hint = text_of(TEXT_PANIC_HINT),
		.end = text_of(TEXT_END),
		.close = text_of(TEXT_CLOSE),
		.is_over = stage == FACE_OVER,
	};

	s.words_hint = s.words[0] ? text_of(TEXT_WORDS_HINT) : "";
	describe_caps(&s, c);
	platform_window(f->platform, &s);
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
	struct ui_prompt p = { .ask = ask,
		.title = text_of(prompt[cap].title),
		.body = f->prompt,
		.refuse = text_of(TEXT_REFUSE),
		.allow = text_of(TEXT_ALLOW) };

	snprintf(f->prompt, sizeof(f->prompt), text_of(prompt[cap].body), f->advisor, f->purpose);
	platform_prompt(f->platform, &p);
	return f->prompt;
}
