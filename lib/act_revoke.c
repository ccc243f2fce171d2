/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking tokens away: revoke, and what deleting a user does as well. */
#include "config.h"

#include "act_revoke.h"

#include <stdio.h>
#include <string.h>

#include "act_binding.h"
#include "act_masters.h"
#include "act_member.h"
#include "act_people.h"
#include "act_standing.h"

#define ROWS_BYTES_MAX 50000	/* the answer must fit one packet, and the question one list */
#define EXPECT_MAX (OTP_NAME_MAX + OTP_SERIAL_MAX + 32)

/* ---- what is concerned ---- */

/* Does a list of the request name him? Up to the entry `end`; SIZE_MAX: anywhere. */
static bool
is_named(const struct otp_fields *fields, const char *name, size_t end)
{
	struct otp_field_view view;
	size_t cursor = 0, at = 0;

	while (otp_fields_next(fields, &cursor, &view)) {
		if (view.field != OTP_FIELD_USERS)
			continue;
		if (at++ >= end)
			return false;
		if (strcmp(view.str, name) == 0)
			return true;
	}
	return false;
}

/* Who keeps the token when all that were named have lost it. */
static enum otp_err
put_others(struct otp_call *call, const struct otp_token *token, const struct otp_user *user,
    struct otp_fields *row)
{
	enum otp_err err = OTP_OK;

	for (uint32_t i = 0; err == OTP_OK && i < token->n_sharers; i++) {
		const char *name = token->sharers[i].user;

		if (token->sharers[i].user_id != user->id &&
		    !is_named(&call->request->fields, name, SIZE_MAX))
			err = otp_fields_put_str(row, OTP_FIELD_SHARERS, name);
	}
	return err;
}

/* As he is before it; token NULL: he has none. */
static enum otp_err
put_concerned(struct otp_call *call, const struct otp_user *user, const struct otp_token *token,
    struct otp_fields **ret_row)
{
	struct otp_fields *row;
	enum otp_err err;

	err = otp_act_row(call, &row);
	if (err == OTP_OK && call->n_row_bytes > ROWS_BYTES_MAX)
		err = OTP_WHY(&call->answer->why, OTP_ERR_OVER_LIMIT, TOO_MANY_AT_ONCE,
		    OTP_WHY_NUM(OTP_REVOKE_MAX));
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_USER, user->name);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_ROLE, otp_role_name(user->role));
	if (err != OTP_OK)
		return err;
	*ret_row = row;
	if (token == NULL)
		return OTP_OK;
	err = otp_fields_put_str(row, OTP_FIELD_SERIAL, token->serial);
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_STATE,
		    otp_standing_token_name(token, otp_act_now(call)));
	if (err == OTP_OK)
		err = otp_fields_put_str(row, OTP_FIELD_BINDING, otp_standing_binding(user));
	if (err == OTP_OK)
		err = put_others(call, token, user, row);
	return err;
}

static bool
next_expected(const struct otp_fields *fields, size_t *cursor, const char *text)
{
	struct otp_field_view view;

	while (otp_fields_next(fields, cursor, &view))
		if (view.field == OTP_FIELD_EXPECT)
			return text != NULL && strcmp(view.str, text) == 0;
	return text == NULL;
}

static bool
is_row_expected(const struct otp_fields *fields, size_t *cursor, const struct otp_fields *row)
{
	const char *serial = otp_fields_str(row, OTP_FIELD_SERIAL);
	char first[EXPECT_MAX];
	struct otp_field_view view;
	size_t at = 0;

	(void)snprintf(first, sizeof(first), "%s/%s/%s", otp_fields_str(row, OTP_FIELD_USER),
	    otp_fields_str(row, OTP_FIELD_ROLE), serial != NULL ? serial : "");
	if (!next_expected(fields, cursor, first))
		return false;
	while (otp_fields_next(row, &at, &view))
		if (view.field == OTP_FIELD_SHARERS && !next_expected(fields, cursor, view.str))
			return false;
	return true;
}

