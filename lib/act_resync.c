/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resync: two codes in a row tell how far a token's clock, or its counter, has run away. */
#include "config.h"

#include "act_resync.h"

#include "act_device.h"
#include "act_sharers.h"
#include "act_standing.h"
#include "act_verify.h"

/* In use, within its dates: with anything else codes are no help. */
static enum otp_err
check_active(struct otp_call *call, const struct otp_token *token)
{
	struct otp_why *why = &call->answer->why;

	switch (token->state) {
	case OTP_TOKEN_SUSPENDED:
		return OTP_WHY(why, OTP_ERR_SUSPENDED, TOKEN_IS_SUSPENDED, token->serial);
	case OTP_TOKEN_STOCK:
		return OTP_WHY(why, OTP_ERR_WRONG_STATE, IS_STOCK, token->serial);
	case OTP_TOKEN_LOST:
	case OTP_TOKEN_RETIRED:
	case OTP_TOKEN_STATE_COUNT:
		return otp_device_check_final(call, token);
	case OTP_TOKEN_ACTIVE:
		break;
	}
	if (otp_token_is_expired(token, otp_act_now(call)))
		return OTP_WHY(why, OTP_ERR_EXPIRED, TOKEN_IS_EXPIRED, token->serial);
	if (otp_token_is_early(token, otp_act_now(call)))
		return OTP_WHY(why, OTP_ERR_WRONG_STATE, TOKEN_NOT_YET, token->serial);
	return OTP_OK;
}

static uint64_t
range(const struct otp_token *token, bool is_own)
{
	if (token->type == OTP_TOKEN_HOTP)
		return is_own ? OTP_RESYNC_OWN_COUNTERS : OTP_RESYNC_OTHERS_COUNTERS;
	return is_own ? OTP_RESYNC_OWN_STEPS : OTP_RESYNC_OTHERS_S / token->step;
}

static enum otp_err
accept(struct otp_call *call, struct otp_token *token, uint64_t step)
{
	enum otp_err err;

	otp_code_accept_pair(call, token, step);
	err = otp_act_save_token(call, token);
	if (err == OTP_OK)
		err = otp_fields_put_str(&call->answer->fields, OTP_FIELD_SERIAL, token->serial);
	if (err == OTP_OK && step <= INT64_MAX)
		err = otp_fields_put_int(&call->event.details, OTP_FIELD_LAST_STEP, (int64_t)step);
	return err == OTP_OK ? otp_act_commit(call) : err;
}

static enum otp_err
refuse(struct otp_call *call, struct otp_token *token, bool is_counted)
{
	enum otp_err err, save_err;

	if (!is_counted)
		return OTP_ERR_AUTH_FAILED;
	err = otp_code_wrong_pair(call, &call->operator_user, token);
	if (err != OTP_ERR_AUTH_FAILED)
		return err;
	save_err = otp_act_save_token(call, token);
	return save_err != OTP_OK ? save_err : otp_act_commit_refusal(call, err);
}

static enum otp_err
resync(struct otp_call *call, struct otp_token *token, bool is_own)
{
	const char *code1 = otp_fields_str(&call->request->fields, OTP_FIELD_CODE1);
	const char *code2 = otp_fields_str(&call->request->fields, OTP_FIELD_CODE2);
	bool is_found = false;
	uint64_t step = 0;
	uint32_t value;
	enum otp_err err;

	err = check_active(call, token);
	if (err != OTP_OK)
		return err;
	if (call->request->dry_run) {	/* the codes are not looked at */
		call->answer->changed = true;
		return OTP_OK;
	}
	code1 = code1 != NULL ? code1 : "";
	code2 = code2 != NULL ? code2 : "";
	err = otp_code_pair(call, token, code1, code2, range(token, is_own), &is_found, &step);
	if (err != OTP_OK)
		return err;
	if (is_found)
		return accept(call, token, step);
	return refuse(call, token, otp_parse_code(code1, token->digits, &value) == OTP_OK &&
	    otp_parse_code(code2, token->digits, &value) == OTP_OK);
}

/* Twelve hours of codes that were noted once are enough to bring a token of one's own back to them. */
static enum otp_err
check_others(struct otp_call *call, struct otp_token *token)
{
	if (otp_token_sharer(token, call->operator_user.id) != NULL)
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, OWN_TOKEN_RESYNC,
		    token->serial);
	return otp_sharers_may_touch(call, token);
}

enum otp_err
otp_act_token_resync(struct otp_call *call)
{
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_err err;

	err = otp_device_load(call, &token);
	if (err == OTP_OK)
		err = check_others(call, &token);
	if (err == OTP_OK)
		err = resync(call, &token, false);
	otp_token_clear(&token);
	return err;
}

enum otp_err
otp_act_token_resync_own(struct otp_call *call)
{
	const struct otp_user *user = &call->operator_user;
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_err err;

	err = otp_device_load_own(call, &token);
	if (err == OTP_OK && !user->is_bound)
		err = OTP_WHY(&call->answer->why, OTP_ERR_NOT_APPLICABLE, IS_PREASSIGNED,
		    user->name, user->serial);
	if (err == OTP_OK)
		err = resync(call, &token, true);
	otp_token_clear(&token);
	return err;
}
