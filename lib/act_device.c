/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens to a token itself: suspended by hand, lost, retired. All who share it are concerned. */
#include "config.h"

#include "act_device.h"

#include "act_binding.h"
#include "act_masters.h"
#include "act_sharers.h"
#include "act_standing.h"

enum otp_err
otp_device_load(struct otp_call *call, struct otp_token *ret)
{
	const char *serial = otp_fields_str(&call->request->fields, OTP_FIELD_SERIAL);
	enum otp_err err;

	otp_act_about(call, NULL, serial);
	err = otp_act_load_token(call, serial, ret);
	call->is_stranger = err == OTP_ERR_NOT_FOUND;
	return err;
}

enum otp_err
otp_device_load_own(struct otp_call *call, struct otp_token *ret)
{
	const struct otp_user *user = &call->operator_user;
	struct otp_why *why = &call->answer->why;
	enum otp_err err;

	if (user->id == 0)
		return OTP_WHY(why, OTP_ERR_NOT_APPLICABLE, NOT_A_USER, call->event.actor);
	otp_act_about(call, user->name, user->serial);
	if (user->serial[0] == '\0')
		return OTP_WHY(why, OTP_ERR_NOT_APPLICABLE, NO_TOKEN, user->name);
	err = otp_act_find_token(call, user->serial, ret);
	if (err == OTP_ERR_NOT_FOUND ||
	    (err == OTP_OK && otp_token_sharer(ret, user->id) == NULL))
		err = OTP_ERR_INTEGRITY;
	return err;
}

enum otp_err
otp_device_check_final(struct otp_call *call, const struct otp_token *token)
{
	enum otp_err err = token->state == OTP_TOKEN_LOST ? OTP_ERR_LOST : OTP_ERR_REVOKED;

	if (token->state != OTP_TOKEN_LOST && token->state != OTP_TOKEN_RETIRED)
		return OTP_OK;
	return OTP_WHY(&call->answer->why, err, TOKEN_FINAL, token->serial,
	    otp_token_state_name(token->state));
}

void
otp_device_end(struct otp_call *call, struct otp_token *token, enum otp_token_state state)
{
	token->state = state;
	otp_token_forget_suspension(token);
	otp_bytes_clear(&token->seed);
	otp_store_wiped(call->store);
}

/* What the act did, for who reads the audit; whose token it was stands there though nobody shares it any more. */
static enum otp_err
put_details(struct otp_call *call, const struct otp_token *token, enum otp_token_state state)
{
	struct otp_fields *details = &call->event.details;
	enum otp_err err;

	err = otp_fields_put_str(details, OTP_FIELD_STATE, otp_token_state_name(state));
	if (err == OTP_OK && state == OTP_TOKEN_SUSPENDED)
		err = otp_fields_put_str(details, OTP_FIELD_SUSPENDED_HOW,
		    otp_token_suspended_name(token->suspended_how));
	if (err == OTP_OK)
		err = otp_standing_put_sharers(token, details);
	return err;
}

/* Whether anything changed stands in the event: the same again is no news to anybody. */
enum otp_err
otp_device_commit(struct otp_call *call)
{
	enum otp_err err = otp_fields_put_bool(&call->event.details, OTP_FIELD_CHANGED,
	    call->n_saved > 0);

	return err == OTP_OK ? otp_act_commit(call) : err;
}

static enum otp_err
answer(struct otp_call *call, const struct otp_token *token, enum otp_token_state state)
{
	enum otp_err err = otp_sharers_put(call, token, state);

	return err == OTP_OK ? put_details(call, token, state) : err;
}

/* ---- suspended ---- */

/* A token that nobody uses has nothing to stop: it is retired, or lost. */
static enum otp_err
check_used(struct otp_call *call, const struct otp_token *token)
{
	if (token->n_sharers > 0)
		return OTP_OK;
	return OTP_WHY(&call->answer->why, OTP_ERR_WRONG_STATE, NOBODY_USES, token->serial);
}

static void
set_suspended(struct otp_call *call, struct otp_token *token, enum otp_suspended_how how)
{
	if (token->state != OTP_TOKEN_SUSPENDED)
		token->suspended_at = otp_act_now(call);
	token->state = OTP_TOKEN_SUSPENDED;
	token->suspended_by = call->operator_user.id;
	token->suspended_how = how;
}

