/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What bounds a transfer: rights, accounts and limits in force, ceilings, and what was counted on a day. */
#include "config.h"

#include "act_limits.h"

#include <string.h>

#include "act_standing.h"
#include "text.h"

static const char *
amount_text(const struct otp_call *call, char buf[32], int64_t amount)
{
	return otp_text_amount(buf, amount, otp_store_site(call->store)->currency_digits);
}
#define AMOUNT(call, n) amount_text((call), (char[32]){ 0 }, (n))

uint32_t
otp_limits_right_create(enum otp_transfer_kind kind)
{
	switch (kind) {
	case OTP_TRANSFER_EXTERNAL:
		return OTP_RIGHT_EXTERNAL_CREATE;
	case OTP_TRANSFER_INTERNAL:
		return OTP_RIGHT_INTERNAL_CREATE;
	case OTP_TRANSFER_KIND_COUNT:
		break;
	}
	return 0;
}

uint32_t
otp_limits_right_approve(enum otp_transfer_kind kind)
{
	switch (kind) {
	case OTP_TRANSFER_EXTERNAL:
		return OTP_RIGHT_EXTERNAL_APPROVE;
	case OTP_TRANSFER_INTERNAL:
		return OTP_RIGHT_INTERNAL_APPROVE;
	case OTP_TRANSFER_KIND_COUNT:
		break;
	}
	return 0;
}

enum otp_err
otp_limits_account(struct otp_call *call, const struct otp_account_ref *ref,
    struct otp_account *ret)
{
	enum otp_err err = otp_act_find_account(call, ref->id, ret);

	return err == OTP_OK && ret->ref.number != ref->number ? OTP_ERR_NOT_FOUND : err;
}

/* ---- rights ---- */

/* Granted and not yet in force is another thing than missing: a new session helps. */
enum otp_err
otp_limits_check_right(struct otp_call *call, const struct otp_user *user, uint32_t right,
    const struct otp_account_ref *account)
{
	struct otp_why *why = &call->answer->why;
	bool is_granted;

	/* no right asks for nothing: that is a mistake of ours, and refused */
	if (right == 0)
		return OTP_ERR_INTERNAL;
	if ((user->granted.rights & user->adopted.rights & right) != right) {
		is_granted = (user->granted.rights & right) == right;
		if (is_granted)
			return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, RIGHT_LATER, user->name,
			    otp_standing_right_name(right));
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, RIGHT_MISSING, user->name,
		    otp_standing_right_name(right));
	}
	if (account == NULL)
		return OTP_OK;
	if (otp_permit_account(&user->granted, account->number) == NULL)
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, ACCOUNT_MISSING, user->name,
		    account->id);
	if (otp_permit_account(&user->adopted, account->number) == NULL)
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, ACCOUNT_LATER, user->name, account->id);
	return OTP_OK;
}

/* ---- limits ---- */

enum otp_err
otp_limits_check_payee(struct otp_call *call, const struct otp_transfer *transfer)
{
	struct otp_account account = OTP_ACCOUNT_INIT;
	enum otp_err err;

	if (transfer->kind != OTP_TRANSFER_INTERNAL)
		return OTP_OK;
	err = otp_act_find_account(call, transfer->payee, &account);
	if (err == OTP_OK && account.ref.number != transfer->account.number)
		return OTP_OK;
	if (err != OTP_OK && err != OTP_ERR_NOT_FOUND)
		return err;
	return OTP_WHY(&call->answer->why, OTP_ERR_POLICY, PAYEE_NOT_OURS, transfer->payee);
}

