/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a clock that was ahead has left in a record, and lowering it to now. The store is not touched. */
#ifndef OTP_ACT_AHEAD_H
#define OTP_ACT_AHEAD_H

#include "act.h"
#include "pending.h"

/* The newest step that the token can show now, by its clock or by ours. */
uint64_t otp_ahead_newest_live(const struct otp_token *token, int64_t now_ms);
/* TOTP: has a step been used that no clock shows yet? */
bool otp_ahead_step(const struct otp_token *token, const struct otp_call *call);

/* Each returns whether it has changed anything. A token's used steps are the caller's to lower. */
bool otp_ahead_lower_token(struct otp_token *token, const struct otp_call *call);
bool otp_ahead_lower_user(struct otp_user *user, const struct otp_call *call);
/* What was counted ahead counts today: a limit is not had twice. */
bool otp_ahead_lower_total(struct otp_day_total *total, const struct otp_call *call);
bool otp_ahead_lower_waiting(struct otp_waiting *waiting, const struct otp_call *call);

#endif
