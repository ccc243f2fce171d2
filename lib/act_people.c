/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Users: adding, showing, listing them, opening their registration. */
#include "config.h"

#include "act_people.h"

#include <stdio.h>
#include <string.h>

#include "act_standing.h"
#include "text.h"

#define EVENT_NAMES_MAX 49152	/* bytes */

/* ---- making ---- */

enum otp_err
otp_people_make(struct otp_call *call, struct otp_company *company, const char *name,
    enum otp_role role, bool has_login, struct otp_user *ret, struct otp_why *why)
{
	int64_t now = otp_act_now(call);
	enum otp_err err;

	otp_user_clear(ret);
	if (name == NULL || otp_parse_name(name) != OTP_OK)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, BAD_NAME, name);
	err = otp_store_absent(call->store, OTP_KIND_USER, name);
	if (err == OTP_ERR_EXISTS)
		return OTP_WHY(why, err, USER_EXISTS, name);
	if (err != OTP_OK)
		return err;
	ret->id = company->next_user_id;
	(void)snprintf(ret->name, sizeof(ret->name), "%s", name);
	ret->role = role;
	ret->enabled = true;
	ret->created_at = now;
	ret->epoch = 1;
	if (has_login) {
		ret->granted.rights = ret->adopted.rights = OTP_RIGHT_LOGIN;
		ret->adopted_at = now;
	}
	ret->register_from = now;
	ret->register_until = now + call->conf->register_open;
	company->next_user_id++;
	if (role == OTP_ROLE_GENERAL)
		return OTP_OK;
	err = otp_company_staff_set(company, ret->id, ret->name, role);
	if (err == OTP_ERR_OVER_LIMIT)
		return OTP_WHY(why, err, STAFF_FULL, OTP_WHY_NUM(OTP_STAFF_MAX));
	return err;
}

enum otp_err
otp_people_give_word(struct otp_call *call, struct otp_user *user, char ret[OTP_WORD_SIZE])
{
	uint8_t pepper[OTP_KEY_SIZE];
	enum otp_err err;

	err = otp_act_pepper(call->ring, pepper);
	if (err == OTP_OK)
		err = otp_phc_word(ret);
	if (err == OTP_OK)
		err = otp_phc_word_hash(pepper, user->id, ret, user->word);
	if (err == OTP_OK)
		user->word_until = otp_act_now(call) + OTP_WORD_FIRST_LIFE;
	otp_wipe(pepper, sizeof(pepper));
	return err;
}

enum otp_err
otp_people_check_bar(const struct otp_call *call, const struct otp_user *user, enum otp_err err,
    struct otp_why *why)
{
	int64_t bar = user->reset_at + call->conf->reset_bar;

	if (user->reset_by == 0 || user->reset_by != call->operator_user.id ||
	    otp_act_now(call) >= bar)
		return OTP_OK;
	return OTP_WHY(why, err, RESET_BAR, user->name,
	    otp_text_time((char[OTP_TIME_TEXT]){ 0 }, bar));
}

void
otp_people_handed(const struct otp_call *call, struct otp_user *user)
{
	if (call->operator_user.id == 0)	/* root: what another did stays noted */
		return;
	user->handed_by = call->operator_user.id;
	user->handed_at = otp_act_now(call);
}

enum otp_err
otp_people_check_handed(const struct otp_call *call, const struct otp_user *user)
{
	int64_t bar = user->handed_at + call->conf->reset_bar;

	if (user->handed_by == 0 || user->handed_by != call->operator_user.id ||
	    otp_act_now(call) >= bar)
		return OTP_OK;
	return OTP_WHY(&call->answer->why, OTP_ERR_POLICY, HANDED_BAR, user->name,
	    otp_text_time((char[OTP_TIME_TEXT]){ 0 }, bar));
}

const char *
otp_people_mail(const struct otp_user *user)
{
	return user->mail[0] != '\0' ? user->mail : user->name;
}

