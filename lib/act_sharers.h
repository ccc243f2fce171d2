/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All who share a token, for acts that touch every one of them: whom was shown, who may, what is answered. */
#ifndef OTP_ACT_SHARERS_H
#define OTP_ACT_SHARERS_H

#include "act.h"

/* EXPECT: whom the operator was shown ("": nobody); none: it is not asked. CONFLICT with why: somebody else shares it now, or one of them no more. */
enum otp_err otp_sharers_check_expected(struct otp_call *call, const struct otp_token *token);
/* May the operator touch every one of them (otp_act_may_touch)? Himself he may. */
enum otp_err otp_sharers_may_touch(struct otp_call *call, const struct otp_token *token);
/* The user behind a sharer; INTEGRITY when there is none, or another of that name. */
enum otp_err otp_sharers_load(struct otp_call *call, const struct otp_sharer *sharer, struct otp_user *ret);
/* SERIAL, STATE (what the token is, or will be) and SHARERS into the answer, and a row each: USER SERIAL BINDING. */
enum otp_err otp_sharers_put(struct otp_call *call, const struct otp_token *token, enum otp_token_state state);

#endif
