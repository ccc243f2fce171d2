/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registration: a user binds himself to a token, proved by a current code. */
#include "config.h"

#include "act_register.h"

#include <stdio.h>
#include <string.h>

#include "act_standing.h"
#include "act_verify.h"
#include "text.h"

/* About himself he is told; about the token only that something was wrong. */
static enum otp_err
check_user(struct otp_call *call, const struct otp_user *user)
{
	struct otp_why *why = &call->answer->why;
	int64_t now = otp_act_now(call);

	if (user->id == 0)
		return OTP_WHY(why, OTP_ERR_NOT_APPLICABLE, NOT_A_USER, call->event.actor);
	if (user->is_bound)
		return OTP_WHY(why, OTP_ERR_NOT_APPLICABLE, ALREADY_REGISTERED);
	if (!otp_user_needs_codes(user))
		return OTP_WHY(why, OTP_ERR_NOT_APPLICABLE, NEEDS_NO_CODES);
	if (!user->enabled)
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, USER_DISABLED, user->name);
	if (otp_user_registration_is_open(user, now))
		return OTP_OK;
	if (user->register_until > now)
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, REGISTRATION_LATER,
		    otp_text_time((char[OTP_TIME_TEXT]){ 0 }, user->register_from));
	return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, REGISTRATION_CLOSED);
}

static void
forget_near(struct otp_user *user)
{
	user->near_serial[0] = '\0';
	user->near_step = 0;
	user->near_until_ms = 0;
}

/* One answer for everything; counted on the user, and the token is untouched. */
static enum otp_err
wrong(struct otp_call *call, struct otp_user *user)
{
	struct otp_fields *details = &call->event.details;
	enum otp_err err;

	forget_near(user);
	if (user->register_fails < UINT32_MAX)
		user->register_fails++;
	err = otp_fields_put_int(details, OTP_FIELD_FAILS, user->register_fails);
	if (err == OTP_OK && user->register_fails >= call->conf->fail_limit) {
		user->register_from = user->register_until = 0;
		err = otp_fields_put_str(details, OTP_FIELD_REGISTRATION, "closed");
	}
	if (err == OTP_OK)
		err = otp_act_save_user(call, user);
	if (err != OTP_OK)
		return err;
	return otp_act_commit_refusal(call, OTP_ERR_AUTH_FAILED);
}

static bool
is_near_remembered(const struct otp_call *call, const struct otp_user *user, const char *serial)
{
	return call->now_ms < user->near_until_ms && strcmp(user->near_serial, serial) == 0;
}

/* Its clock is off by more than is searched: the next code proves it, as for a registered user. */
static enum otp_err
near(struct otp_call *call, struct otp_user *user, const char *serial, uint64_t step)
{
	enum otp_err err;

	if (is_near_remembered(call, user, serial))
		return wrong(call, user);
	(void)snprintf(user->near_serial, sizeof(user->near_serial), "%s", serial);
	user->near_step = step;
	user->near_until_ms = call->now_ms + OTP_WINDOW_NEXT_MS;
	err = otp_act_save_user(call, user);
	if (err != OTP_OK)
		return err;
	return otp_act_commit_refusal(call, OTP_ERR_NEXT_CODE);
}

static enum otp_err
admit(struct otp_call *call, struct otp_user *user, struct otp_token *token, uint64_t step)
{
	struct otp_sharer *sharer = otp_token_sharer(token, user->id);
	enum otp_err err = OTP_OK;

	if (sharer == NULL)
		err = otp_token_sharer_add(token, user->id, user->name, &sharer);
	if (err == OTP_ERR_OVER_LIMIT) {
		/* he has shown a right code, so he may know; it is used up all the same */
		otp_code_accept(call, token, NULL, step);
		err = otp_act_save_token(call, token);
		if (err != OTP_OK)
			return err;
		(void)OTP_WHY(&call->answer->why, OTP_ERR_OVER_LIMIT, TOO_MANY_SHARERS,
		    token->serial, OTP_WHY_NUM(OTP_SHARERS_MAX));
		return otp_act_commit_refusal(call, OTP_ERR_OVER_LIMIT);
	}
	if (err != OTP_OK)
		return err;
	otp_code_accept(call, token, sharer, step);
	forget_near(user);
	(void)snprintf(user->serial, sizeof(user->serial), "%s", token->serial);
	user->is_bound = user->was_bound = true;
	user->register_from = user->register_until = 0;
	user->register_fails = 0;
	err = otp_act_save_token(call, token);
	if (err == OTP_OK)
		err = otp_act_save_user(call, user);
	if (err == OTP_OK)
		err = otp_standing_put_sharers(token, &call->event.details);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	return err;
}

/*
 * A suspended, lost, expired or unknown token, and another than the one that
 * waits for him, cost the same work and get the same answer as a wrong code.
 */
static enum otp_err
evaluate(struct otp_call *call, struct otp_user *user, const char *serial, const char *code)
{
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_window_found found = OTP_WINDOW_MISS;
	uint64_t step = 0;
	enum otp_err err;

	err = otp_act_find_token(call, serial, &token);
	if (err != OTP_OK && err != OTP_ERR_NOT_FOUND)
		goto out;
	/* what is no serial number may be a code in the wrong place: not for the audit */
	otp_act_about(call, NULL, token.serial);
	if (err == OTP_ERR_NOT_FOUND || !otp_code_is_live(&token, otp_act_now(call)) ||
	    (user->serial[0] != '\0' && strcmp(user->serial, serial) != 0)) {
		otp_code_waste(call, code);
		err = OTP_OK;
	} else {
		err = otp_code_search(call, &token, code,
		    is_near_remembered(call, user, serial) ? user->near_step : OTP_STEP_NONE,
		    &found, &step);
	}
	if (err != OTP_OK)
		goto out;
	switch (found) {
	case OTP_WINDOW_NEXT:
		otp_code_note_used(call, &token, user->near_step);
		err = admit(call, user, &token, step);
		break;
	case OTP_WINDOW_MATCH:
		err = admit(call, user, &token, step);
		break;
	case OTP_WINDOW_NEAR:
		err = near(call, user, serial, step);
		break;
	case OTP_WINDOW_USED:
	case OTP_WINDOW_MISS:
		err = wrong(call, user);
		break;
	}
out:
	otp_token_clear(&token);
	return err;
}

enum otp_err
otp_act_register(struct otp_call *call)
{
	const struct otp_fields *fields = &call->request->fields;
	const char *serial = otp_fields_str(fields, OTP_FIELD_SERIAL);
	const char *code = otp_fields_str(fields, OTP_FIELD_CODE);
	struct otp_user *user = &call->operator_user;
	enum otp_err err;

	if (user->id != 0)
		otp_act_about(call, user->name, NULL);
	err = check_user(call, user);
	if (err != OTP_OK)
		return err;
	if (call->request->dry_run) {	/* serial and code are not looked at */
		call->answer->changed = true;
		return OTP_OK;
	}
	return evaluate(call, user, serial != NULL ? serial : "", code != NULL ? code : "");
}
