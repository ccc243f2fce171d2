/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verify: the one act that lets somebody in. */
#include "config.h"

#include "act_verify.h"

#include <string.h>

/* What says how things stand, rather than what the code itself was. */
static bool
is_telling(enum otp_err err)
{
	return err == OTP_ERR_NOT_FOUND || err == OTP_ERR_NOT_PERMITTED ||
	    err == OTP_ERR_NOT_APPLICABLE || err == OTP_ERR_WRONG_STATE ||
	    err == OTP_ERR_SUSPENDED || err == OTP_ERR_REVOKED || err == OTP_ERR_LOST ||
	    err == OTP_ERR_EXPIRED;
}

/* Services are told why; who asks for himself learns what his code shows him to know, no more. */
static enum otp_err
told(struct otp_call *call, enum otp_err err, bool is_service)
{
	if (err == OTP_OK || is_service || !is_telling(err))
		return err;
	otp_why_clear(&call->answer->why);
	return OTP_ERR_AUTH_FAILED;
}

static enum otp_err
may_use_codes(struct otp_call *call, const struct otp_user *user)
{
	struct otp_why *why = &call->answer->why;

	if (!user->enabled)
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, USER_DISABLED, user->name);
	if ((user->granted.rights & OTP_RIGHT_LOGIN) == 0)
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, NO_LOGIN_RIGHT, user->name);
	return OTP_OK;
}

/* The same reads and the same work as the real line, and never anything but a refusal. */
static enum otp_err
decoy(struct otp_call *call, const struct otp_user *user, const char *code)
{
	struct otp_token token = OTP_TOKEN_INIT;

	(void)otp_act_find_token(call, user->serial, &token);
	otp_token_clear(&token);
	otp_code_waste(call, code);
	otp_why_clear(&call->answer->why);
	(void)otp_fields_put_bool(&call->event.details, OTP_FIELD_DECOY, true);
	return otp_act_deny(call, OTP_ERR_AUTH_FAILED);
}

static enum otp_err
put_origin(struct otp_call *call)
{
	static const enum otp_field origin[] = { OTP_FIELD_RHOST, OTP_FIELD_TTY };
	enum otp_err err = OTP_OK;

	for (size_t i = 0; err == OTP_OK && i < sizeof(origin) / sizeof(origin[0]); i++)
		err = otp_fields_put_str(&call->event.details, origin[i],
		    otp_fields_str(&call->request->fields, origin[i]));
	return err;
}

static enum otp_err
verify(struct otp_call *call, struct otp_user *user, const char *code, bool is_service)
{
	bool is_changed = false;
	enum otp_err err;

	err = may_use_codes(call, user);
	if (err != OTP_OK)
		otp_code_waste(call, code);
	else
		err = otp_code_judge(call, user, code,
		    is_service ? OTP_CODE_SERVICE : OTP_CODE_UNPROVEN, &call->event, &is_changed);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	else if (is_changed)
		return otp_act_commit_refusal(call, err);
	if (err != OTP_OK)
		return otp_act_deny(call, err);
	call->verdict = OTP_VERDICT_ALLOW;
	return OTP_OK;
}

enum otp_err
otp_act_verify(struct otp_call *call)
{
	const struct otp_fields *fields = &call->request->fields;
	const struct otp_caller *caller = call->caller;
	const char *name = otp_fields_str(fields, OTP_FIELD_USER);
	const char *code = otp_fields_str(fields, OTP_FIELD_CODE);
	bool is_service = caller->is_root || caller->is_trusted;
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	if (call->request->dry_run)
		return OTP_WHY(&call->answer->why, OTP_ERR_USAGE, NO_DRY_RUN, call->verb->name);
	if (name == NULL)
		name = caller->name;
	if (!is_service && strcmp(name, caller->name) != 0)
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, ONLY_FOR_ONESELF);
	if (code == NULL)
		code = "";
	otp_act_about(call, name, NULL);
	err = put_origin(call);
	if (err != OTP_OK)
		return err;
	err = otp_act_load_user(call, name, &user);
	call->is_stranger = err == OTP_ERR_NOT_FOUND;
	otp_act_about(call, NULL, user.serial);
	if (otp_fields_bool(fields, OTP_FIELD_DECOY) && (err == OTP_OK || call->is_stranger))
		err = decoy(call, &user, code);
	else if (err == OTP_OK)
		err = told(call, verify(call, &user, code, is_service), is_service);
	else {
		otp_code_waste(call, code);
		err = told(call, otp_act_deny(call, err), is_service);
	}
	otp_user_clear(&user);
	return err;
}
