/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is shown for an act: confirmation passwords and codes, of the operator and of a second administrator. */
#ifndef OTP_ACT_PROOF_H
#define OTP_ACT_PROOF_H

#include "act.h"

/* May this user's password be tried now? THROTTLED; NOT_PERMITTED: stopped until it is reset. */
enum otp_err otp_proof_throttle(struct otp_call *call, const struct otp_user *user);
/* The operator's password and, where the verb wants it, his code. What is wrong is counted and committed. */
enum otp_err otp_proof_operator(struct otp_call *call);
/*
 * administration = dual: SECOND's password and code, after the operator's own were right. Another
 * administrator or master, enabled, on another token than the operator's. Fills call->second_user.
 */
enum otp_err otp_proof_second(struct otp_call *call);

/* All that was to be shown is right: this peer's wrong passwords before it are forgotten. */
void otp_proof_done(struct otp_call *call);

#endif
