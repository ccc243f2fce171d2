/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Execution: an approved transfer leaves, once. */
#ifndef OTP_ACT_EXECUTE_H
#define OTP_ACT_EXECUTE_H

#include "act.h"

/* The order and its RECEIPT, exactly once for an id; WRONG_STATE afterwards. BUSY: held back, to be tried again. */
enum otp_err otp_act_transfer_execute(struct otp_call *call);
/* Rows: what is approved and due. */
enum otp_err otp_act_transfer_due(struct otp_call *call);

#endif
