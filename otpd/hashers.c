/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hashers: a child that keeps four workers alive, each at the end of a socket of its own. */
#include "config.h"

#include "hashers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "nursery.h"

struct slot {
	int fd;
	uint64_t job;		/* 0: idle */
	uid_t uid;
	bool is_large;
};

struct otpd_hashers {
	pid_t pid;
	struct slot slot[OTPD_HASHERS];
};

/* The word, too, costs a hash of the password: what was typed is not told apart by time. */
void
otpd_hash_run(const struct otpd_hash_job *job, struct otpd_hash_result *ret)
{
	struct otp_secret word = job->confirm;
	enum otp_err err = OTP_OK;

	memset(ret, 0, sizeof(*ret));
	ret->id = job->id;
	if (job->needs_check) {
		otp_phc_word_normalise(&word);
		err = otp_phc_check(job->pepper, job->phc, &job->confirm, job->cost, &ret->phc_right);
		if (err == OTP_OK)
			err = otp_phc_word_check(job->pepper, job->user_id, job->word, &word,
			    &ret->word_right);
	}
	if (err == OTP_OK && job->needs_second)
		err = otp_phc_check(job->pepper, job->second_phc, &job->second, job->cost,
		    &ret->second_right);
	if (err == OTP_OK && job->needs_make)
		err = otp_phc_make(job->pepper, &job->new_confirm, job->cost, ret->made);
	otp_secret_clear(&word);
	ret->err = err;
}

/* ---- in the children ---- */

static void
working(int fd)
{
	struct otpd_hash_result result;
	struct otpd_hash_job job;
	ssize_t n;

	for (;;) {
		n = recv(fd, &job, sizeof(job), 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n != (ssize_t)sizeof(job))
			_exit(n == 0 ? 0 : 1);
		otpd_hash_run(&job, &result);
		otp_wipe(&job, sizeof(job));
		n = send(fd, &result, sizeof(result), MSG_NOSIGNAL);
		otp_wipe(&result, sizeof(result));
		if (n < 0)
			_exit(errno == EPIPE ? 0 : 1);
	}
}

static pid_t
start_worker(const int fd[OTPD_HASHERS], unsigned i)
{
	pid_t pid = 0;

	if (otpd_nursery_fork("otpd-hasher", &fd[i], 1, &pid) != OTP_OK)
		return -1;
	if (pid == 0)
		working(fd[i]);
	return pid;
}

/* When memory is short, these die first, and otpd lives. Root only may lower it again. */
static void
offer_to_die(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)otp_file_write(fd, "800", 3);
	otp_file_close(&fd);
}

static void
tending(const int fd[OTPD_HASHERS])
{
	const struct otpd_hash_result lost = { .err = OTP_ERR_BUSY };
	pid_t worker[OTPD_HASHERS];
	unsigned n_alive = OTPD_HASHERS;
	int status;
	pid_t pid;

	offer_to_die();
	(void)prctl(PR_SET_DUMPABLE, 0);	/* closes /proc/self to us, so not before */
	for (unsigned i = 0; i < OTPD_HASHERS; i++)
		if ((worker[i] = start_worker(fd, i)) < 0)
			_exit(1);
	while (n_alive > 0) {
		pid = waitpid(-1, &status, 0);
		if (pid < 0 && errno != EINTR)
			_exit(1);
		for (unsigned i = 0; pid > 0 && i < OTPD_HASHERS; i++) {
			if (worker[i] != pid)
				continue;
			worker[i] = -1;
			if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
				n_alive--;	/* otpd closed its end */
				continue;
			}
			(void)send(fd[i], &lost, sizeof(lost), MSG_NOSIGNAL | MSG_DONTWAIT);
			(void)poll(NULL, 0, 100);
			if ((worker[i] = start_worker(fd, i)) < 0)
				_exit(1);
		}
	}
	_exit(0);
}

/* ---- in otpd ---- */

enum otp_err
otpd_hashers_start(struct otpd_hashers **ret)
{
	struct otpd_hashers *h = calloc(1, sizeof(*h));
	int theirs[OTPD_HASHERS], pair[2];
	enum otp_err err = OTP_ERR_SYSTEM;

	if (h == NULL)
		return OTP_ERR_NO_MEMORY;
	for (unsigned i = 0; i < OTPD_HASHERS; i++)
		theirs[i] = h->slot[i].fd = -1;
	for (unsigned i = 0; i < OTPD_HASHERS; i++) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
			goto out;
		h->slot[i].fd = pair[0];
		theirs[i] = pair[1];
	}
	err = otpd_nursery_fork("otpd-hashers", theirs, OTPD_HASHERS, &h->pid);
	if (err == OTP_OK && h->pid == 0)
		tending(theirs);
out:
	for (unsigned i = 0; i < OTPD_HASHERS; i++)
		otp_file_close(&theirs[i]);
	if (err != OTP_OK)
		otpd_hashers_free(&h);
	else
		*ret = h;
	return err;
}

void
otpd_hashers_free(struct otpd_hashers **h)
{
	if (*h == NULL)
		return;
	for (unsigned i = 0; i < OTPD_HASHERS; i++)
		otp_file_close(&(*h)->slot[i].fd);
	if ((*h)->pid > 0) {
		(void)kill((*h)->pid, SIGKILL);
		(void)waitpid((*h)->pid, NULL, 0);
	}
	free(*h);
	*h = NULL;
}

int
otpd_hashers_fd(const struct otpd_hashers *h, unsigned i)
{
	return h->slot[i].fd;
}

enum otp_err
otpd_hashers_give(struct otpd_hashers *h, uid_t uid, bool is_large, const struct otpd_hash_job *job)
{
	struct slot *idle = NULL;
	unsigned n_large = 0;
	bool has_one = false;

	for (unsigned i = 0; i < OTPD_HASHERS; i++) {
		struct slot *s = &h->slot[i];

		if (s->job == 0) {
			idle = s;
			continue;
		}
		n_large += s->is_large;
		has_one |= s->uid == uid;
	}
	if (idle == NULL || (is_large ? n_large >= OTPD_HASHERS - 1 : has_one))
		return OTP_ERR_BUSY;
	if (send(idle->fd, job, sizeof(*job), MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)sizeof(*job))
		return OTP_ERR_BUSY;
	idle->job = job->id;
	idle->uid = uid;
	idle->is_large = is_large;
	return OTP_OK;
}

enum otp_err
otpd_hashers_read(struct otpd_hashers *h, unsigned i, struct otpd_hash_result *ret)
{
	struct slot *s = &h->slot[i];
	ssize_t n;

	do
		n = recv(s->fd, ret, sizeof(*ret), MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return OTP_ERR_BUSY;
	if (n != (ssize_t)sizeof(*ret))
		return OTP_ERR_SYSTEM;
	if (ret->id == 0)
		ret->id = s->job;	/* the worker died: whatever it had is lost */
	if (ret->id == s->job)
		s->job = 0;
	return OTP_OK;
}
