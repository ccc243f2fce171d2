/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Children that answer long requests from a frozen copy of the store, to the client's socket itself. */
#ifndef OTPD_CHILDREN_H
#define OTPD_CHILDREN_H

#include <stdint.h>
#include <sys/types.h>

#include "quota.h"

struct otpd;
struct otpd_conn;

struct otpd_children {
	struct otpd_child {
		pid_t pid;		/* 0: free */
		struct otpd_conn *conn;	/* NULL: the client is gone, and the child is killed */
		uid_t uid;
	} child[OTPD_CHILDREN_MAX];
};

/* Between turns: a child for c, if one is free and his uid has none (a privileged one: not all). Leaves c as it is otherwise. */
void otpd_children_start(struct otpd *d, struct otpd_conn *c, int64_t steady_ms);
/* Reaps what has ended: its connection is IDLE again, or DEAD if the child failed. */
void otpd_children_reap(struct otpd *d, int64_t steady_ms);
/* The client left, or the time is over. */
void otpd_children_kill(struct otpd *d, struct otpd_conn *c);
/* All of them, waited for. */
void otpd_children_stop(struct otpd *d);

#endif
