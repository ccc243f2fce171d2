/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports about users: who is what and may do what. */
#include "config.h"

#include "act_report.h"

#include <string.h>

#include "act_standing.h"

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
	if (err == OTP_OK && (only == NULL || strcmp(only, user.name) == 0))
		err = otp_report_add(report, -(int64_t)user.role, user.name);
	otp_user_clear(&user);
	return err;
}

static enum otp_err
put_role(struct otp_call *call, const struct otp_user *user)
{
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_standing standing;
	struct otp_fields *row;
	bool is_able = false;
	enum otp_err err;

	err = otp_act_row(call, &row);
	if (err == OTP_OK)
		err = otp_standing_of(call, user, &token, &standing);
	if (err == OTP_OK)
		err = otp_standing_is_able(call, user, &is_able);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_USER, user->name);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_ROLE, otp_role_name(user->role));
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_STATE, otp_standing_name(standing));
	if (err == OTP_OK)
		err = otp_fields_put_bool(row, OTP_FIELD_ENABLED, user->enabled);
	if (err == OTP_OK)
		err = otp_fields_put_bool(row, OTP_FIELD_ABLE, is_able);
	if (err == OTP_OK)
		err = otp_fields_put_bool(row, OTP_FIELD_HAS_PASSWORD, user->confirm[0] != '\0');
	if (err == OTP_OK && user->serial[0] != '\0')
		err = otp_fields_put_str(row, OTP_FIELD_SERIAL, user->serial);
	if (err == OTP_OK)
		err = otp_standing_put_rights(user, row);
	otp_token_clear(&token);
	return err;
}

static enum otp_err
put_user(struct otp_call *call, const char *name)
{
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	err = otp_act_find_user(call, name, &user);
	if (err == OTP_OK)
		err = put_role(call, &user);
	otp_user_clear(&user);
	return err;
}

enum otp_err
otp_act_report_roles(struct otp_call *call)
{
	return otp_report_run(call, OTP_KIND_USER, each_user, put_user);
}
