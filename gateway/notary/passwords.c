#include "gateway/notary/passwords.h"

#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum state { IDLE, ASKED, DONE, QUIT };

struct passwords {
	pthread_t thread;
	pthread_mutex_t lock; /* of state and job */
	pthread_cond_t asked;
	enum state state;
	struct passwords_job job;
	bool is_running;
	int event;
	char dummy[PASSWORD_HASH];
};

_Static_assert(PASSWORD_HASH >= crypto_pwhash_STRBYTES, "an argon2id string fits");

static bool make_hash(char hash[PASSWORD_HASH], const char *password, size_t len)
{
	return crypto_pwhash_str(hash, password, len, crypto_pwhash_OPSLIMIT_INTERACTIVE,
			crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0;
}

static void do_job(struct passwords_job *job)
{
	size_t len = strlen(job->password);

	if (job->is_new)
		job->is_good = make_hash(job->hash, job->password, len);
	else
		job->is_good = crypto_pwhash_str_verify(job->hash, job->password, len) == 0;
	sodium_memzero(job->password, sizeof(job->password));
}

static void *work(void *arg)
{
	struct passwords *p = arg;
	const uint64_t one = 1;

	pthread_mutex_lock(&p->lock);
	while (p->state != QUIT) {
		struct passwords_job job;

		if (p->state != ASKED) {
			pthread_cond_wait(&p->asked, &p->lock);
			continue;
		}
		job = p->job;
		sodium_memzero(p->job.password, sizeof(p->job.password));
		pthread_mutex_unlock(&p->lock);
		do_job(&job);
		pthread_mutex_lock(&p->lock);
		p->job = job;
		if (p->state == ASKED)
			p->state = DONE;
		if (write(p->event, &one, sizeof(one)) < 0)
			continue; /* an eventfd of our own that was just at 0 takes it */
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Signals belong to the loop: the thread takes none. */
static bool start_thread(struct passwords *p)
{
	sigset_t all, before;
	bool is_started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	is_started = pthread_create(&p->thread, NULL, work, p) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return is_started;
}

enum err passwords_new(struct passwords **out)
{
	struct passwords *p = calloc(1, sizeof(*p));
	char secret[32];

	*out = NULL;
	if (!p)
		return ERR_NOMEM;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->asked, NULL);
	p->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	randombytes_buf(secret, sizeof(secret));
	if (p->event >= 0 && make_hash(p->dummy, secret, sizeof(secret)))
		p->is_running = start_thread(p);
	sodium_memzero(secret, sizeof(secret));
	if (!p->is_running) {
		passwords_free(p);
		return ERR_IO;
	}
	*out = p;
	return OK;
}

void passwords_free(struct passwords *p)
{
	if (!p)
		return;
	if (p->is_running) {
		pthread_mutex_lock(&p->lock);
		p->state = QUIT;
		pthread_cond_signal(&p->asked);
		pthread_mutex_unlock(&p->lock);
		pthread_join(p->thread, NULL);
	}
	if (p->event >= 0)
		close(p->event);
	pthread_cond_destroy(&p->asked);
	pthread_mutex_destroy(&p->lock);
	sodium_memzero(p, sizeof(*p));
	free(p);
}

int passwords_fd(const struct passwords *p)
{
	return p->event;
}

bool passwords_is_idle(struct passwords *p)
{
	bool is_idle;

	pthread_mutex_lock(&p->lock);
	is_idle = p->state == IDLE;
	pthread_mutex_unlock(&p->lock);
	return is_idle;
}

void passwords_start(struct passwords *p, const struct passwords_job *job)
{
	pthread_mutex_lock(&p->lock);
	p->job = *job;
	p->state = ASKED;
	pthread_cond_signal(&p->asked);
	pthread_mutex_unlock(&p->lock);
}

bool passwords_take(struct passwords *p, struct passwords_job *out)
{
	uint64_t count;
	bool is_done;

	if (read(p->event, &count, sizeof(count)) < 0)
		return false;
	pthread_mutex_lock(&p->lock);
	is_done = p->state == DONE;
	if (is_done) {
		*out = p->job;
		p->state = IDLE;
	}
	pthread_mutex_unlock(&p->lock);
	return is_done;
}

const char *passwords_dummy(const struct passwords *p)
{
	return p->dummy;
}
