/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Approvals: what makes one count, and giving one. */
#ifndef OTP_ACT_APPROVE_H
#define OTP_ACT_APPROVE_H

#include "act.h"
#include "transfer.h"

/* How many a transfer needs: 1, or 2 with approval = dual. */
uint32_t otp_approvals_needed(const struct otp_call *call);
/*
 * Does this approval count now? INTEGRITY: its MAC does not hold, the order or the approval was changed.
 * BUSY: held back, its token is suspended. NOT_PERMITTED, OVER_LIMIT, POLICY: void, with why: the approver
 * or his epoch, his token, a right, an account, a limit is not what it must be. is_counted: its amount
 * is in the totals already.
 */
enum otp_err otp_approval_judge(struct otp_call *call, const struct otp_transfer *transfer,
    const struct otp_approval *approval, bool is_counted);
/*
 * Do all that it needs count now, from different users and tokens? OTP_OK; else the first reason
 * why not, as above (POLICY: too few), with why.
 */
enum otp_err otp_approvals_check(struct otp_call *call, const struct otp_transfer *transfer);

/* Rows: ID and the DIGEST that was shown; one commit, limits over all of them together. */
enum otp_err otp_act_transfer_approve(struct otp_call *call);

#endif
