/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens to a token itself: suspended by hand, lost, retired, replaced. All who share it are concerned. */
#ifndef OTP_ACT_DEVICE_H
#define OTP_ACT_DEVICE_H

#include "act.h"

/* SERIAL, STATE afterwards, SHARERS and a row for each of those concerned; the same again changes nothing. */
enum otp_err otp_act_token_suspend(struct otp_call *call);
enum otp_err otp_act_token_retire(struct otp_call *call);
/* Final, unless the operator shares it himself: then it counts as his report. */
enum otp_err otp_act_token_lost(struct otp_call *call);
/* By one who shares it: suspended at once. */
enum otp_err otp_act_token_report(struct otp_call *call);
/* SERIAL is lost, and all who share it go on with NEW_SERIAL, each after his own code from it. */
enum otp_err otp_act_token_replace(struct otp_call *call);

/* ---- the parts ---- */
/* The token that SERIAL names, and the event is about it alone. */
enum otp_err otp_device_load(struct otp_call *call, struct otp_token *ret);
/* The operator's own, and the event is about him and it. NOT_APPLICABLE with why: he has none. */
enum otp_err otp_device_load_own(struct otp_call *call, struct otp_token *ret);
/* LOST or REVOKED with why: its state is final. */
enum otp_err otp_device_check_final(struct otp_call *call, const struct otp_token *token);
/* Into a final state: its secret leaves the disk, its fingerprint stays. Saves nothing. */
void otp_device_end(struct otp_call *call, struct otp_token *token, enum otp_token_state state);

/* Commits, and says in the event whether anything changed. */
enum otp_err otp_device_commit(struct otp_call *call);

#endif
