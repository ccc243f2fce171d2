/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking tokens away: revoke, and what deleting a user does as well. */
#ifndef OTP_ACT_REVOKE_H
#define OTP_ACT_REVOKE_H

#include "act.h"

#define OTP_REVOKE_MAX 100	/* users of one commit */

/*
 * USERS in one commit. Rows, one a user, shown before the question too (dry run): USER ROLE CHANGED, and where he has a
 * token SERIAL STATE (the token's, before) BINDING SHARERS (who keep it) OPEN_FROM OPEN_UNTIL. Who has no token: a warning.
 * EXPECT is what was shown, of all rows in their order: "user/role/serial" and then the SHARERS, of those without a token
 * "user/role/". Something else now: CONFLICT.
 */
enum otp_err otp_act_revoke(struct otp_call *call);
/* One row as above, without OPEN_*; EXPECT likewise. */
enum otp_err otp_act_user_del(struct otp_call *call);

#endif
