/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Helpers forked before any secret is known: how they start, and how they die with otpd. */
#ifndef OTPD_NURSERY_H
#define OTPD_NURSERY_H

#include <sys/types.h>

#include "err.h"

/*
 * Forks. In the child *ret_pid is 0: signals are as at a program's start (INT,
 * TERM, HUP and PIPE ignored: it ends when its socket does), it dies with its
 * parent, and of the descriptors from 3 up it has `keep` only.
 */
enum otp_err otpd_nursery_fork(const char *name, const int *keep, size_t n_keep, pid_t *ret_pid);
/* In any child, first: signals back to their defaults, unblocked; dies with `parent` (exits if that is gone already). */
void otpd_nursery_orphan(pid_t parent);

#endif
