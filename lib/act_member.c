/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of a user: his role, address and language; disabled, enabled. */
#include "config.h"

#include "act_member.h"

#include <stdio.h>
#include <string.h>

#include "act_masters.h"
#include "act_people.h"

enum otp_err
otp_member_load(struct otp_call *call, struct otp_user *ret)
{
	const char *name = otp_fields_str(&call->request->fields, OTP_FIELD_USER);
	enum otp_err err;

	otp_act_about(call, name, NULL);
	err = otp_act_load_user(call, name, ret);
	call->is_stranger = err == OTP_ERR_NOT_FOUND;
	return err;
}

bool
otp_member_is_oneself(const struct otp_call *call, const struct otp_user *user)
{
	return call->operator_user.id != 0 && user->id == call->operator_user.id;
}

/* ---- user mod ---- */

/* Who is made what: by masters alone, nobody himself, and upwards with two hands. */
static enum otp_err
check_role(struct otp_call *call, const struct otp_user *user, enum otp_role role)
{
	struct otp_why *why = &call->answer->why;

	if (role == user->role)
		return OTP_OK;
	if (otp_member_is_oneself(call, user))
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, OWN_ROLE);
	if (call->operator_user.role != OTP_ROLE_MASTER)
		return OTP_WHY(why, OTP_ERR_NOT_PERMITTED, MASTER_MAKES_STAFF);
	return role > user->role ? otp_act_second(call) : OTP_OK;
}

static enum otp_err
put_role(struct otp_call *call, struct otp_user *user, enum otp_role role)
{
	struct otp_company company = OTP_COMPANY_INIT;
	struct otp_fields *details = &call->event.details;
	enum otp_err err;

	if (role == user->role)
		return OTP_OK;
	err = otp_act_load_company(call, &company);
	if (err == OTP_OK)
		err = otp_company_staff_set(&company, user->id, user->name, role);
	if (err == OTP_ERR_OVER_LIMIT)
		err = OTP_WHY(&call->answer->why, err, STAFF_FULL, OTP_WHY_NUM(OTP_STAFF_MAX));
	if (err == OTP_OK)
		err = otp_act_save_company(call, &company);
	if (err == OTP_OK)
		err = otp_fields_put_str(details, OTP_FIELD_ROLE_BEFORE, otp_role_name(user->role));
	if (err == OTP_OK)
		err = otp_fields_put_str(details, OTP_FIELD_ROLE, otp_role_name(role));
	user->role = role;
	otp_company_clear(&company);
	return err;
}

/* Both addresses stand in the event: a mail goes to each. */
static enum otp_err
put_mail(struct otp_call *call, struct otp_user *user, const char *mail)
{
	struct otp_fields *details = &call->event.details;
	enum otp_err err;

	if (strcmp(mail, user->mail) == 0)
		return OTP_OK;
	if (mail[0] != '\0' && otp_parse_mail(mail) != OTP_OK)
		return OTP_WHY(&call->answer->why, OTP_ERR_BAD_INPUT, BAD_MAIL, mail);
	err = otp_fields_put_str(details, OTP_FIELD_MAIL_BEFORE, otp_people_mail(user));
	/* his first address: that he is registered could not be told before */
	if (err == OTP_OK && user->is_bound && user->mail[0] == '\0' && user->mail_before[0] == '\0') {
		otp_act_about(call, NULL, user->serial);
		err = otp_fields_put_str(details, OTP_FIELD_REGISTRATION, "registered");
	}
	(void)snprintf(user->mail_before, sizeof(user->mail_before), "%s", user->mail);
	(void)snprintf(user->mail, sizeof(user->mail), "%s", mail);
	user->mail_changed_at = otp_act_now(call);
	if (err == OTP_OK)
		err = otp_fields_put_str(details, OTP_FIELD_MAIL, otp_people_mail(user));
	return err;
}

static enum otp_err
put_language(struct otp_call *call, struct otp_user *user, const char *language)
{
	struct otp_fields *details = &call->event.details;
	struct otp_bytes probe = OTP_BYTES_INIT;
	enum otp_err err;

	if (strcmp(language, user->language) == 0)
		return OTP_OK;
	err = otp_fields_put_str(details, OTP_FIELD_LANGUAGE_BEFORE, user->language);
	if (err == OTP_OK)
		err = otp_fields_put_str(details, OTP_FIELD_LANGUAGE, language);
	if (err != OTP_OK)
		return err;
	if (strlen(language) > OTP_LANGUAGE_MAX)
		return OTP_WHY(&call->answer->why, OTP_ERR_BAD_INPUT, BAD_LANGUAGE, language);
	(void)snprintf(user->language, sizeof(user->language), "%s", language);
	/* the record knows what a language's name may be */
	err = otp_user_encode(user, &probe);
	otp_bytes_clear(&probe);
	if (err == OTP_ERR_INTERNAL)
		err = OTP_WHY(&call->answer->why, OTP_ERR_BAD_INPUT, BAD_LANGUAGE, language);
	return err;
}

