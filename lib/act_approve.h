/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Approvals: what makes one count, and giving one. */
#ifndef OTP_ACT_APPROVE_H
#define OTP_ACT_APPROVE_H

#include "act.h"
#include "transfer.h"

/* How many a transfer needs: 1, or 2 with approval = dual. */
uint32_t otp_approvals_needed(const struct otp_call *call);
/*
 * Do all that it needs count now, from different users and tokens? OTP_OK; else the first reason
 * why not, INTEGRITY, BUSY (held back), NOT_PERMITTED, OVER_LIMIT or POLICY (void, or too few), with why.
 */
enum otp_err otp_approvals_check(struct otp_call *call, const struct otp_transfer *transfer);

/*
 * Could this user approve it now, as far as that can be said without his code? Else the reason why not. The
 * approvals count as they stand, one that became void as well.
 */
enum otp_err otp_approval_could(struct otp_call *call, const struct otp_transfer *transfer,
    const struct otp_user *user);

/* Rows: ID and the DIGEST that was shown; one commit, limits over all of them together. */
enum otp_err otp_act_transfer_approve(struct otp_call *call);

#endif
