/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting another program: with just the descriptors and the environment that it is given. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "spawn.h"

/* Descriptors from here up are out of the way of the four that a child may get. */
#define FIRST_FREE 10

static const char *const plain_environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"LANG=C.UTF-8",
	NULL,
};

/* execve's prototype predates const; it changes nothing. */
static char *const *
without_const(const char *const *list)
{
	union {
		const char *const *in;
		char *const *out;
	} u = { .in = list };

	return u.out;
}

static void
reset_signals(void)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &plain, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* fd, or /dev/null, above all the places that will be written. */
static int
out_of_the_way(int fd)
{
	int opened = fd >= 0 ? -1 : open("/dev/null", O_RDWR | O_CLOEXEC);
	int moved = fcntl(fd >= 0 ? fd : opened, F_DUPFD_CLOEXEC, FIRST_FREE);

	if (opened >= 0)
		(void)close(opened);
	return moved;
}

/* In the child. The host may have threads: only what is async-signal-safe. Returns errno. */
static int
become(const struct otp_spawn *how, int report)
{
	const int wanted[4] = { how->fd_in, how->fd_out, how->fd_err, how->fd_3 };
	const int n_wanted = how->fd_3 >= 0 ? 4 : 3;
	const int keep[2] = { report, how->fd_3 >= 0 ? 3 : -1 };
	const char *const *env = how->envp != NULL ? how->envp : plain_environment;
	int moved[4];

	/* first all out of the way, then all into place: they may overlap */
	for (int i = 0; i < n_wanted; i++) {
		moved[i] = out_of_the_way(wanted[i]);
		if (moved[i] < 0)
			return errno;
	}
	for (int i = 0; i < n_wanted; i++)
		if (dup2(moved[i], i) < 0)
			return errno;
	otp_file_close_all_but(keep, 2);
	if (how->new_session && setsid() < 0)
		return errno;
	reset_signals();
	(void)execve(how->argv[0], without_const(how->argv), without_const(env));
	return errno;
}

static void
run_child(const struct otp_spawn *how, int report_fd)
{
	/* F_DUPFD_CLOEXEC: gone with a good exec, which is how the parent knows of it */
	int report = fcntl(report_fd, F_DUPFD_CLOEXEC, FIRST_FREE);
	int e = report >= 0 ? become(how, report) : errno;

	(void)otp_file_write(report >= 0 ? report : report_fd, &e, sizeof(e));
	_exit(127);
}

/* 0 when the program runs; errno of what stopped it. */
static int
read_report(int fd)
{
	int e = 0;
	ssize_t n;

	do {
		n = read(fd, &e, sizeof(e));
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return 0;
	return n == (ssize_t)sizeof(e) && e != 0 ? e : EIO;
}

/* *ret_pid is set as soon as there is a child; returns errno. */
static int
start(const struct otp_spawn *how, pid_t *ret_pid)
{
	sigset_t all, before;
	int fds[2];
	int e;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return errno;
	/* no handler of the host's may run in the child */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	*ret_pid = fork();
	e = errno;
	if (*ret_pid == 0)
		run_child(how, fds[1]);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	otp_file_close(&fds[1]);
	if (*ret_pid > 0)
		e = read_report(fds[0]);
	otp_file_close(&fds[0]);
	return e;
}

enum otp_err
otp_spawn(const struct otp_spawn *how, pid_t *ret_pid, struct otp_why *why)
{
	const char *path = how->argv[0];
	pid_t pid = -1;
	int e, status;

	*ret_pid = -1;
	e = path != NULL && path[0] == '/' ? start(how, &pid) : EINVAL;
	if (e == 0) {
		*ret_pid = pid;
		return OTP_OK;
	}
	if (pid > 0)
		(void)otp_spawn_wait(pid, &status);
	return OTP_WHY(why, OTP_ERR_SYSTEM, CANNOT_START, path, OTP_WHY_ERRNO(e));
}

enum otp_err
otp_spawn_wait(pid_t pid, int *ret_status)
{
	int status = 0;
	pid_t got;

	*ret_status = -1;
	do {
		got = waitpid(pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	if (got != pid)
		return OTP_ERR_SYSTEM;
	*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return OTP_OK;
}
