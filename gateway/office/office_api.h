#ifndef OFFICE_API_H
#define OFFICE_API_H

#include "gateway/office/office_http.h"

/**
 * office_api: the handlers of the REST API (docs/office-openapi.json). Each answers its request in every case.
 * The notary decides who may what; the route's role is looked at before, so that it is not even asked.
 */

/* office_people.c */
void api_login(struct request *r);
void api_logout(struct request *r);
void api_me(struct request *r);
/** Asks the notary who has this cookie. False: answered (401, 503). */
bool officer_of_request(struct request *r);

/* office_evidence.c */
void api_search(struct request *r);
void api_session(struct request *r);
void api_replay(struct request *r);
void api_file(struct request *r);
void api_rectify(struct request *r);
void api_hold(struct request *r);
void api_erase(struct request *r);
void api_erase_confirm(struct request *r);

/* office_export.c, office_report.c */
void api_export(struct request *r);
void api_report(struct request *r);

/* office_operator.c */
void api_now(struct request *r);
void api_retention(struct request *r);
void door_metrics(struct request *r);
void door_health(struct request *r);
void door_ready(struct request *r);

/* ---- what they share: office_ask.c ---- */

/** {"who":LOGIN} of the officer, to be filled on; never NULL to the functions of cJSON's that take it. */
cJSON *api_who(const struct request *r);
/** The same with "session" of the path. */
cJSON *api_who_session(const struct request *r);
/**
 * Asks the notary. Takes ownership of `fields`. NULL: the request is answered, with the status that fits the
 * notary's word, or 503 "notary" when it is away. `fd` as in notary_pool_ask().
 */
cJSON *api_ask(struct request *r, const char *op, cJSON *fields, int timeout_ms, int *fd);
/** The same, for what is asked while an answer is already on its way: nothing is answered, *word says why. */
cJSON *api_ask_quietly(struct office *o, const char *op, cJSON *fields, int timeout_ms, int *fd, const char **word);
/** Answers with a word of the notary and the status that fits it. */
void api_refuse(struct request *r, const char *word);
/** Reads a JSON body with exactly these fields. NULL: answered 400. */
cJSON *api_body(struct request *r, const char *fields);
/** Passes the notary's answer on without "id" and "ok"; frees it. */
void api_pass(struct request *r, cJSON *answer);
/** The filter of search and report out of the query, into `fields`. False: answered 400. */
bool api_filter(struct request *r, cJSON *fields);
/** Which page of it: "before" and "limit". False: answered 400. */
bool api_page(struct request *r, cJSON *fields);
/** One of OFFICE_EXPORTS_MAX. False: answered 503 "busy". */
bool api_take_export(struct request *r);
void api_end_export(struct office *o);

#endif
