/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Permits: setting and clearing users' rights, accounts and limits. */
#include "config.h"

#include "act_permit.h"

#include <stdio.h>
#include <string.h>

#include "act_permit_show.h"
#include "text.h"

#define ROWS_BYTES_MAX 98304	/* of an answer that comes in one packet */

/* What is asked for, of every user named. */
struct change {
	bool is_clear;
	uint32_t allow, deny;
	struct otp_limits ceiling;	/* of the configuration */
	size_t n_bytes;			/* of the rows so far */
};

/* ---- the request ---- */

static enum otp_err
take_rights(struct otp_call *call, enum otp_field field, uint32_t *ret)
{
	struct otp_field_view view;
	size_t cursor = 0;
	uint32_t bit;

	while (otp_fields_next(&call->request->fields, &cursor, &view)) {
		if (view.field != field)
			continue;
		if (otp_right_parse(view.str, &bit) != OTP_OK)
			return OTP_WHY(&call->answer->why, OTP_ERR_BAD_INPUT, BAD_RIGHT, view.str);
		*ret |= bit;
	}
	return OTP_OK;
}

/* "+A" and "-A": neither anything else, nor both. */
static enum otp_err
check_accounts(struct otp_call *call)
{
	const struct otp_fields *fields = &call->request->fields;
	struct otp_why *why = &call->answer->why;
	struct otp_field_view view, other;
	size_t cursor = 0, second;

	while (otp_fields_next(fields, &cursor, &view)) {
		if (view.field != OTP_FIELD_ACCOUNTS)
			continue;
		if ((view.str[0] != '+' && view.str[0] != '-') ||
		    otp_parse_serial(view.str + 1) != OTP_OK)
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, BAD_ACCOUNT_CHANGE, view.str);
		second = cursor;
		while (otp_fields_next(fields, &second, &other))
			if (other.field == OTP_FIELD_ACCOUNTS && other.str[0] != view.str[0] &&
			    strcmp(other.str + 1, view.str + 1) == 0)
				return OTP_WHY(why, OTP_ERR_BAD_INPUT, BOTH_WAYS, view.str + 1);
	}
	return OTP_OK;
}

static enum otp_err
take_change(struct otp_call *call, bool is_clear, struct change *ret)
{
	const struct otp_fields *fields = &call->request->fields;
	struct otp_why *why = &call->answer->why;
	enum otp_err err;

	*ret = (struct change){ .is_clear = is_clear };
	if (is_clear)
		return OTP_OK;
	if (!otp_fields_has(fields, OTP_FIELD_ALLOW) && !otp_fields_has(fields, OTP_FIELD_DENY) &&
	    !otp_fields_has(fields, OTP_FIELD_ACCOUNTS) &&
	    !otp_fields_has(fields, OTP_FIELD_PER_TRANSFER) &&
	    !otp_fields_has(fields, OTP_FIELD_PER_DAY))
		return OTP_WHY(why, OTP_ERR_USAGE, NOTHING_TO_CHANGE);
	err = take_rights(call, OTP_FIELD_ALLOW, &ret->allow);
	if (err == OTP_OK)
		err = take_rights(call, OTP_FIELD_DENY, &ret->deny);
	for (unsigned i = 0; err == OTP_OK && otp_right_name(i) != NULL; i++)
		if ((ret->allow & ret->deny & 1u << i) != 0)
			err = OTP_WHY(why, OTP_ERR_BAD_INPUT, BOTH_WAYS, otp_right_name(i));
	if (err == OTP_OK)
		err = check_accounts(call);
	ret->ceiling = (struct otp_limits){ OTP_AMOUNT_MAX, OTP_AMOUNT_MAX };
	if (err == OTP_OK && otp_fields_has(fields, OTP_FIELD_PER_TRANSFER))
		err = otp_act_ceiling(call, call->conf->ceiling_per_transfer,
		    &ret->ceiling.per_transfer);
	if (err == OTP_OK && otp_fields_has(fields, OTP_FIELD_PER_DAY))
		err = otp_act_ceiling(call, call->conf->ceiling_per_day, &ret->ceiling.per_day);
	return err;
}

/* ---- what a user was granted, changed ---- */

/* By its id, whatever its number: one that was deleted still stands there under its old one. */
static bool
remove_account(struct otp_permit *permit, const char *id, uint64_t except)
{
	bool is_removed = false;

	for (uint32_t i = permit->n_accounts; i > 0; i--) {
		const struct otp_account_ref *ref = &permit->account[i - 1];

		if (strcmp(ref->id, id) != 0 || ref->number == except)
			continue;
		otp_permit_account_remove(permit, ref->number);
		is_removed = true;
	}
	return is_removed;
}

