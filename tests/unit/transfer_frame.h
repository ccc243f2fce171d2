/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A site for the tests of transfers: accounts, a maker, approvers with their tokens, and the calls. */
#ifndef TRANSFER_FRAME_H
#define TRANSFER_FRAME_H

#include "act_frame.h"
#include "transfer.h"

#define APPROVE_ALL (OTP_RIGHT_EXTERNAL_APPROVE | OTP_RIGHT_INTERNAL_APPROVE)
#define CREATE_ALL (OTP_RIGHT_EXTERNAL_CREATE | OTP_RIGHT_INTERNAL_CREATE)

/*
 * Accounts A-1 and A-2 (1000 a day each); max makes (500 a transfer), anna (T-ANNA) and berta (T-BERTA) approve
 * (500 a transfer, 1000 a day), all on both accounts; carl has no right; the master of frame_staff.
 */
void transfer_site(struct frame *f);
void transfer_account(struct frame *f, const char *id, int64_t per_day);
void transfer_account_get(struct frame *f, const char *id, struct otp_account *ret);
void transfer_account_put(struct frame *f, const struct otp_account *account);
/* Granted, and in force unless `waits`; on. */
void transfer_permit(struct frame *f, const char *name, uint32_t rights, int64_t per_transfer,
    int64_t per_day, bool waits);
void transfer_get(struct frame *f, int64_t id, struct otp_transfer *ret);
void transfer_put(struct frame *f, const struct otp_transfer *transfer);
enum otp_transfer_state transfer_state(struct frame *f, int64_t id);
/* What is counted on today. */
int64_t transfer_used(struct frame *f, const char *user);
int64_t transfer_account_used(struct frame *f, const char *id);
int64_t transfer_company_used(struct frame *f);

/* The next call is of this verb's fields; external, from A-1, today. */
void transfer_order(struct frame *f, const char *amount, const char *reference);
enum otp_err transfer_submit(struct frame *f, const char *who, const char *amount,
    const char *reference);
/* Submitted by max: its number. */
int64_t transfer_make(struct frame *f, int64_t amount);
const char *transfer_digest(struct frame *f, int64_t id);
void transfer_row(struct frame *f, int64_t id);		/* ID and DIGEST */
/* With the rows that are there, and a fresh code of his token. */
enum otp_err transfer_approve_rows(struct frame *f, const char *who, const char *serial);
enum otp_err transfer_approve(struct frame *f, const char *who, const char *serial, int64_t id);
enum otp_err transfer_return(struct frame *f, const char *who, int64_t id);
enum otp_err transfer_withdraw(struct frame *f, const char *who, int64_t id);
enum otp_err transfer_execute(struct frame *f, int64_t id);	/* root */
enum otp_err transfer_show(struct frame *f, const char *who, int64_t id);

#endif
