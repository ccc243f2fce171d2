/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Suspensions: who is suspended, and lifting them for all who share the token. */
#ifndef OTP_ACT_UNLOCK_H
#define OTP_ACT_UNLOCK_H

#include "act.h"

/* Rows: USER SERIAL SUSPENDED_AT SUSPENDED_BY, one a sharer. */
enum otp_err otp_act_suspended_list(struct otp_call *call);
/* Answer: SERIAL, STATE, SHARERS; rows: USER SERIAL BINDING, one a sharer, shown before the question too (dry run). */
enum otp_err otp_act_unlock(struct otp_call *call);

#endif
