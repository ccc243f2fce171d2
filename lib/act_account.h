/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accounts: what transfers are paid from. */
#ifndef OTP_ACT_ACCOUNT_H
#define OTP_ACT_ACCOUNT_H

#include "act.h"

/* The same account once more changes nothing; another name or limit under its id is EXISTS. */
enum otp_err otp_act_account_add(struct otp_call *call);
/* At once: it is the account's, not a user's. A higher limit raises the power of all who use it. */
enum otp_err otp_act_account_mod(struct otp_call *call);
/* What names it, by its number, loses force at once. Answer: ACCOUNT, EXPECT (dry run). */
enum otp_err otp_act_account_del(struct otp_call *call);
enum otp_err otp_act_account_list(struct otp_call *call);
/* ACCOUNT NAME PER_DAY TODAY CURRENCY CREATED_AT */
enum otp_err otp_account_put(struct otp_call *call, const struct otp_account *account, struct otp_fields *fields);
/* Rows: USER, who was granted it; or ID STATE USER, an open transfer and its maker. */
enum otp_err otp_act_account_uses(struct otp_call *call);

#endif
