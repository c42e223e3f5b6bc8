#include "gateway/notary/stamp_process.h"

#include <fcntl.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/notary/log.h"

struct stamp_process {
	struct stamp_process_options o;
	struct stamper stamper;
	pid_t pid; /* 0: nothing runs */
	int fd;    /* of the process, -1 */
};

/* It begins with no signal blocked, and none ignored: it has to be able to end itself. */
static int set_signals(posix_spawnattr_t *a)
{
	sigset_t none, all;
	int failed;

	sigemptyset(&none);
	sigfillset(&all);
	failed = posix_spawnattr_setsigmask(a, &none);
	if (!failed)
		failed = posix_spawnattr_setsigdefault(a, &all);
	if (!failed)
		failed = posix_spawnattr_setflags(a, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return failed;
}

static int set_files(posix_spawn_file_actions_t *f, int out)
{
	int failed = posix_spawn_file_actions_addopen(f, STDIN_FILENO, "/dev/null", O_RDONLY, 0);

	return failed ? failed : posix_spawn_file_actions_adddup2(f, out, STDOUT_FILENO);
}

static int spawn_program(struct stamp_process *p, const char *digest, int out)
{
	char *const words[] = {
		(char *)p->o.program, "--url", (char *)p->o.url, "--ca", (char *)p->o.ca, "--digest", (char *)digest, NULL,
	};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int failed = posix_spawn_file_actions_init(&files);

	if (failed)
		return failed;
	failed = posix_spawnattr_init(&attributes);
	if (!failed) {
		failed = set_signals(&attributes);
		if (!failed)
			failed = set_files(&files, out);
		if (!failed)
			failed = posix_spawn(&p->pid, p->o.program, &files, &attributes, words, environ); /* a proxy stands there */
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&files);
	return failed;
}

static enum err start(void *arg, const char *digest, int out)
{
	struct stamp_process *p = arg;
	int failed = spawn_program(p, digest, out);

	if (failed) {
		p->pid = 0;
		log_problem(p->o.program, NULL, strerror(failed));
		return ERR_IO;
	}
	p->fd = pidfd_open(p->pid, 0); /* without it the tick notices the end */
	return OK;
}

static void forget(struct stamp_process *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	p->pid = 0;
}

static enum stamp_state poll_end(void *arg)
{
	struct stamp_process *p = arg;
	int status;
	pid_t ended;

	if (p->pid == 0)
		return STAMP_FAILED;
	ended = waitpid(p->pid, &status, WNOHANG);
	if (ended == 0)
		return STAMP_RUNNING;
	forget(p);
	return ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? STAMP_DONE : STAMP_FAILED;
}

static void stop(void *arg)
{
	struct stamp_process *p = arg;

	if (p->pid == 0)
		return;
	kill(p->pid, SIGKILL);
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
	forget(p);
}

struct stamp_process *stamp_process_new(const struct stamp_process_options *o)
{
	struct stamp_process *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->o = *o;
	p->fd = -1;
	p->stamper = (struct stamper){ .arg = p, .start = start, .poll = poll_end, .stop = stop };
	return p;
}

void stamp_process_free(struct stamp_process *p)
{
	if (!p)
		return;
	stop(p);
	free(p);
}

const struct stamper *stamp_process_stamper(struct stamp_process *p)
{
	return &p->stamper;
}

int stamp_process_fd(const struct stamp_process *p)
{
	return p->fd;
}
