/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Status and explain: how things stand, why, and who can do what about it. */
#ifndef OTP_ACT_SHOW_H
#define OTP_ACT_SHOW_H

#include "act.h"

/*
 * Fields of the state; the sentence that says it is the answer's why (with
 * OTP_OK), what else is to be known are its warnings. USER: staff and root may ask about others.
 */
enum otp_err otp_act_status(struct otp_call *call);
/* SUBJECT: a user or a serial; others than oneself and one's own token by staff and root only. */
enum otp_err otp_act_explain(struct otp_call *call);

#endif