/* The operator agreed to what he was shown, in this order, and to nothing else. */
static enum otp_err
check_expected(struct otp_call *call)
{
	const struct otp_fields *fields = &call->request->fields;
	const struct otp_rows *rows = &call->answer->rows;
	bool is_all = true;
	size_t cursor = 0;

	if (!otp_fields_has(fields, OTP_FIELD_EXPECT))
		return OTP_OK;
	for (size_t i = 0; is_all && i < rows->n; i++)
		is_all = is_row_expected(fields, &cursor, &rows->row[i]);
	if (is_all && next_expected(fields, &cursor, NULL))
		return OTP_OK;
	return OTP_WHY(&call->answer->why, OTP_ERR_CONFLICT, SHOWN_CHANGED);
}

/* ---- revoke ---- */

static enum otp_err
find_token(struct otp_call *call, const struct otp_user *user, struct otp_token *ret)
{
	enum otp_err err = otp_act_find_token(call, user->serial, ret);

	return err == OTP_ERR_NOT_FOUND ? OTP_ERR_INTEGRITY : err;
}

/* His sharing ends; after a pause he may register again, once. */
static enum otp_err
take_away(struct otp_call *call, struct otp_user *user, struct otp_token *token)
{
	struct otp_fields *row, *details = &call->event.details;
	enum otp_err err;

	err = put_concerned(call, user, token, &row);
	if (err != OTP_OK)
		return err;
	otp_binding_end(call, user, token);
	user->register_from = otp_act_now(call) + call->conf->register_pause;
	user->register_until = user->register_from + call->conf->register_open;
	user->register_fails = 0;
	otp_people_handed(call, user);
	err = otp_act_save_user(call, user);
	if (err == OTP_OK)
		err = otp_act_save_token(call, token);
	if (err == OTP_OK)
		err = otp_fields_put_bool(row, OTP_FIELD_CHANGED, true);
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_OPEN_FROM, user->register_from);
	if (err == OTP_OK)
		err = otp_fields_put_int(row, OTP_FIELD_OPEN_UNTIL, user->register_until);
	/* pairs: whose, and which */
	if (err == OTP_OK)
		err = otp_fields_put_str(details, OTP_FIELD_USERS, user->name);
	if (err == OTP_OK)
		err = otp_fields_put_str(details, OTP_FIELD_SERIALS, token->serial);
	return err;
}

static enum otp_err
has_none(struct otp_call *call, const struct otp_user *user)
{
	struct otp_why why = OTP_WHY_INIT;
	struct otp_fields *row;
	enum otp_err err;

	err = put_concerned(call, user, NULL, &row);
	if (err == OTP_OK)
		err = otp_fields_put_bool(row, OTP_FIELD_CHANGED, false);
	(void)OTP_WHY(&why, OTP_OK, NO_TOKEN, user->name);
	otp_answer_warn(call->answer, &why);
	return err;
}

static enum otp_err
revoke_one(struct otp_call *call, const char *name)
{
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	err = otp_act_load_user(call, name, &user);
	if (err == OTP_ERR_NOT_FOUND) {
		call->is_stranger = true;
		otp_act_about(call, name, NULL);
	}
	/* of several, a refusal is about the one that it came from */
	if (err == OTP_OK)
		otp_act_about(call, name, user.serial);
	if (err == OTP_OK && user.serial[0] == '\0') {
		err = has_none(call, &user);
		goto out;
	}
	if (err == OTP_OK)
		err = otp_people_check_bar(call, &user, OTP_ERR_POLICY, &call->answer->why);
	if (err == OTP_OK)
		err = find_token(call, &user, &token);
	if (err == OTP_OK)
		err = take_away(call, &user, &token);
out:
	otp_token_clear(&token);
	otp_user_clear(&user);
	return err;
}

/* The event is about one of them, or, of several, says who in its details. */
static void
about(struct otp_call *call)
{
	const struct otp_rows *rows = &call->answer->rows;

	call->event.user[0] = call->event.serial[0] = '\0';
	if (rows->n == 1)
		otp_act_about(call, otp_fields_str(&rows->row[0], OTP_FIELD_USER),
		    otp_fields_str(&rows->row[0], OTP_FIELD_SERIAL));
}

