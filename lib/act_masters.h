/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last able master stays: whatever could take him away is judged by what would be left. */
#ifndef OTP_ACT_MASTERS_H
#define OTP_ACT_MASTERS_H

#include "act.h"

/*
 * Able: enabled, with a confirmation password and a token that works now
 * (otp_standing_is_able). For every act that can end that of a master: disable,
 * another role, delete, revoke; a token lost, retired, suspended by hand, replaced;
 * what root recovers. It is asked twice:
 *
 *	err = otp_masters_is_one_able(call, &had_able);	  before anything is saved
 *	...					  change and save all that the act changes
 *	err = otp_masters_check_left(call, had_able);	  before otp_act_commit
 *
 * Both look at what the act has saved so far, so that several users, or a
 * token with several masters, are judged together, and a dry run is, too.
 */
enum otp_err otp_masters_is_one_able(struct otp_call *call, bool *ret);
/* POLICY with why: there was an able master, and none would be left. Where there was none nothing is taken away: OTP_OK. */
enum otp_err otp_masters_check_left(struct otp_call *call, bool had_able);

#endif
