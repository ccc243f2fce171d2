/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forking children that hold only what they are given, and that never outlive their parent. */
#include "config.h"

#include "nursery.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "file.h"

void
otpd_nursery_orphan(pid_t parent)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	(void)sigaction(SIGCHLD, &action, NULL);
	action.sa_handler = SIG_IGN;
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGHUP, &action, NULL);
	(void)sigaction(SIGPIPE, &action, NULL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

enum otp_err
otpd_nursery_fork(const char *name, const int *keep, size_t n_keep, pid_t *ret_pid)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return OTP_ERR_SYSTEM;
	if (pid == 0) {
		otpd_nursery_orphan(parent);
		otp_file_close_all_but(keep, n_keep);
		(void)prctl(PR_SET_NAME, name);
	}
	*ret_pid = pid;
	return OTP_OK;
}
