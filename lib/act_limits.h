/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What bounds a transfer: rights, accounts and limits in force, ceilings, and what was counted on a day. */
#ifndef OTP_ACT_LIMITS_H
#define OTP_ACT_LIMITS_H

#include "account.h"
#include "act.h"
#include "transfer.h"

uint32_t otp_limits_right_create(enum otp_transfer_kind kind);
uint32_t otp_limits_right_approve(enum otp_transfer_kind kind);
/* By number: NOT_FOUND also where another account has the same id now. No why. */
enum otp_err otp_limits_account(struct otp_call *call, const struct otp_account_ref *ref,
    struct otp_account *ret);

/* Is the right in force, and the account (NULL: none is asked for)? NOT_PERMITTED with why: missing, or waiting for a session. */
enum otp_err otp_limits_check_right(struct otp_call *call, const struct otp_user *user,
    uint32_t right, const struct otp_account_ref *account);
/* An internal transfer goes to another account that is there: or the right for it would pay strangers. POLICY with why. */
enum otp_err otp_limits_check_payee(struct otp_call *call, const struct otp_transfer *transfer);
/* The user's limit per transfer in force, and both ceilings: OVER_LIMIT with why. */
enum otp_err otp_limits_check_transfer(struct otp_call *call, const struct otp_user *user,
    int64_t amount);
/*
 * The limits per day: of the user in force on `day`, of the account and the company on
 * `common_day`. is_counted, is_common_counted: the amount is in that total already (if it still
 * is the one of that day). OVER_LIMIT with why.
 */
struct otp_limits_day {
	const struct otp_user *user;
	int64_t amount;
	int64_t day, common_day;
	bool is_counted, is_common_counted;
};
enum otp_err otp_limits_check_day(struct otp_call *call, const struct otp_limits_day *day,
    const struct otp_account *account, const struct otp_company *company);

/* Counts on the account and the company, and saves both. */
enum otp_err otp_limits_count(struct otp_call *call, struct otp_account *account,
    struct otp_company *company, int64_t day, int64_t amount);
/* Gives back, to the day it was counted on, what the account and the company have of it. */
enum otp_err otp_limits_take(struct otp_call *call, const struct otp_account_ref *ref, int64_t day,
    int64_t amount);
/* The same of one approver, if that user is still there. call->operator_user keeps in step. */
enum otp_err otp_limits_take_user(struct otp_call *call, const struct otp_approval *approval,
    int64_t amount);

#endif