static int64_t
lower(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

enum otp_err
otp_limits_check_transfer(struct otp_call *call, const struct otp_user *user, int64_t amount)
{
	int64_t own = lower(user->granted.limits.per_transfer, user->adopted.limits.per_transfer);
	struct otp_why *why = &call->answer->why;
	int64_t per_transfer, per_day;
	enum otp_err err;

	if (own == 0)
		return OTP_WHY(why, OTP_ERR_OVER_LIMIT, NO_OWN_LIMIT, user->name);
	if (amount > own)
		return OTP_WHY(why, OTP_ERR_OVER_LIMIT, OVER_OWN_TRANSFER, user->name,
		    AMOUNT(call, amount), AMOUNT(call, own));
	err = otp_act_ceiling(call, call->conf->ceiling_per_transfer, &per_transfer);
	if (err == OTP_OK)
		err = otp_act_ceiling(call, call->conf->ceiling_per_day, &per_day);
	if (err == OTP_OK && amount > lower(per_transfer, per_day))
		err = OTP_WHY(why, OTP_ERR_OVER_LIMIT, OVER_CEILING_TRANSFER, AMOUNT(call, amount),
		    AMOUNT(call, lower(per_transfer, per_day)));
	return err;
}

/* What stands on the day without this amount: both stay below 10^15, so no sum overflows. */
static int64_t
others_on(const struct otp_day_total *total, int64_t day, int64_t amount, bool is_counted)
{
	int64_t on_day = otp_day_total_on(total, day);

	if (!is_counted)
		return on_day;
	return on_day > amount ? on_day - amount : 0;
}

static enum otp_err
check_own_day(struct otp_call *call, const struct otp_limits_day *day)
{
	const struct otp_user *user = day->user;
	int64_t own = lower(user->granted.limits.per_day, user->adopted.limits.per_day);
	int64_t others = others_on(&user->approved, day->day, day->amount, day->is_counted);
	struct otp_why *why = &call->answer->why;

	if (own == 0)
		return OTP_WHY(why, OTP_ERR_OVER_LIMIT, NO_OWN_LIMIT, user->name);
	if (day->amount > own - others)
		return OTP_WHY(why, OTP_ERR_OVER_LIMIT, OVER_OWN_DAY, user->name,
		    AMOUNT(call, day->amount), AMOUNT(call, others), AMOUNT(call, own));
	return OTP_OK;
}

enum otp_err
otp_limits_check_day(struct otp_call *call, const struct otp_limits_day *day,
    const struct otp_account *account, const struct otp_company *company)
{
	struct otp_why *why = &call->answer->why;
	int64_t others, per_day;
	enum otp_err err;

	err = check_own_day(call, day);
	if (err != OTP_OK)
		return err;
	if (account->per_day == 0)
		return OTP_WHY(why, OTP_ERR_OVER_LIMIT, NO_ACCOUNT_LIMIT, account->ref.id);
	others = others_on(&account->approved, day->common_day, day->amount,
	    day->is_common_counted);
	if (day->amount > account->per_day - others)
		return OTP_WHY(why, OTP_ERR_OVER_LIMIT, OVER_ACCOUNT_DAY, account->ref.id,
		    AMOUNT(call, day->amount), AMOUNT(call, others),
		    AMOUNT(call, account->per_day));
	err = otp_act_ceiling(call, call->conf->ceiling_per_day, &per_day);
	others = others_on(&company->approved, day->common_day, day->amount,
	    day->is_common_counted);
	if (err == OTP_OK && day->amount > per_day - others)
		err = OTP_WHY(why, OTP_ERR_OVER_LIMIT, OVER_CEILING_DAY, AMOUNT(call, day->amount),
		    AMOUNT(call, others), AMOUNT(call, per_day));
	return err;
}

/* ---- counting ---- */

enum otp_err
otp_limits_count(struct otp_call *call, struct otp_account *account, struct otp_company *company,
    int64_t day, int64_t amount)
{
	enum otp_err err;

	err = otp_day_total_add(&account->approved, day, amount);
	if (err == OTP_OK)
		err = otp_day_total_add(&company->approved, day, amount);
	if (err == OTP_OK)
		err = otp_act_save_account(call, account);
	if (err == OTP_OK)
		err = otp_act_save_company(call, company);
	return err;
}

enum otp_err
otp_limits_take(struct otp_call *call, const struct otp_account_ref *ref, int64_t day,
    int64_t amount)
{
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_account account = OTP_ACCOUNT_INIT;
	enum otp_err err;

	err = otp_limits_account(call, ref, &account);
	if (err == OTP_OK) {
		otp_day_total_take(&account.approved, day, amount);
		err = otp_act_save_account(call, &account);
	} else if (err == OTP_ERR_NOT_FOUND) {
		err = OTP_OK;	/* the account is gone, and its total with it */
	}
	if (err == OTP_OK)
		err = otp_act_load_company(call, &company);
	if (err == OTP_OK) {
		otp_day_total_take(&company.approved, day, amount);
		err = otp_act_save_company(call, &company);
	}
	otp_company_clear(&company);
	return err;
}

enum otp_err
otp_limits_take_user(struct otp_call *call, const struct otp_approval *approval, int64_t amount)
{
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	err = otp_act_find_user(call, approval->user, &user);
	if (err == OTP_ERR_NOT_FOUND || (err == OTP_OK && user.id != approval->user_id)) {
		err = OTP_OK;	/* deleted: a name that came back is another user */
		goto out;
	}
	if (err != OTP_OK)
		goto out;
	otp_day_total_take(&user.approved, approval->day, amount);
	err = otp_act_save_user(call, &user);
	if (user.id == call->operator_user.id)
		call->operator_user.approved = user.approved;
out:
	otp_user_clear(&user);
	return err;
}