enum otp_err
otp_act_token_suspend(struct otp_call *call)
{
	struct otp_token token = OTP_TOKEN_INIT;
	bool had_able = false;
	enum otp_err err;

	err = otp_device_load(call, &token);
	if (err == OTP_OK)
		err = otp_sharers_may_touch(call, &token);
	if (err == OTP_OK)
		err = otp_device_check_final(call, &token);
	if (err == OTP_OK)
		err = check_used(call, &token);
	if (err == OTP_OK)
		err = otp_sharers_check_expected(call, &token);
	if (err == OTP_OK)
		err = otp_masters_is_one_able(call, &had_able);
	/* already stopped: why, and since when, stays */
	if (err == OTP_OK && token.state != OTP_TOKEN_SUSPENDED) {
		set_suspended(call, &token, OTP_SUSPENDED_BY_HAND);
		err = otp_act_save_token(call, &token);
	}
	if (err == OTP_OK)
		err = otp_masters_check_left(call, had_able);
	if (err == OTP_OK)
		err = answer(call, &token, token.state);
	if (err == OTP_OK)
		err = otp_device_commit(call);
	otp_token_clear(&token);
	return err;
}

/* ---- reported ---- */

/* Whatever stopped it before: who looks at it now must know that it may be in strange hands. */
static enum otp_err
report(struct otp_call *call, struct otp_token *token)
{
	enum otp_err err;

	err = otp_sharers_check_expected(call, token);
	if (err == OTP_OK && (token->state != OTP_TOKEN_SUSPENDED ||
	    token->suspended_how != OTP_SUSPENDED_REPORTED)) {
		set_suspended(call, token, OTP_SUSPENDED_REPORTED);
		err = otp_act_save_token(call, token);
	}
	if (err == OTP_OK)
		err = answer(call, token, token->state);
	if (err == OTP_OK)
		err = otp_device_commit(call);
	return err;
}

enum otp_err
otp_act_token_report(struct otp_call *call)
{
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_err err = otp_device_load_own(call, &token);

	if (err == OTP_OK)
		err = otp_device_check_final(call, &token);
	if (err == OTP_OK)
		err = report(call, &token);
	otp_token_clear(&token);
	return err;
}

/* ---- lost and retired ---- */

/* They lose it, and nobody can register anything before it is opened for him. */
static enum otp_err
end_all(struct otp_call *call, struct otp_token *token)
{
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err = OTP_OK;

	while (err == OTP_OK && token->n_sharers > 0) {
		err = otp_sharers_load(call, &token->sharers[0], &user);
		if (err == OTP_OK) {
			otp_binding_end(call, &user, token);
			err = otp_act_save_user(call, &user);
		}
	}
	otp_user_clear(&user);
	return err;
}

static enum otp_err
end(struct otp_call *call, struct otp_token *token, enum otp_token_state state)
{
	bool had_able = false;
	enum otp_err err;

	err = otp_sharers_may_touch(call, token);
	if (err == OTP_OK && token->state != state)
		err = otp_device_check_final(call, token);
	if (err == OTP_OK)
		err = otp_sharers_check_expected(call, token);
	if (err == OTP_OK)
		err = otp_masters_is_one_able(call, &had_able);
	if (err == OTP_OK)
		err = answer(call, token, state);
	if (err == OTP_OK && token->state != state) {
		otp_device_end(call, token, state);
		err = end_all(call, token);
		if (err == OTP_OK)
			err = otp_act_save_token(call, token);
	}
	if (err == OTP_OK)
		err = otp_masters_check_left(call, had_able);
	if (err == OTP_OK)
		err = otp_device_commit(call);
	return err;
}

enum otp_err
otp_act_token_retire(struct otp_call *call)
{
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_err err;

	err = otp_device_load(call, &token);
	if (err == OTP_OK)
		err = end(call, &token, OTP_TOKEN_RETIRED);
	otp_token_clear(&token);
	return err;
}

enum otp_err
otp_act_token_lost(struct otp_call *call)
{
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_err err;

	err = otp_device_load(call, &token);
	if (err == OTP_OK && otp_token_sharer(&token, call->operator_user.id) != NULL)
		err = report(call, &token);
	else if (err == OTP_OK)
		err = end(call, &token, OTP_TOKEN_LOST);
	otp_token_clear(&token);
	return err;
}
