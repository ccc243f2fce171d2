/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All who share a token, for acts that touch every one of them. */
#include "config.h"

#include "act_sharers.h"

#include <string.h>

#include "act_standing.h"

static bool
is_expected(const struct otp_fields *fields, const char *name)
{
	struct otp_field_view view;
	size_t cursor = 0;

	while (otp_fields_next(fields, &cursor, &view))
		if (view.field == OTP_FIELD_EXPECT && strcmp(view.str, name) == 0)
			return true;
	return false;
}

enum otp_err
otp_sharers_check_expected(struct otp_call *call, const struct otp_token *token)
{
	const struct otp_fields *fields = &call->request->fields;
	struct otp_field_view view;
	size_t cursor = 0;
	uint32_t n = 0;
	bool is_all = true, is_asked = false;

	while (otp_fields_next(fields, &cursor, &view))
		if (view.field == OTP_FIELD_EXPECT) {
			is_asked = true;
			n += view.str[0] != '\0';
		}
	for (uint32_t i = 0; i < token->n_sharers; i++)
		is_all = is_all && is_expected(fields, token->sharers[i].user);
	if (!is_asked || (is_all && n == token->n_sharers))
		return OTP_OK;
	return OTP_WHY(&call->answer->why, OTP_ERR_CONFLICT, OTHER_SHARERS, token->serial);
}

enum otp_err
otp_sharers_load(struct otp_call *call, const struct otp_sharer *sharer, struct otp_user *ret)
{
	enum otp_err err = otp_act_find_user(call, sharer->user, ret);

	if (err == OTP_ERR_NOT_FOUND || (err == OTP_OK && ret->id != sharer->user_id))
		return OTP_ERR_INTEGRITY;
	return err;
}

enum otp_err
otp_sharers_may_touch(struct otp_call *call, const struct otp_token *token)
{
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err = OTP_OK;

	for (uint32_t i = 0; err == OTP_OK && i < token->n_sharers; i++) {
		err = otp_sharers_load(call, &token->sharers[i], &user);
		if (err == OTP_OK && user.id != call->operator_user.id)
			err = otp_act_may_touch(call, &user);
	}
	otp_user_clear(&user);
	return err;
}

enum otp_err
otp_sharers_put(struct otp_call *call, const struct otp_token *token, enum otp_token_state state)
{
	struct otp_fields *fields = &call->answer->fields;
	enum otp_err err;

	err = otp_fields_put_str(fields, OTP_FIELD_SERIAL, token->serial);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_STATE, otp_token_state_name(state));
	if (err == OTP_OK)
		err = otp_standing_put_sharers(token, fields);
	for (uint32_t i = 0; err == OTP_OK && i < token->n_sharers; i++) {
		const struct otp_sharer *sharer = &token->sharers[i];
		struct otp_fields *row;

		err = otp_act_row(call, &row);
		if (err == OTP_OK)
			err = otp_fields_put_str(row, OTP_FIELD_USER, sharer->user);
		if (err == OTP_OK)
			err = otp_fields_put_str(row, OTP_FIELD_SERIAL, token->serial);
		if (err == OTP_OK)
			err = otp_fields_put_str(row, OTP_FIELD_BINDING,
			    sharer->is_bound ? "registered" : "preassigned");
	}
	return err;
}
