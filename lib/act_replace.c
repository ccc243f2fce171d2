/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A token is replaced: who shares the old one goes on with the new one, and so does all that was counted. */
#include "config.h"

#include "act_device.h"

#include <stdio.h>
#include <string.h>

#include "act_masters.h"
#include "act_people.h"
#include "act_sharers.h"
#include "act_standing.h"

/* Done already: the new one has the old one's history, and its users. */
static bool
is_done(const struct otp_token *old, const struct otp_token *new)
{
	return old->state == OTP_TOKEN_LOST && new->n_sharers > 0 &&
	    strcmp(new->origin, otp_token_origin(old)) == 0;
}

static enum otp_err
check_old(struct otp_call *call, struct otp_token *old)
{
	struct otp_why *why = &call->answer->why;
	enum otp_err err;

	if (otp_token_sharer(old, call->operator_user.id) != NULL)
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, OWN_TOKEN_REPLACE, old->serial);
	err = otp_sharers_may_touch(call, old);
	if (err == OTP_OK)
		err = otp_device_check_final(call, old);
	if (err == OTP_OK && old->n_sharers == 0)
		err = OTP_WHY(why, OTP_ERR_WRONG_STATE, NOBODY_USES, old->serial);
	return err;
}

/* Nobody has it or had it, and no code of it was ever tried: nothing of it is lost under what moves to it. */
static bool
is_unused(const struct otp_token *new, int64_t now)
{
	uint64_t none = new->start_counter > 0 ? new->start_counter - 1 : OTP_STEP_NONE;

	return new->state == OTP_TOKEN_STOCK && new->n_sharers == 0 && new->last_used == none &&
	    new->fails == 0 && otp_token_wrong_within_day(new, 0, now) == 0;
}

static enum otp_err
check_new(struct otp_call *call, const struct otp_token *new)
{
	struct otp_why *why = &call->answer->why;
	int64_t now = otp_act_now(call);
	enum otp_err err;

	err = otp_device_check_final(call, new);
	if (err != OTP_OK)
		return err;
	if (!is_unused(new, now))
		return OTP_WHY(why, OTP_ERR_WRONG_STATE, TOKEN_NOT_NEW, new->serial);
	if (otp_token_is_expired(new, now))
		return OTP_WHY(why, OTP_ERR_EXPIRED, TOKEN_IS_EXPIRED, new->serial);
	if (otp_token_is_early(new, now))
		return OTP_WHY(why, OTP_ERR_WRONG_STATE, TOKEN_NOT_YET, new->serial);
	return OTP_OK;
}

/* Whoever shares it gets a token by this: who reset his password is not the one to give it. */
static enum otp_err
move_user(struct otp_call *call, const struct otp_sharer *sharer, const struct otp_token *new)
{
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	err = otp_sharers_load(call, sharer, &user);
	if (err == OTP_OK)
		err = otp_people_check_bar(call, &user, OTP_ERR_POLICY, &call->answer->why);
	if (err == OTP_OK) {
		(void)snprintf(user.serial, sizeof(user.serial), "%s", new->serial);
		user.is_bound = false;
		user.near_serial[0] = '\0';
		user.near_step = 0;
		user.near_until_ms = 0;
		otp_people_handed(call, &user);
		err = otp_act_save_user(call, &user);
	}
	otp_user_clear(&user);
	return err;
}

/* Counters, totals and a suspension are the users', not the plastic's: a new token launders none of them. */
static void
move_history(struct otp_token *old, struct otp_token *new)
{
	if (old->state == OTP_TOKEN_SUSPENDED) {
		new->state = OTP_TOKEN_SUSPENDED;
		new->suspended_at = old->suspended_at;
		new->suspended_by = old->suspended_by;
		new->suspended_how = old->suspended_how;
	}
	new->fails = old->fails;
	new->n_wrong = old->n_wrong;
	memcpy(new->wrong, old->wrong, sizeof(new->wrong));
	new->n_unlocks = old->n_unlocks;
	memcpy(new->unlocked_at, old->unlocked_at, sizeof(new->unlocked_at));
	(void)snprintf(new->origin, sizeof(new->origin), "%s", otp_token_origin(old));
	new->sharers = old->sharers;
	new->n_sharers = old->n_sharers;
	old->sharers = NULL;
	old->n_sharers = 0;
	for (uint32_t i = 0; i < new->n_sharers; i++) {
		struct otp_sharer *sharer = &new->sharers[i];

		sharer->is_bound = false;
		otp_token_forget_near(sharer);
	}
}

static enum otp_err
move(struct otp_call *call, struct otp_token *old, struct otp_token *new)
{
	bool had_able = false;
	enum otp_err err;

	err = otp_masters_is_one_able(call, &had_able);
	for (uint32_t i = 0; err == OTP_OK && i < old->n_sharers; i++)
		err = move_user(call, &old->sharers[i], new);
	if (err != OTP_OK)
		return err;
	move_history(old, new);
	otp_device_end(call, old, OTP_TOKEN_LOST);
	err = otp_act_save_token(call, old);
	if (err == OTP_OK)
		err = otp_act_save_token(call, new);
	return err == OTP_OK ? otp_masters_check_left(call, had_able) : err;
}

static enum otp_err
answer(struct otp_call *call, const struct otp_token *old, const struct otp_token *new)
{
	struct otp_fields *fields = &call->answer->fields, *details = &call->event.details;
	enum otp_err err;

	err = otp_sharers_put(call, new, new->state);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_ORIGIN, new->origin);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_REPLACES, old->serial);
	if (err == OTP_OK)
		err = otp_fields_put_str(details, OTP_FIELD_NEW_SERIAL, new->serial);
	if (err == OTP_OK)
		err = otp_fields_put_str(details, OTP_FIELD_STATE,
		    otp_token_state_name(new->state));
	if (err == OTP_OK)
		err = otp_standing_put_sharers(new, details);
	return err;
}

enum otp_err
otp_act_token_replace(struct otp_call *call)
{
	const char *serial = otp_fields_str(&call->request->fields, OTP_FIELD_NEW_SERIAL);
	struct otp_token old = OTP_TOKEN_INIT, new = OTP_TOKEN_INIT;
	bool is_same = true;
	enum otp_err err;

	err = otp_act_second(call);
	if (err == OTP_OK)
		err = otp_device_load(call, &old);
	if (err == OTP_OK)
		err = otp_act_load_token(call, serial, &new);
	if (err == OTP_OK)
		is_same = is_done(&old, &new);
	if (err == OTP_OK && !is_same)
		err = check_old(call, &old);
	if (err == OTP_OK && !is_same)
		err = check_new(call, &new);
	if (err == OTP_OK && !is_same)
		err = otp_sharers_check_expected(call, &old);
	if (err == OTP_OK && !is_same)
		err = move(call, &old, &new);
	if (err == OTP_OK && is_same)
		err = otp_sharers_may_touch(call, &new);
	if (err == OTP_OK)
		err = answer(call, &old, &new);
	if (err == OTP_OK)
		err = otp_device_commit(call);
	otp_token_clear(&old);
	otp_token_clear(&new);
	return err;
}
