/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coming in: may this user, and what takes effect when he does. */
#include "config.h"

#include "act_session.h"

#include <string.h>

#include "act_standing.h"

/* Oneself, or somebody else for root and trusted services. */
static enum otp_err
find_subject(struct otp_call *call, struct otp_user *ret)
{
	const struct otp_caller *caller = call->caller;
	const char *name = otp_fields_str(&call->request->fields, OTP_FIELD_USER);
	enum otp_err err;

	if (name == NULL)
		name = caller->name;
	if (!caller->is_root && !caller->is_trusted && strcmp(name, caller->name) != 0)
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, ONLY_FOR_ONESELF);
	otp_act_about(call, name, NULL);
	err = otp_act_load_user(call, name, ret);
	call->is_stranger = err == OTP_ERR_NOT_FOUND;
	return err;
}

static enum otp_err
check_account(struct otp_call *call, const struct otp_user *user, enum otp_standing standing)
{
	struct otp_why *why = &call->answer->why;

	switch (standing) {
	case OTP_STANDING_UNKNOWN:
	case OTP_STANDING_COUNT:
		break;
	case OTP_STANDING_DISABLED:
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, USER_DISABLED, user->name);
	case OTP_STANDING_NEVER_BOUND:
		return OTP_WHY(why, OTP_ERR_NOT_APPLICABLE, NO_TOKEN, user->name);
	case OTP_STANDING_REVOKED:
		return OTP_WHY(why, OTP_ERR_REVOKED, NO_TOKEN, user->name);
	case OTP_STANDING_LOST:
		return OTP_ERR_LOST;
	case OTP_STANDING_EXPIRED:
		return OTP_ERR_EXPIRED;
	case OTP_STANDING_SUSPENDED:
		/* who came in by key may unlock others */
		if (!otp_act_is_staff(user))
			return OTP_ERR_SUSPENDED;
		return OTP_OK;
	case OTP_STANDING_PREASSIGNED:
	case OTP_STANDING_REGISTERED:
		if ((user->granted.rights & OTP_RIGHT_LOGIN) == 0)
			return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, NO_LOGIN_RIGHT, user->name);
		return OTP_OK;
	}
	return OTP_ERR_NOT_PERMITTED;
}

/* Disabled or not: a stranger is who never had a token. */
static enum otp_err
check_stranger(struct otp_call *call, const struct otp_user *user)
{
	if (user->serial[0] != '\0' || user->was_bound)
		return OTP_OK;
	return OTP_WHY(&call->answer->why, OTP_ERR_NOT_APPLICABLE, NO_TOKEN, user->name);
}

enum otp_err
otp_act_login_check(struct otp_call *call)
{
	const char *phase = otp_fields_str(&call->request->fields, OTP_FIELD_PHASE);
	struct otp_fields *fields = &call->answer->fields;
	struct otp_user user = OTP_USER_INIT;
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_standing standing;
	enum otp_err err;

	call->is_question = phase != NULL && strcmp(phase, "auth") == 0;
	err = find_subject(call, &user);
	if (err == OTP_ERR_NOT_FOUND) {
		err = otp_fields_put_str(fields, OTP_FIELD_STATE,
		    otp_standing_name(OTP_STANDING_UNKNOWN));
		if (err == OTP_OK)
			err = OTP_ERR_NOT_FOUND;
		goto out;
	}
	if (err == OTP_OK)
		err = otp_standing_of(call, &user, &token, &standing);
	if (err == OTP_OK)
		err = otp_standing_put(call, &user, &token, standing, fields);
	if (err != OTP_OK)
		goto out;
	err = call->is_question ? check_stranger(call, &user) :
	    check_account(call, &user, standing);
out:
	otp_token_clear(&token);
	otp_user_clear(&user);
	return err;
}

/* ---- session open ---- */

/* A cron job's session adopts nothing: nobody has shown a code for it. */
static bool
may_adopt(const struct otp_call *call, const struct otp_user *user, struct otp_token *token)
{
	const struct otp_sharer *sharer = otp_token_sharer(token, user->id);
	int64_t now = otp_act_now(call);

	if (call->caller->is_root &&
	    !otp_fields_bool(&call->request->fields, OTP_FIELD_PAM))
		return true;
	/* a session is what a service says it is: nobody adopts by his own word what he was granted a moment ago */
	if (!otp_act_speaks_for_service(call->caller))
		return false;
	return sharer != NULL && sharer->is_bound && sharer->last_success != 0 &&
	    now <= sharer->last_success + OTP_SESSION_CODE_LIFE;
}

/* Who has just come in with a code would be told that very code as his last use. */
static enum otp_err
put_success_before(struct otp_call *call, const struct otp_user *user, struct otp_token *token)
{
	const struct otp_sharer *sharer = otp_token_sharer(token, user->id);

	if (sharer == NULL || sharer->success_before == 0 ||
	    otp_act_now(call) > sharer->last_success + OTP_SESSION_CODE_LIFE)
		return OTP_OK;
	return otp_fields_put_int(&call->answer->fields, OTP_FIELD_SUCCESS_BEFORE,
	    sharer->success_before);
}

static bool
is_adopted(const struct otp_user *user)
{
	return otp_permit_is_same(&user->granted, &user->adopted);
}

static enum otp_err
adopt(struct otp_call *call, struct otp_user *user)
{
	enum otp_err err;

	if (is_adopted(user))
		return OTP_OK;
	err = otp_standing_put_permit(call, user, &call->event.details);
	if (err != OTP_OK)
		return err;
	user->adopted = user->granted;
	user->adopted_at = otp_act_now(call);
	return otp_act_save_user(call, user);
}

enum otp_err
otp_act_session_open(struct otp_call *call)
{
	struct otp_fields *fields = &call->answer->fields;
	struct otp_user user = OTP_USER_INIT;
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_standing standing;
	enum otp_err err;

	err = find_subject(call, &user);
	if (err == OTP_OK)
		err = otp_standing_of(call, &user, &token, &standing);
	if (err == OTP_OK && !user.enabled)
		err = OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, USER_DISABLED, user.name);
	if (err == OTP_OK && may_adopt(call, &user, &token))
		err = adopt(call, &user);
	if (err == OTP_OK)
		err = otp_standing_put(call, &user, &token, standing, fields);
	if (err == OTP_OK)
		err = put_success_before(call, &user, &token);
	if (err == OTP_OK)
		err = otp_standing_put_permit(call, &user, fields);
	if (err == OTP_OK)
		err = otp_act_commit_folded(call);
	otp_token_clear(&token);
	otp_user_clear(&user);
	return err;
}
