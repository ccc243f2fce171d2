/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A confirmation password that somebody has forgotten, or that somebody else knows: a new word for it. */
#ifndef OTP_ACT_RESET_H
#define OTP_ACT_RESET_H

#include "act.h"

#define OTP_WORD_RESET_LIFE OTP_DAY	/* of the single-use word of a reset */

/*
 * Answer: USER WORD WORD_UNTIL RESET. RESET false: his first word was never used, and this is another one; nothing else
 * changes. The event has MAIL, and MAIL_BEFORE if that changed within 30 days: a mail goes to both.
 */
enum otp_err otp_act_password_reset(struct otp_call *call);
/*
 * The reset itself, into the record: the old password is void, its counters are cleared, the epoch rises, a new word for
 * OTP_WORD_RESET_LIFE goes into ret, to be wiped. Saves nothing. For `recover password` as well.
 */
enum otp_err otp_reset_do(struct otp_call *call, struct otp_user *user, char ret[OTP_WORD_SIZE]);
/* What both tell of it: the answer as above, the event's details. */
enum otp_err otp_reset_tell(struct otp_call *call, const struct otp_user *user, bool is_reset,
    const char *word);
/* MAIL and MAIL_BEFORE for an event that mails both addresses. */
enum otp_err otp_reset_put_mails(const struct otp_call *call, const struct otp_user *user,
    struct otp_fields *fields);

#endif
