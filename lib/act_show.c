/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Status and explain: how things stand, why, and who can do what about it. */
#include "config.h"

#include "act_show.h"

#include <string.h>

#include "act_standing.h"
#include "record.h"
#include "text.h"

#define TIME(seconds) otp_text_time((char[OTP_TIME_TEXT]){ 0 }, (seconds))

static bool
is_overseer(const struct otp_call *call)
{
	return call->caller->is_root ||
	    (call->operator_user.id != 0 && call->operator_user.enabled &&
	    otp_act_is_staff(&call->operator_user));
}

/* ---- sentences ---- */

static enum otp_err
say_suspended(struct otp_call *call, struct otp_token *token)
{
	const char *by = otp_standing_sharer_name(token, token->suspended_by);
	struct otp_why *why = &call->answer->why;
	struct otp_bytes text = OTP_BYTES_INIT;
	const char *who;
	enum otp_err err;

	err = otp_standing_unlockers_text(call, token, &text);
	who = text.len > 0 ? otp_text_str(&text) : otp_message_text(OTP_MESSAGE_NOBODY);
	/* whose codes were wrong is for those who look after it, and for himself */
	if (err != OTP_OK)
		;
	else if (by != NULL && (is_overseer(call) || strcmp(by, call->operator_user.name) == 0))
		(void)OTP_WHY(why, OTP_OK, IS_SUSPENDED_BY, token->serial,
		    TIME(token->suspended_at), who, by);
	else
		(void)OTP_WHY(why, OTP_OK, IS_SUSPENDED, token->serial, TIME(token->suspended_at),
		    who);
	otp_bytes_clear(&text);
	if (err == OTP_OK)
		err = otp_fields_put_int(&call->answer->fields, OTP_FIELD_SUSPENDED_AT,
		    token->suspended_at);
	if (err == OTP_OK)
		err = otp_standing_put_unlockers(call, token, &call->answer->fields);
	return err;
}

static enum otp_err
say_user(struct otp_call *call, const struct otp_user *user, struct otp_token *token,
    enum otp_standing standing)
{
	struct otp_why *why = &call->answer->why;
	bool is_open = user->register_until > otp_act_now(call);

	switch (standing) {
	case OTP_STANDING_UNKNOWN:
	case OTP_STANDING_COUNT:
		return OTP_WHY(why, OTP_OK, IS_UNKNOWN, user->name);
	case OTP_STANDING_DISABLED:
		return OTP_WHY(why, OTP_OK, IS_DISABLED, user->name);
	case OTP_STANDING_NEVER_BOUND:
		if (is_open)
			return OTP_WHY(why, OTP_OK, IS_NEVER_BOUND, user->name,
			    TIME(user->register_until));
		return OTP_WHY(why, OTP_OK, IS_NEVER_BOUND_CLOSED, user->name);
	case OTP_STANDING_REVOKED:
		if (is_open)
			return OTP_WHY(why, OTP_OK, IS_REVOKED, user->name,
			    TIME(user->register_until));
		return OTP_WHY(why, OTP_OK, IS_REVOKED_CLOSED, user->name);
	case OTP_STANDING_LOST:
		return OTP_WHY(why, OTP_OK, IS_LOST, user->serial);
	case OTP_STANDING_EXPIRED:
		return OTP_WHY(why, OTP_OK, IS_EXPIRED, user->serial, TIME(token->not_after));
	case OTP_STANDING_SUSPENDED:
		return say_suspended(call, token);
	case OTP_STANDING_PREASSIGNED:
		return OTP_WHY(why, OTP_OK, IS_PREASSIGNED, user->name, user->serial);
	case OTP_STANDING_REGISTERED:
		return OTP_WHY(why, OTP_OK, IS_REGISTERED, user->name, user->serial);
	}
	return OTP_ERR_INTERNAL;
}

#define WARN(call, ...) do { \
	struct otp_why w_ = OTP_WHY_INIT; \
	(void)OTP_WHY(&w_, OTP_OK, __VA_ARGS__); \
	otp_answer_warn((call)->answer, &w_); \
} while (0)

static void
warn_user(struct otp_call *call, const struct otp_user *user, struct otp_token *token)
{
	const struct otp_sharer *sharer = otp_token_sharer(token, user->id);
	int64_t now = otp_act_now(call);

	if (user->confirm_stopped)
		WARN(call, PASSWORD_STOPPED);
	else if (user->confirm[0] == '\0')
		WARN(call, IS_NO_PASSWORD, user->name);
	if ((user->granted.rights & OTP_RIGHT_LOGIN) == 0)
		WARN(call, IS_NO_LOGIN, user->name);
	if (!otp_permit_is_within(&user->granted, &user->adopted))
		WARN(call, RIGHTS_WAIT, user->name);
	if (user->register_until > now && user->register_from > now)
		WARN(call, REGISTRATION_LATER, TIME(user->register_from));
	if (sharer == NULL)
		return;
	if (otp_token_is_early(token, now))
		WARN(call, TOKEN_NOT_YET, token->serial);
	if (sharer->unproven >= call->conf->fail_limit && now < sharer->unproven_at + OTP_DAY)
		WARN(call, SOCKET_STOPPED, user->name);
}

/* ---- a user ---- */