static enum otp_err
add_account(struct otp_call *call, const char *user, const char *id, struct otp_permit *permit)
{
	struct otp_account account = OTP_ACCOUNT_INIT;
	enum otp_err err = otp_act_load_account(call, id, &account);

	if (err != OTP_OK)
		return err;
	(void)remove_account(permit, id, account.ref.number);
	err = otp_permit_account_add(permit, account.ref.number, account.ref.id);
	if (err == OTP_ERR_OVER_LIMIT)
		err = OTP_WHY(&call->answer->why, err, PERMIT_ACCOUNTS_FULL, user,
		    OTP_WHY_NUM(OTP_PERMITTED_MAX));
	return err;
}

static enum otp_err
change_accounts(struct otp_call *call, const char *user, char sign, struct otp_permit *permit)
{
	struct otp_account account = OTP_ACCOUNT_INIT;
	struct otp_field_view view;
	size_t cursor = 0;
	enum otp_err err = OTP_OK;

	while (err == OTP_OK && otp_fields_next(&call->request->fields, &cursor, &view)) {
		if (view.field != OTP_FIELD_ACCOUNTS || view.str[0] != sign)
			continue;
		if (sign == '+')
			err = add_account(call, user, view.str + 1, permit);
		/* who mistyped one must not believe that it is taken away */
		else if (!remove_account(permit, view.str + 1, 0))
			err = otp_act_load_account(call, view.str + 1, &account);
	}
	return err;
}

static enum otp_err
change_permit(struct otp_call *call, const struct change *change, const char *user,
    struct otp_permit *permit)
{
	enum otp_err err;

	if (change->is_clear) {
		*permit = (struct otp_permit){ .rights = permit->rights & OTP_RIGHT_LOGIN };
		return OTP_OK;
	}
	permit->rights = (permit->rights | change->allow) & ~change->deny;
	/* first what makes room */
	err = change_accounts(call, user, '-', permit);
	if (err == OTP_OK)
		err = change_accounts(call, user, '+', permit);
	if (err == OTP_OK)
		err = otp_act_take_limit(call, OTP_FIELD_PER_TRANSFER,
		    &permit->limits.per_transfer);
	if (err == OTP_OK)
		err = otp_act_take_limit(call, OTP_FIELD_PER_DAY, &permit->limits.per_day);
	return err;
}

/* ---- what was shown ---- */

/* EXPECT: who shows what he was shown of one user must do so of all. */
static enum otp_err
check_expected(struct otp_call *call, const struct otp_user *user)
{
	struct otp_field_view view;
	char shown[OTP_PERMIT_EXPECT_MAX];
	size_t cursor = 0;
	enum otp_err err;

	if (!otp_fields_has(&call->request->fields, OTP_FIELD_EXPECT))
		return OTP_OK;
	err = otp_permit_expectation(user, shown);
	if (err != OTP_OK)
		return err;
	while (otp_fields_next(&call->request->fields, &cursor, &view))
		if (view.field == OTP_FIELD_EXPECT && strcmp(view.str, shown) == 0)
			return OTP_OK;
	return OTP_WHY(&call->answer->why, OTP_ERR_CONFLICT, PERMIT_OTHER, user->name);
}

/* `user` as he was. */
static enum otp_err
put_row(struct otp_call *call, struct change *change, const struct otp_user *user,
    const struct otp_permit *permit)
{
	char shown[OTP_PERMIT_EXPECT_MAX];
	struct otp_fields *row;
	enum otp_err err;

	err = otp_act_row(call, &row);
	if (err == OTP_OK)
		err = otp_permit_put_person(call, user, row);
	if (err == OTP_OK)
		err = otp_permit_put_granted(call, &user->granted, false, row);
	if (err == OTP_OK)
		err = otp_permit_put_granted(call, permit, true, row);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_CURRENCY,
		    otp_store_site(call->store)->currency);
	if (err == OTP_OK)
		err = otp_fields_put_bool(row, OTP_FIELD_CHANGED,
		    !otp_permit_is_same(&user->granted, permit));
	if (err == OTP_OK && call->request->dry_run) {
		err = otp_permit_expectation(user, shown);
		if (err == OTP_OK)
			err = otp_fields_put_str(row, OTP_FIELD_EXPECT, shown);
	}
	if (err != OTP_OK)
		return err;
	/* an answer that cannot be sent is no answer to what was done */
	change->n_bytes += row->data.len;
	return change->n_bytes <= ROWS_BYTES_MAX ? OTP_OK : OTP_ERR_OVER_LIMIT;
}

