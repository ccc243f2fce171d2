/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounds: how many, how long, how often. Per peer uid, so that one disturbs nobody but himself. */
#ifndef OTPD_QUOTA_H
#define OTPD_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "act.h"

struct otpd;

#define OTPD_CONNS_MAX 8192		/* of all, if the system gives so many descriptors */
#define OTPD_CONNS_PER_UID 32
#define OTPD_CONNS_PER_PRIVILEGED 4096	/* uid 0, the owner, trusted_peers */
#define OTPD_FDS_RESERVED 768		/* shards, journal, children, log */
#define OTPD_ACCEPT_PER_TURN 128
#define OTPD_TAKE_PER_TURN 256		/* requests */
#define OTPD_TAKE_PER_UID 8		/* of an ordinary uid, in a turn */
#define OTPD_CHILDREN_MAX 4		/* answering long requests at once */
#define OTPD_HASHES_MAX 3		/* how often a request is hashed again when the hash has changed meanwhile */

#define OTPD_FIRST_MS 10000		/* until the first request of an ordinary uid */
#define OTPD_QUIET_MS 60000		/* between its requests */
#define OTPD_QUIET_PRIVILEGED_MS 600000
#define OTPD_UNREAD_MS 10000		/* an answer that nobody reads */
#define OTPD_NAME_MS 10000		/* for the name of a uid */
#define OTPD_HASH_MS 30000		/* for a hasher's answer, the queue included */
#define OTPD_QUEUE_MS 60000		/* for a child to become free */
#define OTPD_CHILD_MS 600000		/* for a long answer */
#define OTPD_STOP_MS 5000		/* for what is in hand when stopping */

static inline bool
otpd_quota_is_large(const struct otp_caller *caller)
{
	return caller->is_privileged || caller->is_trusted;
}

/* May this uid have one more connection? */
bool otpd_quota_admits(const struct otpd *d, const struct otp_caller *peer);
/* How long a client may send nothing. */
int64_t otpd_quota_quiet_ms(const struct otp_caller *peer, bool is_first);
/* How many connections the system's limits allow; raises the soft limit. */
size_t otpd_quota_conns(void);
/* A client did something strange: one line a second at most, with how many were left out. */
void otpd_quota_complain(struct otpd *d, int64_t steady_ms, uid_t uid, const char *what);

#endif