/* ---- user add ---- */

static enum otp_err
take_role(const struct otp_fields *row, enum otp_role *ret, struct otp_why *why)
{
	const char *role = otp_fields_str(row, OTP_FIELD_ROLE);

	*ret = OTP_ROLE_GENERAL;
	if (role == NULL || otp_role_parse(role, ret) == OTP_OK)
		return OTP_OK;
	return OTP_WHY(why, OTP_ERR_BAD_INPUT, BAD_ROLE, role);
}

static enum otp_err
take_mail(const struct otp_fields *row, struct otp_user *user, struct otp_why *why)
{
	const char *mail = otp_fields_str(row, OTP_FIELD_MAIL);
	const char *language = otp_fields_str(row, OTP_FIELD_LANGUAGE);
	struct otp_bytes probe = OTP_BYTES_INIT;
	enum otp_err err;

	if (mail != NULL && mail[0] != '\0') {
		if (otp_parse_mail(mail) != OTP_OK)
			return OTP_WHY(why, OTP_ERR_BAD_INPUT, BAD_MAIL, mail);
		(void)snprintf(user->mail, sizeof(user->mail), "%s", mail);
	}
	if (language == NULL || language[0] == '\0')
		return OTP_OK;
	if (strlen(language) > OTP_LANGUAGE_MAX)
		return OTP_WHY(why, OTP_ERR_BAD_INPUT, BAD_LANGUAGE, language);
	(void)snprintf(user->language, sizeof(user->language), "%s", language);
	/* the record knows what a language's name may be */
	err = otp_user_encode(user, &probe);
	otp_bytes_clear(&probe);
	return err == OTP_OK ? OTP_OK : OTP_WHY(why, OTP_ERR_BAD_INPUT, BAD_LANGUAGE, language);
}

static enum otp_err
add_one(struct otp_call *call, struct otp_company *company, const struct otp_fields *row,
    struct otp_user *ret, struct otp_why *why)
{
	enum otp_role role;
	enum otp_err err;

	err = take_role(row, &role, why);
	if (err == OTP_OK && role != OTP_ROLE_GENERAL &&
	    call->operator_user.role != OTP_ROLE_MASTER)
		err = OTP_WHY(why, OTP_ERR_NOT_PERMITTED, MASTER_TOUCHES_STAFF,
		    otp_fields_str(row, OTP_FIELD_USER));
	if (err == OTP_OK)
		err = otp_people_make(call, company, otp_fields_str(row, OTP_FIELD_USER), role,
		    !otp_fields_bool(row, OTP_FIELD_NO_LOGIN), ret, why);
	if (err == OTP_OK)
		err = take_mail(row, ret, why);
	return err;
}

static enum otp_err
put_added(struct otp_call *call, const struct otp_fields *row, const struct otp_user *user,
    const char *word)
{
	struct otp_fields *out;
	int64_t line;
	enum otp_err err;

	err = otp_act_row(call, &out);
	if (err == OTP_OK && otp_fields_int(row, OTP_FIELD_LINE, &line))
		err = otp_fields_put_int(out, OTP_FIELD_LINE, line);
	if (err == OTP_OK)
		err = otp_fields_put_str(out, OTP_FIELD_USER, user->name);
	if (err == OTP_OK)
		err = otp_fields_put_str(out, OTP_FIELD_ROLE, otp_role_name(user->role));
	if (err == OTP_OK)
		err = otp_fields_put_bool(out, OTP_FIELD_CHANGED, true);
	if (err == OTP_OK)
		err = otp_fields_put_int(out, OTP_FIELD_OPEN_UNTIL, user->register_until);
	if (err == OTP_OK && word[0] != '\0')
		err = otp_fields_put_str(out, OTP_FIELD_WORD, word);
	return err;
}

