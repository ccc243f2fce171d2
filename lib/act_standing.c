/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a user stands with his token, who is able, who can unlock. */
#include "config.h"

#include "act_standing.h"

#include <stdio.h>
#include <string.h>

#include "choices.h"
#include "text.h"

#define N_(s) s
#define UNLOCKERS_NAMED 5	/* in a sentence */

static const char *const names[OTP_STANDING_COUNT] = {
	[OTP_STANDING_UNKNOWN] = N_("unknown"),
	[OTP_STANDING_DISABLED] = N_("disabled"),
	[OTP_STANDING_NEVER_BOUND] = N_("never-bound"),
	[OTP_STANDING_REVOKED] = N_("revoked"),
	[OTP_STANDING_LOST] = N_("lost"),
	[OTP_STANDING_SUSPENDED] = N_("suspended"),
	[OTP_STANDING_EXPIRED] = N_("expired"),
	[OTP_STANDING_PREASSIGNED] = N_("preassigned"),
	[OTP_STANDING_REGISTERED] = N_("registered"),
};

const char *
otp_standing_name(enum otp_standing standing)
{
	return (unsigned)standing < OTP_STANDING_COUNT ? names[standing] : "";
}

const char *
otp_standing_registration(const struct otp_user *user, int64_t now)
{
	return otp_user_registration_is_open(user, now) ? N_("open") : N_("closed");
}

const char *
otp_standing_binding(const struct otp_user *user)
{
	if (user->serial[0] == '\0')
		return N_("none");
	return user->is_bound ? N_("registered") : N_("preassigned");
}

const char *
otp_standing_token_name(const struct otp_token *token, int64_t now)
{
	if ((token->state == OTP_TOKEN_STOCK || token->state == OTP_TOKEN_ACTIVE) &&
	    otp_token_is_expired(token, now))
		return N_("expired");
	return otp_token_state_name(token->state);
}

static enum otp_standing
of_token(const struct otp_token *token, const struct otp_user *user, int64_t now)
{
	switch (token->state) {
	case OTP_TOKEN_LOST:
		return OTP_STANDING_LOST;
	case OTP_TOKEN_RETIRED:
		return OTP_STANDING_REVOKED;
	case OTP_TOKEN_SUSPENDED:
		return OTP_STANDING_SUSPENDED;
	case OTP_TOKEN_STOCK:
	case OTP_TOKEN_ACTIVE:
		if (otp_token_is_expired(token, now))
			return OTP_STANDING_EXPIRED;
		return user->is_bound ? OTP_STANDING_REGISTERED : OTP_STANDING_PREASSIGNED;
	case OTP_TOKEN_STATE_COUNT:
		break;
	}
	return OTP_STANDING_REVOKED;
}

enum otp_err
otp_standing_of(struct otp_call *call, const struct otp_user *user, struct otp_token *ret_token,
    enum otp_standing *ret)
{
	enum otp_err err;

	*ret = OTP_STANDING_UNKNOWN;
	if (user->serial[0] != '\0') {
		err = otp_act_find_token(call, user->serial, ret_token);
		if (err == OTP_ERR_NOT_FOUND)
			err = OTP_ERR_INTEGRITY;
		if (err == OTP_OK && otp_token_sharer(ret_token, user->id) == NULL)
			err = OTP_ERR_INTEGRITY;
		if (err != OTP_OK)
			return err;
		*ret = of_token(ret_token, user, otp_act_now(call));
	} else {
		*ret = user->was_bound ? OTP_STANDING_REVOKED : OTP_STANDING_NEVER_BOUND;
	}
	if (!user->enabled)
		*ret = OTP_STANDING_DISABLED;
	return OTP_OK;
}

enum otp_err
otp_standing_is_able(struct otp_call *call, const struct otp_user *user, bool *ret)
{
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_standing standing;
	enum otp_err err;

	*ret = false;
	err = otp_standing_of(call, user, &token, &standing);
	if (err == OTP_OK)
		*ret = standing == OTP_STANDING_REGISTERED && user->confirm[0] != '\0' &&
		    !user->confirm_stopped && !otp_token_is_early(&token, otp_act_now(call));
	otp_token_clear(&token);
	return err;
}

enum otp_err
otp_standing_load_staff(struct otp_call *call, const struct otp_staff *staff, struct otp_user *ret)
{
	enum otp_err err = otp_act_find_user(call, staff->user, ret);

	if (err == OTP_OK && ret->id != staff->user_id)
		err = OTP_ERR_INTEGRITY;
	return err == OTP_ERR_NOT_FOUND ? OTP_ERR_INTEGRITY : err;
}

