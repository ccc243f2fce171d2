/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transfers: making, showing, listing them, taking them back. */
#ifndef OTP_ACT_TRANSFER_H
#define OTP_ACT_TRANSFER_H

#include "act.h"

/* Idempotent by reference: the same order again is unchanged, another one under it a conflict. */
enum otp_err otp_act_transfer_submit(struct otp_call *call);
enum otp_err otp_act_transfer_list(struct otp_call *call);
/* DIGEST is what an approval must name. Rows: USER SERIAL APPROVED_AT of each approval. */
enum otp_err otp_act_transfer_show(struct otp_call *call);
/* Rows: ID each; all or nothing. */
enum otp_err otp_act_transfer_withdraw(struct otp_call *call);
enum otp_err otp_act_transfer_return(struct otp_call *call);
/* Rows: USER each, who could approve this one now. */
enum otp_err otp_act_transfer_approvers(struct otp_call *call);
/* For explain: the state of the transfer of that number, and why. NOT_FOUND as otp_orders_load, without a why. */
enum otp_err otp_transfer_explain(struct otp_call *call, int64_t id);

#endif
