/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is told about permits: rows, what was shown of a user, the audit's changes. */
#ifndef OTP_ACT_PERMIT_SHOW_H
#define OTP_ACT_PERMIT_SHOW_H

#include "act.h"

/* USER ROLE MAIL STATE SERIAL: whose permit it is. */
enum otp_err otp_permit_put_person(struct otp_call *call, const struct otp_user *user,
    struct otp_fields *to);
/* Rights, accounts and limits as the _NEW or the _OLD fields. */
enum otp_err otp_permit_put_granted(struct otp_call *call, const struct otp_permit *permit,
    bool is_new, struct otp_fields *to);
/* "USER:DIGEST" of all that the screen says of him before the change. */
#define OTP_PERMIT_SHOWN_BYTES 16
#define OTP_PERMIT_EXPECT_MAX (OTP_NAME_MAX + 2 * OTP_PERMIT_SHOWN_BYTES + 2)
enum otp_err otp_permit_expectation(const struct otp_user *user, char ret[OTP_PERMIT_EXPECT_MAX]);
/* Into the event: USERS and CHANGES (act_permit.h). */
enum otp_err otp_permit_note(struct otp_call *call, const char *user, const struct otp_permit *old,
    const struct otp_permit *new);

#endif