enum otp_err
otp_standing_has_other(struct otp_call *call, const struct otp_user *user, bool *ret)
{
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_user other = OTP_USER_INIT;
	enum otp_err err;

	*ret = false;
	err = otp_act_load_company(call, &company);
	for (uint32_t i = 0; err == OTP_OK && !*ret && i < company.n_staff; i++) {
		const struct otp_staff *staff = &company.staff[i];

		if (staff->user_id == user->id)
			continue;
		/* an administrator's or master's is reset by a master alone */
		if (staff->role != OTP_ROLE_MASTER)
			continue;
		err = otp_standing_load_staff(call, staff, &other);
		if (err == OTP_OK)
			err = otp_standing_is_able(call, &other, ret);
	}
	otp_user_clear(&other);
	otp_company_clear(&company);
	return err;
}

/*
 * Unlocking asks for the confirmation password alone, so an administrator
 * whose own token is suspended, or who has none yet, can do it.
 */
static bool
can_unlock(struct otp_token *token, const struct otp_user *user)
{
	return user->enabled && otp_act_is_staff(user) && user->confirm[0] != '\0' &&
	    !user->confirm_stopped && otp_token_sharer(token, user->id) == NULL;
}

enum otp_err
otp_standing_put_unlockers(struct otp_call *call, struct otp_token *token,
    struct otp_fields *fields)
{
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	err = otp_act_load_company(call, &company);
	for (uint32_t i = 0; err == OTP_OK && i < company.n_staff; i++) {
		err = otp_standing_load_staff(call, &company.staff[i], &user);
		if (err == OTP_OK && can_unlock(token, &user))
			err = otp_fields_put_str(fields, OTP_FIELD_CAN_UNLOCK, user.name);
	}
	otp_user_clear(&user);
	otp_company_clear(&company);
	return err;
}

enum otp_err
otp_standing_unlockers_text(struct otp_call *call, struct otp_token *token, struct otp_bytes *ret)
{
	struct otp_fields fields = OTP_FIELDS_INIT;
	struct otp_field_view view;
	size_t cursor = 0;
	unsigned n = 0;
	enum otp_err err;

	err = otp_standing_put_unlockers(call, token, &fields);
	while (err == OTP_OK && n <= UNLOCKERS_NAMED && otp_fields_next(&fields, &cursor, &view)) {
		if (n > 0)
			err = otp_text_put(ret, ", ");
		if (err == OTP_OK)
			err = otp_text_put(ret, n < UNLOCKERS_NAMED ? view.str : "…");
		n++;
	}
	otp_fields_clear(&fields);
	return err;
}

const char *
otp_standing_right_name(uint32_t right)
{
	const char *name;

	for (unsigned i = 0; (name = otp_right_name(i)) != NULL; i++)
		if (right == 1u << i)
			return name;
	return "";
}

enum otp_err
otp_standing_put_rights(const struct otp_user *user, struct otp_fields *fields)
{
	const char *name;
	enum otp_err err = OTP_OK;

	for (unsigned i = 0; err == OTP_OK && (name = otp_right_name(i)) != NULL; i++) {
		if ((user->granted.rights & 1u << i) == 0)
			continue;
		err = otp_fields_put_str(fields, user->adopted.rights & 1u << i ?
		    OTP_FIELD_RIGHTS : OTP_FIELD_RIGHTS_WAITING, name);
	}
	return err;
}

/* A limit in force, and what was granted beyond it. */
static enum otp_err
put_limit(struct otp_call *call, struct otp_fields *fields, int64_t now, int64_t granted,
    enum otp_field field, enum otp_field waiting)
{
	enum otp_err err = otp_act_put_limit(call, fields, field, now);

	if (err == OTP_OK && granted > now)
		err = otp_act_put_limit(call, fields, waiting, granted);
	return err;
}

enum otp_err
otp_standing_put_permit(struct otp_call *call, const struct otp_user *user,
    struct otp_fields *fields)
{
	const struct otp_permit *granted = &user->granted;
	struct otp_permit now;
	enum otp_err err;

