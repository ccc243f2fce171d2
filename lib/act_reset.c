/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A confirmation password that somebody has forgotten, or that somebody else knows: a new word for it. */
#include "config.h"

#include "act_reset.h"

#include "act_member.h"
#include "act_people.h"

#define MAIL_BEFORE_LIFE (30 * OTP_DAY)	/* how long the old address is written to, too */

/* He has never had a password but the one that his word was to become. */
static bool
is_first(const struct otp_user *user)
{
	return user->confirm[0] == '\0' && !user->word_is_reset;
}

enum otp_err
otp_reset_do(struct otp_call *call, struct otp_user *user, char ret[OTP_WORD_SIZE])
{
	enum otp_err err;

	err = otp_people_give_word(call, user, ret);
	if (err != OTP_OK)
		return err;
	user->word_until = otp_act_now(call) + OTP_WORD_RESET_LIFE;
	user->word_is_reset = true;
	otp_wipe(user->confirm, sizeof(user->confirm));
	otp_wipe(user->wrong_at, sizeof(user->wrong_at));
	user->n_wrong = user->n_wrong_at = 0;
	user->confirm_stopped = false;
	user->epoch++;
	user->reset_by = call->operator_user.id;
	user->reset_at = otp_act_now(call);
	return OTP_OK;
}

enum otp_err
otp_reset_put_mails(const struct otp_call *call, const struct otp_user *user,
    struct otp_fields *fields)
{
	enum otp_err err;

	err = otp_fields_put_str(fields, OTP_FIELD_MAIL, otp_people_mail(user));
	if (err != OTP_OK || user->mail_changed_at == 0 ||
	    otp_act_now(call) >= user->mail_changed_at + MAIL_BEFORE_LIFE)
		return err;
	return otp_fields_put_str(fields, OTP_FIELD_MAIL_BEFORE,
	    user->mail_before[0] != '\0' ? user->mail_before : user->name);
}

/* A first word that nobody has used gives nobody anything anew: no epoch, no bar. */
static enum otp_err
check(struct otp_call *call, const struct otp_user *user)
{
	enum otp_err err;

	if (otp_member_is_oneself(call, user))
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, NOT_ONESELF,
		    call->verb->name);
	err = otp_act_may_touch(call, user);
	if (err == OTP_OK && !is_first(user))
		err = otp_people_check_handed(call, user);
	return err;
}

enum otp_err
otp_reset_tell(struct otp_call *call, const struct otp_user *user, bool is_reset, const char *word)
{
	struct otp_fields *fields = &call->answer->fields, *details = &call->event.details;
	enum otp_err err;

	err = otp_fields_put_str(fields, OTP_FIELD_USER, user->name);
	if (err == OTP_OK)
		err = otp_fields_put_bool(fields, OTP_FIELD_RESET, is_reset);
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_WORD_UNTIL, user->word_until);
	if (err == OTP_OK && !call->request->dry_run)
		err = otp_fields_put_str(fields, OTP_FIELD_WORD, word);
	if (err == OTP_OK)
		err = otp_fields_put_bool(details, OTP_FIELD_RESET, is_reset);
	if (err == OTP_OK)
		err = otp_fields_put_int(details, OTP_FIELD_WORD_UNTIL, user->word_until);
	if (err == OTP_OK)
		err = otp_reset_put_mails(call, user, details);
	return err;
}

enum otp_err
otp_act_password_reset(struct otp_call *call)
{
	struct otp_user user = OTP_USER_INIT;
	char word[OTP_WORD_SIZE] = "";
	bool is_reset = true;
	enum otp_err err;

	err = otp_member_load(call, &user);
	if (err == OTP_OK)
		err = otp_act_second(call);
	if (err == OTP_OK)
		err = check(call, &user);
	if (err == OTP_OK) {
		is_reset = !is_first(&user);
		err = is_reset ? otp_reset_do(call, &user, word) :
		    otp_people_give_word(call, &user, word);
	}
	if (err == OTP_OK)
		err = otp_act_save_user(call, &user);
	if (err == OTP_OK)
		err = otp_reset_tell(call, &user, is_reset, word);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	if (err != OTP_OK)
		otp_fields_clear(&call->answer->fields);
	otp_wipe(word, sizeof(word));
	otp_user_clear(&user);
	return err;
}
