/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The confirmation password: setting one's own. */
#include "config.h"

#include "act_password.h"

#include <stdio.h>
#include <string.h>

static enum otp_err
check_new(struct otp_call *call)
{
	const char *old = otp_fields_str(&call->request->fields, OTP_FIELD_CONFIRM);
	const char *new = otp_fields_str(&call->request->fields, OTP_FIELD_NEW_CONFIRM);
	struct otp_why *why = &call->answer->why;
	struct otp_secret password = OTP_SECRET_INIT;
	size_t len = new != NULL ? strlen(new) : 0;
	bool is_same = old != NULL && new != NULL && strlen(old) == len && otp_equal(old, new, len);
	enum otp_err err = OTP_ERR_BAD_INPUT;

	if (new != NULL && otp_secret_set(&password, new, len) == OTP_OK)
		err = otp_phc_password_ok(&password);
	otp_secret_clear(&password);
	if (err != OTP_OK)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, PASSWORD_UNFIT,
		    OTP_WHY_NUM(OTP_PASSWORD_MIN), OTP_WHY_NUM(OTP_PASSWORD_MAX));
	if (is_same)
		return OTP_WHY(why, OTP_ERR_POLICY, PASSWORD_SAME);
	return OTP_OK;
}

enum otp_err
otp_act_password_set(struct otp_call *call)
{
	struct otp_user *user = &call->operator_user;
	enum otp_err err;

	if (user->id == 0)	/* a dry run: nothing was shown */
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_APPLICABLE, NOT_A_USER,
		    call->event.actor);
	otp_act_about(call, user->name, NULL);
	err = check_new(call);
	if (err != OTP_OK)
		return err;
	if (call->request->dry_run) {
		call->answer->changed = true;
		return OTP_OK;
	}
	if (call->proofs->new_confirm[0] == '\0')
		return OTP_ERR_INTERNAL;	/* nobody hashed it */
	(void)snprintf(user->confirm, sizeof(user->confirm), "%s", call->proofs->new_confirm);
	otp_wipe(user->word, sizeof(user->word));
	user->word_until = 0;
	user->word_is_reset = false;
	user->n_wrong = 0;
	err = otp_fields_put_bool(&call->event.details, OTP_FIELD_HAS_PASSWORD, true);
	if (err == OTP_OK)
		err = otp_act_save_user(call, user);
	if (err == OTP_OK)
		err = otp_act_commit(call, &call->event);
	return err;
}
