/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What time has brought: tokens that expire soon or have expired. Each is committed once, as an event of its own. */
#ifndef OTP_ACT_DUE_H
#define OTP_ACT_DUE_H

#include "act.h"

#define OTP_DUE_ROWS_MAX 100	/* of one request: logins go on between two */

/* How many of the warnings and the expiry itself the date has brought: what n_warned is to be. */
uint8_t otp_due_stage(const struct otp_token *token, int64_t now);
/*
 * Rows: SERIAL of each token for which a warning or its expiry is due, ID of each pending transfer that has ended.
 * Scans all: in a child.
 */
enum otp_err otp_act_due_list(struct otp_call *call);
/*
 * Rows: SERIAL or ID, as listed. A transfer's event is what otp_orders_expire makes it. What is due of each
 * now is committed with its own event: serial, SHARERS, EXPIRES, DAYS_LEFT
 * (90, 30 or 7; 0: it has expired). What is not due any more is passed over. COUNT: how many there were.
 */
enum otp_err otp_act_due(struct otp_call *call);

#endif
