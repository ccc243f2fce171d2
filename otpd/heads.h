/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signed heads of the audit in the log: what has left the host, nobody on it can take back. */
#ifndef OTPD_HEADS_H
#define OTPD_HEADS_H

#include <stdint.h>

struct otpd;

struct otpd_heads {
	int64_t said_ms;	/* when the last one was, 0: never */
	uint64_t seq;		/* its record */
};

/* After a flush: says a head where the last one is an hour old and something has happened since; and at the start. */
void otpd_heads_turn(struct otpd *d, int64_t now_ms);

#endif
