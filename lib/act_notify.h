/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notices on their way: which mails wait, and what became of them. */
#ifndef OTP_ACT_NOTIFY_H
#define OTP_ACT_NOTIFY_H

#include "act.h"
#include "pending.h"

#define OTP_NOTIFY_ROWS_MAX 500		/* mails of one flush's answer */
#define OTP_NOTIFY_BEHIND 5000		/* events without a notice that the cursor leaves behind it */
#define OTP_NOTIFY_OLD_ADDRESS 1	/* of an id's n: the address before the change */

/*
 * Rows, in the order in which they are to be sent: NOTICE (its id), USER (the recipient), TO,
 * TO_LANGUAGE, ABOUT, EVENT, EVENT_AT, CONTENT (fields, for notice.h); of one that failed before
 * TRIES, STATUS, NEXT_TRY. Nothing is changed. All of them:
 */
enum otp_err otp_act_notify_list(struct otp_call *call);
/*
 * Those that may be tried now, at most OTP_NOTIFY_ROWS_MAX. Answer: VERSION, STORE_ID, MORE, and CURSOR:
 * what to report when all of them were seen to; none: there is nothing to report without a row.
 */
enum otp_err otp_act_notify_flush(struct otp_call *call);
/*
 * VERSION as flush said it (CONFLICT: somebody else reported meanwhile), CURSOR: everything up to it (an id, or
 * the number of an event) was seen to. Rows: NOTICE, USER, RESULT ("sent", "failed", "bad-address"), of a failed
 * one STATUS and CONTENT, and TO where it is an old address. Answer: VERSION, the new one; rows:
 * NOTICE, RESULT of what was given up.
 */
enum otp_err otp_act_notify_report(struct otp_call *call);

/* The record of what waits; an empty one as long as there is none. Saving stages it. */
enum otp_err otp_notify_load_pending(struct otp_call *call, struct otp_pending *ret);
enum otp_err otp_notify_save_pending(struct otp_call *call, const struct otp_pending *pending);

#endif