static enum otp_err
put_bad(struct otp_call *call, const struct otp_fields *row, enum otp_err reason,
    const struct otp_why *why)
{
	char text[OTP_WHY_ARG_MAX * 2];
	struct otp_fields *out;
	int64_t line;
	enum otp_err err;

	err = otp_act_row(call, &out);
	if (err == OTP_OK && otp_fields_int(row, OTP_FIELD_LINE, &line))
		err = otp_fields_put_int(out, OTP_FIELD_LINE, line);
	if (err == OTP_OK)
		err = otp_fields_put_str(out, OTP_FIELD_USER, otp_fields_str(row, OTP_FIELD_USER));
	if (err == OTP_OK)
		err = otp_fields_put_str(out, OTP_FIELD_RESULT, otp_err_code(reason));
	if (err == OTP_OK)
		err = otp_fields_put_str(out, OTP_FIELD_TEXT,
		    otp_act_reason(why, reason, text, sizeof(text)));
	return err;
}

/* The row's fault is said, the others are looked at too; anything else ends it. */
static bool
is_row_fault(enum otp_err err)
{
	return err == OTP_ERR_BAD_INPUT || err == OTP_ERR_EXISTS || err == OTP_ERR_NOT_PERMITTED ||
	    err == OTP_ERR_OVER_LIMIT;
}

static enum otp_err
add_row(struct otp_call *call, struct otp_company *company, const struct otp_fields *row,
    enum otp_err *ret_bad)
{
	char word[OTP_WORD_SIZE] = "";
	struct otp_user user = OTP_USER_INIT;
	struct otp_why why = OTP_WHY_INIT;
	enum otp_err err;

	err = add_one(call, company, row, &user, &why);
	if (is_row_fault(err)) {
		if (*ret_bad == OTP_OK) {
			*ret_bad = err;
			call->answer->why = why;
		}
		err = put_bad(call, row, err, &why);
		goto out;
	}
	if (err == OTP_OK && !call->request->dry_run)
		err = otp_people_give_word(call, &user, word);
	if (err == OTP_OK)
		err = otp_act_save_user(call, &user);
	if (err == OTP_OK && *ret_bad == OTP_OK)
		err = put_added(call, row, &user, word);
	/* names of 256 bytes in a thousand rows would not fit: the count is there in any case */
	if (err == OTP_OK && call->event.details.data.len < EVENT_NAMES_MAX)
		err = otp_fields_put_str(&call->event.details, OTP_FIELD_USERS, user.name);
out:
	otp_wipe(word, sizeof(word));
	otp_user_clear(&user);
	return err;
}

/* What was added so far is not: only what is wrong is answered. */
static void
drop_added(struct otp_rows *rows)
{
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++) {
		if (!otp_fields_has(&rows->row[i], OTP_FIELD_RESULT)) {
			otp_fields_clear(&rows->row[i]);
			continue;
		}
		if (i != n) {
			rows->row[n] = rows->row[i];
			rows->row[i] = (struct otp_fields)OTP_FIELDS_INIT;
		}
		n++;
	}
	rows->n = n;
}

enum otp_err
otp_act_user_add(struct otp_call *call)
{
	const struct otp_rows *rows = &call->request->rows;
	struct otp_company company = OTP_COMPANY_INIT;
	enum otp_err err, bad = OTP_OK;

	err = otp_act_second(call);
	if (err != OTP_OK)
		return err;
	if (rows->n == 0)
		return OTP_WHY(&call->answer->why, OTP_ERR_USAGE, NO_ROWS);
	err = otp_act_load_company(call, &company);
	for (size_t i = 0; err == OTP_OK && i < rows->n; i++)
		err = add_row(call, &company, &rows->row[i], &bad);
	if (err == OTP_OK)
		err = bad;
	if (err == OTP_OK && rows->n == 1)
		otp_act_about(call, otp_fields_str(&rows->row[0], OTP_FIELD_USER), NULL);
	if (err == OTP_OK)
		err = otp_fields_put_int(&call->event.details, OTP_FIELD_COUNT, (int64_t)rows->n);
	if (err == OTP_OK)
		err = otp_act_save_company(call, &company);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	if (err != OTP_OK)
		drop_added(&call->answer->rows);
	otp_company_clear(&company);
	return err;
}

