#ifndef CTL_H
#define CTL_H

#include <cjson/cJSON.h>

/**
 * ctl: the commands of guichetctl, the operator's terminal. French first (S2).
 *
 * Exit codes: 0 done; 1 refused or failed, the reason is on stderr; 2 wrong usage.
 */
enum { CTL_DONE = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

/** What the options of the command line say; NULL where one is not given. */
struct ctl_options {
	const char *config, *socket, *directory, *display, *password_file, *role;
	const char *ground, *out, *evidence_key, *recipient, *reader, *root, *tsa;
	const char *reference, *advisor, *purpose, *outcome, *from, *to;
	const char *customer, *dry_run, *json; /* "yes" if given */
};

/** A command's words after its own; the exit code. */
typedef int ctl_command(const struct ctl_options *o, char **words);

/** `guichetctl WORDS… OPTIONS…`; the exit code. */
int ctl_run(int argc, char **argv);

/* ctl_account.c */
ctl_command ctl_advisor_add, ctl_advisor_disable, ctl_advisor_enable, ctl_advisor_list;
ctl_command ctl_officer_add, ctl_officer_disable, ctl_officer_enable, ctl_officer_list;
/* ctl_journal.c */
ctl_command ctl_journal;
/* ctl_evidence.c */
ctl_command ctl_search, ctl_sessions, ctl_rectify, ctl_hold_on, ctl_hold_off, ctl_erase_ask, ctl_erase_confirm,
	ctl_retention;
/* ctl_keys.c */
ctl_command ctl_evidence_keygen, ctl_evidence_rewrap;
/* ctl_export.c */
ctl_command ctl_export, ctl_verify;

/* ---- what they share: ctl_client.c ---- */

/** Says why on stderr; CTL_FAILED. */
int ctl_fail(const char *why);
/** What a word of the notary's means, in French. */
const char *ctl_text_of(const char *word);
/**
 * Asks the notary; takes ownership of `fields`. NULL: refused or away, said on stderr. *fd: the descriptor that came
 * with the answer, or -1; `fd` NULL closes it. *word, if not NULL, gets the notary's word instead of stderr.
 */
cJSON *ctl_ask(const struct ctl_options *o, const char *op, cJSON *fields, int *fd, const char **word);
/** {"who":…}: the user at this terminal, him who called sudo if it was so. */
cJSON *ctl_who(void);
/** The same with "session"; NULL: no such number, said on stderr. */
cJSON *ctl_who_session(const char *session);
/** The name alone, in a buffer of at least 33 bytes. */
void ctl_name(char out[33]);
/** A secret from the first line of a file, or asked at the terminal, twice if `is_new`. 0; else said, CTL_FAILED. */
int ctl_secret(const char *file, const char *question, int is_new, char *out, int room);

#endif
