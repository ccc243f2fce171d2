/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A forked child that works for the store at its own pace and says at its end what it has done. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "worker.h"

#define KEEP_MAX 8
#define PACE_BYTES (1u << 20)
#define PACE_NS 4000000
#define NICE 10
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_BEST_EFFORT_LOWEST (2 << 13 | 7)

void
otp_pace_work(struct otp_pace *pace, size_t bytes)
{
	const struct timespec nap = { 0, PACE_NS };

	if (pace->is_hurried == NULL || atomic_load(pace->is_hurried) != 0)
		return;
	pace->debt += bytes;
	if (pace->debt < PACE_BYTES)
		return;
	pace->debt = 0;
	(void)nanosleep(&nap, NULL);
}

static void
become_worker(pid_t parent)
{
	const int ignored[] = { SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2, SIGXFSZ };
	sigset_t none;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(1);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	(void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_BEST_EFFORT_LOWEST);
}

static void
run(otp_worker_job job, void *ctx, const struct otp_worker *w, int fd)
{
	struct otp_pace pace = { .is_hurried = w->is_hurried };

	job(ctx, &pace, w->report);
	_exit(otp_file_write(fd, w->report, w->size) == OTP_OK ? 0 : 1);
}

static void
release(struct otp_worker *w)
{
	otp_file_close(&w->fd);
	free(w->report);
	if (w->is_hurried != NULL)
		(void)munmap(w->is_hurried, sizeof(*w->is_hurried));
	*w = (struct otp_worker)OTP_WORKER_INIT;
}

enum otp_err
otp_worker_start(struct otp_worker *w, otp_worker_job job, void *ctx, size_t report_size,
    const int *keep, size_t n_keep)
{
	const pid_t parent = getpid();
	int kept[KEEP_MAX + 1];
	int fds[2] = { -1, -1 };
	enum otp_err err = OTP_ERR_NO_MEMORY;
	sigset_t all, before;
	void *shared;

	if (w->pid != 0 || report_size > OTP_WORKER_REPORT_MAX || n_keep > KEEP_MAX)
		return OTP_ERR_INTERNAL;
	*w = (struct otp_worker)OTP_WORKER_INIT;
	w->size = report_size;
	w->report = calloc(1, report_size);
	shared = mmap(NULL, sizeof(*w->is_hurried), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared != MAP_FAILED)
		w->is_hurried = shared;
	if (w->report == NULL || w->is_hurried == NULL)
		goto out;
	err = OTP_ERR_SYSTEM;
	if (pipe2(fds, O_CLOEXEC) != 0)
		goto out;
	/* until the child ignores what stops a service, it must not get it */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	w->pid = fork();
	if (w->pid != 0)
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (w->pid == 0) {
		become_worker(parent);
		for (size_t i = 0; i < n_keep; i++)
			kept[i] = keep[i];
		kept[n_keep] = fds[1];
		otp_file_close_all_but(kept, n_keep + 1);
		run(job, ctx, w, fds[1]);
	}
	if (w->pid < 0)
		goto out;
	w->fd = fds[0];
	fds[0] = -1;
	err = OTP_OK;
out:
	otp_file_close(&fds[0]);
	otp_file_close(&fds[1]);
	if (err != OTP_OK)
		release(w);
	return err;
}

/* Reads what there is. OTP_OK: the report is whole; SYSTEM: no more will come; BUSY. */
static enum otp_err
receive(struct otp_worker *w, int timeout)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	ssize_t n;

	for (;;) {
		n = poll(&p, 1, timeout);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? OTP_ERR_BUSY : OTP_ERR_SYSTEM;
		n = read(w->fd, (char *)w->report + w->got, w->size - w->got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return OTP_ERR_SYSTEM;
		w->got += (size_t)n;
		if (w->got == w->size)
			return OTP_OK;
	}
}

void
otp_worker_hurry(struct otp_worker *w)
{
	if (w->pid != 0)
		atomic_store(w->is_hurried, 1);
}

enum otp_err
otp_worker_poll(struct otp_worker *w, bool is_waited, void *report)
{
	enum otp_err err;

	if (w->pid == 0)
		return OTP_ERR_INTERNAL;
	if (is_waited)
		otp_worker_hurry(w);
	err = receive(w, is_waited ? -1 : 0);
	if (err == OTP_ERR_BUSY)
		return err;
	if (err == OTP_OK)
		memcpy(report, w->report, w->size);
	/* it is about to end, or has lost its way */
	if (err != OTP_OK)
		(void)kill(w->pid, SIGKILL);
	while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
		;
	release(w);
	return err;
}

void
otp_worker_kill(struct otp_worker *w)
{
	if (w->pid == 0)
		return;
	(void)kill(w->pid, SIGKILL);
	while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
		;
	release(w);
}

void
otp_worker_forget(struct otp_worker *w)
{
	release(w);
}
