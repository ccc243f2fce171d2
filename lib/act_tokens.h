/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens in stock: importing a delivery, listing and showing. */
#ifndef OTP_ACT_TOKENS_H
#define OTP_ACT_TOKENS_H

#include "act.h"

#define OTP_IMPORT_COMMIT_ROWS 100	/* of one commit: log-ins come between them */

/*
 * Rows: LINE SERIAL RESULT (added, unchanged, conflict, or the word of what
 * is wrong) TEXT. Every row is looked at before the first is written; if
 * one is bad nothing is, and the result is CONFLICT or BAD_INPUT. A dry run is OTP_OK
 * whatever the rows are.
 */
enum otp_err otp_act_token_import(struct otp_call *call);
enum otp_err otp_act_token_list(struct otp_call *call);
enum otp_err otp_act_token_show(struct otp_call *call);

#endif
