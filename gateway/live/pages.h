#ifndef PAGES_H
#define PAGES_H

#include "gateway/live/http.h"

/**
 * pages: what the customer sees in his browser, without JavaScript (S1 to S6; docs/PROTOCOL.md
 * section 9).
 */
void page_terms(struct request *r); /* GET  ./            the terms, « Accepter », « Refuser » */
void page_accept(struct request *r); /* POST ./accepter    stores the record, then goes on */
void page_next(struct request *r);   /* GET  ./suite       the code, then the download */
void page_code(struct request *r);   /* POST ./code        joins a session */
void page_program(
		struct request *r); /* GET  ./programme/T the executable with its one-use ticket */
void page_not_found(struct request *r);
void page_health(struct request *r); /* GET  ./sante       for the proxy: 200 if the notary is there
				      */

#endif
