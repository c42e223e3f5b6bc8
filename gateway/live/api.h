#ifndef API_H
#define API_H

#include "gateway/live/http.h"

/** api: what the advisor's page asks for, JSON in and out (docs/PROTOCOL.md section 9.2). */
void api_login(struct request *r);
void api_logout(struct request *r);
void api_me(struct request *r);
void api_sessions(struct request *r);
void api_session_new(struct request *r);
void api_session_code(struct request *r);
void api_session_link(struct request *r);
void api_session_end(struct request *r);

#endif
