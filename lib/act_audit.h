/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit: who did what to what, and how it went. All of these run in a child, on a frozen copy. */
#ifndef OTP_ACT_AUDIT_H
#define OTP_ACT_AUDIT_H

#include "act.h"

/*
 * Rows, oldest first: SEQ TIME ACTOR LOGIN_USER VERB USER SERIAL SERVICE RESULT COUNT UID DETAILS. USER: whom it
 * concerns, who did it, or one whom it names; RESULT "ok", "denied" (all others) or an error's word; SINCE and UNTIL
 * a time, a date, or how long ago; FROM_SEQ. Answer: LAST_SEQ, up to which there is nothing more.
 */
enum otp_err otp_act_audit_show(struct otp_call *call);
/* Every event from FROM_SEQ on, with its MAC and GENERATION. */
enum otp_err otp_act_audit_export(struct otp_call *call);

/* "2026-11-23", "2026-11-23T10:00:00Z", "2d" (ago) as milliseconds; absent: otherwise. USAGE with why. */
enum otp_err otp_act_audit_when(struct otp_call *call, enum otp_field field, int64_t otherwise_ms,
    int64_t *ret_ms);

#endif
