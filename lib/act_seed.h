/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seeds: one token into stock, with its own or a random one, and a token's for an app. */
#ifndef OTP_ACT_SEED_H
#define OTP_ACT_SEED_H

#include "act.h"

/* SERIAL STATE TYPE ALGORITHM DIGITS STEP or COUNTER; SECRET only where it was made here (RANDOM), never in a dry run. */
enum otp_err otp_act_token_add(struct otp_call *call);
/* The same, always with the SECRET; an HOTP token's COUNTER is the next one. */
enum otp_err otp_act_token_uri(struct otp_call *call);

#endif
