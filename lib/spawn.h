/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting another program: with just the descriptors and the environment that it is given. */
#ifndef OTP_SPAWN_H
#define OTP_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "err.h"
#include "message.h"

struct otp_spawn {
	const char *const *argv;	/* argv[0] is an absolute path */
	const char *const *envp;	/* NULL: a fixed PATH and LANG=C.UTF-8, nothing of ours */
	int fd_in, fd_out, fd_err;	/* -1: /dev/null */
	int fd_3;			/* -1: none; otherwise becomes descriptor 3 */
	bool new_session;		/* setsid */
};
/* Never through a shell. Signal mask and dispositions are reset in the child. SYSTEM when it cannot be started. */
enum otp_err otp_spawn(const struct otp_spawn *how, pid_t *ret_pid, struct otp_why *why);
/* Waits; *ret_status is the exit status, or 128 + signal. */
enum otp_err otp_spawn_wait(pid_t pid, int *ret_status);

#endif
