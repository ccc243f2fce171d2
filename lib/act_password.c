/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The confirmation password: setting one's own. */
#include "config.h"

#include "act_password.h"

#include <stdio.h>
#include <string.h>

/* A single-use word is the same in capitals and without hyphens; others have seen it. */
static bool
is_same_word(const char *old, const char *new)
{
	struct otp_secret a = OTP_SECRET_INIT, b = OTP_SECRET_INIT;
	bool is_same = false;

	if (old != NULL && new != NULL && otp_secret_set(&a, old, strlen(old)) == OTP_OK &&
	    otp_secret_set(&b, new, strlen(new)) == OTP_OK) {
		otp_phc_word_normalise(&a);
		otp_phc_word_normalise(&b);
		is_same = a.len == b.len && otp_equal(a.text, b.text, a.len);
	}
	otp_secret_clear(&a);
	otp_secret_clear(&b);
	return is_same;
}

static enum otp_err
check_new(struct otp_call *call)
{
	const char *old = otp_fields_str(&call->request->fields, OTP_FIELD_CONFIRM);
	const char *new = otp_fields_str(&call->request->fields, OTP_FIELD_NEW_CONFIRM);
	struct otp_why *why = &call->answer->why;
	struct otp_secret password = OTP_SECRET_INIT;
	bool is_same = is_same_word(old, new);
	enum otp_err err = OTP_ERR_BAD_INPUT;

	if (new != NULL && otp_secret_set(&password, new, strlen(new)) == OTP_OK)
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
		err = otp_act_commit(call);
	return err;
}
