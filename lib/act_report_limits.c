/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits and what today has used of them: users, accounts, the company. */
#include "config.h"

#include "act_report.h"

#include <string.h>

#include "act_account.h"
#include "act_standing.h"
#include "text.h"

static enum otp_err
put_today(struct otp_call *call, const struct otp_day_total *total, struct otp_fields *row)
{
	char text[32];
	int64_t day;
	enum otp_err err = otp_act_today(call, &day);

	return err != OTP_OK ? err : otp_fields_put_str(row, OTP_FIELD_TODAY,
	    otp_text_amount(text, otp_day_total_on(total, day),
	    otp_store_site(call->store)->currency_digits));
}

/* ---- users ---- */

static bool
is_limited(const struct otp_user *user)
{
	return (user->granted.rights & ~OTP_RIGHT_LOGIN) != 0 || user->granted.n_accounts > 0 ||
	    user->granted.limits.per_transfer != 0 || user->granted.limits.per_day != 0 ||
	    user->approved.total != 0;
}

static enum otp_err
each_user(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	struct otp_report *report = ctx;
	const char *only = otp_fields_str(&report->call->request->fields, OTP_FIELD_USER);
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	(void)kind;
	(void)name;
	err = otp_user_decode(value->data, value->len, &user);
	if (err == OTP_OK && (only != NULL ? strcmp(only, user.name) == 0 : is_limited(&user)))
		err = otp_report_add(report, 0, user.name);
	otp_user_clear(&user);
	return err;
}

static enum otp_err
put_user(struct otp_call *call, const char *name)
{
	struct otp_user user = OTP_USER_INIT;
	struct otp_fields *row;
	enum otp_err err;

	err = otp_act_find_user(call, name, &user);
	if (err == OTP_OK)
		err = otp_act_row(call, &row);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_TYPE, "user");
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_USER, user.name);
	if (err == OTP_OK)
		err = otp_standing_put_permit(call, &user, row);
	if (err == OTP_OK)
		err = put_today(call, &user.approved, row);
	otp_user_clear(&user);
	return err;
}

/* ---- accounts ---- */

static enum otp_err
each_account(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	(void)kind;
	(void)value;
	return otp_report_add(ctx, 0, name);
}

static enum otp_err
put_account(struct otp_call *call, const char *name)
{
	struct otp_account account = OTP_ACCOUNT_INIT;
	struct otp_fields *row;
	enum otp_err err;

	err = otp_act_load_account(call, name, &account);
	if (err == OTP_OK)
		err = otp_act_row(call, &row);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_TYPE, "account");
	if (err == OTP_OK)
		err = otp_account_put(call, &account, row);
	otp_account_clear(&account);
	return err;
}

/* ---- the company ---- */

static enum otp_err
put_ceiling(struct otp_call *call, struct otp_fields *row, enum otp_field field, const char *text)
{
	int64_t ceiling;
	enum otp_err err = otp_act_ceiling(call, text, &ceiling);

	return err == OTP_OK && ceiling < OTP_AMOUNT_MAX ?
	    otp_act_put_limit(call, row, field, ceiling) : err;
}

static enum otp_err
put_company(struct otp_call *call)
{
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_fields *row;
	enum otp_err err;

	err = otp_act_load_company(call, &company);
	if (err == OTP_OK)
		err = otp_act_row(call, &row);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_TYPE, "company");
	if (err == OTP_OK)
		err = put_ceiling(call, row, OTP_FIELD_PER_TRANSFER, call->conf->ceiling_per_transfer);
	if (err == OTP_OK)
		err = put_ceiling(call, row, OTP_FIELD_PER_DAY, call->conf->ceiling_per_day);
	if (err == OTP_OK)
		err = put_today(call, &company.approved, row);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_CURRENCY, otp_store_site(call->store)->currency);
	otp_company_clear(&company);
	return err;
}

/* ---- the report ---- */

enum otp_err
otp_act_report_limits(struct otp_call *call)
{
	enum otp_err err;

	err = otp_report_run(call, OTP_KIND_USER, each_user, put_user);
	if (err != OTP_OK || otp_fields_has(&call->request->fields, OTP_FIELD_USER))
		return err;
	err = otp_report_run(call, OTP_KIND_ACCOUNT, each_account, put_account);
	return err == OTP_OK ? put_company(call) : err;
}
