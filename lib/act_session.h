/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coming in: may this user, and what takes effect when he does. */
#ifndef OTP_ACT_SESSION_H
#define OTP_ACT_SESSION_H

#include "act.h"

#define OTP_SESSION_CODE_LIFE 600	/* seconds after one's own right code in which a session adopts */

/*
 * STATE, BINDING, REGISTRATION and, if there are any, SERIAL, LAST_SUCCESS, EXPIRES, with whatever result:
 * OTP_OK, NOT_FOUND (unknown), NOT_APPLICABLE (never had a token), NOT_PERMITTED
 * (disabled, no right to log in), SUSPENDED (a general user), REVOKED, LOST, EXPIRED.
 * PHASE "auth" only asks who is a stranger: OTP_OK, NOT_FOUND or NOT_APPLICABLE.
 */
enum otp_err otp_act_login_check(struct otp_call *call);
/* The same, and SUCCESS_BEFORE where a right code was shown within OTP_SESSION_CODE_LIFE: the use before that one. */
enum otp_err otp_act_session_open(struct otp_call *call);

#endif
