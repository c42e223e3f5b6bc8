#ifndef LOG_H
#define LOG_H

/**
 * log: one line on stderr for each error, where it is handled. Never contents, tokens, codes or passwords.
 *
 * @param session  identifier, or NULL if the error belongs to none
 */
void log_problem(const char *what, const char *session, const char *why);

#endif
