/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Users: adding, showing, listing them, opening their registration. */
#ifndef OTP_ACT_PEOPLE_H
#define OTP_ACT_PEOPLE_H

#include "act.h"

#define OTP_WORD_FIRST_LIFE (14 * 86400)	/* of the single-use word of `user add` */

/* Rows: LINE USER ROLE OPEN_UNTIL WORD, or for what is wrong LINE USER RESULT TEXT; all or none are added. */
enum otp_err otp_act_user_add(struct otp_call *call);
enum otp_err otp_act_user_show(struct otp_call *call);
enum otp_err otp_act_user_list(struct otp_call *call);
enum otp_err otp_act_user_open(struct otp_call *call);

/*
 * A new user with the next id: enabled, registration open, `login` granted and
 * in force if has_login; an administrator or master goes into the company's
 * list. EXISTS, BAD_INPUT, OVER_LIMIT with why. Nothing is saved.
 */
enum otp_err otp_people_make(struct otp_call *call, struct otp_company *company, const char *name,
    enum otp_role role, bool has_login, struct otp_user *ret, struct otp_why *why);
/* A new single-use word into the record (its hash) and into ret, to be wiped. */
enum otp_err otp_people_give_word(struct otp_call *call, struct otp_user *user,
    char ret[OTP_WORD_SIZE]);
/*
 * One hand must not get both, for as long as reset_bar says. Whoever reset this user's password gives him no token
 * (open, revoke, replace, an import's users): check_bar, and err with why. Whoever gave him one, which those acts note
 * in his record with otp_people_handed, does not reset his password: check_handed, POLICY with why.
 */
enum otp_err otp_people_check_bar(const struct otp_call *call, const struct otp_user *user,
    enum otp_err err, struct otp_why *why);
void otp_people_handed(const struct otp_call *call, struct otp_user *user);
enum otp_err otp_people_check_handed(const struct otp_call *call, const struct otp_user *user);
/* Where mails to him go: his address, or his login name. */
const char *otp_people_mail(const struct otp_user *user);

#endif