/* ---- user open-registration ---- */

static enum otp_err
check_open(struct otp_call *call, const struct otp_user *user)
{
	struct otp_why *why = &call->answer->why;
	enum otp_err err;

	err = otp_act_second(call);
	if (err == OTP_OK)
		err = otp_act_may_touch(call, user);
	if (err != OTP_OK)
		return err;
	if (user->is_bound)
		return OTP_WHY(why, OTP_ERR_WRONG_STATE, ALREADY_REGISTERED);
	if (!otp_user_needs_codes(user))
		return OTP_WHY(why, OTP_ERR_NOT_APPLICABLE, NEEDS_NO_CODES);
	if (!user->enabled)
		return OTP_WHY(why, OTP_ERR_WRONG_STATE, USER_DISABLED, user->name);
	return otp_people_check_bar(call, user, OTP_ERR_POLICY, why);
}

enum otp_err
otp_act_user_open(struct otp_call *call)
{
	const char *name = otp_fields_str(&call->request->fields, OTP_FIELD_USER);
	struct otp_user user = OTP_USER_INIT;
	int64_t now = otp_act_now(call);
	enum otp_err err;

	otp_act_about(call, name, NULL);
	err = otp_act_load_user(call, name, &user);
	call->is_stranger = err == OTP_ERR_NOT_FOUND;
	if (err == OTP_OK)
		err = check_open(call, &user);
	if (err != OTP_OK)
		goto out;
	user.register_from = now;
	user.register_until = now + call->conf->register_open;
	user.register_fails = 0;
	otp_people_handed(call, &user);
	err = otp_act_save_user(call, &user);
	if (err == OTP_OK)
		err = otp_fields_put_str(&call->answer->fields, OTP_FIELD_USER, user.name);
	if (err == OTP_OK)
		err = otp_fields_put_int(&call->answer->fields, OTP_FIELD_OPEN_UNTIL,
		    user.register_until);
	if (err == OTP_OK)
		err = otp_fields_put_int(&call->event.details, OTP_FIELD_OPEN_UNTIL,
		    user.register_until);
	if (err == OTP_OK)
		err = otp_act_commit(call);
out:
	otp_user_clear(&user);
	return err;
}

/* ---- user show, user list ---- */

static enum otp_err
put_user(struct otp_call *call, const struct otp_user *user, struct otp_fields *fields)
{
	struct otp_token token = OTP_TOKEN_INIT;
	enum otp_standing standing;
	enum otp_err err;

	err = otp_standing_of(call, user, &token, &standing);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_USER, user->name);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_ROLE, otp_role_name(user->role));
	if (err == OTP_OK)
		err = otp_standing_put(call, user, &token, standing, fields);
	if (err == OTP_OK && user->mail[0] != '\0')
		err = otp_fields_put_str(fields, OTP_FIELD_MAIL, user->mail);
	if (err == OTP_OK && user->language[0] != '\0')
		err = otp_fields_put_str(fields, OTP_FIELD_LANGUAGE, user->language);
	if (err == OTP_OK)
		err = otp_fields_put_bool(fields, OTP_FIELD_ENABLED, user->enabled);
	if (err == OTP_OK)
		err = otp_fields_put_bool(fields, OTP_FIELD_HAS_PASSWORD, user->confirm[0] != '\0');
	if (err == OTP_OK)
		err = otp_fields_put_int(fields, OTP_FIELD_CREATED_AT, user->created_at);
	otp_token_clear(&token);
	return err;
}

