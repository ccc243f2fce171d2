/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Permits: rights, accounts and limits of users; what was granted, and what is in force of it. */
#ifndef OTP_ACT_PERMIT_H
#define OTP_ACT_PERMIT_H

#include "act.h"

/*
 * Several users, one commit, all or nothing. What is taken away ends at once, what is given waits for the user's next
 * session. Rows, one a user: USER ROLE MAIL STATE SERIAL, _OLD and _NEW of rights, accounts and limits, CHANGED; of a
 * dry run EXPECT too: handed in again, it makes a user who is not as he was shown a CONFLICT. A user that is named
 * twice is one. The event's CHANGES has "USER:+RIGHT", "USER:-account ID", "USER:per-day 1000 > 2000", ....
 */
enum otp_err otp_act_permit_set(struct otp_call *call);
/* The same, to nothing but the right to log in where it is there. */
enum otp_err otp_act_permit_clear(struct otp_call *call);
enum otp_err otp_act_permit_show(struct otp_call *call);
/* Rows: who was granted more than to log in; with ACCOUNT: who was granted that one. */
enum otp_err otp_act_permit_list(struct otp_call *call);

#endif