static enum otp_err
put_tries(struct otp_call *call, const struct otp_user *user, struct otp_token *token)
{
	const struct otp_sharer *sharer = otp_token_sharer(token, user->id);
	int64_t limit = call->conf->fail_limit;
	uint32_t most;

	if (sharer == NULL)
		return OTP_OK;
	most = sharer->fails > token->fails ? sharer->fails : token->fails;
	return otp_fields_put_int(&call->answer->fields, OTP_FIELD_FAILS_LEFT,
	    most < limit ? limit - most : 0);
}

static enum otp_err
show_user(struct otp_call *call, const struct otp_user *user)
{
	struct otp_fields *fields = &call->answer->fields;
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
	if (err == OTP_OK)
		err = otp_fields_put_bool(fields, OTP_FIELD_HAS_PASSWORD, user->confirm[0] != '\0');
	if (err == OTP_OK)
		err = otp_standing_put_permit(call, user, fields);
	if (err == OTP_OK)
		err = put_tries(call, user, &token);
	if (err == OTP_OK)
		err = say_user(call, user, &token, standing);
	if (err == OTP_OK)
		warn_user(call, user, &token);
	/* with whom he shares stops him too, so it is his to know */
	if (err == OTP_OK && call->verb->verb == OTP_VERB_EXPLAIN)
		err = otp_standing_put_sharers(&token, fields);
	otp_token_clear(&token);
	return err;
}

enum otp_err
otp_act_status(struct otp_call *call)
{
	const char *name = otp_fields_str(&call->request->fields, OTP_FIELD_USER);
	struct otp_user user = OTP_USER_INIT;
	enum otp_err err;

	if (name == NULL)
		name = call->caller->name;
	if (name[0] == '\0')
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_APPLICABLE, NOT_A_USER,
		    call->event.actor);
	if (strcmp(name, call->caller->name) != 0 && !is_overseer(call))
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, ONLY_STAFF_ASKS);
	otp_act_about(call, name, NULL);
	err = otp_act_load_user(call, name, &user);
	if (err == OTP_OK)
		err = show_user(call, &user);
	otp_user_clear(&user);
	return err;
}

/* ---- a token ---- */

static enum otp_err
say_token(struct otp_call *call, struct otp_token *token)
{
	struct otp_why *why = &call->answer->why;

	switch (token->state) {
	case OTP_TOKEN_SUSPENDED:
		return say_suspended(call, token);
	case OTP_TOKEN_LOST:
		return OTP_WHY(why, OTP_OK, IS_LOST, token->serial);
	case OTP_TOKEN_RETIRED:
	case OTP_TOKEN_STATE_COUNT:
		return OTP_WHY(why, OTP_OK, IS_RETIRED, token->serial);
	case OTP_TOKEN_STOCK:
	case OTP_TOKEN_ACTIVE:
		break;
	}
	if (otp_token_is_expired(token, otp_act_now(call)))
		return OTP_WHY(why, OTP_OK, IS_EXPIRED, token->serial, TIME(token->not_after));
	if (token->state == OTP_TOKEN_STOCK)
		return OTP_WHY(why, OTP_OK, IS_STOCK, token->serial);
	return OTP_WHY(why, OTP_OK, IS_ACTIVE, token->serial);
}

static enum otp_err
show_token(struct otp_call *call, struct otp_token *token)
{
	struct otp_fields *fields = &call->answer->fields;
	enum otp_err err;

	err = otp_fields_put_str(fields, OTP_FIELD_SERIAL, token->serial);
	if (err == OTP_OK)
		err = otp_fields_put_str(fields, OTP_FIELD_STATE,
		    otp_standing_token_name(token, otp_act_now(call)));
	if (err == OTP_OK && token->not_after != 0)
		err = otp_fields_put_int(fields, OTP_FIELD_EXPIRES, token->not_after);
	if (err == OTP_OK)
		err = otp_standing_put_sharers(token, fields);
	if (err == OTP_OK)
		err = say_token(call, token);
	if (err == OTP_OK && otp_token_is_early(token, otp_act_now(call)))
		WARN(call, TOKEN_NOT_YET, token->serial);
	return err;
}

enum otp_err
otp_act_explain(struct otp_call *call)
{
	const char *subject = otp_fields_str(&call->request->fields, OTP_FIELD_SUBJECT);
	const char *self = call->caller->name;
	struct otp_token token = OTP_TOKEN_INIT;
	struct otp_user user = OTP_USER_INIT;
	bool is_own;
	enum otp_err err;

	if (subject == NULL)
		subject = self;
	if (subject[0] == '\0')
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_APPLICABLE, NOT_A_USER,
		    call->event.actor);
	is_own = strcmp(subject, self) == 0 ||
	    (call->operator_user.serial[0] != '\0' &&
	    strcmp(subject, call->operator_user.serial) == 0);
	if (!is_own && !is_overseer(call))
		return OTP_WHY(&call->answer->why, OTP_ERR_NOT_PERMITTED, ONLY_STAFF_ASKS);
	/* his token's serial may be somebody else's name */
	err = OTP_ERR_NOT_FOUND;
	if (strcmp(subject, self) == 0 || is_overseer(call))
		err = otp_act_find_user(call, subject, &user);
	if (err == OTP_OK)
		err = show_user(call, &user);
	else if (err == OTP_ERR_NOT_FOUND) {
		err = otp_act_find_token(call, subject, &token);
		if (err == OTP_OK)
			err = show_token(call, &token);
		else if (err == OTP_ERR_NOT_FOUND)
			err = OTP_WHY(&call->answer->why, err, NO_SUCH_SUBJECT, subject);
	}
	otp_token_clear(&token);
	otp_user_clear(&user);
	return err;
}
