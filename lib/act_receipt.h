/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Receipts: what was executed, as text that is signed and that anybody can check. */
#ifndef OTP_ACT_RECEIPT_H
#define OTP_ACT_RECEIPT_H

#include "act.h"
#include "transfer.h"

#define OTP_RECEIPT_MAX 8000	/* bytes */

/* The receipt of an executed transfer (doc/FORMAT.md), signed with the newest key: the same transfer and key, the same receipt. */
enum otp_err otp_receipt_make(struct otp_call *call, const struct otp_transfer *transfer,
    struct otp_bytes *ret);
/* RECEIPT of one that was executed; WRONG_STATE. */
enum otp_err otp_act_transfer_receipt(struct otp_call *call);
/*
 * Is RECEIPT_FILE one, is its signature right, and is its key this store's? OTP_OK only then; BAD_INPUT: no receipt;
 * INTEGRITY: not signed like that; KEY: signed with another key. Nothing else of the store is told.
 */
enum otp_err otp_act_receipt_check(struct otp_call *call);
/* PUBLIC_KEY: the newest one as PEM. */
enum otp_err otp_act_receipt_key(struct otp_call *call);

#endif
