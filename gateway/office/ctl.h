#ifndef CTL_H
#define CTL_H

/**
 * ctl: the commands of guichetctl, the operator's terminal. French first (S2).
 *
 * Exit codes: 0 done; 1 refused or failed, the reason is on stderr; 2 wrong usage.
 */
enum { CTL_DONE = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

/** What the options of the command line say; NULL where one is not given. */
struct ctl_options {
	const char *config, *socket, *directory, *display, *password_file;
};

/** `guichetctl WORDS… OPTIONS…`; the exit code. */
int ctl_run(int argc, char **argv);

/** advisor add NAME (ctl_advisor.c). */
int ctl_advisor_add(const struct ctl_options *o, char **words);
/** journal SESSION (ctl_journal.c). */
int ctl_journal(const struct ctl_options *o, char **words);

#endif
