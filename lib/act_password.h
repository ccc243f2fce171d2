/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The confirmation password: setting one's own. */
#ifndef OTP_ACT_PASSWORD_H
#define OTP_ACT_PASSWORD_H

#include "act.h"

/* What replaces the old one, or the single-use word, comes hashed in proofs->new_confirm. */
enum otp_err otp_act_password_set(struct otp_call *call);

#endif