/* ---- permit set, permit clear ---- */

static void
warn_ceiling(struct otp_call *call, int64_t limit, int64_t ceiling)
{
	unsigned digits = otp_store_site(call->store)->currency_digits;
	struct otp_why why = OTP_WHY_INIT;
	char own[32], company[32];

	if (limit <= ceiling)
		return;
	(void)OTP_WHY(&why, OTP_OK, ABOVE_CEILING, otp_text_amount(own, limit, digits),
	    otp_text_amount(company, ceiling, digits));
	otp_answer_warn(call->answer, &why);
}

static void
warn(struct otp_call *call, const struct change *change, const struct otp_user *user,
    const struct otp_permit *permit)
{
	struct otp_why why = OTP_WHY_INIT;

	if (change->is_clear)
		return;
	warn_ceiling(call, permit->limits.per_transfer, change->ceiling.per_transfer);
	warn_ceiling(call, permit->limits.per_day, change->ceiling.per_day);
	if (otp_permit_is_within(permit, &user->adopted))
		return;
	(void)OTP_WHY(&why, OTP_OK, RIGHTS_WAIT, user->name);
	otp_answer_warn(call->answer, &why);
}

/* One's own rights may be one's own business; another administrator's or master's are a master's. */
static enum otp_err
check_user(struct otp_call *call, const struct otp_user *user)
{
	if (user->id == call->operator_user.id)
		return OTP_OK;
	return otp_act_may_touch(call, user);
}

static enum otp_err
set_loaded(struct otp_call *call, struct change *change, struct otp_user *user)
{
	struct otp_permit permit = user->granted;
	enum otp_err err;

	err = check_user(call, user);
	if (err == OTP_OK)
		err = check_expected(call, user);
	if (err == OTP_OK)
		err = change_permit(call, change, user->name, &permit);
	if (err == OTP_OK && !otp_permit_is_within(&permit, &user->granted))
		err = otp_act_second(call);
	if (err == OTP_OK)
		err = put_row(call, change, user, &permit);
	if (err != OTP_OK || otp_permit_is_same(&permit, &user->granted))
		return err;
	warn(call, change, user, &permit);
	err = otp_permit_note(call, user->name, &user->granted, &permit);
	if (err != OTP_OK)
		return err;
	/* what is taken away is gone with this; what is given is not adopted by it */
	user->granted = permit;
	otp_permit_meet(&user->adopted, &user->granted, &user->adopted);
	return otp_act_save_user(call, user);
}

static enum otp_err
set_one(struct otp_call *call, struct change *change, const char *name)
{
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err = otp_act_load_user(call, name, &user);

	if (err == OTP_OK)
		err = set_loaded(call, change, &user);
	otp_user_clear(&user);
	return err;
}

/* Is it the first USERS of this name? */
static bool
is_first(const struct otp_fields *fields, const char *name, size_t end)
{
	struct otp_field_view view;
	size_t cursor = 0;

	while (otp_fields_next(fields, &cursor, &view) && cursor < end)
		if (view.field == OTP_FIELD_USERS && strcmp(view.str, name) == 0)
			return false;
	return true;
}

static enum otp_err
set(struct otp_call *call, bool is_clear)
{
	const struct otp_fields *fields = &call->request->fields;
	struct otp_why *why = &call->answer->why;
	struct otp_field_view view;
	struct change change;
	size_t cursor = 0, n = 0;
	enum otp_err err;

	err = take_change(call, is_clear, &change);
	while (err == OTP_OK && otp_fields_next(fields, &cursor, &view)) {
		if (view.field != OTP_FIELD_USERS || !is_first(fields, view.str, cursor))
			continue;
		if (++n == 1)
			otp_act_about(call, view.str, NULL);
		else
			call->event.user[0] = '\0';
		err = set_one(call, &change, view.str);
		call->is_stranger = n == 1 && err == OTP_ERR_NOT_FOUND;
	}
	if (err == OTP_OK)
		err = otp_fields_put_bool(&call->event.details, OTP_FIELD_CHANGED,
		    otp_fields_has(&call->event.details, OTP_FIELD_CHANGES));
	if (err == OTP_ERR_OVER_LIMIT && why->message == OTP_MESSAGE_NONE)
		err = OTP_WHY(why, err, PERMIT_TOO_MUCH);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	if (err != OTP_OK)
		otp_rows_clear(&call->answer->rows);
	return err;
}

enum otp_err
otp_act_permit_set(struct otp_call *call)
{
	return set(call, false);
}

enum otp_err
otp_act_permit_clear(struct otp_call *call)
{
	return set(call, true);
}