	otp_permit_in_force(user, &now);
	err = otp_standing_put_rights(user, fields);
	for (uint32_t i = 0; err == OTP_OK && i < granted->n_accounts; i++)
		err = otp_fields_put_str(fields,
		    otp_permit_account(&now, granted->account[i].number) != NULL ?
		    OTP_FIELD_ACCOUNTS : OTP_FIELD_ACCOUNTS_WAITING, granted->account[i].id);
	if (err == OTP_OK)
		err = put_limit(call, fields, now.limits.per_transfer,
		    granted->limits.per_transfer, OTP_FIELD_PER_TRANSFER,
		    OTP_FIELD_PER_TRANSFER_WAITING);
	if (err == OTP_OK)
		err = put_limit(call, fields, now.limits.per_day, granted->limits.per_day,
		    OTP_FIELD_PER_DAY, OTP_FIELD_PER_DAY_WAITING);
	if (err == OTP_OK && (granted->limits.per_transfer != 0 || granted->limits.per_day != 0))
		err = otp_fields_put_str(fields, OTP_FIELD_CURRENCY,
		    otp_store_site(call->store)->currency);
	return err;
}

static enum otp_err
put_time(struct otp_fields *fields, enum otp_field field, int64_t seconds)
{
	return seconds != 0 ? otp_fields_put_int(fields, field, seconds) : OTP_OK;
}

enum otp_err
otp_standing_put(struct otp_call *call, const struct otp_user *user, struct otp_token *token,
    enum otp_standing standing, struct otp_fields *fields)
{
	const struct otp_sharer *sharer = otp_token_sharer(token, user->id);
	int64_t now = otp_act_now(call);
	bool is_closing = user->register_until <= now;
	enum otp_err err;

	err = otp_fields_put_str(fields, OTP_FIELD_STATE, otp_standing_name(standing));
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_BINDING, otp_standing_binding(user));
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_REGISTRATION,
		    otp_standing_registration(user, now));
	if (err == OTP_OK && !is_closing)
		err = put_time(fields, OTP_FIELD_OPEN_FROM, user->register_from);
	if (err == OTP_OK && !is_closing)
		err = put_time(fields, OTP_FIELD_OPEN_UNTIL, user->register_until);
	if (err == OTP_OK && user->serial[0] != '\0')
		err = otp_fields_put_str(fields, OTP_FIELD_SERIAL, user->serial);
	if (err == OTP_OK && sharer != NULL)
		err = put_time(fields, OTP_FIELD_LAST_SUCCESS, sharer->last_success);
	if (err == OTP_OK && sharer != NULL)
		err = put_time(fields, OTP_FIELD_EXPIRES, token->not_after);
	return err;
}

enum otp_err
otp_standing_put_sharers(const struct otp_token *token, struct otp_fields *fields)
{
	enum otp_err err = OTP_OK;

	for (uint32_t i = 0; err == OTP_OK && i < token->n_sharers; i++)
		err = otp_fields_put_str(fields, OTP_FIELD_SHARERS, token->sharers[i].user);
	return err;
}

const char *
otp_standing_sharer_name(const struct otp_token *token, uint64_t user_id)
{
	for (uint32_t i = 0; i < token->n_sharers; i++)
		if (user_id != 0 && token->sharers[i].user_id == user_id)
			return token->sharers[i].user;
	return NULL;
}

enum otp_err
otp_standing_stopper(struct otp_call *call, const struct otp_token *token,
    char ret[OTP_NAME_MAX + 1])
{
	const char *name = otp_standing_sharer_name(token, token->suspended_by);
	struct otp_company company = OTP_COMPANY_INIT;
	enum otp_err err = OTP_OK;

	ret[0] = '\0';
	if (name != NULL)
		(void)snprintf(ret, OTP_NAME_MAX + 1, "%s", name);
	if (name != NULL || token->suspended_by == 0)
		return OTP_OK;
	err = otp_act_load_company(call, &company);
	for (uint32_t i = 0; err == OTP_OK && i < company.n_staff; i++)
		if (company.staff[i].user_id == token->suspended_by)
			(void)snprintf(ret, OTP_NAME_MAX + 1, "%s", company.staff[i].user);
	otp_company_clear(&company);
	return err;
}

enum otp_err
otp_standing_put_suspended(struct otp_call *call, const struct otp_token *token,
    struct otp_fields *fields)
{
	char by[OTP_NAME_MAX + 1];
	enum otp_err err;

	if (token->state != OTP_TOKEN_SUSPENDED)
		return OTP_OK;
	err = otp_standing_stopper(call, token, by);
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_SUSPENDED_AT, token->suspended_at);
	if (err == OTP_OK && by[0] != '\0')
		err = otp_fields_put_str(fields, OTP_FIELD_SUSPENDED_BY, by);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_SUSPENDED_HOW,
		    otp_token_suspended_name(token->suspended_how));
	return err;
}
