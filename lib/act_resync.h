/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resync: two codes in a row tell how far a token's clock, or its counter, has run away. */
#ifndef OTP_ACT_RESYNC_H
#define OTP_ACT_RESYNC_H

#include "act.h"

#define OTP_RESYNC_OWN_STEPS 10		/* either way, of oneself */
#define OTP_RESYNC_OTHERS_S (12 * 3600)	/* either way, by an administrator */
#define OTP_RESYNC_OWN_COUNTERS 20	/* HOTP, ahead */
#define OTP_RESYNC_OTHERS_COUNTERS 1000

/* An administrator for others: SERIAL. */
enum otp_err otp_act_token_resync(struct otp_call *call);
/* One's own. */
enum otp_err otp_act_token_resync_own(struct otp_call *call);

#endif