enum otp_err
otp_act_revoke(struct otp_call *call)
{
	const struct otp_fields *fields = &call->request->fields;
	struct otp_field_view view;
	bool had_able = false;
	size_t cursor = 0, n = 0;
	enum otp_err err;

	err = otp_masters_is_one_able(call, &had_able);
	while (err == OTP_OK && otp_fields_next(fields, &cursor, &view)) {
		if (view.field != OTP_FIELD_USERS)
			continue;
		if (n == OTP_REVOKE_MAX)
			err = OTP_WHY(&call->answer->why, OTP_ERR_OVER_LIMIT, TOO_MANY_AT_ONCE,
			    OTP_WHY_NUM(OTP_REVOKE_MAX));
		else if (!is_named(fields, view.str, n))
			err = revoke_one(call, view.str);
		n++;
	}
	if (err == OTP_OK)
		err = check_expected(call);
	if (err == OTP_OK)
		err = otp_masters_check_left(call, had_able);
	if (err == OTP_OK)
		about(call);
	if (err == OTP_OK)
		err = otp_fields_put_bool(&call->event.details, OTP_FIELD_CHANGED,
		    otp_fields_has(&call->event.details, OTP_FIELD_USERS));
	if (err == OTP_OK)
		err = otp_act_commit(call);
	if (err != OTP_OK)
		otp_rows_clear(&call->answer->rows);
	return err;
}

/* ---- user del ---- */

static enum otp_err
leave_staff(struct otp_call *call, const struct otp_user *user)
{
	struct otp_company company = OTP_COMPANY_INIT;
	enum otp_err err;

	if (!otp_act_is_staff(user))
		return OTP_OK;
	err = otp_act_load_company(call, &company);
	if (err == OTP_OK)
		err = otp_company_staff_set(&company, user->id, user->name, OTP_ROLE_GENERAL);
	if (err == OTP_OK)
		err = otp_act_save_company(call, &company);
	otp_company_clear(&company);
	return err;
}

static enum otp_err
delete(struct otp_call *call, struct otp_user *user)
{
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_fields *row;
	bool has_token = user->serial[0] != '\0';
	enum otp_err err = OTP_OK;

	if (has_token)
		err = find_token(call, user, &token);
	if (err == OTP_OK)
		err = put_concerned(call, user, has_token ? &token : NULL, &row);
	if (err == OTP_OK)
		err = otp_fields_put_bool(row, OTP_FIELD_CHANGED, true);
	if (err == OTP_OK && has_token) {
		otp_act_about(call, NULL, token.serial);
		otp_binding_end(call, user, &token);
		err = otp_act_save_token(call, &token);
	}
	if (err == OTP_OK)
		err = leave_staff(call, user);
	if (err == OTP_OK)
		err = otp_act_delete(call, OTP_KIND_USER, user->name);
	if (err == OTP_OK)
		err = otp_fields_put_str(&call->event.details, OTP_FIELD_ROLE,
		    otp_role_name(user->role));
	if (err == OTP_OK)	/* nobody else will know where to write to him */
		err = otp_fields_put_str(&call->event.details, OTP_FIELD_MAIL, otp_people_mail(user));
	otp_token_clear(&token);
	return err;
}

enum otp_err
otp_act_user_del(struct otp_call *call)
{
	struct otp_user user = OTP_USER_INIT;
	bool had_able = false;
	enum otp_err err;

	err = otp_member_load(call, &user);
	if (err == OTP_OK && otp_member_is_oneself(call, &user))
		err = OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, NOT_ONESELF,
		    call->verb->name);
	if (err == OTP_OK)
		err = otp_act_may_touch(call, &user);
	if (err == OTP_OK)
		err = otp_masters_is_one_able(call, &had_able);
	if (err == OTP_OK)
		err = delete(call, &user);
	if (err == OTP_OK)
		err = check_expected(call);
	if (err == OTP_OK)
		err = otp_masters_check_left(call, had_able);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	if (err != OTP_OK)
		otp_rows_clear(&call->answer->rows);
	otp_user_clear(&user);
	return err;
}