/* What costs more than a list of a million can pay. */
static enum otp_err
put_more(struct otp_call *call, const struct otp_user *user, struct otp_fields *fields)
{
	struct otp_token token = OTP_TOKEN_INIT;
	const struct otp_sharer *sharer;
	enum otp_standing standing;
	bool is_able = false;
	enum otp_err err;

	err = otp_standing_put_permit(call, user, fields);
	if (err == OTP_OK)
		err = otp_standing_is_able(call, user, &is_able);
	if (err == OTP_OK)
		err = otp_fields_put_bool(fields, OTP_FIELD_ABLE, is_able);
	if (err == OTP_OK && user->adopted_at != 0)
		err = otp_fields_put_int(fields, OTP_FIELD_ADOPTED_AT, user->adopted_at);
	if (err == OTP_OK && user->word[0] != '\0')
		err = otp_fields_put_int(fields, OTP_FIELD_WORD_UNTIL, user->word_until);
	if (err == OTP_OK && user->reset_at != 0)
		err = otp_fields_put_int(fields, OTP_FIELD_RESET_AT, user->reset_at);
	if (err == OTP_OK && user->revoked_at != 0)
		err = otp_fields_put_int(fields, OTP_FIELD_REVOKED_AT, user->revoked_at);
	if (err == OTP_OK)
		err = otp_standing_of(call, user, &token, &standing);
	sharer = err == OTP_OK ? otp_token_sharer(&token, user->id) : NULL;
	if (sharer != NULL)
		err = otp_fields_put_int(fields, OTP_FIELD_FAILS, sharer->fails);
	if (err == OTP_OK && sharer != NULL && sharer->bound_at != 0)
		err = otp_fields_put_int(fields, OTP_FIELD_BOUND_AT, sharer->bound_at);
	if (err == OTP_OK)
		err = otp_standing_put_sharers(&token, fields);
	otp_token_clear(&token);
	return err;
}

enum otp_err
otp_act_user_show(struct otp_call *call)
{
	const char *name = otp_fields_str(&call->request->fields, OTP_FIELD_USER);
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	otp_act_about(call, name, NULL);
	err = otp_act_load_user(call, name, &user);
	if (err == OTP_OK)
		err = put_user(call, &user, &call->answer->fields);
	if (err == OTP_OK)
		err = put_more(call, &user, &call->answer->fields);
	otp_user_clear(&user);
	return err;
}

struct user_filter {
	struct otp_call *call;
	bool has_role, unregistered;
	enum otp_role role;
	const char *serial;
};

static enum otp_err
each_user(void *ctx, enum otp_kind kind, const char *name, const struct otp_bytes *value)
{
	const struct user_filter *filter = ctx;
	struct otp_user user = OTP_USER_INIT;
	struct otp_fields *row;
	enum otp_err err;

	(void)kind;
	(void)name;
	err = otp_user_decode(value->data, value->len, &user);
	if (err != OTP_OK)
		goto out;
	if ((filter->has_role && user.role != filter->role) ||
	    (filter->unregistered && user.is_bound) ||
	    (filter->serial != NULL && strcmp(filter->serial, user.serial) != 0))
		goto out;
	err = otp_act_row(filter->call, &row);
	if (err == OTP_OK)
		err = put_user(filter->call, &user, row);
	if (err == OTP_OK)
		err = otp_standing_put_rights(&user, row);
out:
	otp_user_clear(&user);
	return err;
}

enum otp_err
otp_act_user_list(struct otp_call *call)
{
	const struct otp_fields *fields = &call->request->fields;
	const char *role = otp_fields_str(fields, OTP_FIELD_ROLE);
	struct user_filter filter = {
		.call = call,
		.unregistered = otp_fields_bool(fields, OTP_FIELD_UNREGISTERED),
		.serial = otp_fields_str(fields, OTP_FIELD_SERIAL),
	};

	if (role != NULL) {
		if (otp_role_parse(role, &filter.role) != OTP_OK)
			return OTP_WHY(&call->answer->why, OTP_ERR_USAGE, BAD_ROLE, role);
		filter.has_role = true;
	}
	return otp_store_scan(call->store, OTP_KIND_USER, each_user, &filter);
}
