#include "gateway/live/page_render.h"

#include <stdio.h>
#include <string.h>

#include "gateway/http/form.h"

static const char *const texts[PAGE_TEXT_COUNT][LIVE_LANGUAGES] = {
#define PAGE_TEXT(name, fr, en) [PAGE_##name] = { fr, en },
#include "gateway/live/page_texts.def"
#undef PAGE_TEXT
};

const char *page_text(unsigned lang, enum page_text t)
{
	return texts[t][lang];
}

unsigned page_lang(const struct request *r)
{
	char lang[8];

	if (!form_value(r->query, "lang", lang, sizeof(lang)) &&
			!(r->body.at && form_value(r->body.at, "lang", lang, sizeof(lang))))
		return 0;
	return strcmp(lang, "en") == 0 ? 1 : 0;
}

/* Relative way back to the base: "programme/xyz" is one level down. */
static const char *base_of(const struct request *r)
{
	return strncmp(r->path, "/programme/", 11) == 0 ? "../" : "./";
}

static void begin(struct request *r, unsigned lang, const char *title)
{
	struct text *t = &r->out;

	text_addf(t,
			"<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
			"<meta name=\"viewport\" content=\"width=device-width, "
			"initial-scale=1\">\n<title>",
			page_text(lang, PAGE_LANG));
	text_add_html(t, title);
	text_add(t, " · ");
	text_add_html(t, r->live->config.bank);
	text_addf(t,
			"</title>\n<link rel=\"stylesheet\" "
			"href=\"%sstyle/terms.css\">\n</head>\n<body>\n<header>"
			"<p class=\"bank\">",
			base_of(r));
	text_add_html(t, r->live->config.bank);
	text_add(t, "</p></header>\n<main>\n");
}

static void end(struct request *r, unsigned status)
{
	const struct answer a = { .status = status };

	text_add(&r->out, "</main>\n</body>\n</html>\n");
	request_answer(r, &a);
}

static void heading(struct request *r, const char *s)
{
	text_add(&r->out, "<h1>");
	text_add_html(&r->out, s);
	text_add(&r->out, "</h1>\n");
}

static void paragraph(struct request *r, const char *class, const char *s)
{
	text_addf(&r->out, *class ? "<p class=\"%s\">" : "<p>", class);
	text_add_html(&r->out, s);
	text_add(&r->out, "</p>\n");
}

static void alert(struct request *r, unsigned lang, enum page_text t)
{
	if (t == PAGE_TEXT_COUNT)
		return;
	text_add(&r->out, "<p class=\"error\" role=\"alert\">");
	text_add_html(&r->out, page_text(lang, t));
	text_add(&r->out, "</p>\n");
}

/* ---- the terms ---- */

/* Paragraphs and lists of one article's body. */
static void add_body(struct text *t, const char *body)
{
	bool in_list = false;

	while (*body) {
		size_t len = strcspn(body, "\n");
		bool is_item = len > 2 && memcmp(body, "- ", 2) == 0;

		if (is_item != in_list)
			text_add(t, is_item ? "<ul>\n" : "</ul>\n");
		in_list = is_item;
		if (len) {
			text_add(t, is_item ? "<li>" : "<p>");
			text_add_html_bytes(t, is_item ? body + 2 : body, is_item ? len - 2 : len);
			text_add(t, is_item ? "</li>\n" : "</p>\n");
		}
		body += len;
		if (*body)
			body++;
	}
	if (in_list)
		text_add(t, "</ul>\n");
}

static void add_articles(struct text *t, const struct terms *terms)
{
	for (size_t i = 0; i < TERMS_ARTICLES; i++) {
		text_addf(t, "<section class=\"article\" id=\"article-%zu\">\n<h2>", i + 1);
		text_add_html(t, terms->article[i].title);
		text_add(t, "</h2>\n");
		add_body(t, terms->article[i].body);
		text_add(t, "</section>\n");
	}
}

static void add_hidden(struct text *t, const char *name, const char *value)
{
	text_addf(t, "<input type=\"hidden\" name=\"%s\" value=\"", name);
	text_add_html(t, value);
	text_add(t, "\">\n");
}

