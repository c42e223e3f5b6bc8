#ifndef PAGE_RENDER_H
#define PAGE_RENDER_H

#include "gateway/live/http.h"

/** page_render: the HTML of the customer's pages; pages.c decides which and when. */
enum page_text {
#define PAGE_TEXT(name, fr, en) PAGE_##name,
#include "gateway/live/page_texts.def"
#undef PAGE_TEXT
	PAGE_TEXT_COUNT
};

/** lang: 0 French, 1 English. */
const char *page_text(unsigned lang, enum page_text t);
/** Language the request asks for: ?lang=en, else French. */
unsigned page_lang(const struct request *r);

/** The terms page; `notice` is shown on top unless it is PAGE_TEXT_COUNT. `link`: the bank's link
 * token or "". */
void render_terms(struct request *r, unsigned status, unsigned lang, enum page_text notice,
		const char *link);
/** The form for the code; `error` as above. */
void render_code(struct request *r, unsigned lang, enum page_text error);
/** The download: `ticket` NULL if this computer has no program or no ticket is left (then `why`).
 */
void render_program(struct request *r, unsigned lang, const char *advisor, const char *purpose,
		const char *ticket, enum page_text why);
/** A page of one title and one sentence, with the way back to the terms. */
void render_message(struct request *r, unsigned status, unsigned lang, enum page_text title,
		enum page_text text);

#endif
