/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of a user: his role, address and language; disabled, enabled. */
#ifndef OTP_ACT_MEMBER_H
#define OTP_ACT_MEMBER_H

#include "act.h"

/* ROLE, MAIL ("": none, his login name is the address), LANGUAGE ("": the site's). Answer: USER ROLE MAIL LANGUAGE as they are then. */
enum otp_err otp_act_user_mod(struct otp_call *call);
/* Both at once, nothing stays in force, what he approved is void; answer: USER ENABLED. */
enum otp_err otp_act_user_disable(struct otp_call *call);
enum otp_err otp_act_user_enable(struct otp_call *call);

/* Loads whom USER names, for an act that is about him. NOT_FOUND with why. */
enum otp_err otp_member_load(struct otp_call *call, struct otp_user *ret);
bool otp_member_is_oneself(const struct otp_call *call, const struct otp_user *user);

#endif