static enum otp_err
answer_mod(struct otp_call *call, const struct otp_user *user)
{
	struct otp_fields *fields = &call->answer->fields;
	enum otp_err err;

	err = otp_fields_put_str(fields, OTP_FIELD_USER, user->name);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_ROLE, otp_role_name(user->role));
	if (err == OTP_OK && user->mail[0] != '\0')
		err = otp_fields_put_str(fields, OTP_FIELD_MAIL, user->mail);
	if (err == OTP_OK && user->language[0] != '\0')
		err = otp_fields_put_str(fields, OTP_FIELD_LANGUAGE, user->language);
	return err;
}

/* What is not named stays; what is named as it is changes nothing. */
static enum otp_err
change(struct otp_call *call, struct otp_user *user)
{
	const struct otp_fields *fields = &call->request->fields;
	const char *role_name = otp_fields_str(fields, OTP_FIELD_ROLE);
	const char *mail = otp_fields_str(fields, OTP_FIELD_MAIL);
	const char *language = otp_fields_str(fields, OTP_FIELD_LANGUAGE);
	enum otp_role role = user->role;
	bool is_changed;
	enum otp_err err;

	err = otp_act_may_touch(call, user);
	if (err == OTP_OK && role_name == NULL && mail == NULL && language == NULL)
		err = OTP_WHY(&call->answer->why, OTP_ERR_USAGE, NO_ROWS);
	if (err == OTP_OK && role_name != NULL && otp_role_parse(role_name, &role) != OTP_OK)
		err = OTP_WHY(&call->answer->why, OTP_ERR_BAD_INPUT, BAD_ROLE, role_name);
	if (err == OTP_OK)
		err = check_role(call, user, role);
	is_changed = role != user->role || (mail != NULL && strcmp(mail, user->mail) != 0) ||
	    (language != NULL && strcmp(language, user->language) != 0);
	if (err == OTP_OK && mail != NULL)
		err = put_mail(call, user, mail);
	if (err == OTP_OK && language != NULL)
		err = put_language(call, user, language);
	if (err == OTP_OK)
		err = put_role(call, user, role);
	if (err == OTP_OK && is_changed)
		err = otp_act_save_user(call, user);
	return err;
}

enum otp_err
otp_act_user_mod(struct otp_call *call)
{
	struct otp_user user = OTP_USER_INIT;
	bool had_able = false;
	enum otp_err err;

	err = otp_member_load(call, &user);
	if (err == OTP_OK)
		err = otp_masters_is_one_able(call, &had_able);
	if (err == OTP_OK)
		err = change(call, &user);
	if (err == OTP_OK)
		err = otp_masters_check_left(call, had_able);
	if (err == OTP_OK)
		err = answer_mod(call, &user);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	otp_user_clear(&user);
	return err;
}

/* ---- disable, enable ---- */

/* At once: nothing is in force any more, and what he approved does not count. */
static enum otp_err
switch_to(struct otp_call *call, struct otp_user *user, bool is_enabled)
{
	struct otp_fields *fields = &call->answer->fields;
	enum otp_err err = OTP_OK;

	if (user->enabled != is_enabled) {
		user->enabled = is_enabled;
		memset(&user->adopted, 0, sizeof(user->adopted));
		user->adopted_at = 0;
		user->epoch++;
		err = otp_act_save_user(call, user);
	}
	if (err == OTP_OK)
		err = otp_fields_put_bool(&call->event.details, OTP_FIELD_CHANGED,
		    call->n_saved > 0);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_USER, user->name);
	if (err == OTP_OK)
		err = otp_fields_put_bool(fields, OTP_FIELD_ENABLED, user->enabled);
	return err;
}

enum otp_err
otp_act_user_disable(struct otp_call *call)
{
	struct otp_user user = OTP_USER_INIT;
	bool had_able = false;
	enum otp_err err;

	err = otp_member_load(call, &user);
	if (err == OTP_OK && !otp_member_is_oneself(call, &user))
		err = otp_act_may_touch(call, &user);
	if (err == OTP_OK)
		err = otp_masters_is_one_able(call, &had_able);
	if (err == OTP_OK)
		err = switch_to(call, &user, false);
	if (err == OTP_OK)
		err = otp_masters_check_left(call, had_able);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	otp_user_clear(&user);
	return err;
}

enum otp_err
otp_act_user_enable(struct otp_call *call)
{
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	err = otp_member_load(call, &user);
	if (err == OTP_OK)
		err = otp_act_second(call);
	if (err == OTP_OK && otp_member_is_oneself(call, &user))
		err = OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, NOT_ONESELF,
		    call->verb->name);
	if (err == OTP_OK)
		err = otp_act_may_touch(call, &user);
	if (err == OTP_OK)
		err = switch_to(call, &user, true);
	if (err == OTP_OK)
		err = otp_act_commit(call);
	otp_user_clear(&user);
	return err;
}
