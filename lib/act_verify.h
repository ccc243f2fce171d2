/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The judgement of a code: the one place that may say ALLOW. */
#ifndef OTP_ACT_VERIFY_H
#define OTP_ACT_VERIFY_H

#include "act.h"

/* How a code came: decides which counters a wrong one moves. */
enum otp_code_source {
	OTP_CODE_SERVICE,	/* PAM as root or a trusted peer, or after a right password */
	OTP_CODE_UNPROVEN,	/* a local caller for himself over the socket, nothing else shown */
};

/*
 * Judges `code` of `user` against his token: states, window, single use,
 * counters, suspension, the failure ceiling. Stages the changed token (and user)
 * in the store; does not commit. Returns OTP_OK for a right code, CODE_USED, NEXT_CODE,
 * AUTH_FAILED (wrong or not well-formed), SUSPENDED, LOST, EXPIRED, REVOKED,
 * NOT_APPLICABLE (not registered), CLOCK, INTEGRITY …; *ret_changed says
 * whether anything was staged. event gets serial, step, counters as details.
 */
enum otp_err otp_code_judge(struct otp_call *call, struct otp_user *user, const char *code,
    enum otp_code_source source, struct otp_event *event, bool *ret_changed);

enum otp_err otp_act_verify(struct otp_call *call);

#endif
