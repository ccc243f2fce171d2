/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a token comes into stock: what describes it is checked, compared with what is there, and put. */
#ifndef OTP_ACT_STOCK_H
#define OTP_ACT_STOCK_H

#include "act.h"

/*
 * The token that fields describe (SERIAL SECRET TYPE ALGORITHM DIGITS STEP COUNTER NOT_BEFORE NOT_AFTER), as it
 * would go into stock. BAD_INPUT with the why.
 */
enum otp_err otp_stock_take(struct otp_call *call, const struct otp_fields *f, struct otp_token *ret,
    struct otp_why *why);
/*
 * May it go in? CONFLICT with the why: its serial is another token's or one's that is lost or retired, its seed is
 * known under another serial. *ret_is_there: it is this very token, in ret_old, and nothing is to be done.
 */
enum otp_err otp_stock_check(struct otp_call *call, const struct otp_token *token, struct otp_token *ret_old,
    bool *ret_is_there, struct otp_why *why);
/* Saves the token, and its seed's fingerprint, which stays for ever. */
enum otp_err otp_stock_put(struct otp_call *call, const struct otp_token *token);
enum otp_err otp_stock_bad_field(enum otp_field field, struct otp_why *why);

#endif
