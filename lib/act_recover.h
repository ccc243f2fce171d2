/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Root's way out where nobody else can help: each with a reason, and loud. */
#ifndef OTP_ACT_RECOVER_H
#define OTP_ACT_RECOVER_H

#include "act.h"

/* Any suspension, whatever unlocks_per_day says: otherwise as otp_act_unlock. */
enum otp_err otp_act_recover_unlock(struct otp_call *call);
/* Whoever it is, the last master or one who is stopped: as otp_act_password_reset, and never as a first word. */
enum otp_err otp_act_recover_password(struct otp_call *call);
/* Ends the user's binding and opens his registration at once: no pause, no bar. His epoch rises. */
enum otp_err otp_act_recover_open(struct otp_call *call);
/* Role master, enabled. The answer says what he still lacks to act as one. */
enum otp_err otp_act_recover_master(struct otp_call *call);
/* Where the store was refused for its mark: opens it and writes the mark anew. */
enum otp_err otp_act_recover_mark(struct otp_call *call);
/*
 * After the clock was ahead: what lies ahead of now in tokens and users becomes now, steps used ahead of now are
 * remembered one by one (they are used when their time comes) and the newest live step is the last used; then the
 * newest time seen is lowered. Commits in pieces, the newest time last: broken off, it is simply done again.
 */
enum otp_err otp_act_recover_clock(struct otp_call *call);

/* The reason that all of them need, into the event: USAGE without one. */
enum otp_err otp_recover_reason(struct otp_call *call);

#endif
