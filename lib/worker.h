/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A forked child that works for the store at its own pace and says at its end what it has done. */
#ifndef OTP_WORKER_H
#define OTP_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "err.h"

/*
 * The child sleeps in proportion to its work, so that it does not take the disk
 * from those who wait for a flush; unless somebody waits for the child.
 */
struct otp_pace {
	atomic_int *is_hurried;	/* shared with the parent; NULL: never sleep */
	size_t debt;		/* bytes worked since the last sleep */
};
void otp_pace_work(struct otp_pace *pace, size_t bytes);

/* In the child. The report is OTP_WORKER_REPORT_MAX zeroed bytes at most; what is written into it reaches the parent. */
typedef void (*otp_worker_job)(void *ctx, struct otp_pace *pace, void *report);
#define OTP_WORKER_REPORT_MAX 32768

struct otp_worker {
	pid_t pid;		/* 0: there is none */
	int fd;			/* readable when it has ended */
	void *report;
	size_t size, got;
	atomic_int *is_hurried;
};
#define OTP_WORKER_INIT { .fd = -1 }

/*
 * Forks. The child dies with its parent, closes all descriptors from 3 up that
 * are not in keep, ignores the signals that stop a service, runs the job and
 * ends. Whoever starts one may not wait for any child (waitpid(-1)) elsewhere.
 */
enum otp_err otp_worker_start(struct otp_worker *w, otp_worker_job job, void *ctx,
    size_t report_size, const int *keep, size_t n_keep);
/*
 * OTP_OK: it has ended, the report is filled. BUSY: not yet. SYSTEM: it ended
 * without one. is_waited: hurries it and waits.
 */
enum otp_err otp_worker_poll(struct otp_worker *w, bool is_waited, void *report);
/* It sleeps no more. */
void otp_worker_hurry(struct otp_worker *w);
void otp_worker_kill(struct otp_worker *w);
/* In another child of the same parent: lets go without touching the worker. */
void otp_worker_forget(struct otp_worker *w);

#endif
