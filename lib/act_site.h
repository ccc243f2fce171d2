/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is this site about to lock itself out? For `config check`. */
#ifndef OTP_ACT_SITE_H
#define OTP_ACT_SITE_H

#include "act.h"

#define OTP_SITE_EXPIRY (90 * 86400)	/* a master's token that ends sooner is told */

/* Warnings: too few who are able on different tokens, a last master, tokens of masters that end. Changes nothing. */
enum otp_err otp_act_site_check(struct otp_call *call);

#endif