static void add_choice(struct request *r, unsigned lang, const char *link)
{
	const struct terms *terms = &r->live->terms[lang];
	struct text *t = &r->out;

	text_addf(t, "<form class=\"actions\" method=\"post\" action=\"%saccepter\">\n",
			base_of(r));
	add_hidden(t, "version", terms->version);
	add_hidden(t, "empreinte", terms->hash);
	add_hidden(t, "lang", terms->lang);
	if (*link)
		add_hidden(t, "lien", link);
	paragraph(r, "hint", page_text(lang, PAGE_ACCEPT_HINT));
	text_addf(t,
			"<button class=\"choice refuse\" name=\"bouton\" "
			"value=\"refuser\">%s</button>\n"
			"<button class=\"choice accept\" name=\"bouton\" "
			"value=\"accepter\">%s</button>\n</form>\n",
			page_text(lang, PAGE_REFUSE), page_text(lang, PAGE_ACCEPT));
}

void render_terms(struct request *r, unsigned status, unsigned lang, enum page_text notice,
		const char *link)
{
	const struct terms *terms = &r->live->terms[lang];
	struct text *t = &r->out;
	char version[128];

	begin(r, lang, terms->title);
	alert(r, lang, notice);
	text_add(t, "<p class=\"banner\" role=\"note\">");
	text_add_html(t, terms->banner);
	text_add(t, "</p>\n");
	heading(r, terms->title);
	snprintf(version, sizeof(version), page_text(lang, PAGE_VERSION), terms->version);
	text_add(t, "<p class=\"version\">");
	text_add_html(t, version);
	text_addf(t, " · <a href=\"%s%s", base_of(r), lang ? "?lang=fr" : "?lang=en");
	if (*link)
		text_addf(t, "&amp;lien=%s", link);
	text_addf(t, "\" hreflang=\"%s\">%s</a></p>\n", lang ? "fr" : "en",
			page_text(lang, PAGE_OTHER_LANG));
	if (terms->note[0])
		paragraph(r, "notice", terms->note);
	add_articles(t, terms);
	add_choice(r, lang, link);
	end(r, status);
}

/* ---- the other pages ---- */

void render_code(struct request *r, unsigned lang, enum page_text error)
{
	struct text *t = &r->out;

	begin(r, lang, page_text(lang, PAGE_CODE_TITLE));
	heading(r, page_text(lang, PAGE_CODE_TITLE));
	alert(r, lang, error);
	text_add(t, "<form class=\"step\" method=\"post\" action=\"code\">\n");
	add_hidden(t, "lang", page_text(lang, PAGE_LANG));
	text_addf(t,
			"<label for=\"code\">%s</label>\n"
			"<input class=\"code-input\" id=\"code\" name=\"code\" "
			"inputmode=\"numeric\" autocomplete=\"off\" "
			"maxlength=\"15\" required autofocus>\n<button class=\"choice "
			"accept\">%s</button>\n</form>\n",
			page_text(lang, PAGE_CODE_LABEL), page_text(lang, PAGE_CODE_SUBMIT));
	paragraph(r, "notice", page_text(lang, PAGE_CODE_WARNING));
	end(r, error == PAGE_TEXT_COUNT ? 200 : 422);
}

void render_program(struct request *r, unsigned lang, const char *advisor, const char *purpose,
		const char *ticket, enum page_text why)
{
	struct text *t = &r->out;
	char who[512];

	begin(r, lang, page_text(lang, PAGE_PROGRAM_TITLE));
	heading(r, page_text(lang, PAGE_PROGRAM_TITLE));
	snprintf(who, sizeof(who), page_text(lang, PAGE_PROGRAM_WHO), advisor, purpose);
	paragraph(r, "who", who);
	if (ticket) {
		text_add(t, "<ol class=\"steps\">\n<li class=\"step\">");
		paragraph(r, "", page_text(lang, PAGE_PROGRAM_1));
		text_addf(t, "<a class=\"download\" href=\"programme/%s\" download>%s</a>\n",
				ticket, page_text(lang, PAGE_PROGRAM_LINK));
		paragraph(r, "hint", page_text(lang, PAGE_PROGRAM_TIME));
		text_addf(t,
				"</li>\n<li class=\"step\"><p>%s</p></li>\n<li "
				"class=\"step\"><p>%s</p></li>\n</ol>\n",
				page_text(lang, PAGE_PROGRAM_2), page_text(lang, PAGE_PROGRAM_3));
	} else {
		alert(r, lang, why);
	}
	end(r, 200);
}

void render_message(struct request *r, unsigned status, unsigned lang, enum page_text title,
		enum page_text text)
{
	begin(r, lang, page_text(lang, title));
	heading(r, page_text(lang, title));
	paragraph(r, "notice", page_text(lang, text));
	text_addf(&r->out, "<p><a href=\"%s\">%s</a></p>\n", base_of(r),
			page_text(lang, PAGE_BACK));
	end(r, status);
}
