/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The service as a whole: what its parts share. One thread, so nothing here is locked. */
#ifndef OTPD_OTPD_H
#define OTPD_OTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "act_state.h"
#include "children.h"
#include "conf.h"
#include "conn.h"
#include "hashers.h"
#include "heads.h"
#include "keyring.h"
#include "log.h"
#include "names.h"
#include "sink.h"
#include "store.h"

struct otpd {
	struct otp_conf conf;
	struct otpd_log *log;
	bool is_once;			/* one client, on descriptor 3 */
	uid_t owner;			/* whom the store must belong to: us */

	/* opening.c: the store, or why there is none */
	struct otp_keyring *ring;
	struct otp_store *store;
	enum otp_err store_err;
	struct otp_why store_why;
	int64_t next_open_ms;		/* steady; 0: not tried yet */
	int64_t locked_ms;		/* steady: since when another has the lock; 0: nobody */
	bool is_broken;			/* configuration: no use in trying */
	bool is_full;			/* no room for another record now */

	struct otp_act_state *state;	/* what acts remember from call to call */
	struct otpd_names *names;	/* NULL one-shot: its callers need none */
	struct otpd_hashers *hashers;	/* NULL one-shot: it may block itself */
	struct otpd_children children;
	struct otpd_heads heads;
	uint64_t next_job;

	int listen_fd;			/* -1: none */
	int64_t accept_ms;		/* steady: no connection is accepted before */
	int signal_fd;
	struct otpd_conn **conn;
	size_t n_conn, cap_conn, max_conn;
	size_t first_conn;		/* whose turn it is to be taken first */
	bool is_stopping;
	int64_t stop_ms;		/* steady: when stopping waits no longer */
	int64_t complain_ms;		/* steady: when the next complaint about a client may be logged */
	uint64_t n_unsaid;		/* complaints that were not */
};

#endif
