/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Suspensions: who is suspended, and lifting them for all who share the token. */
#include "config.h"

#include "act_unlock.h"

#include <string.h>

#include "act_sharers.h"
#include "act_standing.h"
#include "text.h"

/* ---- suspended list ---- */

static enum otp_err
put_suspended(struct otp_call *call, const struct otp_token *token)
{
	enum otp_err err = OTP_OK;

	for (uint32_t i = 0; err == OTP_OK && i < token->n_sharers; i++) {
		struct otp_fields *row;

		err = otp_act_row(call, &row);
		if (err == OTP_OK)
			err = otp_fields_put_str(row, OTP_FIELD_USER, token->sharers[i].user);
		if (err == OTP_OK)
			err = otp_fields_put_str(row, OTP_FIELD_SERIAL, token->serial);
		if (err == OTP_OK)
			err = otp_standing_put_suspended(call, token, row);
	}
	return err;
}

static enum otp_err
each_token(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	struct otp_call *call = ctx;
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_err err;

	(void)kind;
	(void)name;
	err = otp_token_decode(value->data, value->len, &token);
	if (err == OTP_OK && token.state == OTP_TOKEN_SUSPENDED)
		err = put_suspended(call, &token);
	otp_token_clear(&token);
	return err;
}

enum otp_err
otp_act_suspended_list(struct otp_call *call)
{
	return otp_store_scan(call->store, OTP_KIND_TOKEN, each_token, call);
}

/* ---- unlock ---- */

static enum otp_err
find_token(struct otp_call *call, struct otp_token *ret)
{
	const char *name = otp_fields_str(&call->request->fields, OTP_FIELD_USER);
	const char *serial = otp_fields_str(&call->request->fields, OTP_FIELD_SERIAL);
	struct otp_why *why = &call->answer->why;
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	if (name == NULL && serial == NULL)
		return OTP_WHY(why, OTP_ERR_USAGE, USER_OR_SERIAL);
	otp_act_about(call, name, serial);
	if (name == NULL)
		return otp_act_load_token(call, serial, ret);
	err = otp_act_load_user(call, name, &user);
	call->is_stranger = err == OTP_ERR_NOT_FOUND;
	if (err == OTP_OK && user.serial[0] == '\0')
		err = OTP_WHY(why, OTP_ERR_WRONG_STATE, NO_TOKEN, name);
	if (err == OTP_OK && serial != NULL && strcmp(serial, user.serial) != 0)
		err = OTP_WHY(why, OTP_ERR_CONFLICT, USER_AND_SERIAL, name, serial);
	if (err == OTP_OK)
		err = otp_act_find_token(call, user.serial, ret);
	if (err == OTP_ERR_NOT_FOUND && user.id != 0)
		err = OTP_ERR_INTEGRITY;
	if (err == OTP_OK)
		otp_act_about(call, NULL, ret->serial);
	otp_user_clear(&user);
	return err;
}

/* Who uses it himself would free himself: others are named who can. */
static enum otp_err
check_own(struct otp_call *call, struct otp_token *token)
{
	struct otp_why *why = &call->answer->why;
	struct otp_bytes text = OTP_BYTES_INIT;
	enum otp_err err;

	if (otp_token_sharer(token, call->operator_user.id) == NULL)
		return OTP_OK;
	err = otp_standing_unlockers_text(call, token, &text);
	if (err == OTP_OK && text.len == 0)
		err = OTP_WHY(why, OTP_ERR_NOT_PERMITTED, OWN_TOKEN_NOBODY, token->serial);
	else if (err == OTP_OK)
		err = OTP_WHY(why, OTP_ERR_NOT_PERMITTED, OWN_TOKEN, token->serial,
		    otp_text_str(&text));
	otp_bytes_clear(&text);
	return err;
}

static enum otp_err
check_state(struct otp_call *call, const struct otp_token *token)
{
	struct otp_why *why = &call->answer->why;
	uint32_t n = otp_token_unlocks_within_day(token, otp_act_now(call));
	bool is_recovery = call->verb->verb == OTP_VERB_RECOVER_UNLOCK;

	switch (token->state) {
	case OTP_TOKEN_LOST:
		return OTP_WHY(why, OTP_ERR_LOST, TOKEN_FINAL, token->serial,
		    otp_token_state_name(token->state));
	case OTP_TOKEN_RETIRED:
	case OTP_TOKEN_STATE_COUNT:
		return OTP_WHY(why, OTP_ERR_REVOKED, TOKEN_FINAL, token->serial,
		    otp_token_state_name(token->state));
	case OTP_TOKEN_STOCK:
	case OTP_TOKEN_ACTIVE:
		return OTP_OK;
	case OTP_TOKEN_SUSPENDED:
		break;
	}
	if (is_recovery || n < call->conf->unlocks_per_day)
		return OTP_OK;
	return OTP_WHY(why, OTP_ERR_OVER_LIMIT, UNLOCKED_TOO_OFTEN, token->serial, OTP_WHY_NUM(n));
}

/* What stays: last used, the window, and the count towards the failure ceiling. */
static bool
release(struct otp_token *token, int64_t now)
{
	bool was_suspended = token->state == OTP_TOKEN_SUSPENDED, is_bound = false;
	bool is_changed = was_suspended;

	for (uint32_t i = 0; i < token->n_sharers; i++) {
		struct otp_sharer *sharer = &token->sharers[i];

		is_changed = is_changed || sharer->unproven > 0;
		is_bound = is_bound || sharer->is_bound;
		sharer->unproven = 0;
		if (!was_suspended)
			continue;
		sharer->fails = 0;
		otp_token_forget_near(sharer);
	}
	if (!was_suspended)
		return is_changed;
	token->state = is_bound ? OTP_TOKEN_ACTIVE : OTP_TOKEN_STOCK;
	token->fails = 0;
	otp_token_forget_suspension(token);
	otp_wipe(token->wrong, sizeof(token->wrong));
	token->n_wrong = 0;
	otp_token_unlock_add(token, now);
	return true;
}

/* Root uses no token, so check_own stops nobody there. */
enum otp_err
otp_act_unlock(struct otp_call *call)
{
	struct otp_token token = OTP_TOKEN_INIT;
	bool was_suspended;
	enum otp_err err;

	err = find_token(call, &token);
	if (err == OTP_OK)
		err = check_own(call, &token);
	if (err == OTP_OK)
		err = check_state(call, &token);
	if (err == OTP_OK)
		err = otp_sharers_check_expected(call, &token);
	if (err != OTP_OK)
		goto out;
	was_suspended = token.state == OTP_TOKEN_SUSPENDED;
	/* what is lifted: a report is another thing than a slip */
	err = otp_standing_put_suspended(call, &token, &call->answer->fields);
	if (err == OTP_OK && was_suspended)
		err = otp_fields_put_str(&call->event.details, OTP_FIELD_SUSPENDED_HOW,
		    otp_token_suspended_name(token.suspended_how));
	if (err == OTP_OK && release(&token, otp_act_now(call)))
		err = otp_act_save_token(call, &token);
	if (err == OTP_OK)
		err = otp_sharers_put(call, &token, token.state);
	if (err == OTP_OK)
		err = otp_fields_put_bool(&call->event.details, OTP_FIELD_CHANGED, was_suspended);
	if (err == OTP_OK)
		err = otp_standing_put_sharers(&token, &call->event.details);
	if (err == OTP_OK)
		err = otp_act_commit(call);
out:
	otp_token_clear(&token);
	return err;
}
