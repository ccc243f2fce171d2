/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registration: a user binds himself to a token, proved by a current code. */
#ifndef OTP_ACT_REGISTER_H
#define OTP_ACT_REGISTER_H

#include "act.h"

enum otp_err otp_act_register(struct otp_call *call);

#endif
